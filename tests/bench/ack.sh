#!/bin/bash
# From when a call command was due to its durable answer, beside the same server on a journal that
# only appends and flushes; the two take turns. ack.sh BIN ROOT RATE [SECONDS [TURNS [--http]]]
set -eu
bin=$1 source=$2 rate=$3 seconds=${4:-10} turns=${5:-5} form=${6:-}
. "$source/tests/bench/bench_server.sh"

quantiles() { awk -f "$source/tests/bench/quantiles.awk"; }

# one PROGRAM TURN: a new server, measured; the samples of the run go to $dir/PROGRAM.samples.
one() {
    rm -rf "$dir/data"
    bench_config limits.calls=400000 limits.tasks=200000 privacy.cache=200000 \
        deadline.unanswered_s=0 deadline.callback_s=0
    # The floor cannot be read back, so it takes no snapshots and keys must stay in memory.
    [ "$1" = dispatchd ] ||
        printf '[journal]\nsnapshot_records = 10000000\nsnapshot_minutes = 1440\n' >>"$conf"
    program=$1 start
    add_user gateway gateway
    local at=$tcp before
    [ -z "$form" ] || at=$http
    before=$(cpu_ticks "$server")
    "$bin/bench_ack" $form "$at" "$dir/gateway.token" "$rate" "$seconds" | sed '/^warm-up/d' >"$dir/turn"
    local ticks=$(($(cpu_ticks "$server") - before))
    stop
    cat "$dir/turn" >>"$dir/$1.samples"
    sed "s/^run/$1-$2/" "$dir/turn" | quantiles | sed "s/\$/  server cpu $((ticks * 10)) ms/"
}

echo "rate $rate/s ${form:+over HTTP} $seconds s a turn"
for turn in $(seq "$turns"); do
    one dispatchd "$turn"
    one dispatchd_floor "$turn"
done | tee "$dir/turns"
for program in dispatchd dispatchd_floor; do
    sed "s/^run/$program/" "$dir/$program.samples" | quantiles
done
# Lines of dispatchd and its floor come in pairs: the ratios of each turn.
awk '{ split($0, v, /p50 +|p99 +|p99.9 +|worst +/); a = v[2] + 0; b = v[3] + 0; c = v[4] + 0 }
     $1 !~ /floor/ { p50 = a; p99 = b; p999 = c; next }
     { printf "%.2f %.2f %.2f\n", p50 / a, p99 / b, p999 / c }' "$dir/turns" >"$dir/ratios"
for column in 1 2 3; do
    sort -n -k$column "$dir/ratios" | awk -v c=$column '{ v[NR] = $c }
        END { printf "dispatchd / floor %s: median %.2f, from %.2f to %.2f\n",
              c == 1 ? "p50" : c == 2 ? "p99" : "p99.9", v[int((NR + 1) / 2)], v[1], v[NR] }'
done
