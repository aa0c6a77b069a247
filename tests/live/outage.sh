#!/bin/bash
# PostGIS and Redis taken away under load (stopped, each alone too; killed with what was not yet
# flushed; frozen: they answer nothing, nor do they refuse; slow: behind a jammed network), until so many more records were durable; dispatch goes on meanwhile. Then dispatchd itself restarts.
# Both copies catch up each time, and in the end `dispatchctl verify` finds nothing.
# outage.sh BIN ROOT WAY…, under with_pg and with_redis.
set -eu
bin=$1 source=$2
shift 2
more=40

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
"$bin/citysim" make --out "$dir/city" --seed 2 >/dev/null
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data/"
start
add_user gateway gateway
add_user dispatcher dispatcher
write_tokens gateway dispatcher
"$bin/citysim" live --server "$tcp" --jt808 "$jt808" \
    --token-file "$dir/tokens" --city "$dir/city" --deploy "$source/deploy" --seed 2 \
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

# without WAY NAME…: those copies taken away and given back.
without() {
    local way=$1 name
    shift
    for name; do take "$name" "$way"; done
    [ "$way" = slow ] || for name; do until_true is_down "$name"; done
    during "$* $way"
    for name; do give "$name" "$way"; done
    until_true caught_up
}

until_true caught_up
during both there
for way; do
    if [ "$way" = stopped ]; then
        without "$way" postgis
        without "$way" redis
    fi
    without "$way" redis postgis
done
stop
start
during restarted under load
kill $city
wait $city || true
city=
until_true caught_up
"$bin/dispatchctl" verify --config "$conf"
stop
