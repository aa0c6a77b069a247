#!/bin/bash
# Early warning in a running server: the third call about gas in one house raises the alert with its
# evidence, and the answers to its card make it orange, over real sockets; kills raise nothing twice
# and lose nothing, with what the detectors kept, without it, and with a damaged one; the journal run
# again gives the alerts that it holds.
#   watch.sh BIN SOURCE
bin=$1 source=$2
. "$(dirname "$0")/server.sh"
write_config "$dir/data"
sed -i "/^cards_dir/a warn_dir = $source/deploy/warn" "$conf"

alerts() { # KIND TEXT: how many such facts the journal holds
    ctl facts --kind "$1" | grep -c -- "$2"
}
call() { # LAT,LON: an incident of gas, graded by its card: $made
    made=$(as li.na open card=poisoning at="$1" words=house | grep -o 'I[0-9]*' | head -1)
    as li.na do "answer_question $made question=901 answer=yes" >/dev/null ||
        fail "no answer to the card of $made"
}
has() { # KIND TEXT COUNT
    [ "$(alerts "$1" "$2")" = "$3" ]
}
grows() { # TEXT: an update says so
    [ "$(alerts alert_updated "$1")" -gt 0 ]
}

start
add_user li.na dispatcher
until_true grep -q 'event=warn-follows' "$dir/log"

# What a console hears over TCP.
"$bin/dispatchctl" watch --config "$conf" --token-file "$dir/li.na.token" >"$dir/heard" &
console=$!
clean_up() { kill "$console" 2>/dev/null; }
call 39.0200,106.3800
call 39.0201,106.3801
has alert_raised detector=place 0 || fail "two calls raised an alert"
call 39.0200,106.3801
until_true grep -q 'alert_updated.*level=orange' "$dir/heard"
kill "$console"
raised=$(grep 'alert_raised' "$dir/heard")
updated=$(grep 'alert_updated' "$dir/heard" | head -1)
for said in 'detector=place' 'level=yellow' 'syndrome=poisoning' 'evidence=I1,I2,I3' 'radius_m='; do
    [[ "$raised" == *"$said"* ]] || fail "the alert does not say $said: $raised"
done
for said in 'level=orange' 'syndrome=gas' 'evidence=I1,I2,I3' 'plan=gas-poisoning' \
    'observed_milli=3000'; do
    [[ "$updated" == *"$said"* ]] || fail "the update does not say $said: $updated"
done
order=$(grep -o 'incident_opened I3\|alert_raised W1\|alert_updated W1' "$dir/heard" | uniq)
[ "$order" = "incident_opened I3
alert_raised W1
alert_updated W1" ] || fail "heard in another order: $order"

# Killed and started again: nothing is said twice, and the fourth call joins the same alert.
crash
start
until_true grep -q 'event=warn-follows' "$dir/log"
call 39.0201,106.3800
until_true grows evidence=I1,I2,I3,I4
has alert_raised detector=place 1 || fail "raised twice"

# Without detectors three more calls in another street; killed; with them the alert that is missing
# comes once, and only once.
stop
sed -i 's/^warn_dir.*/warn_dir =/' "$conf"
start
for i in 1 2 3; do call 39.2200,106.7700; done
has alert_raised detector=place 1 || fail "raised without detectors"
crash
sed -i "s|^warn_dir.*|warn_dir = $source/deploy/warn|" "$conf"
start
until_true has alert_raised detector=place 2
crash
start
until_true grep -q 'event=warn-follows' "$dir/log"
call 39.2200,106.7701
until_true grows evidence=I5,I6,I7,I8
has alert_raised detector=place 2 || fail "raised again after a kill"

# Killed at any moment, again and again, while calls come in: each start goes on from what was kept,
# which grows every hundred records.
echo 'snapshot_records = 100' >>"$conf"
crash
start
for i in 1 2 3 4 5; do
    until_true grep -q 'event=warn-follows' "$dir/log"
    for k in 1 2 3 4; do
        as li.na open card=poisoning at="39.$((30 + i)),106.6000" words=house || break
    done >/dev/null 2>&1 &
    calls=$!
    sleep "0.$((RANDOM % 9 + 1))" # whatever moment that is
    crash
    wait "$calls"
    start
done
until_true grep -q 'event=warn-goes-on' "$dir/log"
until_true grep -q 'event=warn-follows' "$dir/log"
for i in 1 2 3 4 5; do
    for k in 1 2 3; do as li.na open card=poisoning at="39.$((30 + i)),106.6000" words=house; done
done >/dev/null
until_true has alert_raised detector=place 7

# What was kept is damaged: it is refused, the journal says it all again, nothing is said twice.
crash
[ -s "$dir/data/detectors.kept" ] || fail "nothing was kept"
printf 'x' | dd of="$dir/data/detectors.kept" bs=1 seek=5000 conv=notrunc status=none
start
until_true grep -q 'event=warn-kept-refused.*damaged' "$dir/log"
until_true grep -q 'event=warn-follows' "$dir/log"
call 39.3100,106.6000
until_true grows "evidence=[I0-9,]*$made"
has alert_raised detector=place 7 || fail "raised again after a damaged file"

# From zero over the journal.
stop
expect 0 ' 0 different, 0 not in the journal, 0 in the journal only' ctl warn replay
compared=${said%% of the*}
[ "${compared##* }" -ge 4 ] || fail "only ${compared##* } alert facts were compared"
expect 0 '0 episodes by chance' ctl warn tune
[[ "$said" == *$'\nplace '* ]] || fail "warn tune does not count the place rules: $said"
[[ "$said" == *'coverage: in no minute'*'preparedness: in no minute'* ]] ||
    fail "warn tune makes up a coverage without roads: $said"

# A bad policy: dispatch goes on, and says that nobody watches.
mkdir "$dir/warn"
cp "$source"/deploy/warn/* "$dir/warn"
sed -i 's/syndrome: gas$/syndrome: gaz/' "$dir/warn/rules.yaml"
expect 1 'rules.yaml:' ctl check-warn "$dir/warn"
expect 0 'good:' ctl check-warn "$source/deploy/warn"
sed -i "s|^warn_dir.*|warn_dir = $dir/warn|" "$conf"
start
until_true has alert_raised detector=early_warning 1
stop || fail "dispatchd ended badly"
[ $failures -eq 0 ]
