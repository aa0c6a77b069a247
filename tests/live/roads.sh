#!/bin/bash
# Porto's roads: imported through PostGIS, a city put on them, callers and crews on them for a
# while; then every travel time that was recommended is worked out again by a plain Dijkstra.
# roads.sh BIN CHECK_ETAS TEST_EXTRACT ROOT SHARED_DATA, under with_pg.
set -eu
bin=$1 check=$2 extract=$3 source=$4 pbf=$5/osm/porto_portugal.osm.pbf
wanted=60 # recommendations

if [ ! -f "$pbf" ]; then
    echo "SKIP: no $pbf"
    exit 77
fi
. "$source/tests/live/server.sh"
city=
clean_up() {
    [ -z "$city" ] || kill "$city" 2>/dev/null || true
}

mkdir "$dir/data"
write_config "$dir/data"
printf '[server]\nclock = driven\n' >>"$conf"
"$bin/dispatchctl" import-osm "$pbf" --db "$MINGDI_DB" --deploy "$source/deploy" \
    --out "$dir/data/road.bin" | tail -1
MINGDI_ROAD_FILE=$dir/data/road.bin "$extract" # every node of it against Bellman-Ford
"$bin/citysim" make --out "$dir/city" --road "$dir/data/road.bin" --seed 7 --stations 12 \
    --hospitals 4 --units 40 | tail -1
cp "$dir/city/zones.geojson" "$dir/data/"
start
add_user gateway gateway
add_user dispatcher dispatcher
write_tokens gateway dispatcher
"$bin/citysim" live --server "$tcp" --jt808 "$jt808" \
    --token-file "$dir/tokens" --city "$dir/city" --deploy "$source/deploy" --seed 7 \
    --calls-per-day 3000 --auto-dispatch --drive --speed 30 >"$dir/city.log" 2>&1 &
city=$!

enough() {
    kill -0 $city 2>/dev/null || { tail -20 "$dir/city.log"; exit 1; }
    n=$("$bin/dispatchctl" facts --kind recommended --config "$conf" | grep -c row_unit= || true)
    [ "$n" -ge "$wanted" ]
}
until_true enough
kill $city
wait $city || true
city=
stop
"$check" "$conf"
