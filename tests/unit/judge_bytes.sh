#!/bin/sh
# judge_bytes.sh <program>…: the same seeds must give the same bytes from every build.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for seed in 1 2 3; do
    first=
    for program in "$@"; do
        mkdir "$dir/town"
        "$program" $seed "$dir/town" 2>/dev/null | cat >"$dir/$(basename "$program").$seed"
        rm -r "$dir/town"
        [ -s "$dir/$(basename "$program").$seed" ] || { echo "$program said nothing"; exit 1; }
        if [ -z "$first" ]; then
            first=$dir/$(basename "$program").$seed
        elif ! cmp "$first" "$dir/$(basename "$program").$seed"; then
            exit 1
        fi
    done
    echo "seed $seed: $(wc -l <"$first") lines, the same from $# builds"
done
