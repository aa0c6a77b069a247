#!/bin/sh
# PostGIS away, Redis away, both away, each until so many more commands were acknowledged (or so
# many seconds passed); dispatch goes on meanwhile. Then dispatchd itself restarts under load. In the
# end both copies have caught up and `dispatchctl verify` finds nothing.
# outage.sh BIN ROOT [SECONDS], under with_pg and with_redis.
set -eu
bin=$1 root=$2 seconds=${3:-0}
more=60 # records that must become durable during each outage

. "$root/tests/live/server_lib.sh"
dir=$(mktemp -d)
server_pid='' city_pid=''
trap 'kill $city_pid $server_pid 2>/dev/null || true; rm -rf "$dir"' EXIT

write_conf "postgres=$MINGDI_DB" "redis=$REDIS_ADDRESS"
"$bin/citysim" make --out "$dir/city" --seed 2 >/dev/null
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data/"
start_server
add_tokens gateway dispatcher
"$bin/citysim" live --server "127.0.0.1:$tcp" --jt808 "127.0.0.1:$jt808" \
    --token-file "$dir/tokens" --city "$dir/city" --deploy "$root/deploy" --seed 2 \
    --calls-per-day 40000 --auto-dispatch >"$dir/city.log" 2>&1 &
city_pid=$!

seq_now() {
    is_healthy | sed 's/.*"seq":\([0-9]*\).*/\1/'
}

goes_on() {
    kill -0 $city_pid || { tail -5 "$dir/city.log"; exit 1; }
    [ "$(seq_now)" -ge $((from + more)) ] && [ "$(date +%s)" -ge $((began + seconds)) ]
}

# without NAME: the line must go on for a while.
without() {
    from=$(seq_now) began=$(date +%s)
    wait_for "$more records without $1" goes_on
    echo "without $1: seq $from to $(seq_now)"
}

caught_up() {
    is_healthy >"$dir/health"
    grep -q '"redis":{"configured":true,"up":true,"lag":0}' "$dir/health" &&
        grep -q '"postgres":{"configured":true,"up":true,"lag":0}' "$dir/health"
}

down() {
    is_healthy | grep -q "\"$1\":{\"configured\":true,\"up\":false"
}

without nothing
"$root/deploy/pg" stop "$PG_FOLDER"
wait_for "the server to see it" down postgres
without PostGIS
"$root/deploy/pg" start "$PG_FOLDER" >/dev/null
wait_for "PostGIS to catch up" caught_up
"$root/deploy/redis" stop "$REDIS_FOLDER"
wait_for "the server to see it" down redis
without Redis
"$root/deploy/pg" stop "$PG_FOLDER"
without both
"$root/deploy/pg" start "$PG_FOLDER" >/dev/null
"$root/deploy/redis" start "$REDIS_FOLDER" >/dev/null
wait_for "both to catch up" caught_up
echo "both caught up"

kill "$server_pid"
wait "$server_pid" || true
start_server
without "a break: restarted under load"
kill $city_pid
wait $city_pid || true
city_pid=''
wait_for "both to catch up" caught_up
"$bin/dispatchctl" verify --config "$conf"
stop_server
server_pid=''
