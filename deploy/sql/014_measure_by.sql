-- Quality control by station, seat, unit, grade, zone and township, by day, week and month, each
-- indicator with a control chart of its own. The rules are rows of control_rule; a centre edits them.

-- The township among the zones of a place.
create function township_of(zones bigint[]) returns bigint language sql stable as $$
    select min(id) from zone_name where id = any(zones) and kind = 'township'
$$;

create or replace view incident_seen as
select id, opened_at, grade, scene_grade, determinant, service_area(zone) as zone,
       kind in ('', 'medical') and outcome <> 'duplicate' as medical,
       township_of(zone) as township, outcome, card
from incident;

-- Seat: of the first call that was answered. Unit and station: those of the first order.
create or replace view incident_times as
select i.id, i.opened_at, i.grade, i.scene_grade, i.determinant, i.zone, i.medical,
       c.received_at, c.answered_at, a.first_ordered_at, a.first_at_scene_at,
       i.township, i.outcome, i.card, c.seat, a.unit, u.station
from incident_seen i
left join (select incident, min(received_at) as received_at, min(answered_at) as answered_at,
                  (array_agg(seat order by answered_at) filter (where seat > 0))[1] as seat
           from call group by incident) c on c.incident = i.id
left join (select incident, min(ordered_at) as first_ordered_at,
                  min(at_scene_at) as first_at_scene_at,
                  (array_agg(unit order by ordered_at, id))[1] as unit
           from assignment group by incident) a on a.incident = i.id
left join unit u on u.id = a.unit;

create or replace view measure_s as
select m.measure, m.clock_start as at, m.subject, m.grade, m.zone,
       extract(epoch from m.clock_stop - m.clock_start)::double precision as s,
       m.incident, m.unit, m.station, m.seat, m.township
from (
    select v.measure, v.clock_start, v.clock_stop, t.id as subject, t.grade, t.zone,
           t.id as incident, t.unit, t.station, t.seat, t.township
    from incident_times t, lateral (values
        ('received_first_order', t.received_at, t.first_ordered_at),
        ('received_first_scene', t.received_at, t.first_at_scene_at),
        ('answered_first_order', t.answered_at, t.first_ordered_at)
    ) as v(measure, clock_start, clock_stop)
    where t.medical
  union all
    select v.measure, v.clock_start, v.clock_stop, a.id, i.grade, i.zone,
           a.incident, a.unit, u.station, null::integer, i.township
    from assignment a left join incident_seen i on i.id = a.incident
    left join unit u on u.id = a.unit, lateral (values
        ('ordered_acknowledged',   a.ordered_at,     a.acknowledged_at),
        ('ordered_departed',       a.ordered_at,     a.departed_at),
        ('departed_at_scene',      a.departed_at,    a.at_scene_at),
        ('at_scene_left_scene',    a.at_scene_at,    a.left_scene_at),
        ('left_scene_at_hospital', a.left_scene_at,  a.at_hospital_at),
        ('at_hospital_handed_over', a.at_hospital_at, a.handed_over_at),
        ('at_hospital_completed',  a.at_hospital_at, a.completed_at),
        ('ordered_completed',      a.ordered_at,     a.completed_at)
    ) as v(measure, clock_start, clock_stop)
  union all
    select 'ringing_answered', c.ringing_at, c.answered_at, c.id, i.grade, i.zone,
           c.incident, null::bigint, null::bigint, nullif(c.seat, 0), i.township
    from call c left join incident_seen i on i.id = c.incident
) m
where m.clock_start is not null and m.clock_stop is not null;

create or replace view measure_hit as
select 'call' as measure, c.received_at as at, c.id as subject, i.grade, i.zone, true as hit,
       c.incident, null::bigint as unit, null::bigint as station, nullif(c.seat, 0) as seat,
       i.township
from call c left join incident_seen i on i.id = c.incident
union all
select 'call_abandoned', c.received_at, c.id, i.grade, i.zone,
       c.state = 'abandoned', c.incident, null, null, nullif(c.seat, 0), i.township
from call c left join incident_seen i on i.id = c.incident
union all
select v.measure, a.ordered_at, a.id, i.grade, i.zone, v.hit,
       a.incident, a.unit, u.station, null, i.township
from assignment a left join incident_seen i on i.id = a.incident
left join unit u on u.id = a.unit
left join lateral (select min(z.id) as id from station s
                   join zone z on z.kind = 'service_area' and st_covers(z.geom, s.point)
                   where s.id = u.station) home on true,
lateral (values
    ('unit_response', true),
    ('empty_run', a.empty_run_at is not null),
    ('cancelled', a.cancelled_at is not null),
    ('overridden', a.override),
    ('cross_zone', home.id <> i.zone),
    ('record_complete', a.ordered_at is not null and a.acknowledged_at is not null
        and a.departed_at is not null and a.at_scene_at is not null and a.completed_at is not null)
) as v(measure, hit)
where a.ordered_at is not null and v.hit is not null
  and (v.measure <> 'record_complete' or a.cancelled_at is null)
union all
select v.measure, i.opened_at, i.id, i.grade, i.zone, v.hit,
       i.id, t.unit, t.station, t.seat, i.township
from incident_seen i join incident_times t on t.id = i.id, lateral (values
    ('over_triage', i.grade < i.scene_grade),
    ('under_triage', i.grade > i.scene_grade)
) as v(measure, hit)
where v.hit is not null
union all
select 'card_used', i.opened_at, i.id, i.grade, i.zone, i.determinant <> '',
       i.id, t.unit, t.station, t.seat, i.township
from incident_seen i join incident_times t on t.id = i.id where i.medical;

insert into indicator (id, form, measure, limit_s, name_zh, name_en, numerator_zh, numerator_en,
    denominator_zh, denominator_en, clock_start, clock_stop, exclusions_zh, exclusions_en,
    target, at_least, edition) values
('dispatch_3min', 'share', 'answered_first_order', 180,
 '3 分钟内派车率', 'Ordered within 3 min', '摘机后 3 分钟内派车的事件', 'first order within 180 s of the answer',
 '已派车的医疗事件', 'medical incidents with an order', 'answered', 'ordered (first)',
 '重复事件；负值', 'duplicates; negative intervals', 0.95, true, '国卫医发〔2020〕19号'),
('acknowledged_60s', 'share', 'ordered_acknowledged', 60,
 '60 秒内接令率', 'Acknowledged within 60 s', '60 秒内接令的任务', 'assignments acknowledged within 60 s',
 '已接令的任务', 'assignments acknowledged', 'ordered', 'acknowledged',
 '负值', 'negative intervals', null, true, 'house definition'),
('handover_15min', 'share', 'at_hospital_handed_over', 900,
 '15 分钟内交接率', 'Handed over within 15 min', '15 分钟内完成交接的任务', 'assignments handed over within 900 s',
 '有交接时间的任务', 'assignments with a handover', 'at_hospital', 'handed_over',
 '负值', 'negative intervals', 0.90, true, 'offload over 15 min at P90: crowded');

-- What the limits of a chart are made from. sigmas: p-charts of shares (Shewhart); moving_ranges:
-- individuals' charts of times and counts (Wheeler, XmR); run: so many in a row on one side of the
-- centre line (Western Electric, 1956). Fewer than `least` periods give no limits.
create table control_rule (
    step          text primary key check (step in ('day', 'week', 'month')),
    periods       integer not null,
    least         integer not null,
    sigmas        double precision not null,
    moving_ranges double precision not null,
    run           integer not null
);
insert into control_rule (step, periods, least, sigmas, moving_ranges, run) values
('day', 28, 8, 3, 2.66, 8), ('week', 26, 8, 3, 2.66, 8), ('month', 24, 8, 3, 2.66, 8);

-- Each indicator's figures by key and local period; value: the share, the P90 of an interval, the
-- count. dimension: all, grade, zone, township, unit, station or seat; only that one is worked out.
create function indicator_series(step text, dimension text, low timestamptz, high timestamptz,
                                 clock interval)
returns table (indicator text, key text, period timestamp, n bigint, hits bigint,
               mean double precision, p50 double precision, p90 double precision,
               value double precision)
language plpgsql stable as $$
begin
    return query execute format($sql$
        with spent as materialized (
            select m.measure, %1$s as key, date_trunc($1, (m.at at time zone 'UTC') + $4) as period, m.s
            from measure_s m where m.at >= $2 and m.at < $3 and m.s >= 0
        ), figure as (
            select i.id, i.form, g.key, g.period, g.n, 0::bigint as hits, g.mean, g.p[1] as p50,
                   g.p[2] as p90
            from (select measure, key, period, count(*) as n, avg(s) as mean,
                         percentile_disc(array[0.5, 0.9]) within group (order by s) as p
                  from spent where key is not null group by 1, 2, 3) g
            join indicator i on i.measure = g.measure and i.form = 'interval'
          union all
            select i.id, i.form, m.key, m.period, count(*), count(*) filter (where m.s <= i.limit_s),
                   null, null, null
            from indicator i join spent m on m.measure = i.measure
            where i.form = 'share' and m.key is not null group by 1, 2, 3, 4
          union all
            select i.id, i.form, m.key, m.period, sum(m.n)::bigint, sum(m.hits)::bigint, null, null, null
            from indicator i join
                (select m.measure, %1$s as key, date_trunc($1, (m.at at time zone 'UTC') + $4) as period,
                        count(*) as n, count(*) filter (where m.hit) as hits
                 from measure_hit m where m.at >= $2 and m.at < $3 group by 1, 2, 3) m
                on m.measure = i.measure
            where m.key is not null group by 1, 2, 3, 4
        )
        select f.id, f.key, f.period, f.n, f.hits, f.mean, f.p50, f.p90,
               case f.form when 'share' then f.hits::double precision / f.n
                           when 'interval' then f.p90 else f.n end
        from figure f
    $sql$, case dimension when 'all' then '''''::text' else format('m.%I::text', dimension) end)
    using step, low, high, clock;
end $$;

-- Every point with its chart's centre line and limits, made from the periods before the newest.
-- beyond: outside the limits (a count of the period under way is not judged); runs: the last of a
-- run on one side of the centre line.
create function control_chart(step text, dimension text, now_at timestamptz, clock interval)
returns table (indicator text, key text, period timestamp, n bigint, mean double precision,
               p50 double precision, value double precision, centre double precision,
               low double precision, high double precision, beyond boolean, runs boolean)
language sql stable as $$
    with rule as (
        select r.*, date_trunc(r.step, (now_at at time zone 'UTC') + clock) as newest
        from control_rule r where r.step = control_chart.step
    ), bounds as (
        select (newest - periods * ('1 ' || rule.step)::interval - clock) at time zone 'UTC' as since
        from rule
    ), point as (
        select s.*, i.form, s.period < r.newest as before,
               abs(s.value - lag(s.value) over (partition by s.indicator, s.key order by s.period))
                   as moved
        from rule r, bounds b, indicator_series(control_chart.step, dimension, b.since, now_at, clock) s
        join indicator i on i.id = s.indicator
    ), line as (
        select p.indicator, p.key, count(*) as periods,
               case when form = 'share' then sum(p.hits)::double precision / sum(p.n)
                    else avg(p.value) end as centre,
               avg(p.moved) as moved
        from point p where before group by p.indicator, p.key, form
    ), limited as (
        select p.*, l.centre,
               case when p.form = 'share' then r.sigmas * sqrt(l.centre * (1 - l.centre) / p.n)
                    else r.moving_ranges * l.moved end as reach,
               r.run
        from point p cross join rule r
        left join line l on l.indicator = p.indicator and l.key = p.key and l.periods >= r.least
    ), sided as (
        select d.*, case when d.reach is not null then greatest(d.centre - d.reach, 0) end as low,
               case when d.form <> 'share' then d.centre + d.reach
                    when d.reach is not null then least(d.centre + d.reach, 1) end as high,
               row_number() over series - row_number() over same_side as island
        from limited d
        window series as (partition by d.indicator, d.key order by d.period),
               same_side as (partition by d.indicator, d.key, sign(d.value - d.centre)
                             order by d.period)
    )
    select s.indicator, s.key, s.period, s.n, s.mean, s.p50, s.value, s.centre, s.low, s.high,
           coalesce(s.value < s.low or s.value > s.high, false) and (s.before or s.form <> 'count'),
           coalesce(s.value <> s.centre and row_number() over
               (partition by s.indicator, s.key, sign(s.value - s.centre), s.island
                order by s.period) >= s.run, false)
    from sided s
$$;
