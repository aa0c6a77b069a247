#!/bin/sh
# judge_bytes.sh <citysim> <program>…: the same seeds must give the same bytes from every build.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
citysim=$1
shift
"$citysim" make --out "$dir/city" >/dev/null
compare() { # compare <name>-<seed> [<city>]
    name=$1
    shift
    first=
    for program in $programs; do
        said=$dir/$(basename "$program").$name
        mkdir "$dir/town"
        "$program" "${name#*-}" "$dir/town" "$@" 2>/dev/null >"$said"
        rm -r "$dir/town"
        [ -s "$said" ] || { echo "$program said nothing"; exit 1; }
        if [ -z "$first" ]; then
            first=$said
        elif ! cmp "$first" "$said"; then
            exit 1
        fi
    done
    echo "$name: $(wc -l <"$first") lines, the same from every build"
}
programs=$*
for seed in 1 2 3; do
    compare "town-$seed"
done
compare own-4 "$dir/city"
