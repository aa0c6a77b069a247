# server_lib: a dispatchd of a test's own, in a folder of its own, on free loopback ports.
# Sourced with: bin (build/…/bin), root (the project), dir (an empty folder). It sets http, tcp,
# jt808 and conf. Every process is ended by its pid.

free_port() {
    # A port nobody listens on: asked of the kernel's own table.
    while :; do
        port=$(shuf -i 20000-60000 -n 1)
        grep -qi ":$(printf '%04X' "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
    done
    echo "$port"
}

# write_conf [SECTION.NAME=VALUE …]: defaults of a test, then what the test says.
write_conf() {
    mkdir -p "$dir/data"
    http=$(free_port) tcp=$(free_port) jt808=$(free_port)
    conf=$dir/dispatch.conf
    clock=wall redis='' postgres=''
    for pair in "$@"; do
        case $pair in
        clock=*) clock=${pair#clock=} ;;
        redis=*) redis=${pair#redis=} ;;
        postgres=*) postgres=${pair#postgres=} ;;
        esac
    done
    cat >"$conf" <<CONF
[server]
data_dir = $dir/data
http = 127.0.0.1:$http
tcp = 127.0.0.1:$tcp
jt808 = 127.0.0.1:$jt808
osmand =
clock = $clock
cards_dir = $root/deploy/cards
plans_dir = $root/deploy/plans
speeds_file = $root/deploy/speeds.conf
buttons_file = $root/deploy/buttons.conf
[journal]
reserve = 64MiB
ballast = 1MiB
[redis]
address = $redis
[postgres]
conninfo = $postgres
CONF
}

# wait_for WHAT COMMAND…: until the command succeeds; a server that has died ends the wait.
wait_for() {
    what=$1
    shift
    until "$@" >/dev/null 2>&1; do
        if ! kill -0 "$server_pid" 2>/dev/null; then
            echo "dispatchd is gone while waiting for: $what"
            tail -20 "$dir/dispatchd.log"
            exit 1
        fi
        sleep 0.2
    done
}

is_healthy() {
    curl -sf "http://127.0.0.1:$http/healthz"
}

start_server() {
    "$bin/dispatchd" -c "$conf" >>"$dir/dispatchd.log" 2>&1 &
    server_pid=$!
    wait_for "the server" is_healthy
}

stop_server() {
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" || return 1
}

# add_tokens ROLE…: one account of each role; "role token" a line into $dir/tokens.
add_tokens() {
    : >"$dir/tokens"
    chmod 700 "$dir"
    for role in "$@"; do
        "$bin/dispatchctl" users add "$role" --role "$role" --config "$conf" |
            awk '{ last = $NF } END { print last }' >"$dir/$role.password"
        "$bin/dispatchctl" sign-in --login "$role" --password-file "$dir/$role.password" \
            --config "$conf" --out "$dir/$role.token" >/dev/null
        echo "$role $(cat "$dir/$role.token")" >>"$dir/tokens"
    done
}
