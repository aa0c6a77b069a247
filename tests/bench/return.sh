#!/bin/bash
# A thousand consoles come back at once after dispatchd was killed and started again: how long until
# all have what they need, and how the loop fared.
# return.sh BIN ROOT BENCH [CONSOLES [UNITS [KILLS]]]
set -eu
bin=$1 source=$2 bench=$3 consoles=${4:-1000} units=${5:-200} kills=${6:-3}
. "$source/tests/bench/bench_server.sh"
crowd=
clean_up() { [ -z "$crowd" ] || kill "$crowd" 2>/dev/null || true; }

ulimit -n "$(ulimit -Hn)"
bench_config gate.clients=$((consoles + 16)) gate.token_minutes=10080 log.per_second=5
"$bin/citysim" make --out "$dir/roads" --seed 3 >/dev/null
"$bin/citysim" make --out "$dir/city" --road "$dir/roads/road.bin" --seed 3 --stations 40 \
    --hospitals 12 --units "$units" >/dev/null
start
add_user operator operator
add_user gateway gateway
add_user dispatcher dispatcher
as operator define "$dir/city/city.txt" >/dev/null
for ((i = 1; i <= 50; i++)); do
    as gateway call "1000000$((1000 + i))" at=38.91,106.56 >/dev/null
done

"$bench" "${http##*:}:${tcp##*:}" "$consoles" "$dir/dispatcher.token" $((kills + 1)) >"$dir/crowd" 2>&1 &
crowd=$!
all_in() { [ "$(grep -c 'all in' "$dir/crowd")" -gt "$round" ]; }
for ((round = 0; round <= kills; round++)); do
    until_true all_in
    echo "$(sed -n "$((round + 1))p" "$dir/crowd") server_rss_kib=$(rss_kib "$server") loop lag: $(
        metrics_now | awk -f "$source/tests/bench/quantile.awk" -v name=mingdi_loop_lag_seconds)"
    [ "$round" -lt "$kills" ] || break
    killed_ms=$(($(date +%s%N) / 1000000))
    crash || true
    start
    echo "killed; serving again after $(($(date +%s%N) / 1000000 - killed_ms)) ms"
done
wait $crowd
crowd=
stop
