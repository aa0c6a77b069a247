#!/bin/bash
# A disk without a byte left: the server gives up its ballast, comes up to be read, refuses what it
# could not keep, and takes commands again once there is room. Without ballast it says what to do.
#   full_disk.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
[ "$(id -u)" = 0 ] || { echo "SKIP: only root may mount the small disk this needs"; exit 77; }
. "$source/tests/live/server.sh"
disk=$dir/disk
mkdir "$disk"
mount -t tmpfs -o size=48m mingdi-test "$disk" || { echo "SKIP: no tmpfs can be mounted here"; exit 77; }
clean_up() { umount -l "$disk"; }
data=$disk/data
fill() { dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null; }
free_bytes() { df --output=avail -B1 "$disk" | tail -n 1 | tr -d ' '; }

write_config "$data"
sed -i 's/^reserve = .*/reserve = 4MiB/; s/^ballast = .*/ballast = 8MiB/' "$conf"
start
add_user dora dispatcher
expect 0 '' as dora open words=花园路8号
expect 0 '' as dora open words=滨河路1号
stop

# --- full: up to be read ---
fill
[ "$(free_bytes)" = 0 ] || fail "the disk is not full"
start
[ ! -e "$data/journal.ballast" ] || fail "the ballast is still there"
expect 0 'I2' as dora queue
expect 3 'disk reserve reached' as dora note I1 "is there room?"
expect 0 '' ctl audit
stop

# --- room again: as if nothing had been ---
rm "$disk/filler"
start
[ -e "$data/journal.ballast" ] || fail "the ballast did not come back"
expect 0 '' as dora note I1 "there is room"
stop

# --- full and nothing to give up: a word to the operator, and nothing lost ---
rm "$data/journal.ballast"
fill
if "$bin/dispatchd" --config "$conf" >"$dir/refused" 2>&1; then
    fail "it started without any room"
fi
grep -q 'the disk is full' "$dir/refused" || fail "no clear word: $(cat "$dir/refused")"
rm "$disk/filler"
start
expect 0 'I1' as dora queue
expect 0 '' ctl audit
stop

echo "full_disk: $failures failures"
[ $failures -eq 0 ]
