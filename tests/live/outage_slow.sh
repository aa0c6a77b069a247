#!/bin/bash
# Redis and PostGIS frozen (they answer nothing, nor do they refuse) and behind a jammed network, each
# until so many more commands were acknowledged; dispatch goes on meanwhile. A copy that comes back has
# to catch up, and `dispatchctl verify` finds nothing. outage_slow.sh BIN ROOT, under with_pg and
# with_redis.
set -eu
bin=$1 source=$2
more=40 # records that must become durable during each outage

. "$source/tests/live/server.sh"
. "$source/tests/live/copies.sh"
city=
clean_up() {
    [ -z "$city" ] || kill "$city" 2>/dev/null || true
    copies_end
}

mkdir "$dir/data"
write_config "$dir/data"
copies_config 300 512
"$bin/citysim" make --out "$dir/city" --seed 4 >/dev/null
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data/"
start
add_user gateway gateway
add_user dispatcher dispatcher
write_tokens gateway dispatcher
"$bin/citysim" live --server "$tcp" --jt808 "$jt808" \
    --token-file "$dir/tokens" --city "$dir/city" --deploy "$source/deploy" --seed 4 \
    --calls-per-day 40000 --auto-dispatch >"$dir/city.log" 2>&1 &
city=$!

seq_now() {
    health | sed 's/.*"seq":\([0-9]*\).*/\1/'
}

goes_on() {
    kill -0 $city || { tail -5 "$dir/city.log"; exit 1; }
    [ "$(seq_now)" -ge $((from + more)) ]
}

during() {
    from=$(seq_now)
    until_true goes_on
    echo "$*: seq $from to $(seq_now)"
}

until_true caught_up
during both there
for way in frozen slow; do
    take redis $way
    take postgis $way
    [ $way = slow ] || { until_true is_down redis; until_true is_down postgres; }
    during both $way
    give redis $way
    give postgis $way
    until_true caught_up
done
kill $city
wait $city || true
city=
until_true caught_up
"$bin/dispatchctl" verify --config "$conf"
stop
