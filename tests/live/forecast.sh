#!/bin/bash
# The forecast beside "same hour (day) last week" and the MEDIC average, on a held-out year that it
# sees hour by hour: better than both, as MAPE and as RMSE.
#   forecast.sh BIN DATA
# - Berlin, missions a day, 2025 (real)
# - Lincoln County, calls an hour, 2020 (real: the only hourly series there is that is longer than a
#   month; a call in five hours, so MAPE is that of the 1,578 hours with one)
# - Rio de Janeiro, calls an hour: drawn from the real intensities of 226 places by half-hour and
#   weekday, with a season that is made up; the error of whoever knows them is the floor.
set -eu
ctl=$1/dispatchctl data=$2/calls
[ -d "$data" ] || {
    echo "SKIP: no reference data at $data"
    exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0

# One measure of what was said: a line "NAME forecast=… same_last_week=… recent_weeks=… medic=…".
better() { # WHAT MEASURE: the forecast's is smaller than both others'
    awk -v m="$2" '$1 == m { for (i = 2; i <= 5; i++) { split($i, v, "="); error[v[1]] = v[2] + 0 }
        found = error["forecast"] > 0 && error["forecast"] < error["same_last_week"] &&
                error["forecast"] < error["medic"] }
        END { exit !found }' said && return
    echo "FAILED: $1: not better in $2"
    failed=1
}
forecast() { # WHAT FILE OPTION…
    local what=$1 file=$2
    shift 2
    "$ctl" warn forecast --in "$file" --out out.csv "$@" 2>said
    echo "$what"
    cat said
}

gzip -dc "$data/berlin_missions_daily.csv.gz" |
    awk -F, 'NR == 1 { print "t,count" } NR > 1 { print $1 "," $3 }' >berlin.csv
forecast "Berlin, a day, 2025" berlin.csv step=day from=2025-01-01 to=2026-01-01
better Berlin mape_percent
better Berlin rmse
awk -F, 'NR > 1 && $1 >= "2025" && $1 < "2026" { n++; in_band += $4 <= $2 && $2 <= $5 }
    END { exit !(n == 365 && in_band / n > 0.90 && in_band / n < 0.99) }' out.csv || {
    echo "FAILED: the band of 95 % does not hold what it says"
    failed=1
}

# Every hour from Monday, 2010-01-04: date's seconds are UTC, as the file's local hours are taken.
gzip -dc "$data/lincoln_county_2010_2020.csv.gz" | awk -F, '
    NR > 1 && $6 != "" && !($1 in seen) { seen[$1]; count[$2 "T" substr($6, 1, 2)]++ }
    END { for (hour in count) print hour, count[hour] }' >counted
seq "$(date -ud 2010-01-04 +%s)" 3600 "$(($(date -ud 2021-01-01 +%s) - 1))" | sed 's/^/@/' |
    date -u -f - +%Y-%m-%dT%H | awk '
    BEGIN { print "t,count" } NR == FNR { count[$1] = $2; next }
    { print $1 ":00:00," count[$1] + 0 }' counted - >lincoln.csv
forecast "Lincoln County, an hour, 2020" lincoln.csv from=2020-01-01
better Lincoln mape_percent
better Lincoln rmse

# Three years from Monday, 2024-01-01.
gzip -dc "$data/rio_samu_hex7_counts.csv.gz" | awk -F, '
    NR > 1 { rate[$1 * 24 + int($2 / 2)] += $5 / 105 }
    END { for (h = 0; h < 168; h++) print rate[h] }' >rates
seq "$(date -ud 2024-01-01 +%s)" 3600 "$(($(date -ud 2027-01-01 +%s) - 1))" | sed 's/^/@/' |
    date -u -f - +%Y-%m-%dT%H:00:00 | awk '
    function poisson(mean,   n, p, least) { # Knuth
        least = exp(-mean)
        for (p = rand(); p > least; p *= rand()) n++
        return n + 0
    }
    BEGIN { srand(1); print "t,count,truth" } NR == FNR { rate[NR - 1] = $1; next }
    { h = FNR - 1
      truth = rate[h % 168] * (1 + 0.15 * cos(6.2831853 * h / 8766))
      print $1 "," poisson(truth) "," truth }' rates - >rio.csv
forecast "Rio, an hour, drawn, the third year" rio.csv from=2026-01-01
better Rio mape_percent
better Rio rmse
awk -F, 'FNR == NR { split($0, f, " "); if (f[1] == "mape_percent") { split(f[2], v, "="); own = v[2] } next }
    FNR > 1 && $1 >= "2026" && $2 > 0 { off = $3 - $2; if (off < 0) off = -off; sum += 100 * off / $2; n++ }
    END { printf "floor (the truth itself) %.3f\n", sum / n; exit !(own < 1.05 * sum / n) }' \
    said rio.csv || {
    echo "FAILED: Rio: more than a twentieth worse than the truth"
    failed=1
}
exit $failed
