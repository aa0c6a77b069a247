#!/bin/bash
# PostGIS away, Redis away, both away, each until so many more commands were acknowledged (or so
# many seconds passed); dispatch goes on meanwhile. Then dispatchd itself restarts under load. In the
# end both copies have caught up and `dispatchctl verify` finds nothing.
# outage.sh BIN ROOT [SECONDS], under with_pg and with_redis.
set -eu
bin=$1 source=$2 seconds=${3:-0}
more=60 # records that must become durable during each outage

. "$source/tests/live/server.sh"
city=
clean_up() {
    [ -z "$city" ] || kill "$city" 2>/dev/null || true
}

mkdir "$dir/data"
write_config "$dir/data"
cat >>"$conf" <<END
[redis]
address = $REDIS_ADDRESS
[postgres]
conninfo = $MINGDI_DB
END
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

health() {
    curl -sf "http://$http/healthz"
}

seq_now() {
    health | sed 's/.*"seq":\([0-9]*\).*/\1/'
}

goes_on() {
    kill -0 $city || { tail -5 "$dir/city.log"; exit 1; }
    [ "$(seq_now)" -ge $((from + more)) ] && [ "$(date +%s)" -ge $((began + seconds)) ]
}

# without NAME: the line must go on for a while.
without() {
    from=$(seq_now) began=$(date +%s)
    until_true goes_on
    echo "without $1: seq $from to $(seq_now)"
}

caught_up() {
    health >"$dir/health"
    grep -q '"redis":{"configured":true,"up":true,"lag":0}' "$dir/health" &&
        grep -q '"postgres":{"configured":true,"up":true,"lag":0}' "$dir/health"
}

down() {
    health | grep -q "\"$1\":{\"configured\":true,\"up\":false"
}

without nothing
"$source/deploy/pg" stop "$PG_FOLDER"
until_true down postgres
without PostGIS
"$source/deploy/pg" start "$PG_FOLDER" >/dev/null
until_true caught_up
"$source/deploy/redis" stop "$REDIS_FOLDER"
until_true down redis
without Redis
"$source/deploy/pg" stop "$PG_FOLDER"
without both
"$source/deploy/pg" start "$PG_FOLDER" >/dev/null
"$source/deploy/redis" start "$REDIS_FOLDER" >/dev/null
until_true caught_up
echo "both caught up"

stop
start
without "a break: restarted under load"
kill $city
wait $city || true
city=
until_true caught_up
"$bin/dispatchctl" verify --config "$conf"
stop
