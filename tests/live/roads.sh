#!/bin/sh
# Porto's roads: imported through PostGIS, a city put on them, callers and crews on them for a
# while; then every travel time that was recommended is worked out again by a plain Dijkstra.
# roads.sh BIN CHECK_ETAS TEST_EXTRACT ROOT SHARED_DATA, under with_pg.
set -eu
bin=$1 check=$2 extract=$3 root=$4 pbf=$5/osm/porto_portugal.osm.pbf
wanted=60 # recommendations

if [ ! -f "$pbf" ]; then
    echo "SKIP: no $pbf"
    exit 77
fi
. "$root/tests/live/server_lib.sh"
dir=$(mktemp -d)
server_pid='' city_pid=''
trap 'kill $city_pid $server_pid 2>/dev/null || true; rm -rf "$dir"' EXIT

write_conf clock=driven
"$bin/dispatchctl" import-osm "$pbf" --db "$MINGDI_DB" --deploy "$root/deploy" \
    --out "$dir/data/road.bin" | tail -1
MINGDI_ROAD_FILE=$dir/data/road.bin "$extract" # every node of it against Bellman-Ford
"$bin/citysim" make --out "$dir/city" --road "$dir/data/road.bin" --seed 7 --stations 12 \
    --hospitals 4 --units 40 | tail -1
cp "$dir/city/zones.geojson" "$dir/data/"
start_server
add_tokens gateway dispatcher
cp "$dir/data/road.bin" "$dir/city/" 2>/dev/null || true
"$bin/citysim" live --server "127.0.0.1:$tcp" --jt808 "127.0.0.1:$jt808" \
    --token-file "$dir/tokens" --city "$dir/city" --deploy "$root/deploy" --seed 7 \
    --calls-per-day 3000 --auto-dispatch --drive --speed 30 >"$dir/city.log" 2>&1 &
city_pid=$!

enough() {
    kill -0 $city_pid 2>/dev/null || { tail -20 "$dir/city.log"; exit 1; }
    n=$("$bin/dispatchctl" facts --kind recommended --config "$conf" | grep -c row_unit= || true)
    [ "$n" -ge "$wanted" ]
}
wait_for "$wanted recommendations" enough
kill $city_pid
wait $city_pid || true
city_pid=''
stop_server
server_pid=''
"$check" "$conf"
