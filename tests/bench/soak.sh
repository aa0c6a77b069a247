#!/bin/bash
# An hour at ten times an ordinary day, with everything real: PostGIS, Redis, terminals over JT/T 808,
# consoles. Memory, descriptors and disk every ten seconds into a CSV, then their slopes.
# soak.sh BIN ROOT OUT.csv [MINUTES [CALLS_PER_DAY [UNITS [CONSOLES]]]], under with_pg and with_redis.
# Judges nothing; soak_slope.awk reads the CSV again whenever wanted.
set -eu
bin=$1 source=$2 csv=$3 minutes=${4:-60} calls=${5:-5000} units=${6:-200} consoles=${7:-20}
. "$source/tests/bench/bench_server.sh"
started=()
clean_up() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
}

bench_config gate.token_minutes=10080
"$bin/citysim" make --out "$dir/roads" --seed 3 >/dev/null
"$bin/citysim" make --out "$dir/city" --road "$dir/roads/road.bin" --seed 3 --stations 40 \
    --hospitals 12 --units "$units" >/dev/null
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data/"
start
add_user gateway gateway
add_user dispatcher dispatcher
write_tokens gateway dispatcher
"$bin/citysim" live --server "$tcp" --jt808 "$jt808" --token-file "$dir/tokens" \
    --city "$dir/city" --deploy "$source/deploy" --seed 3 --calls-per-day "$calls" \
    --auto-dispatch >"$dir/city.log" 2>&1 &
started+=($!)
for ((i = 0; i < consoles; i++)); do
    as dispatcher watch >/dev/null 2>&1 &
    started+=($!)
done

disk_bytes() { du -sb "$dir/data" | cut -f1; }
journal_bytes() { cat "$dir"/data/journal* 2>/dev/null | wc -c; }

sample() {
    local page
    page=$(metrics_now)
    of() { awk -v name="$1" '$1 == name { print $2 }' <<<"$page"; }
    echo "$(($(date +%s) - began)),$(rss_kib "$server"),$(descriptors "$server"),$(disk_bytes),$(
        of mingdi_journal_bytes),$(of mingdi_facts_total),$(of mingdi_fixes_total),$(
        of mingdi_open_incidents),$(of mingdi_gate_clients),$(cpu_ticks "$server")"
}

echo "s,rss_kib,descriptors,disk_bytes,journal_bytes,facts,fixes,open_incidents,clients,cpu_ticks" >"$csv"
began=$(date +%s)
while [ $(($(date +%s) - began)) -lt $((minutes * 60)) ]; do
    sample >>"$csv"
    kill -0 "${started[0]}" || { tail -3 "$dir/city.log"; exit 1; }
    sleep 10
done
tail -1 "$dir/city.log"
grep -c 'level=error' "$dir/log" || true
awk -f "$source/tests/bench/soak_slope.awk" "$csv"
ctl verify
stop
