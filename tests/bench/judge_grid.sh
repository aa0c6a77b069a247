#!/bin/sh
# judge_grid.sh <bin> <JEMSS city> <calls.csv.gz> [<cell>…]: ours against closest_redisp and
# dmexclp_redisp over a grid of loads. A cell is units:demand:mix:speed[:no-divert]; demand and speed
# are factors, mix is "own" or the percentages of the priorities 1, 2 and 3 ("55,15,30", drawn anew).
# A line a cell: by how much ours is better than the better of the two, "NO" where it is not.
set -eu
bin=$1 city=$(realpath "$2") calls=$(realpath "$3")
shift 3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
plain() { case $1 in *.gz) zcat "$1" ;; *) cat "$1" ;; esac; }

# variant <demand> <mix> <speed>: the city's files in $dir/city, changed
variant() {
    rm -rf "$dir/city"
    mkdir "$dir/city"
    for file in "$city"/*; do ln -s "$file" "$dir/city/"; done
    rm "$dir/city"/demand_1.csv
    awk -F, -v OFS=, -v demand="$1" -v mix="$2" '
        BEGIN { split(mix, part, ",") }
        /^demandModes/ { modes = 1 } /^demandSets/ { modes = 0 }
        modes && $3 ~ /Priority$/ { row[++n] = NR; rate[n] = $4; all += $4; at[n] = $3 }
        { line[NR] = $0 }
        END {
            for (i = 1; i <= n; i++) {
                p = at[i] ~ /^high/ ? 1 : at[i] ~ /^med/ ? 2 : 3
                split(line[row[i]], f, ",")
                line[row[i]] = f[1] "," f[2] "," f[3] "," (mix == "own" ? rate[i] : all * part[p] / 100) * demand
            }
            for (i = 1; i <= NR; i++) print line[i]
        }' "$city/demand_1.csv" >"$dir/city/demand_1.csv"
    plain "$calls" | awk -F, -v OFS=, -v demand="$1" -v mix="$2" '
        BEGIN { srand(1); split(mix, part, ",") }
        $1 == "index" { for (i = 1; i <= NF; i++) column[$i] = i; rows = 1; print; next }
        rows && NF > 3 {
            $column["arrivalTime"] = sprintf("%.15g", $column["arrivalTime"] / demand)
            u = rand() * 100
            if (mix != "own") $column["priority"] = u < part[1] ? 1 : u < part[1] + part[2] ? 2 : 3
        }
        { print }' >"$dir/calls.csv"
    [ "$3" = 1 ] && return
    arcs=$(ls "$dir/city"/arcs* | head -n 1)
    plain "$arcs" | awk -F, -v OFS=, -v speed="$3" '
        $1 == "index" { rows = 1; print; next }
        rows && NF > 4 { for (i = 4; i <= NF; i++) if ($i != "") $i = sprintf("%.17g", $i / speed) }
        { print }' >"$dir/arcs.csv"
    rm "$arcs"
    mv "$dir/arcs.csv" "$dir/city/arcs.csv"
}

if [ $# -eq 0 ]; then
    set -- 8:1:own:1 9:1:own:1 10:1:own:1 11:1:own:1 12:1:own:1 13:1:own:1 14:1:own:1 16:1:own:1 \
        20:1:own:1 12:0.8:own:1 12:1.2:own:1 14:1.2:own:1 12:1:55,15,30:1 12:1:15,15,70:1 \
        12:1:33,34,33:1 10:1:33,34,33:1 12:1:own:0.8 14:1:own:0.8 10:1:own:1.25 12:1:own:1.25 \
        10:1:own:1:no-divert 12:1:own:1:no-divert 14:1:own:1:no-divert
fi
echo "units:demand:mix:speed | busy | P1 in time | P1 mean | P3 in time | P3 mean | P3 P99 | diversions | longest wait | worst zone P90"
for cell; do
    IFS=: read -r units demand mix speed flag <<END
$cell
END
    variant "$demand" "$mix" "$speed"
    "$bin/citysim" judge --city "$dir/city" --calls "$dir/calls.csv" --units "$units" \
        ${flag:+--$flag} --policy closest_redisp,dmexclp_redisp,ours 2>/dev/null >"$dir/summary" ||
        { echo "$cell: judge failed"; exit 1; }
    awk -F, -v cell="$cell" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        { for (name in column) v[$1, $2, name] = $column[name] }
        function least(p, name, sign,   a, b) { # what is better is bigger
            a = sign * (v["ours", p, name] - v["closest_redisp", p, name])
            b = sign * (v["ours", p, name] - v["dmexclp_redisp", p, name])
            return a < b ? a : b
        }
        function say(p, name, sign, scale, unit,   d) {
            d = least(p, name, sign) * scale
            digits = (scale > 1)
            form = " | %." digits "f%s (%+." digits "f)%s"
            printf(form, v["ours", p, name] * scale, unit, sign * d, (d > 0 ? "" : " NO"))
        }
        END {
            printf "%s | %.2f", cell, v["closest_redisp", "all", "busy"]
            say(1, "in_time", 1, 100, " %"); say(1, "mean_s", -1, 1, " s")
            say(3, "in_time", 1, 100, " %"); say(3, "mean_s", -1, 1, " s"); say(3, "p99_s", -1, 1, " s")
            most = 1.15 * v["closest_redisp", "all", "diversions"]
            used = v["ours", "all", "diversions"]
            printf(" | %d of %d%s", used, most, (used <= most ? "" : " NO"))
            printf " | %.0f (%.0f, %.0f)", v["ours", "all", "max_s"], v["closest_redisp", "all", "max_s"], v["dmexclp_redisp", "all", "max_s"]
            printf " | %.0f (%.0f, %.0f)\n", v["ours", "all", "worst_zone_p90_s"], v["closest_redisp", "all", "worst_zone_p90_s"], v["dmexclp_redisp", "all", "worst_zone_p90_s"]
        }' "$dir/summary"
done
