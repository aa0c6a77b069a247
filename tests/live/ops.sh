#!/bin/bash
# Operators' commands against a running dispatchd: back-up, restore into a new epoch, doctor, the
# fallback board, what the service manager is told, the log after a rotation.
#   ops.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
. "$source/tests/live/server.sh"
data=$dir/data

has() { grep -qs "$1" "$2"; }
seq_of() { ctl replay | sed -n 's/^state *record \([0-9]*\) .*/\1/p'; }

# --- the city, a call, an incident ---
write_config "$data"
sed -i "/^cards_dir/a warn_dir = $source/deploy/warn" "$conf"
start
expect 0 '' add_user dora dispatcher
expect 0 '' add_user sven supervisor
expect 0 '' add_user olga operator
for command in 'define_station station=S1 name="大武口急救站" lat_e7=390000000 lon_e7=1063700000' \
    'define_hospital hospital=H1 name="市第一医院" lat_e7=390100000 lon_e7=1063800000' \
    'define_unit unit=U1 code="石救01" plate="宁B12001" station=S1 capabilities=1'; do
    expect 0 '' as olga do "$command"
done
expect 0 '' as dora call 13900000001
expect 0 '' as dora answer C1
expect 0 'I1' as dora open C1 words=花园路8号

# --- doctor: one line each, an exit code ---
expect 0 ' 0 FAIL' ctl doctor
for words in 'ok    配置' 'ok    数据目录' 'chain whole since' 'warn  备份' '1 dispatchers, 1 supervisors' \
    'ok    问诊卡与预案' 'ok    预警规则' 'warn  路网' 'ok    服务器 server: dispatchd'; do
    [[ $said == *"$words"* ]] || fail "doctor says nothing of \"$words\":"$'\n'"$said"
done
chmod o+r "$data/terminal.secret"
expect 0 'terminal.secret can be read by everybody → chmod o= it' ctl doctor
chmod o= "$data/terminal.secret"

# --- a back-up beside the running server, read back; then more happens ---
expect 0 'whole backup up to record' ctl backup "$dir/backup"
(cd "$dir/backup" && sha256sum --check --quiet SHA256SUMS) || fail "sha256sum finds a difference"
for name in journal.db accounts.db terminal.secret settings/dispatch.conf settings/cards/fall-elderly.yaml \
    settings/plans/response.yaml settings/warn/detectors.yaml ABOUT; do
    [ -s "$dir/backup/$name" ] || fail "the back-up has no $name"
done
[ "$(find "$dir/backup" -perm /077 | wc -l)" = 0 ] || fail "the back-up can be read by others"
expect 1 'exists and is not overwritten' ctl backup "$dir/backup"
expect 0 'ok    备份' ctl doctor
expect 0 '' as dora note I1 "after the back-up"
[ "$(ls -d "$dir"/backup.part 2>/dev/null)" = "" ] || fail "backup.part stayed"

# --- the board: drawn at the start, from the journal at any time, and it outlives the server ---
until_true test -s "$data/board/board.txt"
[ "$(stat -c %a "$data/board/board.html")" = 600 ] || fail "the board can be read by others"
expect 0 'up to record' ctl board "$dir/paper" --personal
has '花园路8号' "$dir/paper/board.html" || fail "the incident is not on the board"
has '13900000001' "$dir/paper/board.txt" || fail "the number is not on the board"
expect 0 '' ctl board "$dir/redacted"
has '花园路8号' "$dir/redacted/board.html" && fail "personal data although nobody asked for it"
before=$(seq_of)
crash
has '120 调度应急板' "$data/board/board.html" || fail "the board went with the server"
expect 0 'up to record' ctl board "$dir/after" --personal
has "seq $before " "$dir/after/board.txt" || fail "the board after a crash is not of record $before"

# --- restore: refused beside a server, or when damaged; else a new epoch, and what is there stays ---
start
expect 1 'stop it first' ctl restore "$dir/backup" --yes
stop || fail "dispatchd ended with $?"
cp -a "$dir/backup" "$dir/damaged"
printf x | dd of="$dir/damaged/accounts.db" bs=1 seek=100 conv=notrunc status=none
expect 1 'damaged/accounts.db is damaged' ctl restore "$dir/damaged" --yes
sum=$(sha256sum "$data/journal.db")
rm "$dir/damaged/settings/speeds.conf"
cp "$dir/backup/accounts.db" "$dir/damaged/"
expect 1 'damaged/settings/speeds.conf: No such file' ctl restore "$dir/damaged" --yes
sed -i 's|  journal.db$|  ../journal.db|' "$dir/damaged/SHA256SUMS"
expect 1 'SHA256SUMS is damaged' ctl restore "$dir/damaged" --yes
[ "$sum" = "$(sha256sum "$data/journal.db")" ] || fail "a refused restore changed the journal"
expect 0 'the present one stays' ctl restore "$dir/backup" --yes
[ "$(seq_of)" -lt "$before" ] || fail "the journal is not the back-up's"
start
expect 0 'epoch 2' as dora status
stop

# --- into an empty directory: everything comes back, only the tokens do not ---
mv "$data" "$dir/lost"
expect 0 'restored' ctl restore "$dir/backup" --yes
cmp -s "$data/terminal.secret" "$dir/lost/terminal.secret" || fail "terminals would be shut out"
start
expect 3 '' as dora status
expect 0 '' ctl sign-in --login dora --password-file "$dir/dora.password" --out "$dir/dora.token"
expect 0 'epoch 2' as dora status

# --- the log file is opened anew on SIGHUP ---
printf '[log]\nfile = %s\n' "$dir/own.log" >>"$conf"
kill -HUP "$server"
until_true has 'event=reloaded' "$dir/own.log"
mv "$dir/own.log" "$dir/own.log.1"
kill -HUP "$server"
until_true has 'event=reloaded' "$dir/own.log"
stop

# --- no server: doctor says so; a port taken by another program is a failure ---
expect 0 'not running, its ports are free' ctl doctor
sed -i 's/^http = .*/http = 127.0.0.1:'"${jt808##*:}"'/; s/^jt808 = .*/jt808 =/' "$conf"
python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    s.accept()[0].sendall(b"SSH-2.0-other\r\n")
' "${jt808##*:}" >"$dir/other" 2>/dev/null &
other=$!
clean_up() { kill "$other" 2>/dev/null; }
until has ready "$dir/other"; do kill -0 $other || break; sleep 0.05; done
expect 1 'another program has the port' ctl doctor
rm -r "$dir/damaged" && mkdir "$dir/damaged" && cp "$dir/backup/journal.db" "$dir/damaged/"
python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("update ev set at_ms = at_ms + 1 where seq = 3")
db.commit()
' "$dir/damaged/journal.db"
expect 1 'FAIL  日志 journal' ctl doctor --data "$dir/damaged"
sed -i 's/^reserve = .*/reserve = 1024GiB/' "$conf"
expect 1 'FAIL  磁盘空间' ctl doctor
rm "$data/accounts.db"
expect 1 'FAIL  账号 accounts: none → dispatchctl users add' ctl doctor

echo "ops: $failures failures"
[ $failures -eq 0 ]
