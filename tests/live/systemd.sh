#!/bin/bash
# The units of deploy/systemd: how exposed systemd calls them, that dispatchd lives within the system
# calls it is left, and that it says READY, WATCHDOG and STOPPING when it should and only then.
#   systemd.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
command -v systemd-analyze >/dev/null || { echo "SKIP: no systemd-analyze here"; exit 77; }
command -v python3 >/dev/null || { echo "SKIP: no python3 here"; exit 77; }
. "$source/tests/live/server.sh"
units=$source/deploy/systemd

for unit in dispatchd mingdi-backup mingdi-probe; do
    exposure=$(systemd-analyze security --no-pager --offline=true "$units/$unit.service" 2>/dev/null |
        sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
    awk -v e="${exposure:-10}" 'BEGIN { exit !(e <= 1.5) }' || fail "$unit is exposed: $exposure"
    echo "$unit.service: exposure $exposure"
    mkdir -p "$dir/units"
    sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$units/$unit.service" >"$dir/units/$unit.service"
    cp "$units"/*.timer "$dir/units/"
    said=$(systemd-analyze verify "$dir/units/$unit.service" 2>&1 | grep "$unit.service:")
    [ -z "$said" ] || fail "$said"
done
for timer in "$units"/*.timer; do
    systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$timer")" >/dev/null ||
        fail "the time of $timer is not understood"
done

# --- the words for the manager, heard on a socket in its place ---
cat >"$dir/manager.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
END
python3 "$dir/manager.py" "$dir/notify" >"$dir/heard" 2>&1 &
manager=$!
clean_up() { kill "$manager" 2>/dev/null; }
until grep -q listening "$dir/heard"; do kill -0 $manager || exit 1; done
write_config "$dir/data"
start env NOTIFY_SOCKET="$dir/notify" WATCHDOG_USEC=10000000
until_true grep -q '^READY=1' "$dir/heard"
until_true grep -q '^WATCHDOG=1' "$dir/heard"
[ "$(sed -n 2p "$dir/heard")" = READY=1 ] || fail "something was said before READY: $(cat "$dir/heard")"
# A process that stands still says nothing; once it goes on, it does again.
beats() { grep -c '^WATCHDOG=1' "$dir/heard"; }
kill -STOP "$server"
until grep -q '^State:.*T' "/proc/$server/status"; do :; done
before=$(beats)
read -r -t 3 < <(sleep 3.5) || true # three beats would have come
[ "$(beats)" -le $((before + 1)) ] || fail "a process that stands still reassured its manager"
before=$(beats)
kill -CONT "$server"
more() { [ "$(beats)" -gt "$before" ]; }
until_true more
stop || fail "dispatchd ended with $?"
[ "$(tail -n 1 "$dir/heard")" = STOPPING=1 ] || fail "STOPPING was not the last word: $(tail -n 3 "$dir/heard")"

# --- the system calls of a working day, each on the unit's list ---
if ! command -v strace >/dev/null; then
    echo "SKIP of one part: no strace, so the system calls were not compared with the filter"
else
    # A build that looks for leaks does so by ptrace, of which there is one a process.
    start env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -qq -o "$dir/strace"
    add_user dora dispatcher
    add_user olga operator
    expect 0 '' as olga do 'define_station station=S1 name=S lat_e7=390000000 lon_e7=1063700000'
    expect 0 '' as dora call 13900000001
    expect 0 '' as dora answer C1
    expect 0 '' as dora open C1 words=x
    until_true test -s "$dir/data/board/board.txt"
    tracer=$server
    kill "$(pgrep -P "$tracer")"
    wait "$tracer" || fail "dispatchd under strace ended with $?"
    server=
    flatten() { # the names below a set, sets within it as well
        local todo="$1" name names
        while [ -n "$todo" ]; do
            name=${todo%% *} todo=${todo#"$name"} todo=${todo# }
            names=$(systemd-analyze syscall-filter --no-pager "$name" | sed -n 's/^    \([-@a-z_0-9]*\)$/\1/p')
            for one in $names; do
                case $one in @*) todo="$one $todo" ;; *) echo "$one" ;; esac
            done
        done | sort -u
    }
    allowed=$(sed -n 's/^SystemCallFilter=\(@.*\)/\1/p' "$units/dispatchd.service")
    denied=$(sed -n 's/^SystemCallFilter=~\(.*\)/\1/p' "$units/dispatchd.service")
    comm -23 <(flatten "$allowed @default") <(flatten "$denied") >"$dir/may"
    sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$dir/strace" | sort | uniq -c |
        awk -v root="$([ "$(id -u)" = 0 ] && echo fchown)" '$2 != "execve" && $2 != root { print $2 }' |
        sort >"$dir/made" # execve is systemd's own; SQLite gives files away only when it is root
    said=$(comm -23 "$dir/made" "$dir/may")
    [ -s "$dir/made" ] && [ -s "$dir/may" ] || fail "no system calls were compared"
    [ -z "$said" ] || fail "dispatchd makes system calls that its unit forbids: $said"
    echo "system calls made: $(wc -l <"$dir/made"), all of them allowed"
fi

echo "systemd: $failures failures"
[ $failures -eq 0 ]
