#!/bin/bash
# Redis and PostGIS taken away in every way under a steady open loop of commands and the fixes of a
# driving city: how long acknowledgements took in each phase and in the quiet ones before and after,
# how much memory dispatchd had, how long the copies needed to catch up, and what verify says at the
# end. outages.sh BIN ROOT [RATE [SECONDS]], under with_pg and with_redis.
set -eu
bin=$1 source=$2 rate=${3:-200} seconds=${4:-10}
. "$source/tests/bench/bench_server.sh"
. "$source/tests/live/copies.sh"
city= load=
clean_up() {
    [ -z "$city" ] || kill "$city" 2>/dev/null || true
    [ -z "$load" ] || kill "$load" 2>/dev/null || true
    copies_end
}

REDIS_ADDRESS= MINGDI_DB= bench_config limits.calls=400000
copies_config 200 4096
"$bin/citysim" make --out "$dir/city" --seed 2 >/dev/null
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data/"
start
add_user gateway gateway
add_user dispatcher dispatcher
write_tokens gateway dispatcher
"$bin/citysim" live --server "$tcp" --jt808 "$jt808" --token-file "$dir/tokens" \
    --city "$dir/city" --deploy "$source/deploy" --seed 2 --calls-per-day 2000 --auto-dispatch \
    >"$dir/city.log" 2>&1 &
city=$!
mkfifo "$dir/phases"
"$bin/bench_ack" "$tcp" "$dir/gateway.token" "$rate" - <"$dir/phases" >"$dir/samples" &
load=$!
exec 7>"$dir/phases"

phase() {
    kill -0 $load
    echo "$1" >&7
    echo "$1 $(rss_kib "$server") KiB" >>"$dir/memory"
}
quiet_time() {
    phase "quiet-$((++quiet))"
    sleep "$seconds"
}
back_within() { # how long until both copies have all
    local began
    began=$(date +%s%N)
    phase "after-$1"
    until_true caught_up
    echo "$1: caught up after $((($(date +%s%N) - began) / 1000000)) ms"
}

# outage NAME WAY COPY…
outage() {
    local name=$1 way=$2 copy
    shift 2
    phase "$name"
    for copy; do take "$copy" "$way"; done
    sleep "$seconds"
    for copy; do give "$copy" "$way"; done
    back_within "$name"
    quiet_time
}

quiet=0
sleep 3
until_true caught_up
quiet_time
for way in stopped frozen slow; do
    outage "redis-$way" $way redis
    outage "postgis-$way" $way postgis
done
outage both-frozen frozen redis postgis
phase both-flapping
for turn in $(seq $((seconds / 2))); do
    take redis frozen; take postgis frozen
    sleep 1
    give redis frozen; give postgis frozen
    take redis stopped; give redis stopped
    sleep 1
done
back_within both-flapping
quiet_time
echo end >&7
wait $load
load=
kill $city
wait $city || true
city=
until_true caught_up
"$bin/dispatchctl" verify --config "$conf"
stop
awk -f "$source/tests/bench/quantiles.awk" "$dir/samples" >"$dir/table"
awk 'NR == FNR { kib[$1] = $2; next } { print $0 "  rss " kib[$1] " KiB" }' "$dir/memory" "$dir/table"
