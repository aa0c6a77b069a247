#!/bin/bash
# A crowd of consoles: all hear everything; two that stop reading harm nobody, are cut off at their
# bound and resume; all come back at once when the server was killed.
# crowd.sh BIN ROOT [CONSOLES [NOTES_A_SECOND]]
set -eu
bin=$1 source=$2 consoles=${3:-50} rate=${4:-150}
. "$source/tests/live/server.sh"
crowd=
clean_up() { [ -z "$crowd" ] || kill "$crowd" 2>/dev/null || true; }

mkdir "$dir/data"
write_config "$dir/data"
printf '[gate]\nclient_buffer = 64KiB\nslow_s = 1\nrequests_per_s = 1000\n' >>"$conf"
start
add_user gateway gateway
add_user dispatcher dispatcher
as gateway call 10000000001 at=38.91,106.56 >/dev/null
as dispatcher answer C1 >/dev/null
as dispatcher open C1 words=crowd >/dev/null
ports=${http##*:}:${tcp##*:}

for way in tcp ws; do
    "$bin/bench_fanout" $way "$ports" "$server" "$consoles" 20 2 "$dir/dispatcher.token"
done

cut_offs() { curl -sf "http://$http/metrics" | awk '$1 == "mingdi_gate_cut_offs_total" { print $2 }'; }
both_cut() { [ "$(cut_offs)" -ge 2 ] || ! kill -0 "$crowd" 2>/dev/null; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
before_kib=$(rss_kib)
"$bin/bench_stall" "$ports" "$consoles" "$rate" "$dir/dispatcher.token" &
crowd=$!
until_true both_cut
during_kib=$(rss_kib)
kill -USR1 $crowd
wait $crowd
crowd=
echo "server's memory: $before_kib KiB before, $during_kib KiB when the two were cut off"
[ $((during_kib - before_kib)) -lt 65536 ] || fail "a slow client made the server grow"

: >"$dir/crowd"
"$bin/bench_return" "$ports" "$consoles" "$dir/dispatcher.token" 2 >"$dir/crowd" &
crowd=$!
all_in() { [ "$(grep -c 'all in' "$dir/crowd")" -ge "$times" ]; }
times=1
until_true all_in
crash || true
start
times=2
until_true all_in
wait $crowd
crowd=
cat "$dir/crowd"
stop
exit $failures
