# The two copies, Redis and PostGIS, taken away in every way, to be sourced after server.sh, under
# with_pg and with_redis. dispatchd reaches each through a slow_proxy.
#   copies_config           proxies, and their addresses into $conf
#   take NAME WAY, give NAME WAY    NAME: redis or postgis; WAY: stopped, killed, frozen
#                                   or slow
#   caught_up, is_down NAME         what /healthz says
redis_proxy= pg_proxy=

# start_proxy NAME TO DELAY_MS BYTES: its address in $proxy_at, its process in $proxy.
start_proxy() {
    proxy_at=127.0.0.1:$(free_port)
    "$bin/slow_proxy" "$proxy_at" "$2" "$3" "$4" >"$dir/proxy-$1" &
    proxy=$!
    until grep -qs ready "$dir/proxy-$1"; do
        kill -0 "$proxy"
        sleep 0.05
    done
}

copies_config() { # [DELAY_MS BYTES] when slow
    start_proxy redis "$REDIS_ADDRESS" "${1:-200}" "${2:-4096}"
    redis_proxy=$proxy
    printf '[redis]\naddress = %s\ntimeout_ms = 1000\n' "$proxy_at" >>"$conf"
    start_proxy postgis "127.0.0.1:$(cat "$PG_FOLDER/port")" "${1:-200}" "${2:-4096}"
    pg_proxy=$proxy
    printf '[postgres]\nconninfo = %s\ntimeout_ms = 2000\n' \
        "$(sed "s/port=[0-9]*/port=${proxy_at#*:}/" <<<"$MINGDI_DB")" >>"$conf"
}

pg_processes() {
    local main
    main=$(head -1 "$PG_FOLDER/data/cluster/postmaster.pid")
    echo "$main $(pgrep -P "$main" | tr '\n' ' ')"
}

take() {
    case $1-$2 in
    redis-stopped) "$source/deploy/redis" stop "$REDIS_FOLDER" ;;
    postgis-stopped) "$source/deploy/pg" stop "$PG_FOLDER" ;;
    redis-killed) kill -9 "$(cat "$REDIS_FOLDER/redis.pid")" ;;
    postgis-killed) kill -9 $(pg_processes) ;;
    redis-frozen) kill -STOP "$(cat "$REDIS_FOLDER/redis.pid")" ;;
    postgis-frozen) kill -STOP $(pg_processes) ;;
    redis-slow) kill -USR1 "$redis_proxy" ;;
    postgis-slow) kill -USR1 "$pg_proxy" ;;
    esac
}

give() {
    case $1-$2 in
    redis-stopped | redis-killed) "$source/deploy/redis" start "$REDIS_FOLDER" >/dev/null ;;
    postgis-stopped | postgis-killed) "$source/deploy/pg" start "$PG_FOLDER" >/dev/null ;;
    redis-frozen) kill -CONT "$(cat "$REDIS_FOLDER/redis.pid")" ;;
    postgis-frozen) kill -CONT $(pg_processes) ;;
    redis-slow) kill -USR2 "$redis_proxy" ;;
    postgis-slow) kill -USR2 "$pg_proxy" ;;
    esac
}

copies_end() {
    [ -z "$redis_proxy" ] || kill "$redis_proxy" 2>/dev/null || true
    [ -z "$pg_proxy" ] || kill "$pg_proxy" 2>/dev/null || true
    ! kill -CONT $(pg_processes) "$(cat "$REDIS_FOLDER/redis.pid")" 2>/dev/null || true
}

health() {
    curl -sf "http://$http/healthz"
}

caught_up() {
    health >"$dir/health"
    grep -q '"redis":{"configured":true,"up":true,"lag":0}' "$dir/health" &&
        grep -q '"postgres":{"configured":true,"up":true,"lag":0}' "$dir/health"
}

is_down() {
    local key=${1/postgis/postgres}
    health | grep -q "\"$key\":{\"configured\":true,\"up\":false"
}
