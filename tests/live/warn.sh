#!/bin/bash
# The detectors in batch against what the published packages said of the same data, point by point:
# EARS, CUSUM run lengths, the scans of SaTScan 10.3.2 and of scanstatistics. What each writes has the
# columns that its --help names.
#   warn.sh BIN DATA
set -eu
ctl=$1/dispatchctl data=$2/warning
[ -d "$data" ] || {
    echo "SKIP: no reference data at $data"
    exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0
is() { # WHAT EXPECTED FOUND
    [ "$2" = "$3" ] && return
    echo "$1: expected '$2', found '$3'"
    failed=1
}

documented() { # SUBCOMMAND FILE: what it has just written
    is "columns of $1" "$("$ctl" warn "$1" --help | sed -n 's/.*; out //p' | tr -d ' ')" \
        "$(head -1 "$2" | sed 's/^series,//')"
}

for series in salmNewport ha k1 momo rotaBB salmonella.agona; do
    file=$data/surveillance/data_$series.csv
    for method in C1 C2; do
        "$ctl" warn ears --in "$file" --out ears.csv method=$method baseline=7 alpha=0.001
        is "$series $method" same "$(awk -F, -v s=$series -v m=$method '
            NR == FNR { if ($1 == s && $2 == m && $3 == 7) { bound[$5] = $7; alarm[$5] = $8; n++ } next }
            FNR > 1 { off = $6 - bound[$1]; if (off < 0) off = -off
                      size = bound[$1] < 0 ? -bound[$1] : bound[$1]
                      if (!($1 in bound) || off > 1e-9 * (size > 1 ? size : 1)) bad++
                      if (alarm[$1] != $7) bad++
                      k++ }
            END { print bad || k != n ? bad + 0 " differ of " k ", " n " wanted" : "same" }' \
            "$data/surveillance/earsC.csv" ears.csv)"
    done
    "$ctl" warn ears --in "$file" --out ears.csv method=C3
    is "$series C3" same "$(awk -F, -v s=$series '
        NR == FNR { if ($1 == s && $2 == 7) { score[$3] = $6; alarm[$3] = $7; n++ } next }
        FNR > 1 { off = $5 - score[$1]; if (off < 0) off = -off
                  if (score[$1] !~ /[iI]nf/ && off > 1e-8) bad++
                  if (alarm[$1] != $7) bad++
                  k++ }
        END { print bad || k != n ? bad + 0 " differ of " k ", " n " wanted" : "same" }' \
        "$data/surveillance/ears_C3_published_definition.csv" ears.csv)"
done

documented ears ears.csv
"$ctl" warn farrington --in "$data/surveillance/data_salmNewport.csv" --out weeks.csv years=3
documented farrington weeks.csv
"$ctl" warn cusum --in "$data/surveillance/data_salmNewport.csv" --out sums.csv h=20 k=25
documented cusum sums.csv
(echo at && gzip -dc "$2/calls/sf_fire_ems_week_2017.csv.gz" | awk -F, 'NR > 1 { print $6 }' | sort -u) \
    >at.csv
"$ctl" warn window --in at.csv --out windows.csv hours=1 expected=20 phi=1.5
documented window windows.csv
(echo t,count && gzip -dc "$2/calls/berlin_112_calls_daily.csv.gz" | awk -F, 'NR > 1 { print $1 "," int($2) }') \
    >days.csv
"$ctl" warn forecast --in days.csv --out forecast.csv step=day from=2025-08-22 2>errors
documented forecast forecast.csv
grep -q '^rmse ' errors || is "errors of the forecast" told "$(cat errors)"
for file in ears weeks sums windows forecast; do
    [ "$(wc -l <$file.csv)" -gt 200 ] || is "$file.csv" "hundreds of lines" "$(wc -l <$file.csv)"
done

# Beyond 1e8 steps the published table has lost its digits to a subtraction.
"$ctl" warn cusum --in "$data/surveillance/poisson_cusum_arl.csv" --out arl.csv
is "run lengths" same "$(paste -d, "$data/surveillance/poisson_cusum_arl.csv" arl.csv | awk -F, '
    NR > 1 && $4 < 1e8 { off = ($4 - $9) / $4; fir = ($5 - $10) / $5; n++
        if (off > 1e-6 || off < -1e-6 || fir > 1e-6 || fir < -1e-6) bad++ }
    END { print bad || n < 300 ? bad + 0 " differ of " n : "same" }')"

# The first cluster: its places, cases, score to six digits, p within four standard errors.
cluster() { # WHAT RANK PLACES CASES SCORE P
    is "$1 $2" "$3 $4 $5" "$(awk -F, -v r="$2" '$1 == r { printf "%s %s %.6f", $4, $7, $9 }' out.csv)"
    is "$1 $2 chance $6" near "$(awk -F, -v r="$2" -v p="$6" '$1 == r {
        off = $10 - p; if (off < 0) off = -off
        print off < 4 * sqrt(2 * p * (1 - p) / 9999) ? "near" : $10 }' out.csv)"
}
sat=$data/satscan
(echo place,y,x && awk '{ print $1 "," $2 "," $3 }' "$sat/NYCfever.geo") | tr -d '\r' >geo.csv
(echo place,cases,slot && awk '{ split($3, d, "/")
    printf "%s,%s,%04d-%02d-%02d\n", $1, $2, d[1], d[2], d[3] }' "$sat/NYCfever.cas") >cases.csv
"$ctl" warn stp --in cases.csv --out out.csv geo=geo.csv first=2001-11-01 last=2001-11-24 \
    radius=3000 windows=7 replicas=9999
documented stp out.csv
cluster "New York fever" 1 '11418|11415|11419|11435|11416|11421|11451|11375|11417' 4 3.845418 0.2112
cluster "New York fever" 2 11372 2 3.164201 0.4944
cluster "New York fever" 3 10472 2 2.137259 0.9590
is "recurrence" 5 "$(awk -F, '$1 == 1 { printf "%.0f", $12 }' out.csv)"

(echo place,x,y && awk '{ print $1 "," $2 "," $3 }' "$sat/NHumberside.geo") | tr -d '\r' >geo.csv
(echo place,cases,controls && tr -d '\r' <"$sat/NHumberside.cas" | paste - "$sat/NHumberside.ctl" |
    tr -d '\r' | awk '$1 == $3 { print $1 "," $2 "," $4 }') >cases.csv
"$ctl" warn bernoulli --in cases.csv --out out.csv geo=geo.csv plane=yes replicas=9999
documented bernoulli out.csv
is "North Humberside" "18|19|14|26 4 4.836516 170|173|172|169 4 4.836516" \
    "$(awk -F, '$1 <= 2 && NR > 1 { printf "%s%s %s %.6f", (NR > 2 ? " " : ""), $4, $7, $9 }' out.csv)"
cluster "North Humberside" 3 '130|134|135|118|115|124' 5 3.712697 0.8578

(echo place,lat,lon && awk '{ print $1 "," $2 "," $3 }' "$sat/nm.geo") | tr -d '\r' >geo.csv
(echo place,cases,year,age,sex && awk '{ print $1 "," $2 "," $3 "," $4 "," $5 }' "$sat/nm.cas") |
    tr -d '\r' >cases.csv
(echo place,year,population,age,sex && awk '{ print $1 "," 1900 + $2 "," $3 "," $4 "," $5 }' \
    "$sat/nm.pop") | tr -d '\r' >people.csv
"$ctl" warn scan --in cases.csv --out out.csv geo=geo.csv population=people.csv model=poisson \
    replicas=9999
documented scan out.csv
cluster "New Mexico" 1 'Torrance|Bernalillo|Valencia|SantaFe|Guadelupe|Socorro' 576 6.890841 0.0138

(echo place,slot,cases,expected,lat,lon && awk -F, 'NR > 1 {
    print $3 "," $1 "," $4 "," $5 "," $6 "," $7 }' \
    "$data/scanstatistics/input_counts_baselines_1986_1989.csv") >cases.csv
"$ctl" warn scan --in cases.csv --out out.csv neighbours=15 all=yes top=20 replicas=0
sorted() { tr '|' '\n' | sort | paste -sd'|'; }
tail -n +2 "$data/scanstatistics/expected_eb_poisson_top20.csv" |
    while IFS=, read -r rank score window _ places count _; do
        echo "$rank $(printf %.6f "$score") $window $(echo "$places" | sorted) $count"
    done >wanted
tail -n +2 out.csv | while IFS=, read -r rank _ _ places first last count _ score _; do
    echo "$rank $(printf %.6f "$score") $((last - first + 1)) $(echo "$places" | sorted) $count"
done >found
is "scanstatistics, the first twenty" "$(cat wanted)" "$(cat found)"

# Of any shape: what no circle can hold together is more unusual still.
"$ctl" warn scan --in cases.csv --out any.csv neighbours=15 shape=any replicas=99
is "the best set scores above the best circle" yes "$(awk -F, 'FNR == 2 { score[++n] = $9; p = $10 }
    END { print (score[2] > 1.5 * score[1] && p <= 0.02 ? "yes" : score[2] " beside " score[1]) }' \
    out.csv any.csv)"
"$ctl" warn stp --in cases.csv --out any.csv shape=any 2>refused && is "shape=any of stp" refused taken
grep -q 'model=expectation' refused || is "why not" said "$(cat refused)"
exit $failed
