#!/bin/bash
# dispatchctl against a running dispatchd, as operators use it; neither Redis nor PostGIS.
#   ctl.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
dir=$(mktemp -d)
server= watch=
failures=0

finish() {
    for pid in $watch $server; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap finish EXIT

write_config() { # HTTP_PORT TCP_PORT
    cat >"$dir/conf" <<END
[server]
data_dir = $dir/data
http = 127.0.0.1:$1
tcp = 127.0.0.1:$2
jt808 =
osmand =
cards_dir = $source/deploy/cards
plans_dir = $source/deploy/plans
speeds_file = $source/deploy/speeds.conf
buttons_file = $source/deploy/buttons.conf
[journal]
reserve = 1MiB
ballast = 0
END
}

# Until the command succeeds or the server has ended.
until_true() {
    until "$@"; do
        kill -0 "$server" 2>/dev/null || { echo "dispatchd ended"; cat "$dir/log"; exit 1; }
        sleep 0.05
    done
}

start() {
    : >"$dir/log"
    "$bin/dispatchd" --config "$dir/conf" 2>>"$dir/log" &
    server=$!
    until_true grep -q 'serving.*tcp=' "$dir/log"
}

stop() {
    kill "$server"
    wait "$server"
    server=
}

# expect CODE TEXT COMMAND…: the command ends with CODE and says TEXT; its output is kept in $said.
expect() {
    local code=$1 text=$2
    shift 2
    said=$("$@" 2>&1)
    local got=$?
    if [ $got -ne "$code" ] || [[ "$said" != *"$text"* ]]; then
        echo "FAILED: ${*:2} gave $got, not $code with \"$text\":"
        echo "$said"
        failures=$((failures + 1))
    fi
}

ctl() {
    "$bin/dispatchctl" "$@" --config "$dir/conf"
}
as() { # ACCOUNT SUBCOMMAND…
    local account=$1
    shift
    ctl "$@" --token-file "$dir/$account.token"
}

watches() { # it has heard of something
    as li.na do 'report_seat_sound sounds=1' >/dev/null
    [ -s "$dir/watched" ]
}
watched_notes() { # COUNT
    [ "$(grep -c note_added "$dir/watched")" -eq "$1" ]
}

add_user() { # LOGIN ROLE [more]
    ctl users add "$@" | sed -n 's/.*shown once: //p' >"$dir/$1.password"
    ctl sign-in --login "$1" --password-file "$dir/$1.password" --out "$dir/$1.token" >/dev/null
}

write_config 0 0
mkdir -p "$dir/data"
start
write_config "$(sed -n 's/.*serving.* http=\([0-9]*\).*/\1/p' "$dir/log")" \
    "$(sed -n 's/.*serving.* tcp=\([0-9]*\).*/\1/p' "$dir/log")"

# Who may come in: accounts are made while the server runs.
add_user gate --role gateway
add_user li.na --role dispatcher --name 李娜 --seat 2
add_user zhang --role crew --scope U7
echo wrong >"$dir/wrong"
expect 3 '账号或密码不正确' ctl status --login li.na --password-file "$dir/wrong"
expect 3 'not allowed' ctl status --token-file "$dir/wrong"
expect 2 'who are you' ctl status

# A city, twice: the second time changes nothing.
cat >"$dir/city.txt" <<'END'
# two units
define_station S1 code=S01 name=大武口站 at=39.0100000,106.3700000
define_hospital H1 code=H01 name=市一院 capabilities=1 beds=20 at=39.0300000,106.3900000
define_unit U7 code=大武口-07 plate=宁B0007演 kind=ADVANCED S1 capabilities=31 crew=3
define_unit U8 code=大武口-08 plate=宁B0008演 kind=BASIC S1 capabilities=1 crew=2
define_terminal T7 phone=100640000007 U7

set_duty U7 duty=on
set_duty U8 duty=on
END
expect 0 'define_unit 2' as gate define "$dir/city.txt"
expect 0 'unchanged 2, refused 0' as gate define "$dir/city.txt"
expect 3 'city.txt:2: not_allowed' as zhang define "$dir/city.txt"
expect 0 'U8      大武口-08' as li.na units
expect 0 'T7      U7      100640000007         away' as li.na terminals

# The life of a call.
"$bin/dispatchctl" watch --json --config "$dir/conf" --token-file "$dir/li.na.token" \
    >"$dir/watched" 2>"$dir/watch.log" &
watch=$!
until_true watches
expect 0 'C1' as li.na call 13800001111
expect 0 'ringing' as li.na queue
expect 0 'ok record' as li.na answer C1
expect 0 'I1' as li.na open C1 card=chest-pain at=39.02,106.38 words='朝阳街道 12 号 "东门"'
expect 0 '[redacted]' as li.na queue
[[ "$said" == *朝阳* ]] && { echo "FAILED: the queue shows the address"; failures=1; }
expect 0 '朝阳街道 12 号 "东门"' as li.na queue --personal
expect 0 'record_opened I1' ctl facts --kind record_opened
expect 0 'A1' as li.na order I1 U7
expect 3 'unit_here: 车组已派往该事件 / unit is on this incident already' as li.na order I1 U7
expect 3 'no_unit' as li.na order I1 U99
expect 2 'no field' as li.na do 'order_unit I1 U7 colour=red'
expect 0 'ok record' as zhang do 'report_step A1 step=acknowledged'
expect 3 'not_yours' as zhang do 'set_duty U8 duty=off'
expect 3 'incident_busy' as li.na close I1 treated
# An alert proposes a plan; it runs, step by step, as the plan's file says and nobody else.
expect 0 'W' as li.na do 'raise_alert detector=place level=orange syndrome=gas'
expect 0 'plan=gas-poisoning' ctl facts --kind alert_raised
expect 3 'no_plan' as li.na do 'start_plan plan=of-my-own W1 step_due_s=60 step_role=expert'
expect 0 'L1' as li.na do 'start_plan plan=gas-poisoning W1 step_due_s=1 step_role=expert'
expect 0 'dispatcher 调度员' as li.na plans
expect 0 'ok record' as li.na do 'take_step L1 number=1'
expect 0 'ok record' as li.na do 'finish_step L1 number=1'
expect 0 'finished 完成' as li.na plans
expect 3 'step_over' as li.na do 'finish_step L1 number=1'
expect 0 'M1' as li.na message U7 请走 东门
expect 0 'U7 acknowledged' as li.na queue
expect 0 '接令 acknowledged' as li.na incident I1
expect 3 'no incident I9' as li.na incident I9
expect 0 '"outcome":"none"' as li.na incident I1 --json
expect 0 'acknowledged 1' as li.na status
expect 0 '"mode":' as li.na status --json

# A retry under the same key is answered as before and has no second effect.
expect 0 'ok record' as li.na note I1 患者 在 三楼 --client 5 --number 1
first=$said
expect 0 "$first" as li.na note I1 患者 在 三楼 --client 5 --number 1
expect 0 'note_added I1' ctl facts --kind note_added
[ "$(wc -l <<<"$said")" -eq 1 ] || { echo "FAILED: the note stands twice"; failures=1; }
expect 0 'words="患者 在 三楼"' ctl facts --kind note_added --personal

# The server goes and comes back: who watches misses nothing.
[ $failures -eq 0 ] || exit 1
until_true watched_notes 1
stop
expect 4 'Connection refused' as li.na units
expect 0 'U7 acknowledged' ctl replay
start
expect 0 'ok record' as li.na note I1 second
until_true watched_notes 2
kill "$watch"
wait "$watch" 2>/dev/null
watch=
ctl facts --json | grep -E 'call_rang|incident_opened|unit_ordered|step_reached|note_added' |
    sed 's/.*"seq":\([0-9]*\).*"fact":{"\([a-z_]*\)".*/\1 \2/' >"$dir/want"
grep -E 'call_rang|incident_opened|unit_ordered|step_reached|note_added' "$dir/watched" |
    sed 's/.*"seq":\([0-9]*\).*"fact":{"\([a-z_]*\)".*/\1 \2/' >"$dir/got"
cmp "$dir/want" "$dir/got" || { echo "FAILED: watch and journal differ"; failures=1; }
grep -q 朝阳 "$dir/watched" && { echo "FAILED: watch shows an address"; failures=1; }

# What is kept beside the running server.
expect 0 'chain whole up to record' ctl audit --user D2
expect 0 'backup of' ctl backup "$dir/copy.db"
expect 1 'stop it first' ctl restore "$dir/copy.db" --yes
expect 0 'disable done' ctl users disable zhang
expect 3 'not allowed' as zhang status

[ $failures -eq 0 ] && echo "all as expected"
exit $((failures != 0))
