#!/bin/bash
# JT/T 808 terminals against a dispatchd of its own: fixes through the spool and, where MINGDI_DB is
# set (with_pg), into PostGIS, counted there: every fix sent is one row.
# After single fixes as many messages to a server that only reads and writes: what the kernel alone
# costs. MEASURE may name a program to run the measured part under.
# terminals.sh BIN ROOT BENCH [COUNT [RATE [SECONDS [FIXES [single|batch]]]]]
set -eu
bin=$1 source=$2 bench=$3 count=${4:-10000} rate=${5:-50000} seconds=${6:-20} fixes=${7:-5}
form=${8:-batch}
. "$source/tests/bench/bench_server.sh"

make_terminals() {
    awk -v n="$count" 'BEGIN {
        print "define_station S1 code=S1 name=bench at=39.0,106.4"
        for (i = 1; i <= n; i++) {
            printf "define_unit U%d code=B%d plate=B%d kind=ADVANCED S1 capabilities=31 crew=3\n", i, i, i
            printf "define_terminal T%d phone=%.0f U%d\n", i, 200000000000 + i, i
        }
    }'
}

bench_config limits.units=$((count + 16)) limits.terminals=$((count + 16)) log.per_second=5
ulimit -n "$(ulimit -Hn)"
start
add_user operator operator
make_terminals >"$dir/town.txt"
as operator define "$dir/town.txt" >/dev/null
${MEASURE:-} "$bench" "${jt808##*:}" "$server" "$count" "$rate" "$seconds" "$fixes" "$form" | tee "$dir/figures"
if [ "$form-$fixes" = single-1 ]; then # a 0x0200 and its 0x8001, as bytes
    "$bin/bench_sockets" echo "$count" "$rate" "$seconds" 62 20
fi
sent=$(sed -n 's/.* fixes=\([0-9]*\).*/\1/p' "$dir/figures")
echo "loop lag: $(metrics_now | awk -f "$source/tests/bench/quantile.awk" -v name=mingdi_loop_lag_seconds)"

rows() { "$source/deploy/pg" psql "$PG_FOLDER" -qAtc 'select count(*) from fix'; }
all_rows() { [ "$(rows)" -ge "$sent" ]; }
if [ -n "${MINGDI_DB:-}" ]; then
    from=$(rows) began=$(date +%s%N)
    until_true all_rows
    spent_ms=$((($(date +%s%N) - began) / 1000000))
    echo "postgis: $(rows) rows of $sent fixes; the last $((sent - from)) in $spent_ms ms"
    [ "$(rows)" = "$sent" ]
fi
spooled=$(($(cat "$dir"/data/spool/*.spool | wc -c) / 64 - $(ls "$dir"/data/spool/*.spool | wc -l)))
echo "spool: $spooled records"
[ "$spooled" = "$sent" ]
stop
