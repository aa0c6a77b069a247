#!/bin/bash
# Ten times the record day (Beijing, December 2022: 23,815 calls a day) for so long, on a real line:
# a city of a thousand units that report every second and live that many calls, waves of five times
# the mean rate beside it, consoles that look on. What was refused, cut off or late is counted.
# overload.sh BIN ROOT BENCH [SECONDS [CALLS_PER_DAY [UNITS [CONSOLES]]]], under with_pg, with_redis
# or without.
set -eu
bin=$1 source=$2 bench=$3 seconds=${4:-300} calls=${5:-238150} units=${6:-1000} consoles=${7:-160}
. "$source/tests/bench/bench_server.sh"
city=
clean_up() { [ -z "$city" ] || kill "$city" 2>/dev/null || true; }

ulimit -n "$(ulimit -Hn)"
bench_config gate.token_minutes=10080 log.per_second=5 gate.requests_per_s=1000
cp -r "$source/deploy" "$dir/deploy"
sed -i 's/^position_s.*/position_s 1/' "$dir/deploy/city/crew.conf"
"$bin/citysim" make --out "$dir/roads" --seed 3 >/dev/null
"$bin/citysim" make --out "$dir/city" --road "$dir/roads/road.bin" --seed 3 --stations 60 \
    --hospitals 40 --units "$units" >/dev/null
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data/"
start
add_user gateway gateway
add_user dispatcher dispatcher
write_tokens gateway dispatcher
"$bin/citysim" live --server "$tcp" --jt808 "$jt808" --token-file "$dir/tokens" --city "$dir/city" \
    --deploy "$dir/deploy" --seed 3 --calls-per-day "$calls" --auto-dispatch >"$dir/city.log" 2>&1 &
city=$!
lives() { grep -q 'event=city-lives' "$dir/city.log"; }
until_true lives
began=$(cpu_ticks "$server") city_began=$(cpu_ticks "$city")
echo "before: rss_kib=$(rss_kib "$server")"
"$bench" "${http##*:}:${tcp##*:}" "$consoles" $((calls * 5 / 86400)) "$seconds" \
    "$dir/dispatcher.token" || echo "not all was well"
metrics_now >"$dir/metrics"
for name in command commit loop_lag field; do
    echo "$name: $(awk -f "$source/tests/bench/quantile.awk" -v name="mingdi_${name}_seconds" "$dir/metrics")"
done
grep -E '^mingdi_(commands|facts|fixes|refusals|gate_cut_offs|duplicate|open_inc|tables|reader_lag)' \
    "$dir/metrics" | grep -v ' 0$'
echo "after: rss_kib=$(rss_kib "$server") server_cpu_s=$((($(cpu_ticks "$server") - began) / 100)) city_cpu_s=$((($(cpu_ticks "$city") - city_began) / 100))"
grep -o 'event=city .*' "$dir/city.log" | tail -1
grep -o 'event=gateway-refused.*refusal=[a-z_]*' "$dir/city.log" | sort | uniq -c || true
grep -c 'level=error' "$dir/log" || true
kill "$city"
wait "$city" || true
city=
caught_up() { ! metrics_now | grep '^mingdi_reader_lag' | grep -qv ' 0$'; }
until_true caught_up
stop
ctl verify || true
