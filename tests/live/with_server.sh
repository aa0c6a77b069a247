# with_server.sh: sourced by with_pg and with_redis: a server of a test's own that goes when the test
# goes, however that ends.
#
#   server_folder           makes $folder; from now on "drop" of $server (deploy/pg, deploy/redis) is
#                           run over it at the end: also when this shell is killed (when_gone)
#   server_run COMMAND…     runs it; its exit code is ours. TERM and INT end it first

server_end() {
    [ ! -d "$folder" ] || { "$server" drop "$folder"; rm -f "$folder/held"; rmdir "$folder"; }
}

server_folder() {
    folder=$(mktemp -d)
    chmod 755 "$folder" # a server may run as a user of its own
    mkfifo "$folder/held"
    (setsid "$root/tests/live/when_gone" sh -c \
        '[ ! -d "$2" ] || { "$1" drop "$2"; rm -f "$2/held"; rmdir "$2"; }' \
        sh "$server" "$folder" <"$folder/held" >/dev/null 2>&1 &)
    exec 8>"$folder/held"
    trap server_end EXIT
    trap 'server_stop 130' INT
    trap 'server_stop 143' TERM
}

server_stop() {
    [ -z "$command" ] || kill "$command" 2>/dev/null || :
    [ -z "$command" ] || wait "$command" || :
    exit "$1"
}

# In the background, as a shell hears no signal before what it waits for in the foreground has ended.
server_run() {
    exec 7<&0
    "$@" <&7 7<&- 8>&- &
    command=$!
    exec 7<&-
    wait "$command"
}
command=
