#!/bin/bash
# dispatchctl probe: every station of the line answers; when one does not, it is named. Under with_pg
# and with_redis.
#   probe.sh BIN_DIR SOURCE_DIR
set -u
bin=$1 source=$2
. "$source/tests/live/server.sh"
. "$source/tests/live/copies.sh"
clean_up() { copies_end; }

write_config "$dir/data"
copies_config
start
add_user probe gateway
said=$(as probe probe) || fail "the probe says: $said"
for station in connected acknowledged heard redis postgres; do
    grep -q "^$station  *ok" <<<"$said" || fail "$station is not passed: $said"
done
[ "$(as probe probe | grep -c ok)" = 5 ] || fail "a second probe does not pass"

take redis stopped
said=$(as probe probe 2>&1) && fail "a probe without Redis passes: $said"
grep -q 'redis: record [0-9]* is not there' <<<"$said" || fail "Redis is not named: $said"
grep -q '^postgres  *ok' <<<"$said" || fail "PostGIS is not looked at: $said"
give redis stopped
until_true as probe probe >/dev/null

crash
as probe probe >"$dir/said" 2>&1
[ $? -eq 4 ] || fail "without a server it ends otherwise: $(cat "$dir/said")"

echo "probe: $failures failures"
[ "$failures" -eq 0 ]
