#!/bin/bash
# A centre for tests in a browser: dispatchd with PostGIS, Redis, the demonstration city and accounts,
# told by lines on its standard input what to do. Ends with it.
#   with_redis with_pg serve.sh BIN SOURCE PAGES [SECTION.NAME=VALUE…]
# Says "ready HTTP_ADDRESS DOOR" once (DOOR: where a test may stand in the way, its pages are welcome), then after each line of input "done CODE" behind what it printed:
#   start | stop | crash           dispatchd
#   setting SECTION KEY=VALUE      of dispatch.conf, in force at once
#   city ARGS… | still             citysim live, and its end
#   silent-crews                   citysim's crews drive and never press a button: pages do
#   as ACCOUNT SUBCOMMAND…         dispatchctl, quoted as in a shell
#   sql STATEMENT | load FILE          in PostGIS; a file of this folder
#   postgres start|stop                PostGIS goes away and comes back
#   password ACCOUNT | token ACCOUNT   prints it
#   account LOGIN ROLE [--scope U7]    one more
#   journal SUBCOMMAND…            dispatchctl on the journal itself
# Accounts: gate, li.na (dispatcher, seat 1), wang (dispatcher, seat 2), zhao (supervisor), ops
# (operator), crew1 and crew2 (units 1, 2), hosp1 (hospital 1).
set -u
bin=$1 source=$2 pages=$3
shift 3
deploy=$source/deploy
. "$source/tests/live/server.sh"
city=
still() {
    [ -z "$city" ] || { kill "$city" && wait "$city"; } 2>/dev/null
    city=
}
clean_up() { still; }

account() { # LOGIN ROLE [more of dispatchctl users add]
    local login=$1 role=$2
    shift 2
    ctl users add "$login" --role "$role" "$@" | sed -n 's/.*shown once: //p' >"$dir/$login.password"
}
token_of() {
    ctl sign-in --login "$1" --password-file "$dir/$1.password" --out "$dir/$1.token" >/dev/null
}

mkdir "$dir/data"
write_config "$dir/data"
door=127.0.0.1:$(free_port)
sed -i "s|^\[limits\]|pages_dir = $pages\nroad_file = $dir/city/road.bin\n\
zones_file = $dir/city/zones.geojson\nwarn_dir = $source/deploy/warn\n[limits]|" "$conf"
cat >>"$conf" <<END
[gate]
origins = http://$http http://$door
[redis]
address = $REDIS_ADDRESS
[postgres]
conninfo = $MINGDI_DB
END
for setting; do
    name=${setting%%=*}
    printf '[%s]\n%s = %s\n' "${name%%.*}" "${name#*.}" "${setting#*=}" >>"$conf"
done
"$bin/citysim" make --out "$dir/city" --seed 2 >/dev/null || exit 1
"$source/deploy/city_map" "$bin" "$dir/city" "$MINGDI_DB" || exit 1
start
account gate gateway
account li.na dispatcher --name 李娜 --seat 1
account wang dispatcher --name 王强 --seat 2
account zhao supervisor --name 赵敏 --seat 9
account ops operator
account crew1 crew --scope U1
account crew2 crew --scope U2
account hosp1 hospital --scope H1
for login in gate li.na wang zhao ops; do
    token_of "$login"
done
as gate define "$dir/city/city.txt" >/dev/null || exit 1
echo "ready $http $door"

while read -r verb rest; do
    case $verb in
    start | stop | crash | still) $verb ;;
    setting) printf '[%s]\n%s\n' "${rest%% *}" "${rest#* }" >>"$conf" && kill -HUP "$server" ;;
    city)
        cp "$dir/gate.token" "$dir/gateway.token"
        cp "$dir/li.na.token" "$dir/dispatcher.token"
        write_tokens gateway dispatcher
        eval "set -- $rest"
        "$bin/citysim" live --server "$tcp" --jt808 "$jt808" --token-file "$dir/tokens" \
            --city "$dir/city" --deploy "$deploy" --seed 2 "$@" >"$dir/city.log" 2>&1 &
        city=$!
        ;;
    silent-crews)
        deploy=$dir/deploy
        cp -r "$source/deploy" "$deploy"
        sed -i 's/^forget_percent .*/forget_percent 100/' "$deploy/city/crew.conf"
        ;;
    as) eval "as $rest" 2>&1 ;;
    account) eval "account $rest" 2>&1 ;;
    journal) eval "ctl $rest" 2>&1 ;;
    sql) psql -X -A -t -q -v ON_ERROR_STOP=1 -d "$MINGDI_DB" -c "$rest" 2>&1 ;;
    load) psql -X -q -v ON_ERROR_STOP=1 -d "$MINGDI_DB" -f "$source/tests/web/$rest" 2>&1 ;;
    postgres) "$source/deploy/pg" "$rest" "$PG_FOLDER" 2>&1 ;;
    password) cat "$dir/$rest.password" ;;
    token) cat "$dir/$rest.token" ;;
    *) false ;;
    esac </dev/null
    echo "done $?"
done
