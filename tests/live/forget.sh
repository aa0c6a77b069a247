#!/bin/bash
# A person is forgotten: after `dispatchctl forget` what was said about them is nowhere, neither in
# the journal with its snapshots (nor its files), nor in PostGIS, nor in Redis, nor in the running
# server; not after a restart, not after a restore of a back-up made before.
#   forget.sh BIN SOURCE, under with_pg and with_redis
set -u
bin=$1 source=$2
. "$source/tests/live/server.sh"
data=$dir/data
mkdir "$data"
write_config "$data"
cat >>"$conf" <<END
snapshot_records = 100
[redis]
address = $REDIS_ADDRESS
[postgres]
conninfo = $MINGDI_DB
END
words=花园路八号三单元 number=13900000001 note=张三对青霉素过敏

sql() { psql "$MINGDI_DB" -qAtX -c "$1"; }
caught_up() {
    local health
    health=$(curl -sf "http://$http/healthz")
    [[ $health == *'"redis":{"configured":true,"up":true,"lag":0}'* ]] &&
        [[ $health == *'"postgres":{"configured":true,"up":true,"lag":0}'* ]]
}
redis() { redis-cli -h "${REDIS_ADDRESS%:*}" -p "${REDIS_ADDRESS##*:}" "$@"; }
all_of_redis() {
    local key
    redis --raw keys '*' | while read -r key; do
        redis --raw hgetall "$key"
        redis --raw xrange "$key" - +
        redis --raw get "$key"
    done 2>&1
}
copies_have() { # TEXT
    sql "select * from personal" | grep -q "$1" && echo "personal in PostGIS"
    sql "select body from fact" | grep -q "$1" && echo "fact in PostGIS"
    all_of_redis | grep -q "$1" && echo "Redis"
}
server_has() { # TEXT
    ctl facts --personal | grep -q "$1" && echo "the journal's facts"
    ctl replay --personal --json | grep -q "$1" && echo "the replayed state"
    as sven queue --personal --json | grep -q "$1" && echo "the server"
    as sven incident I1 --personal --json | grep -q "$1" && echo "the server's timeline"
    grep -rqa "$1" "$data" && echo "files"
}

start
expect 0 '' add_user dora dispatcher
expect 0 '' add_user sven supervisor
expect 0 '' as dora call "$number"
expect 0 '' as dora answer C1
expect 0 'I1' as dora open C1 words=$words
expect 0 '' as dora note I1 "$note"
expect 0 '' as dora call 13900000002
expect 0 '' as dora answer C2
expect 0 'I2' as dora open C2 words=另一处
until_true caught_up
[ "$(sql "select count(*) from personal where value like '%$words%'")" = 1 ] ||
    fail "the mirror never had the words"
[ "$(copies_have "$words")" = "personal in PostGIS" ] || fail "copies: $(copies_have "$words")"
server_has "$words" | grep -q "the server's timeline" || fail "the server never had the words"

# An open incident is not forgotten, and not by everybody.
expect 3 'still open' as sven forget I1 --reason 本人申请
expect 0 '' as dora close I1 advice
expect 2 'needs --reason' as sven forget I1
expect 3 'may not do that' as dora forget I1 --reason 本人申请
for i in $(seq 100); do as dora note I2 "so that a snapshot is made $i" >/dev/null; done
has_snapshot() { ctl snapshot list | grep -q '^record'; }
until_true has_snapshot
expect 0 'whole backup' ctl backup "$dir/backup"

expect 0 'is forgotten' as sven forget I1 --reason 本人申请
expect 3 'is forgotten' as dora note I1 "$note"
until_true caught_up
gone() {
    local text
    for text in "$words" "$number" "$note"; do
        for where in copies_have server_has; do
            [ -z "$($where "$text")" ] || fail "$1: $text is still in: $($where "$text")"
        done
    done
}
gone "after it"
expect 0 '' ctl audit
expect 0 '' ctl verify
[[ $(ctl facts --incident I1) == *'incident_forgotten'*'本人申请'* ]] || fail "no fact says so"
[ "$(sql "select count(*) from personal where kind = 'I' and id = 2 and field = 'words'")" -ge 1 ] ||
    fail "another incident's words went"

# A restart, and a back-up from before it.
stop || fail "dispatchd ended with $?"
start
until_true caught_up
gone "after a restart"
stop || fail "dispatchd ended with $?"
expect 0 'the present one stays' ctl restore "$dir/backup" --yes
mv "$data"/*before* "$dir/" 2>/dev/null
start
until_true caught_up
for where in copies_have server_has; do
    for text in "$words" "$number"; do
        [ -z "$($where "$text")" ] || fail "after a restore: $text is in: $($where "$text")"
    done
done
stop || fail "dispatchd ended with $?"
[ $failures -eq 0 ] && echo "the person is nowhere"
exit $failures
