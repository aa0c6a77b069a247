#!/bin/bash
# From a command to the pixels of the dispatcher's page, in Chromium against a dispatchd with PostGIS
# and Redis: 1,000 units at 1 Hz, so many facts a second, 30 open incidents on the screen.
#   with_redis with_pg page.sh BIN ROOT PAGES [SECONDS [FACTS_A_SECOND [UNITS]]]
# PAGES: console/build's. What is measured and how: page.mjs.
set -eu
bin=$1 source=$2 pages=$3 seconds=${4:-60} rate=${5:-20} units=${6:-1000}
. "$source/tests/bench/bench_server.sh"
terminals=
clean_up() { [ -z "$terminals" ] || kill "$terminals" 2>/dev/null || true; }

make_units() {
    awk -v n="$units" 'BEGIN {
        for (i = 101; i <= 100 + n; i++) {
            printf "define_unit U%d code=B%04d plate=B%d kind=ADVANCED S1 capabilities=31 crew=3\n", i, i, i
            printf "set_duty U%d duty=on\n", i
            printf "define_terminal T%d phone=%.0f U%d\n", i, 200000000000 + i - 100, i
        }
    }'
}

"$bin/citysim" make --out "$dir/city" --seed 2 >/dev/null
"$source/deploy/city_map" "$bin" "$dir/city" "$MINGDI_DB"
bench_config limits.units=$((units + 200)) limits.terminals=$((units + 200)) log.per_second=5 limits.retention_min=3 \
    server.pages_dir="$pages" server.road_file="$dir/city/road.bin" \
    server.zones_file="$dir/city/zones.geojson"
printf '[gate]\norigins = http://%s\n' "$http" >>"$conf"
ulimit -n "$(ulimit -Hn)"
start
for login in gateway dispatcher operator; do
    add_user $login $login
done
as gateway define "$dir/city/city.txt" >/dev/null
make_units >"$dir/units.txt"
as gateway define "$dir/units.txt" >/dev/null
"$bin/bench_terminals" "${jt808##*:}" "$server" "$units" "$units" $((seconds + 120)) 1 single \
    >"$dir/terminals" &
terminals=$!
PAGE_URL=http://$http PAGE_DIR=$dir node "$source/tests/bench/page.mjs" "$source/console" \
    "$seconds" "$rate" "$units"
kill "$terminals" 2>/dev/null || true
wait "$terminals" 2>/dev/null || true
terminals=
echo "server loop lag: $(metrics_now | awk -f "$source/tests/bench/quantile.awk" -v name=mingdi_loop_lag_seconds)"
stop
