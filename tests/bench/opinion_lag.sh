#!/bin/bash
# A city at work, by turns with the second opinion and without: what one proposal takes, how late the
# loop is, and how long calls wait for their durable answer, while incidents come and go beside those
# that stay open.   opinion_lag.sh BIN ROOT [UNITS [OPEN [SECONDS [TURNS]]]]
set -eu
bin=$1 source=$2 units=${3:-1000} open=${4:-200} seconds=${5:-20} turns=${6:-3}
. "$source/tests/bench/bench_server.sh"
ack= offers=
clean_up() { kill $ack $offers 2>/dev/null || true; }

"$bin/citysim" make --out "$dir/town" >/dev/null
"$bin/citysim" make --out "$dir/city" --road "$dir/town/road.bin" --units "$units" \
    --stations 40 >/dev/null
bench_config limits.calls=400000 \
    limits.incidents=20000 limits.units=4000 gate.requests_per_s=100000 deadline.unassigned_s=0 \
    deadline.ungraded_s=0 deadline.unanswered_s=0 second_opinion.on=on
cp "$dir/city/road.bin" "$dir/city/zones.geojson" "$dir/data"
start
for role in operator gateway dispatcher; do add_user "$role" "$role"; done
grep -v '^#' "$dir/city/city.txt" >"$dir/city.txt"
awk '/^define_zone/ { print "set_demand", $2, "at=" at, "calls_a_week=" 200 }
    /^define_station/ { sub(/.*at=/, ""); at = $1 }' "$dir/city.txt" >"$dir/demand.txt"
seq "$units" | sed 's/.*/set_duty U& duty=on/' >"$dir/duty.txt"
"$bin/bench_offer" --city "$dir/city/road.bin" "$open" |
    awk '/^define_station/ { n++; sub(/.*at=/, ""); print "open_incident words=here at=" $1
        print "regrade_incident I" n, "grade=" 2 + n % 3, "reason=clinical" }' >"$dir/open.txt"
as operator define "$dir/city.txt" >/dev/null
as operator define "$dir/demand.txt" >/dev/null
as gateway define "$dir/duty.txt" >/dev/null
while read -r command; do
    as dispatcher do "$command" >/dev/null
done <"$dir/open.txt"

set_opinion() { # on|off, when it has been read
    sed -i "/^\[second_opinion\]/{n;s/.*/on = $1/}" "$conf"
    : >"$dir/log"
    kill -HUP "$server"
    until_true grep -q 'event=reloaded' "$dir/log"
}
rests() {
    local before=$(cpu_ticks "$server")
    sleep 1
    [ $(($(cpu_ticks "$server") - before)) -lt 10 ]
}
added() { # HISTOGRAM: its page of this turn alone
    awk -v name="mingdi_$1_bucket" 'NR == FNR { before[$1] = $2; next }
        index($1, name) == 1 { print $1, $2 - before[$1] }' "$dir/before" "$dir/after"
}
say() { # HISTOGRAM ARM TURN
    added "$1" | tee -a "$dir/$2.$1" | quantiles_of "$1" | sed "s/^/opinion $2, turn $3: $1 /"
}
quantiles_of() { awk -f "$source/tests/bench/quantile.awk" -v name="mingdi_$1"; }
one() { # ARM TURN
    set_opinion "$1"
    until_true rests # what the other arm had begun is done
    metrics_now >"$dir/before"
    "$bin/bench_offer" "$tcp" "$dir/dispatcher.token" "$dir/city/road.bin" 1000000 \
        >"$dir/offers" &
    offers=$!
    "$bin/bench_ack" "$tcp" "$dir/gateway.token" 200 "$seconds" >"$dir/ack"
    kill "$offers"
    wait "$offers" || true
    metrics_now >"$dir/after"
    local histogram
    for histogram in proposal_seconds loop_lag_seconds opinion_seconds; do
        say "$histogram" "$1" "$2"
    done
    sed -n 's/^run/acknowledged/p' "$dir/ack" | tee -a "$dir/$1.ack" |
        awk -f "$source/tests/bench/quantiles.awk" | sed "s/^/opinion $1, turn $2: /"
}
echo "$units units, $(metric open_incidents) open"
for turn in $(seq "$turns"); do
    one on "$turn"
    one off "$turn"
done
for arm in on off; do
    for histogram in proposal_seconds loop_lag_seconds opinion_seconds; do
        awk '{ sum[$1] += $2; if (!($1 in at)) { at[$1] = ++n; name[n] = $1 } }
            END { for (i = 1; i <= n; i++) print name[i], sum[name[i]] }' "$dir/$arm.$histogram" |
            quantiles_of "$histogram" | sed "s/^/opinion $arm, all: $histogram /"
    done
    awk -f "$source/tests/bench/quantiles.awk" "$dir/$arm.ack" | sed "s/^/opinion $arm, all: /"
done
stop
