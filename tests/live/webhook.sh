#!/bin/bash
# The webhook of a real dispatchd that is killed: every alert arrives under its one key, in order,
# and what was told once is not told again.
#   webhook.sh BIN SOURCE HOOK_RECEIVER
set -u
bin=$1 source=$2 receiver=$3
. "$(dirname "$0")/server.sh"
hook= port=0
clean_up() { stop_receiver; }

stop_receiver() {
    [ -z "$hook" ] || { kill "$hook" && wait "$hook"; } 2>/dev/null
    hook=
}
receive() { # MANNER
    : >"$dir/port"
    "$receiver" "$1" "$dir/taken" "$port" >"$dir/port" &
    hook=$!
    until [ -s "$dir/port" ]; do sleep 0.02; done
    port=$(cat "$dir/port")
}
was_taken() { # END OF KEY
    grep -q "\\$1\$" "$dir/taken"
}
is_told() { # HOW MANY
    [ "$(ctl facts --kind alert_told | grep -c 'alert_told W')" = "$1" ]
}
raise() { as li.na do "raise_alert $1" >/dev/null || fail "raise_alert $1"; }

# The first document is taken and its answer lost; then the receiver fails for good.
: >"$dir/taken"
receive l55555555555555555555555555555555555555555555555555
write_config "$dir/data"
printf '[webhook]\nurl = http://127.0.0.1:%s/alerts\ntimeout_ms = 300\n' "$port" >>"$conf"
start
add_user li.na supervisor
raise 'detector=place level=orange syndrome=gas'
raise 'detector=coverage level=yellow'
until_true was_taken .W1.1
crash
is_told 0 || fail "told before its answer came"

# Back, with a receiver that works: the first again under the same key, then the second.
stop_receiver
receive o
start
until_true is_told 2
[ "$(sort -u "$dir/taken" | wc -l)" = 2 ] || fail "another key for the same document"

# Nobody there; killed again; then both are back.
stop_receiver
raise 'detector=hospital level=red'
until_true grep -q webhook-failed "$dir/log"
crash
receive o
start
until_true is_told 3
crash
start
raise 'detector=window level=red syndrome=fever'
until_true is_told 4
printf '%s\n' .W1.1 .W1.1 .W2.1 .W3.1 .W4.1 >"$dir/wanted"
sed 's/.*\(\.W[0-9]*\.[0-9]*\)$/\1/' "$dir/taken" | diff "$dir/wanted" - || fail "other than wanted"
[ "$failures" = 0 ] || exit 1
echo "four alerts, three kills: each under its one key, in order; only the lost one twice"
