#!/bin/sh
# How long the reports of /watch and of quality control take over a large history.
#   tests/bench/reports.sh PER_DAY DAYS FOLDER
# FOLDER: of deploy/pg; when there are no calls in it, it is filled first. LIMIT: one is given up.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$3
mkdir -p "$folder"
chmod 755 "$folder"
psql() { "$root/deploy/pg" psql "$folder" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

"$root/deploy/pg" start "$folder"
[ "$(psql -c 'select count(*) from call')" != 0 ] ||
    psql -v per_day="$1" -v days="$2" -f "$root/tests/bench/history_large.sql"
# As the server asks: again while figures are still being kept.
from=$(date +%s) asks=0
while [ "$(psql -c "select report_due('{\"seq\":0}', now(), '8 h')")" = '{}' ]; do asks=$((asks + 1)); done
echo "kept: $asks asks of due, $(($(date +%s) - from)) s"
for report in tiles week funnel 'quality {"step":"day","by":"all"}' \
    'chart {"indicator":"turnout_3min","step":"day","by":"all"}' 'due {"seq":0}'; do
    ask=${report#* }
    [ "$ask" != "$report" ] || ask='{}'
    printf '%s: ' "${report%% *}"
    psql -c "set statement_timeout = '${LIMIT:-60s}'" -c '\timing on' \
        -c "select length(report_${report%% *}('$ask', now(), '8 h')::text)" 2>&1 |
        sed -n 's/^Time: //p; s/^ERROR: */given up: /p' | head -1
done
