#!/bin/bash
# The whole San Francisco week through a running server on a driven clock; then the indicator views
# of PostGIS, fed by the mirror alone, give exactly the published figures.
# sf_week.sh BIN ROOT SHARED_DATA, under with_pg.
set -eu
bin=$1 source=$2 calls=$3/calls

if [ ! -f "$calls/expected_kpis.csv" ]; then
    echo "SKIP: no $calls/expected_kpis.csv"
    exit 77
fi
. "$source/tests/live/server.sh"

mkdir "$dir/data"
write_config "$dir/data"
sed -i 's/ = 1000$/ = 10000/' "$conf" # a busier day than other tests have
cat >>"$conf" <<END
[server]
clock = driven
[postgres]
conninfo = $MINGDI_DB
END
start
add_user gateway gateway
write_tokens gateway
"$bin/citysim" convert-sf "$calls/sf_fire_ems_week_2017.csv.gz" "$dir/sf.csv"
"$bin/citysim" replay "$dir/sf.csv" --server "$tcp" --token-file "$dir/tokens" |
    tee "$dir/replay.txt"
grep -q 'calls=3560 responses=7704 .*out_of_order=28 .*overlaps=9' "$dir/replay.txt"
grep -q 'refused *commands=0 events_skipped=0' "$dir/replay.txt"

caught_up() {
    curl -sf "http://$http/healthz" | grep -q '"postgres":{"configured":true,"up":true,"lag":0}'
}
until_true caught_up
PGTZ=Etc/GMT+8 psql -X -A -t -F, -v ON_ERROR_STOP=1 -d "$MINGDI_DB" -f "$source/tests/live/kpi_figures.sql" |
    LC_ALL=C sort >"$dir/got"
# San Francisco in January: eight hours behind UTC, which POSIX writes with a plus.
tail -n +2 "$calls/expected_kpis.csv" | cut -d, -f1-3 | LC_ALL=C sort >"$dir/want"
diff "$dir/want" "$dir/got"
echo "$(wc -l <"$dir/want") figures equal"
"$bin/dispatchctl" verify --config "$conf"
stop
