#!/bin/bash
# Recommendations on a town's roads, or on a network tiled out of them: our engines beside PostGIS,
# pgRouting and Redis; then, of a real dispatchd, the time from a call's durable answer to its offer
# on the stream with so many units. recommend.sh BIN ROOT EXTRACT.osm.pbf [TILES [UNITS…]], under
# with_pg and with_redis. TILES 3: 3 by 3.
set -eu
bin=$1 source=$2 pbf=$3 tiles=${4:-1}
shift $(($# < 4 ? $# : 4))
. "$source/tests/bench/bench_server.sh"

# The private cluster's superuser: pgRouting is an extension.
super=$(sed 's/user=[a-z]*/user=postgres/' <<<"$MINGDI_DB")
psql -X -q -d "$super" -c 'create extension if not exists pgrouting' ||
    echo "without pgRouting (apt-get install postgresql-15-pgrouting)"
"$bin/dispatchctl" import-osm "$pbf" --db "$MINGDI_DB" --deploy "$source/deploy" \
    --out "$dir/town.road" | tail -1
mv "$dir/town.road" "$dir/measured.road"
[ "$tiles" = 1 ] || {
    mv "$dir/measured.road" "$dir/town.road"
    "$bin/tile_road" "$dir/town.road" "$dir/measured.road" "$tiles" "$tiles"
}
"$bin/bench_recommend" "$dir/measured.road" "$source/deploy/speeds.conf"

for units; do
    rm -rf "$dir/data"
    REDIS_ADDRESS= MINGDI_DB= bench_config limits.units=20000 limits.stations=20000 \
        gate.requests_per_s=100000 deadline.unassigned_s=0 deadline.ungraded_s=0
    cp "$dir/measured.road" "$dir/data/road.bin"
    start
    add_user operator operator
    add_user gateway gateway
    add_user dispatcher dispatcher
    "$bin/bench_offer" --city "$dir/measured.road" "$units" >"$dir/all.txt"
    grep ^define_ "$dir/all.txt" >"$dir/city.txt"
    grep ^set_duty "$dir/all.txt" >"$dir/duty.txt"
    as operator define "$dir/city.txt" >/dev/null
    as gateway define "$dir/duty.txt" >/dev/null
    sleep 2 # what the duties made due is done
    "$bin/bench_offer" "$tcp" "$dir/dispatcher.token" "$dir/measured.road" 300 |
        awk -f "$source/tests/bench/quantiles.awk" | sed "s/^/$units units, live: /"
    stop
done
