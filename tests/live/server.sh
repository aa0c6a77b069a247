# A dispatchd of a test's own, to be sourced: in a temporary folder, on ports the kernel chose.
#   bin=… source=… . server.sh
# Sets dir and conf; start, stop, crash, ctl, expect, add_user, write_tokens, until_true, free_port;
# failures counts. program: another dispatchd of $bin.
dir=$(mktemp -d)
conf=$dir/dispatch.conf
server=
failures=0

finish() {
    [ -z "$server" ] || { kill -9 "$server" && wait "$server"; } 2>/dev/null
    ! type clean_up >/dev/null 2>&1 || clean_up
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

# A port nobody has now.
free_port() {
    local port
    while port=$((RANDOM % 20000 + 10000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        :
    done
    echo "$port"
}

write_config() { # DATA_DIR
    http=127.0.0.1:$(free_port) tcp=127.0.0.1:$(free_port) jt808=127.0.0.1:$(free_port)
    cat >"$conf" <<END
[server]
data_dir = $1
http = $http
tcp = $tcp
jt808 = $jt808
osmand =
cards_dir = $source/deploy/cards
plans_dir = $source/deploy/plans
speeds_file = $source/deploy/speeds.conf
buttons_file = $source/deploy/buttons.conf
[limits]
calls = 1000
incidents = 1000
assignments = 1000
text_kib = 4096
[journal]
reserve = 1MiB
ballast = 0
END
}

# Until the command succeeds; a dispatchd that ends instead ends the test.
until_true() {
    until "$@"; do
        kill -0 "$server" 2>/dev/null || {
            echo "dispatchd ended"
            cat "$dir/log"
            exit 1
        }
        sleep 0.05
    done
}

start() { # [a program before dispatchd]
    : >"$dir/log"
    "$@" "$bin/${program:-dispatchd}" --config "$conf" 2>>"$dir/log" &
    server=$!
    until_true grep -q 'event=serving' "$dir/log"
}
stop() {
    kill "$server"
    wait "$server"
    local code=$?
    server=
    return $code
}
crash() {
    kill -9 "$server"
    wait "$server" 2>/dev/null
    server=
}

ctl() { "$bin/dispatchctl" "$@" --config "$conf"; }
as() { # ACCOUNT SUBCOMMAND…
    local account=$1
    shift
    ctl "$@" --token-file "$dir/$account.token"
}
add_user() { # LOGIN ROLE
    ctl users add "$1" --role "$2" | sed -n 's/.*shown once: //p' >"$dir/$1.password"
    ctl sign-in --login "$1" --password-file "$dir/$1.password" --out "$dir/$1.token" >/dev/null
}
# write_tokens ACCOUNT…: the file that citysim takes.
write_tokens() {
    local account
    for account; do
        echo "$account $(cat "$dir/$account.token")"
    done >"$dir/tokens"
}

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# expect CODE TEXT COMMAND…: it ends with CODE and says TEXT; its output is kept in $said.
expect() {
    local code=$1 text=$2 got
    shift 2
    said=$("$@" 2>&1)
    got=$?
    [ $got -eq "$code" ] && [[ "$said" == *"$text"* ]] ||
        fail "$* gave $got, not $code with \"$text\":"$'\n'"$said"
}
