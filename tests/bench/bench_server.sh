# A dispatchd for measurements, to be sourced after bin and source are set: tests/live/server.sh with
# the settings as they are delivered, and what /proc and /metrics say of the process.
# Under with_pg and with_redis both copies are written as well.
. "$source/tests/live/server.sh"

# bench_config [SECTION.NAME=VALUE…]: delivered limits, room for what is measured.
bench_config() {
    local setting
    mkdir -p "$dir/data"
    write_config "$dir/data"
    sed -i '/^\[limits\]/,/^text_kib/d' "$conf"
    [ -z "${REDIS_ADDRESS:-}" ] || printf '[redis]\naddress = %s\n' "$REDIS_ADDRESS" >>"$conf"
    [ -z "${MINGDI_DB:-}" ] || printf '[postgres]\nconninfo = %s\n' "$MINGDI_DB" >>"$conf"
    for setting; do
        printf '[%s]\n%s = %s\n' "${setting%%.*}" "$(sed 's/^[^.]*\.//;s/=.*//' <<<"$setting")" \
            "${setting#*=}" >>"$conf"
    done
}

# CPU so far in clock ticks of 10 ms, resident KiB, open descriptors.
cpu_ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
descriptors() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }

# metric NAME: its value now; a quantile as metric 'NAME{quantile="0.99"}' where there are such.
metrics_now() { curl -sf "http://$http/metrics"; }
metric() { metrics_now | awk -v name="mingdi_$1" '$1 == name { print $2 }'; }
