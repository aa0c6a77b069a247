#!/bin/bash
# What a night may bring to a real dispatchd: each row says what is done to it and what it must
# answer; after each an order is made, and in the end the journal is whole and the memory small.
#   bad_input.sh BIN_DIR SOURCE_DIR WALL_CLOCK.so
#
# Rows of which other tests say more:
#   frames cut anywhere            unit.gate, unit.wire_outside (at every byte), fuzz.gate, fuzz.wire
#   lengths that lie               unit.gate, unit.gate_ws, unit.gate_http, fuzz.gate
#   deep nesting                   here (JSON, protobuf, YAML, GeoJSON), unit.cardfile
#   invalid UTF-8                  here, unit.wire_outside, unit.pipeline
#   coordinates off the earth      here, unit.caller, unit.osmand, unit.track; fuzz.terminal
#   a wrong datum                  here, unit.caller, unit.jt808_server
#   unknown ids, out of order      here, story.steps, story.orders, fuzz.core
#   repeated                       here, story.retries, fault.kill
#   tokens expired                 here, unit.accounts, unit.stream
#   a card file with a mistake     here (at the start, on reload), unit.cardfile, fuzz.cards
#   a truncated road file          here, unit.load, fuzz.road
#   a full disk                    here (no space left), unit.pipeline (reserve), fault.journal
#   descriptors exhausted          here, unit.gate, unit.jt808_server
#   the wall clock ± 10 days       here, unit.clock
set -u
bin=$1 source=$2 wall_clock=$3
. "$source/tests/live/server.sh"
data=$dir/data
rows=0

# --- how a row is written ---
# row NAME STATUS TEXT COMMAND…: the server answers STATUS and says TEXT; then an order works.
row() {
    local name=$1 status=$2 text=$3
    shift 3
    said=$("$@" 2>&1)
    [[ "$said" == *"$status" && "$said" == *"$text"* ]] ||
        fail "$name: not $status with \"$text\" but"$'\n'"${said:0:600}"
    rows=$((rows + 1))
    works "$name"
}
works() { # NAME
    order=$((order + 1))
    expect 0 '' as dora note I1 "after $1"
    kill -0 "$server" 2>/dev/null || { cat "$dir/log"; exit 1; }
}
order=0
post() { # PATH TOKEN_OF < body
    curl -s -o - -w '\n%{http_code}' -H "Authorization: Bearer $(cat "$dir/$2.token" 2>/dev/null)" \
        -H 'Content-Type: application/json' --data-binary @- "http://$http$1"
}
say() { printf '%b' "$3" | post "$1" "$2"; }
deep() { # PATH TOKEN_OF BEFORE CHARACTERS
    { printf '%s' "$3" && repeat 50000 "$4"; } | post "$1" "$2"
}
repeat() { awk -v n="$1" -v s="$2" 'BEGIN { while (n-- > 0) printf "%s", s }'; }
# What the TCP port answers to these bytes (a file), in hexadecimal, until it closes.
tcp_say() {
    exec 7<>"/dev/tcp/127.0.0.1/${tcp##*:}"
    cat "$1" >&7
    od -An -tx1 <&7 | tr -d ' \n'
    exec 7>&-
}
metric() { curl -s "http://$http/metrics" | awk -v name="mingdi_$1" '$1 == name { print $2 }'; }
logged() { grep -qs "$1" "$dir/log"; }
peak_kib() { sed -n 's/VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$server/status"; }

# --- the town ---
write_config "$data"
cp -r "$source/deploy/cards" "$dir/cards"
sed -i "s|^cards_dir = .*|cards_dir = $dir/cards|" "$conf"
start
for account in 'dora dispatcher' 'olga operator' 'gate gateway'; do
    expect 0 '' add_user $account
done
expect 0 '' as olga do 'define_station station=S1 name=S at=39.0,106.37'
expect 0 '' as olga do 'define_unit unit=U1 code=U-1 plate=P station=S1 capabilities=1'
expect 0 '' as gate do 'set_duty U1 duty=on'
expect 0 '' as dora call 13900000001
expect 0 '' as dora answer C1
expect 0 'I1' as dora open C1 words=花园路8号
before_kib=$(peak_kib)

# --- HTTP ---
json='{"client":77,"number":1,'
row 'no JSON' 400 'line 1' say /api/command dora 'hello'
row 'JSON 50,000 deep' 400 'nests deeper' deep /api/command dora "$json\"add_note\":" '['
row 'sign-in 50,000 deep' 400 'login' deep /api/sign-in dora '' '{"a":'
row 'call event 50,000 deep' 400 'depth' deep /api/call-event gate '' '{"a":'
row 'text that is no UTF-8' 400 'unable to decode byte 0xff' say /api/command dora \
    "$json\"add_note\":{\"incident\":1,\"words\":\"\xff\xfe\"}}"
row 'an unknown command' 400 'fly' say /api/command dora "$json\"fly\":{}}"
row 'an unknown member' 400 'wings' say /api/command dora "$json\"add_note\":{\"wings\":2}}"
row 'off the earth' 409 'bad_place' say /api/command dora \
    '{"client":77,"number":2,"open_incident":{"has_place":true,"lat_e7":910000000,"lon_e7":1}}'
row 'an unknown incident' 409 'no_incident' say /api/command dora \
    '{"client":77,"number":3,"add_note":{"incident":999,"words":"x"}}'
row 'a step before its order' 409 'no_assignment' say /api/command dora \
    '{"client":77,"number":4,"report_step":{"assignment":1,"step":"at_scene"}}'
row 'the first time' 200 '"made":2' say /api/command dora \
    '{"client":77,"number":5,"open_incident":{"words":"x"}}'
row 'the same again' 200 '"made":2' say /api/command dora \
    '{"client":77,"number":5,"open_incident":{"words":"x"}}'
[ "$(ctl facts --kind incident_opened | grep -c incident_opened)" = 2 ] ||
    fail "a repeated command acted twice"
row 'a place without a datum' 400 'datum' say /api/call-event gate \
    '{"event":"location","line":"1","at":1700000000000,"location":{"lat":39,"lon":106}}'
row 'a datum nobody knows' 400 'datum' say /api/call-event gate \
    '{"event":"location","line":"1","at":1700000000000,"location":{"lat":39,"lon":106,"datum":"mars"}}'
row 'a caller off the earth' 400 'lat' say /api/call-event gate \
    '{"event":"location","line":"1","at":1700000000000,"location":{"lat":139,"lon":106,"datum":"wgs84"}}'
row 'a token of nobody' 401 'not_signed_in' say /api/command nobody "$json\"add_note\":{}}"
repeat 2000000 x >"$dir/long"
row 'two megabytes' 413 '' post /api/command dora <"$dir/long"

# --- TCP: the farewell's last two bytes are the code ---
printf '\x7f\xff\xff\xff' >"$dir/bytes"
row 'a length that lies' 03f1 '80' tcp_say "$dir/bytes"
{ printf '\0\0\xc3\x50' && repeat 50000 $'\x0b'; } >"$dir/bytes"
row 'groups 50,000 deep' 03ea '80' tcp_say "$dir/bytes"
{ printf '\0\0\0\x05' && printf 'x\xffy\0z'; } >"$dir/bytes"
row 'no frame at all' 03ea '80' tcp_say "$dir/bytes"

# --- a session that has run out ---
expect 0 '' add_user late dispatcher
python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
late = db.execute("select id from user where login = \"late\"").fetchone()
print(db.execute("update token set expires_ms = 1 where user_id = ?", late).rowcount)
db.commit()
' "$data/accounts.db" >"$dir/said" && [ "$(cat "$dir/said")" = 1 ] ||
    fail "accounts.db is not as this test knows it"
row 'a token expired' 401 'not_signed_in' say /api/command late "$json\"add_note\":{}}"
expect 3 '' as late status

# --- cards: the last good ones stay in force ---
reload_bad() { # CONTENT FILE
    cp "$dir/cards/$2" "$dir/kept"
    printf '%s' "$1" >"$dir/cards/$2"
    : >"$dir/log"
    kill -HUP "$server"
    until_true logged event=reload-cards-refused
    grep reload-cards-refused "$dir/log"
    cp "$dir/kept" "$dir/cards/$2"
    echo refused
}
row 'a card with a mistake, on reload' refused 'stroke.yaml:1' reload_bad 'card: 7' stroke.yaml
row 'a card 50,000 brackets deep' refused 'more than 64 open brackets' \
    reload_bad "$(repeat 50000 '[')" stroke.yaml
row 'a card 50,000 lists deep' refused 'stroke.yaml:1' reload_bad "$(repeat 50000 '- ')" stroke.yaml

[ "$(peak_kib)" -lt $((before_kib + 65536)) ] ||
    fail "memory grew from $before_kib to $(peak_kib) KiB"

# --- descriptors: those who are in stay, others are told or wait, nobody spins ---
stop || fail "stopped with $?"
printf '[gate]\nclients = 40\n' >>"$conf"
open_many() { # ADDRESS HOW_MANY: connections of this shell
    local i fd
    for ((i = 0; i < $2; i++)); do
        exec {fd}<>"/dev/tcp/127.0.0.1/${1##*:}" || break
        held+=("$fd")
    done
}
let_go() {
    for fd in "${held[@]}"; do exec {fd}>&-; done
    held=()
}
clients_are() { [ "$(metric gate_clients)" = "$1" ]; }
descriptors_are_gone() { [ "$(ls "/proc/$server/fd" | wc -l)" -ge 419 ]; }
answers() { curl -s -m 5 "http://$http/healthz" | grep -q seq; }
held=()
start prlimit --nofile=420:420
as dora watch --count 2 >"$dir/watched" 2>&1 &
watcher=$!
until_true clients_are 1
open_many "$jt808" 400
until_true descriptors_are_gone
answers && fail "without descriptors a new client was answered"
until_true logged 'event=gate-accept'
let_go
until_true answers
[ "$(metric gate_accept_errors_total)" -le 20 ] ||
    fail "$(metric gate_accept_errors_total) accepts failed for one connection: it spins"
works 'descriptors'
works 'descriptors'
wait "$watcher" || fail "who was in before did not hear on: $(cat "$dir/watched")"
rows=$((rows + 1))
stop || fail "stopped with $?"

# --- the machine's clock ---
echo 0 >"$dir/wall_clock"
export WALL_CLOCK=$dir/wall_clock
on_wall_clock() { start env LD_PRELOAD="$wall_clock"; }
on_wall_clock
for days in 10 -10; do
    echo $((days * 86400)) >"$dir/wall_clock"
    until_true logged "event=clock-set off_s=-*$((${days#-} * 86400 - 1))\|event=clock-set off_s=-*$((${days#-} * 86400))"
    works "the clock set by $days days, nobody signed out"
    rows=$((rows + 1))
done
stop || fail "stopped with $?"
echo -864000 >"$dir/wall_clock"
on_wall_clock
logged 'event=clock-behind-journal' || fail "a start ten days back is not told"
works 'a start ten days back'
crash
echo 0 >"$dir/wall_clock"

# --- files it starts from ---
refuses() { # starts dispatchd, which must not serve; what it says, and its code
    "$bin/dispatchd" --config "$conf" 2>&1
    echo "code $?"
}
refusal() { # NAME TEXT
    said=$(refuses)
    [[ "$said" == *"code 1" && "$said" == *"$2"* ]] || fail "$1: not \"$2\" but ${said:0:600}"
    rows=$((rows + 1))
}
cp "$dir/cards/stroke.yaml" "$dir/kept"
echo 'card: 7' >"$dir/cards/stroke.yaml"
refusal 'a card with a mistake, at the start' 'stroke.yaml:1'
cp "$dir/kept" "$dir/cards/stroke.yaml"
"$bin/citysim" make --out "$dir/city" --seed 2 >/dev/null
head -c 100000 "$dir/city/road.bin" >"$data/road.bin"
refusal 'a truncated road file' 'road.bin: cut or grown: 100000 bytes'
rm "$data/road.bin"
{ printf '{"features":' && repeat 50000 '['; } >"$data/zones.geojson"
refusal 'zones 50,000 deep' 'zones.geojson'
rm "$data/zones.geojson"
start
works 'bad files'
stop || fail "stopped with $?"

# --- no space left on the disk ---
mkdir "$dir/small"
if mount -t tmpfs -o size=64m none "$dir/small" 2>/dev/null; then
    clean_up() { umount -l "$dir/small"; }
    cp -a "$data/." "$dir/small/"
    sed -i "s|^data_dir = .*|data_dir = $dir/small|; s|^reserve = .*|reserve = 1MiB|" "$conf"
    start
    works 'the move'
    dd if=/dev/zero of="$dir/small/filler" bs=64k status=none 2>/dev/null
    until_true logged 'event=disk-reserve ok=0'
    expect 3 'no_space' as dora note I1 'no room'
    expect 0 '' as dora status
    rm "$dir/small/filler"
    until_true logged 'event=disk-reserve ok=1'
    works 'a full disk'
    rows=$((rows + 1))
    stop || fail "stopped with $?"
else
    echo "SKIP the full disk: no file system can be mounted here"
fi

expect 0 '' ctl verify
notes=$(ctl facts --kind note_added | grep -c note_added)
[ "$notes" = "$order" ] || fail "$notes of $order notes are in the journal"
echo "bad_input: $rows rows, $order orders, $failures failures"
[ $failures -eq 0 ]
