#!/bin/bash
# The loop's lag with the detectors and without, by turns, each on the same journal of nine days (so
# that forecasts and nulls are in force), while calls come at 5 x 24,000 a day.
#   warn_lag.sh BIN ROOT [SECONDS [TURNS]]
# The nine days take a quarter of an hour; with NINE_DAYS=FOLDER they are kept there and used again.
set -eu
bin=$1 source=$2 seconds=${3:-60} turns=${4:-3}
. "$source/tests/bench/bench_server.sh"
city= days=${NINE_DAYS:-$dir/days}
clean_up() { [ -z "$city" ] || kill "$city" 2>/dev/null || true; }

start_city() { # CALLS_PER_DAY SPEED: it drives the clock
    "$bin/citysim" live --server "$tcp" --jt808 "$jt808" --token-file "$dir/tokens" \
        --city "$days/city" --deploy "$source/deploy" --calls-per-day "$1" --auto-dispatch \
        --drive --speed "$2" 2>>"$dir/city.log" &
    city=$!
}
end_city() {
    kill "$city"
    wait "$city" || true
    city=
}
fits() { ctl facts --kind warning_fitted | wc -l; }
fitted() { # asked now and then: it reads the whole journal
    kill -0 "$city" || { tail -3 "$dir/city.log"; exit 1; }
    sleep 3
    [ "$(fits)" -ge 4 ]
}
make_nine_days() {
    mkdir -p "$days"
    "$bin/citysim" make --out "$days/city" >/dev/null
    cp "$days/city/road.bin" "$days/city/zones.geojson" "$dir/data"
    start
    for role in gateway dispatcher; do add_user "$role" "$role"; done
    write_tokens gateway dispatcher
    start_city 300 1000
    until_true fitted
    end_city
    stop || true
    mv "$dir/data" "$dir/tokens" "$days"
}

mkdir "$dir/warn"
cp "$source"/deploy/warn/* "$dir/warn"
sed -i 's/known_weeks: [0-9]*/known_weeks: 1/' "$dir/warn/detectors.yaml"
bench_config server.clock=driven server.warn_dir="$dir/warn" log.per_second=5
[ -d "$days/data" ] || make_nine_days
cp "$days/tokens" "$dir"
rm -rf "$dir/data"
cp -r "$days/data" "$dir/data"
echo "a journal with $(ctl facts --kind incident_opened | wc -l) incidents and $(fits) fits"

# one ARM TURN: what the loop's timer was late by, once the detectors follow.
one() {
    rm -rf "$dir/data"
    cp -r "$days/data" "$dir/data"
    sed -i "s|^warn_dir.*|warn_dir = $([ "$1" = off ] || echo "$dir/warn")|" "$conf"
    start
    [ "$1" = off ] || until_true grep -q event=warn-follows "$dir/log"
    metrics_now >"$dir/before"
    local cpu=$(cpu_ticks "$server")
    start_city 120000 1
    sleep "$seconds"
    metrics_now >"$dir/after"
    cpu=$(($(cpu_ticks "$server") - cpu))
    end_city
    awk 'NR == FNR { before[$1] = $2; next } index($1, "mingdi_loop_lag_seconds_bucket") == 1 {
        print $1, $2 - before[$1] }' "$dir/before" "$dir/after" | tee -a "$dir/$1.lags" |
        awk -f "$source/tests/bench/quantile.awk" -v name=mingdi_loop_lag_seconds |
        sed "s/^/detectors $1, turn $2: /; s/\$/  cpu $((cpu * 10)) ms, $(
            ctl facts --kind alert_raised | grep -cE 'detector=(place|window|scan|ears|cusum)') alerts/"
    stop || true
}
for turn in $(seq "$turns"); do
    one on "$turn"
    one off "$turn"
done
for arm in on off; do
    awk '{ sum[$1] += $2; if (!($1 in at)) { at[$1] = ++n; name[n] = $1 } }
        END { for (i = 1; i <= n; i++) print name[i], sum[name[i]] }' "$dir/$arm.lags" |
        awk -f "$source/tests/bench/quantile.awk" -v name=mingdi_loop_lag_seconds |
        sed "s/^/detectors $arm, all: /"
done
