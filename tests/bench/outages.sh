#!/bin/bash
# Redis and PostGIS taken away in every way under a steady open loop of commands and the fixes of a
# driving city: how long acknowledgements took in the quiet before each outage, while the copies
# were being taken away, while they were away, and until both had caught up; how much memory
# dispatchd had; what verify says at the end. Under with_pg and with_redis.
#
#   outages.sh BIN ROOT [RATE [SECONDS [ROUNDS [OUTAGE…]]]]
#
# OUTAGE: COPY[+COPY]-WAY, COPY redis or postgis, WAY stopped, frozen, slow or flapping. Every round
# goes through all of them, SECONDS of quiet and SECONDS of outage each; rounds are told together.
# REALTIME=1: dispatchd and the load at real-time priority, so that what else runs on the machine,
# the databases too, takes no processor from them: what is left is the loop's own and the disk's. The
# thread that keeps the copies stays behind, like them.
# ALONE=1: the same done beside a dispatchd that has no copies: what the machine makes of it.
set -eu
bin=$1 source=$2 rate=${3:-200} seconds=${4:-10} rounds=${5:-2}
shift $(($# < 5 ? $# : 5))
[ $# -gt 0 ] || set -- {redis,postgis,redis+postgis}-{stopped,frozen,slow} redis+postgis-flapping
. "$source/tests/bench/bench_server.sh"
. "$source/tests/live/copies.sh"
city= load=
clean_up() {
    [ -z "$city" ] || kill "$city" 2>/dev/null || true
    [ -z "$load" ] || kill "$load" 2>/dev/null || true
    copies_end
}

REDIS_ADDRESS= MINGDI_DB= bench_config limits.calls=400000
if [ -n "${ALONE:-}" ]; then
    caught_up() { true; }
else
    copies_config 200 4096
fi
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
if [ -n "${REALTIME:-}" ]; then
    for process in $server $load; do chrt -a -r -p 10 "$process"; done
    copies=$(grep -lx copies /proc/"$server"/task/*/comm | cut -d/ -f5)
    [ -z "$copies" ] || chrt -o -p 0 "$copies"
fi

phase() {
    kill -0 $load
    echo "$1" >&7
    echo "$1 $(rss_kib "$server")" >>"$dir/memory"
}

# each DO WAY COPY…
each() {
    local do=$1 way=$2 copy
    shift 2
    for copy; do "$do" "$copy" "$way"; done
}

# flap COPY…: every two seconds frozen for one, then started anew.
flap() {
    local turn
    for turn in $(seq $((seconds / 2))); do
        each take frozen "$@"
        sleep 1
        each give frozen "$@"
        each take stopped "$@"
        each give stopped "$@"
        sleep 1
    done
}

outage() { # NAME, see above
    local name=$1 way=${1##*-} copies began
    copies=$(tr + ' ' <<<"${1%-*}")
    phase "quiet:$name"
    sleep "$seconds"
    if [ "$way" = flapping ]; then
        phase "away:$name"
        flap $copies
    else
        phase "taking:$name"
        each take "$way" $copies
        phase "away:$name"
        sleep "$seconds"
        phase "giving:$name"
        each give "$way" $copies
    fi
    phase "catching-up:$name"
    began=$(date +%s%N)
    until_true caught_up
    echo "$name: caught up after $((($(date +%s%N) - began) / 1000000)) ms"
}

sleep 3
until_true caught_up
for round in $(seq "$rounds"); do
    for name; do outage "$name"; done
done
phase last
sleep "$seconds"
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
awk 'NR == FNR { if (!($1 in first)) first[$1] = $2; kib[$1] = $2; next }
     { split($1, name, ":"); p99 = $7
       if (name[1] == "quiet") quiet[name[2]] = p99
       ratio = quiet[name[2]] ? sprintf("%.2f of quiet", p99 / quiet[name[2]]) : ""
       print $0 "  " ratio "  rss " first[$1] " to " kib[$1] " KiB" }' "$dir/memory" "$dir/table"
