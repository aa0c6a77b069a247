#!/bin/bash
# Quality control in PostGIS: the rules of control charts on published series, every figure of a small
# day worked out by hand. Under with_pg.
here=$(cd "$(dirname "$0")" && pwd)
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
ask() { # SQL
    PGTZ=UTC psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$MINGDI_DB" "$@"
}
same() { # WHAT GOT WANTED
    [ "$2" = "$3" ] || fail "$1: $2, not $3"
}

# Sigmas from the centre line: the rule that holds at the last point.
ask -c "update control_signal set enabled = true" >/dev/null
rule() { ask -c "select coalesce(rule, '-') from rules_at('{$1}'::float8[])"; }
same "just inside" "$(rule '0,0,2.99')" -
same "beyond" "$(rule '0,0,-3.01')" beyond
same "2 of 3" "$(rule '2.1,0,2.1')" two_of_three
same "2 of 3 on two sides" "$(rule '-2.1,0,2.1')" -
same "2 of 4" "$(rule '2.1,0,0,2.1')" -
same "4 of 5" "$(rule '1.1,1.2,0,1.3,1.1')" four_of_five
same "the last is none of the four" "$(rule '1.1,1.2,1.3,1.1,0.5')" -
same "8 in a row" "$(rule '1,.1,.2,.1,.3,.1,.2,.1')" run
same "7 in a row" "$(rule '-.1,.1,.2,.1,.3,.1,.2,.1')" -
same "no limits yet" "$(ask -c "select coalesce(rule, '-') from rules_at(array[null, null]::float8[])")" -
ask -c "update control_signal set enabled = rule in ('beyond', 'run')" >/dev/null

# p-chart: frozen orange juice cans, 30 samples of 50 (Montgomery, Introduction to Statistical Quality
# Control, example 7.1): centre .2313, limits .0524 and .4102, samples 15 and 23 beyond. A can that
# leaks is a call abandoned; day 31 only draws the line under the thirty.
ask -c "update control_rule set periods = 30 where step = 'day'" >/dev/null
ask >/dev/null <<'SQL'
insert into call (id, state, ringing_at)
select day * 100 + can, case when can <= leaks then 'abandoned' else 'ended' end,
       timestamptz '2026-01-01 00:00Z' + make_interval(days => day::integer - 1, mins => can)
from unnest(array[12,15,8,10,4,7,16,9,14,10,5,6,17,12,22,8,10,5,13,11,20,18,24,15,9,12,7,13,9,6,12])
     with ordinality as d(leaks, day), generate_series(1, 50) can;
SQL
chart() { # INDICATOR COLUMNS WHERE
    ask -F' ' -c "select $2 from control_chart('day', 'all', '2026-02-01 00:00Z', '0') where indicator = '$1' and $3 order by period"
}
same "p-chart" "$(chart abandoned 'round(centre::numeric, 4), round(low::numeric, 4), round(high::numeric, 4)' newest)" \
    "0.2313 0.0524 0.4102"
same "p-chart, beyond" "$(chart abandoned 'extract(day from period)' beyond | xargs)" "15 23"

# Individuals' chart: flow rates of ten batches (NIST/SEMATECH e-Handbook, 6.3.2.2): centre 50.81,
# limits 45.816 and 55.804, none beyond. A rate is the minutes at a scene.
ask >/dev/null <<'SQL'
delete from call;
insert into assignment (id, incident, unit, reserved_at, ordered_at, at_scene_at, left_scene_at)
select day, day, 1, at, at, at, at + make_interval(secs => 60 * rate)
from unnest(array[49.6,47.6,49.9,51.3,47.8,51.2,52.6,52.4,53.6,52.1,50.0]::float8[])
     with ordinality as d(rate, day),
     lateral (select timestamptz '2026-01-20 08:00Z' + make_interval(days => day::integer) as at) a;
SQL
same "XmR chart" "$(chart scene 'round(centre::numeric / 60, 2), round(low::numeric / 60, 2), round(high::numeric / 60, 2)' newest)" \
    "50.81 45.82 55.80"
same "XmR chart, beyond" "$(chart scene period beyond)" ""
ask -c "delete from assignment; update control_rule set periods = 28 where step = 'day'" >/dev/null

# A day by hand.
ask -f "$here/quality_scene.sql"
for by in all grade seat station unit; do
    ask -F'|' -c "select '$by', key, indicator, n, round(value::numeric, 4)
        from indicator_series('day', '{$by}', '2026-03-01 16:00Z', '2026-03-02 16:00Z', '8 hours')
        where '$by' = 'all' or (indicator, '$by') in (('received_first_scene', 'grade'),
            ('answer_10s', 'seat'), ('turnout_3min', 'station'), ('utilisation', 'station'),
            ('cancelled', 'unit')) or ('$by', key, indicator) = ('seat', '2', 'card_used')"
done | LC_ALL=C sort >"$PG_FOLDER/got"
LC_ALL=C sort "$here/quality_scene.txt" | diff - "$PG_FOLDER/got" || fail "the scene's figures differ"
rm "$PG_FOLDER/got"
# Week and month of that day are the same figures; nothing of the catalogue is left without a measure.
same "week and month" "$(ask -c "select count(distinct (indicator, value)) = count(distinct indicator)
    from (select indicator, value from indicator_series('week', '{all}', '2026-03-01 16:00Z', '2026-03-02 16:00Z', '8 hours')
          union all
          select indicator, value from indicator_series('month', '{all}', '2026-03-01 16:00Z', '2026-03-02 16:00Z', '8 hours')) s
    where indicator <> 'utilisation'")" t
same "measures nobody makes" "$(ask -c "select string_agg(id, ',') from indicator i
    where id not in (select indicator from indicator_series('day', '{all}', '2026-03-01 16:00Z', '2026-03-02 16:00Z', '8 hours'))
      and id not in ('cross_zone', 'response_cat4')")" ""
# Kept, period by period and for all groups, the charts are the same; a changed catalogue drops them.
charts() {
    ask -F' ' -c "select g.by, c.indicator, c.key, c.period, c.n, round(c.mean::numeric, 6), c.p50,
            round(c.value::numeric, 9), round(c.centre::numeric, 9), round(c.high::numeric, 9), c.newest
        from control_group g, control_chart('day', g.by, '2026-03-02 16:00Z', '8 hours') c
        order by 1, 2, 3, 4" | md5sum
}
kept() { ask -F' ' -c "select count(*), (select count(*) > 0 from control_figure) from control_kept"; }
keep() { # DAYS: of the chart that ends on the scene's
    ask -c "select control_keep('day', d, '2026-03-02', '8 hours')
        from generate_series(timestamp '2026-02-02', '2026-03-02', '1 day') d $1" >/dev/null
}
worked_out=$(charts)
keep "where d < '2026-02-20'"
same "charts, half of them kept" "$(charts)" "$worked_out"
keep "where d >= '2026-02-20'"
same "kept" "$(kept)" "29 t"
same "charts, kept" "$(charts)" "$worked_out"
ask -c "insert into call (id, state, ringing_at) values (99, 'abandoned', '2026-03-02 07:00Z')"
same "charts, corrected later" "$(charts)" "$worked_out"
ask -c "update indicator set target = target where id = 'abandoned'" >/dev/null
same "kept, of another catalogue" "$(kept)" "0 f"
[ "$(charts)" != "$worked_out" ] || fail "the correction is not seen when nothing is kept"
ask -c "delete from call where id = 99"
# Drawn for the quality officer: who skipped questions, and who was graded too low.
same "audit" "$(ask -c "select string_agg((r ->> 'incident') || (r ->> 'why'), ' ')
    from json_array_elements(report_audit('{\"from_ms\": 1772380800000, \"to_ms\": 1772467200000}',
        '2026-03-03', '8 hours') -> 'rows') r" | tr -d ' "[]')" \
    "1long_response,random_pick,under_triage2card_skipped,long_response,random_pick3random_pick"
# Why another unit was ordered, and how much longer it drove than was said.
ask -c "update assignment set eta_s = 480 where id = 1" >/dev/null
same "overrides" "$(ask -c "select report_overrides('{\"step\": \"day\"}', '2026-03-02 16:00Z', '8 hours')
    #>> '{orders}' || string_agg(concat_ws(' ', '', r ->> 'reason', r ->> 'n', r ->> 'timed', r ->> 'longer_s'), '')
    from json_array_elements(report_overrides('{\"step\": \"day\"}', '2026-03-02 16:00Z', '8 hours') -> 'rows') r")" \
    "4 none 1 1 120 traffic 1 0"
# What alerts were worth: of those that people called true or false; the rest says nothing.
ask -c "insert into alert (id, detector, level, state, raised_at, verdict)
    select row_number() over (), detector, 'yellow', 'cleared', '2026-03-02 08:00Z', verdict
    from (values ('scan', 'true_alert', 3), ('scan', 'false_alert', 1), ('scan', 'unknown', 2),
                 ('scan', 'resolved', 1), ('place', 'resolved', 2)) v(detector, verdict, n),
         generate_series(1, n)" >/dev/null
same "positive predictive value" "$(ask -c "select string_agg(concat_ws(' ', d ->> 'detector', d ->> 'raised',
        d ->> 'true_alert', d ->> 'false_alert', coalesce(d ->> 'ppv', '-')), ', ')
    from json_array_elements(report_detectors('{}', '2026-03-02 16:00Z', '8 hours')) d")" \
    "scan 7 3 1 0.750, place 2 0 0 -"
[ $failures -eq 0 ] && echo "the charts' rules, two published series, and $(wc -l <"$here/quality_scene.txt") figures of a day by hand"
[ $failures -eq 0 ]
