#!/bin/sh
# The indicator views over the San Francisco week give exactly the published figures.
# kpi.sh SHARED_DATA, under with_pg.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
calls=$1/calls

if [ ! -f "$calls/expected_kpis.csv" ]; then
    echo "SKIP: no $calls/expected_kpis.csv"
    exit 77
fi
zcat "$calls/sf_fire_ems_week_2017.csv.gz" |
    psql -X -q -v ON_ERROR_STOP=1 -d "$MINGDI_DB" -f "$here/kpi_load.sql"
PGTZ=UTC psql -X -A -t -F, -v ON_ERROR_STOP=1 -d "$MINGDI_DB" -f "$here/kpi_figures.sql" |
    LC_ALL=C sort >"$PG_FOLDER/got"
tail -n +2 "$calls/expected_kpis.csv" | cut -d, -f1-3 | LC_ALL=C sort >"$PG_FOLDER/want"
lines=$(wc -l <"$PG_FOLDER/want")
same=0
diff "$PG_FOLDER/want" "$PG_FOLDER/got" || same=1
rm "$PG_FOLDER/got" "$PG_FOLDER/want"
[ "$lines" -eq 27 ] || { echo "expected 27 figures, the reference has $lines"; exit 1; }
[ $same -eq 0 ] && echo "27 figures equal"
exit $same
