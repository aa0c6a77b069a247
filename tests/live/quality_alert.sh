#!/bin/bash
# A day that was out of control raises one alert through the whole life of alerts: PostGIS is asked,
# facts carry the figures, the detectors raise, a plan is proposed. PostGIS away: it comes later; a
# restart, or a copy that lost what was said: not twice; over the journal: the same again.
#   quality_alert.sh BIN SOURCE, under with_pg
bin=$1 source=$2
. "$(dirname "$0")/server.sh"
write_config "$dir/data"
sed -i "/^cards_dir/a warn_dir = $source/deploy/warn" "$conf"
printf '[postgres]\nconninfo = %s\n' "$MINGDI_DB" >>"$conf"

ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$MINGDI_DB" -c "$1"; }
has() { # KIND TEXT COUNT: so many such facts in the journal
    [ "$(ctl facts --kind "$1" | grep -c -- "$2")" = "$3" ]
}
copied() { [ "$(ask "select count(*) from reader_cursor where seq > 0")" = 1 ]; }
reader_is() { # up or down
    [ "$1" = "$(curl -s "http://$http/healthz" | grep -q '"postgres":{"configured":true,"up":true' && echo up || echo down)" ]
}

# The mirror makes the copy this journal's; then, as if it had been for a fortnight: 100 calls a day, 5
# abandoned; yesterday 30.
start
until_true copied
stop
ask "update control_rule set settle_h = 0;
     insert into call (id, state, ringing_at)
     select 1000000 + d * 100 + n,
            case when n <= (case d when 1 then 30 else 5 end) then 'abandoned' else 'ended' end,
            local_midnight(now(), '8 hours') - make_interval(days => d, mins => -n)
     from generate_series(1, 14) d, generate_series(1, 100) n"

# Away: nothing is said, nothing is lost.
"$source/deploy/pg" stop "$PG_FOLDER"
start
until_true grep -q 'event=warn-follows' "$dir/log"
until_true reader_is down
has period_closed . 0 || fail "a period was closed without PostGIS"
"$source/deploy/pg" start "$PG_FOLDER" >/dev/null
until_true has alert_raised detector=quality 1
until_true has period_closed period=day 1 # on a Monday before the week
until_true has period_closed period=week 1
kept=$(ask "select string_agg(concat_ws(' ', r.step, (select count(*) from control_kept k
                                                   where k.step = r.step)), ', ' order by r.step)
    from control_rule r where r.step <> 'month'")
[ "$kept" = 'day 29, week 27' ] || fail "kept are $kept"
signal=$(ctl facts --kind indicator_signalled)
for said in indicator=abandoned period=day by=all cases=100 value_milli=300 centre_milli=50 \
    high_milli=115 rule=beyond level=yellow; do
    [[ "$signal" == *"$said"* ]] || fail "the signal does not say $said: $signal"
done
raised=$(ctl facts --kind alert_raised)
for said in level=yellow 未接通率 '30.0%' 'Abandoned calls' by_chance_h=17784 plan=quality-review; do
    [[ "$raised" == *"$said"* ]] || fail "the alert does not say $said: $raised"
done

# Its life: a person takes it, it is shelved, told, judged like any other.
add_user wang.fang supervisor
as wang.fang do 'acknowledge_alert W1' >/dev/null || fail "it cannot be acknowledged"
has alert_acknowledged W1 1 || fail "it has no owner"
# The chart behind it, by the record that caused it.
cause=$(grep -o 'cause_seq=[0-9]*' <<<"$raised" | cut -d= -f2)
charted() { [ "$(ask "select report_chart('{\"seq\": $cause}', now(), '8 hours') ->> 'indicator'")" = abandoned ]; }
until_true charted

# Killed, and the copy has lost what was said: the keys know it again.
crash
ask "delete from fact where kind = 'indicator_signalled'
     or kind = 'period_closed' and body ->> 'period' = 'day'"
start
closed_again() { [ "$(grep -c 'event=quality-closed' "$dir/log")" -ge 2 ]; }
until_true closed_again # the day, with its signal
has alert_raised detector=quality 1 && has indicator_signalled . 1 &&
    has period_closed period=day 1 && has period_closed period=week 1 || fail "said twice after a kill"
stop || fail "dispatchd ended badly"
expect 0 ' 0 different, 0 not in the journal, 0 in the journal only' ctl warn replay
[ $failures -eq 0 ]
