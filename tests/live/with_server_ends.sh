#!/bin/bash
# A test's own PostgreSQL and Redis go with the test: when it ends, when it is asked to, when ctest
# kills it. Exit code and standard input are the command's.
#   with_server_ends.sh SOURCE
set -eu
live=$1/tests/live
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "FAIL: $*" >&2
    exit 1
}
# The folders, one a line, once the command runs.
begin() {
    rm -f "$dir/began"
    "$live/with_redis" "$live/with_pg" sh -c \
        'echo $$ >"$1/command"; printf "%s\n%s\n" "$PG_FOLDER" "$REDIS_FOLDER" >"$1/began.new"
         mv "$1/began.new" "$1/began"; exec sleep 1000' sh "$dir" >"$dir/log" 2>&1 &
    outer=$!
    until [ -s "$dir/began" ]; do
        kill -0 "$outer" 2>/dev/null || { grep SKIP "$dir/log" && exit 77; fail "$(cat "$dir/log")"; }
        read -rt 0.1 <> <(:) || :
    done
    { read -r pg; read -r redis; } <"$dir/began"
    inner=$(ps -o ppid= "$(cat "$dir/command")" | tr -d ' ')
    server=$(head -1 "$pg/data/cluster/postmaster.pid")
}
gone() {
    while [ -e "$pg" ] || [ -e "$redis" ] || kill -0 "$server" 2>/dev/null; do
        read -rt 0.1 <> <(:) || :
    done
}

set +e
printf 'heard\n' | "$live/with_redis" sh -c 'read -r word; [ "$word" = heard ] && exit 7' >"$dir/log" 2>&1
code=$?
[ "$code" != 77 ] || { cat "$dir/log"; exit 77; }
[ "$code" = 7 ] || fail "its end is not the command's: $(tail -3 "$dir/log")"
set -e

begin # asked to end
kill -TERM "$outer"
set +e
wait "$outer"
[ $? = 143 ] || fail "asked to end, it ended otherwise"
set -e
gone
kill -0 "$(cat "$dir/command")" 2>/dev/null && fail "the command lives on"

begin # killed, as ctest does it: the tree of children, nobody is asked
kill -KILL "$outer" "$inner" "$(cat "$dir/command")"
wait "$outer" 2>/dev/null || :
gone
echo "servers go with their tests"
