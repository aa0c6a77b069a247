#!/bin/sh
# deploy/pg: starts twice, migrates once, listens on the loopback interface only, refuses a changed
# or broken migration and leaves nothing of it, applies views again when they changed, keeps data
# over a restart, moves off a taken port.
# Under with_pg.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
deploy=$(mktemp -d)
trap 'rm -rf "$deploy"' EXIT
cp -r "$root/deploy/pg" "$root/deploy/sql" "$deploy"
pg=$deploy/pg

fail() {
    echo "FAILED: $*"
    exit 1
}
ask() {
    "$pg" psql "$PG_FOLDER" -A -t -q -c "$1"
}

port=$(cat "$PG_FOLDER/port")
files=$(ls "$root"/deploy/sql/*.sql | wc -l)
[ "$(ask 'select count(*) from migration')" = "$files" ] || fail "not every migration is applied"
stamp=$(ask 'select max(applied_at) from migration')
"$pg" start "$PG_FOLDER"
"$pg" migrate "$PG_FOLDER"
[ "$(ask 'select max(applied_at) from migration')" = "$stamp" ] || fail "migrated a second time"
[ "$(cat "$PG_FOLDER/port")" = "$port" ] || fail "a second start moved the port"
[ "$(ask 'show listen_addresses')" = 127.0.0.1 ] ||
    fail "listens elsewhere"
[ "$(ask 'show fsync')$(ask 'show synchronous_commit')" = onon ] || fail "not durable"
[ "$(ask 'select usesuper from pg_user where usename = current_user')" = f ] ||
    fail "the program's user is a superuser"
stranger="host=127.0.0.1 port=$port dbname=mingdi user=mingdi password=wrong"
psql -X -q -d "$stranger" -c '' 2>/dev/null && fail "any password will do"

echo "create table half (x int); select 1/0;" >"$deploy/sql/900_broken.sql"
"$pg" migrate "$PG_FOLDER" 2>/dev/null && fail "a broken migration passed"
[ -z "$(ask "select to_regclass('half')")" ] || fail "half a migration stayed"
echo "create table whole (x int);" >"$deploy/sql/900_broken.sql"
"$pg" migrate "$PG_FOLDER"
echo "-- edited" >>"$deploy/sql/900_broken.sql"
"$pg" migrate "$PG_FOLDER" 2>/dev/null && fail "a changed migration passed"
rm "$deploy/sql/900_broken.sql"

sum=$(ask "select sha256 from view_file where name = 'watch.sql'")
echo "create or replace function fresh() returns int language sql as 'select 7';" >>"$deploy/sql/views/watch.sql"
"$pg" migrate "$PG_FOLDER"
[ "$(ask "select fresh() from view_file where name = 'watch.sql' and sha256 <> '$sum'")" = 7 ] ||
    fail "a changed file of views is not applied again"
echo "select 1/0;" >>"$deploy/sql/views/watch.sql"
"$pg" migrate "$PG_FOLDER" 2>/dev/null && fail "a broken file of views passed"
sed -i '$d' "$deploy/sql/views/watch.sql"

ask "insert into whole values (42)"
"$pg" stop "$PG_FOLDER"
"$pg" stop "$PG_FOLDER"
ask "select 1" >/dev/null 2>&1 && fail "still answers after stop"
other=$(mktemp -d)
chmod 755 "$other"
"$pg" start "$other"
cp "$other/port" "$PG_FOLDER/port"
"$pg" start "$PG_FOLDER"
"$pg" drop "$other"
rmdir "$other"
[ "$(ask 'select x from whole')" = 42 ] || fail "lost data over a restart"

ask "select fix_day('2026-01-02'); select fix_day('2026-01-02');
     insert into fix (unit, fix_at, received_at, lat_e7, lon_e7, source) values
         (1, '2026-01-02 23:59:59Z', now(), 1, 2, 1), (1, '2026-01-03 00:00Z', now(), 1, 2, 1);
     insert into fix (unit, fix_at, received_at, lat_e7, lon_e7, source) values
         (1, '2026-01-02 23:59:59Z', now(), 3, 4, 1) on conflict do nothing;
     select fix_day('2026-01-03')" >/dev/null
days=$(ask "select string_agg(tableoid::regclass || ' ' || lat_e7, ',' order by fix_at) from fix")
[ "$days" = "fix_20260102 1,fix_20260103 1" ] || fail "fixes are not in their days: $days"
[ "$(ask "select fix_drop_before('2026-01-03')")$(ask 'select count(*) from fix')" = 11 ] ||
    fail "old fixes are not dropped"
echo "deploy/pg holds"
