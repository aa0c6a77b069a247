#!/bin/bash
# One speaks, a thousand hear: dispatchd's stream over TCP and WebSocket beside mosquitto's, the same
# bytes and rate, in turn, so many rounds. Needs mosquitto (Debian's package of that name).
# After each of ours over TCP as many writes of as many bytes by a server that does nothing else: what
# the kernel alone costs. MEASURE may name a program to run each measured part under.
# fanout.sh BIN ROOT BENCH [LISTENERS [RATE [SECONDS [ROUNDS]]]]
set -euo pipefail
bin=$1 source=$2 bench=$3 listeners=${4:-1000} rate=${5:-20} seconds=${6:-10} rounds=${7:-3}
. "$source/tests/bench/bench_server.sh"
broker=
clean_up() { [ -z "$broker" ] || kill "$broker" 2>/dev/null || true; }

PATH=$PATH:/usr/sbin
ulimit -n "$(ulimit -Hn)"
bench_config gate.clients=$((listeners + 16)) gate.token_minutes=10080 log.per_second=5
start
add_user gateway gateway
add_user dispatcher dispatcher
as gateway call 10000000001 at=38.91,106.56 >/dev/null
as dispatcher answer C1 >/dev/null
as dispatcher open C1 words=bench >/dev/null

websocket=$(free_port)
until mqtt=$((websocket + 1)) && ! (exec 3<>"/dev/tcp/127.0.0.1/$mqtt") 2>/dev/null; do
    websocket=$(free_port)
done
printf '%s\n' "listener $websocket 127.0.0.1" 'protocol websockets' "listener $mqtt 127.0.0.1" \
    'allow_anonymous true' 'max_connections -1' 'max_queued_messages 0' >"$dir/mosquitto.conf"
if command -v mosquitto >/dev/null; then
    mosquitto -c "$dir/mosquitto.conf" >"$dir/mosquitto.log" 2>&1 &
    broker=$!
    until_true grep -q running "$dir/mosquitto.log"
else
    echo "no mosquitto here (apt-get install mosquitto): ours alone"
fi

for ((round = 1; round <= rounds; round++)); do
    for way in tcp ws; do
        ${MEASURE:-} "$bench" $way "${http##*:}:${tcp##*:}" "$server" "$listeners" "$rate" \
            "$seconds" "$dir/dispatcher.token" | tee "$dir/figures"
        [ $way = ws ] || bytes=$(sed -n 's/.* bytes=\([0-9]*\).*/\1/p' "$dir/figures")
    done
    ${MEASURE:-} "$bin/bench_sockets" fan "$listeners" "$rate" "$seconds" "$bytes" "$((bytes + 4))"
    [ -n "$broker" ] || continue
    ${MEASURE:-} "$bench" mqtt $mqtt "$broker" "$listeners" "$rate" "$seconds"
    ${MEASURE:-} "$bench" mqtt-ws $websocket "$broker" "$listeners" "$rate" "$seconds"
done
echo "loop lag: $(metrics_now | awk -f "$source/tests/bench/quantile.awk" -v name=mingdi_loop_lag_seconds)"
stop
