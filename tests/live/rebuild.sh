#!/bin/bash
# After a restore the journal is another one: Redis and PostGIS, which had read further, notice that
# their place is not in its chain and are made anew, by themselves.  (with_pg gives MINGDI_DB)
#   rebuild.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
command -v redis-server >/dev/null || { echo "SKIP: no Redis here (apt-get install redis-server)"; exit 77; }
. "$source/tests/live/server.sh"
clean_up() { "$source/deploy/redis" drop "$dir/redis"; }
"$source/deploy/redis" start "$dir/redis"

write_config "$dir/data"
printf '[redis]\naddress = %s\n[postgres]\nconninfo = %s\n' \
    "$("$source/deploy/redis" address "$dir/redis")" "$MINGDI_DB" >>"$conf"
start
add_user dora dispatcher
add_user olga operator
expect 0 '' as olga do 'define_station station=S1 name=S lat_e7=390000000 lon_e7=1063700000'
expect 0 '' as olga do 'define_unit unit=U1 code=one plate=p station=S1 capabilities=1'
expect 0 '' as dora call 13900000001
expect 0 '' as dora answer C1
agree() { ctl verify >"$dir/verify" 2>&1; }
until_true agree
expect 0 'whole backup' ctl backup "$dir/backup"

# What the back-up does not know of, and both copies do.
expect 0 '' as dora open C1 words=x
expect 0 '' as dora call 13900000002
until_true agree
redis() { "$source/deploy/redis" cli "$dir/redis" "$@"; }
sql() { psql -qAt "$MINGDI_DB" -c "$1"; }
[ "$(sql 'select count(*) from incident')" = 1 ] || fail "the mirror has no incident"
stop
sql "insert into control_kept values ('month', '2020-01-01')" # figures of the old copy's records
expect 0 'restored' ctl restore "$dir/backup" --yes
start
until_true agree
[ "$(sql "select count(*) from control_kept where low = '2020-01-01'")" = 0 ] ||
    fail "the figures of the old copy are kept"
[ "$(sql 'select count(*) from incident')" = 0 ] || fail "the mirror still has what was never restored"
[ "$(sql 'select count(*) from fact')" = "$(ctl facts | wc -l)" ] || fail "facts of two epochs are mixed"
[ -n "$(redis --scan --pattern '*.2}:*' | head -n 1)" ] || fail "Redis has no keys of epoch 2"

# And the new line goes on in all three.
expect 0 '' ctl sign-in --login dora --password-file "$dir/dora.password" --out "$dir/dora.token"
expect 0 '' as dora open C1 words=y
until_true agree
[ "$(sql 'select count(*) from incident')" = 1 ] || fail "the mirror does not go on"
expect 0 'ok    Redis' ctl doctor
expect 0 'ok    PostGIS PostGIS: PostgreSQL 15' ctl doctor
expect 0 "the server's copy is written, 0 records behind" ctl doctor
stop

# Neither of them there: a warning each, no failure.
redis_at=$("$source/deploy/redis" address "$dir/redis")
"$source/deploy/redis" stop "$dir/redis"
sed -i "s|^conninfo = .*|conninfo = host=127.0.0.1 port=1 dbname=x|" "$conf"
expect 0 "warn  Redis Redis: ${redis_at%:*}" ctl doctor
expect 0 'warn  PostGIS' ctl doctor

echo "rebuild: $failures failures"
[ $failures -eq 0 ]
