-- Quality indicators. The catalogue says what each one means; it is data and may be edited.
--
--   measure_s    one row per measured interval:  which, clock start, subject, grade, zone, seconds
--   measure_hit  one row per counted case:       which, when, subject, grade, zone, hit or not
--   indicator    the catalogue: which measure, over what limit, against which target, from where
--   indicator_figures(low, high)  the figures of a period, for all and by grade
--   indicator_figure              the same over everything in the database
--
-- Rules (they reproduce the published reference week to the second):
--   received   = the earliest received_at of the incident's calls
--   first …    = the earliest time point among the incident's assignments, of whatever unit kind
--   medical    = incident.kind is '' or 'medical'; of duplicates the first incident counts
--   unit …     = every assignment of every unit kind; cancelled ones count as far as they came
--   negative intervals (clocks set wrong, buttons pressed late) are left out and counted apart
--   percentiles are nearest-rank (percentile_disc), never interpolated

-- The service area among the zones of a place; the lowest id where areas overlap.
create function service_area(zones bigint[]) returns bigint language sql stable as $$
    select min(id) from zone where id = any(zones) and kind = 'service_area'
$$;

-- Incidents as the measures see them.
create view incident_seen as
select id, opened_at, grade, scene_grade, determinant, service_area(zone) as zone,
       kind in ('', 'medical') and outcome <> 'duplicate' as medical
from incident;

create view incident_times as
select i.*, c.received_at, c.answered_at, a.first_ordered_at, a.first_at_scene_at
from incident_seen i
left join (select incident, min(received_at) as received_at, min(answered_at) as answered_at
           from call group by incident) c on c.incident = i.id
left join (select incident, min(ordered_at) as first_ordered_at,
                  min(at_scene_at) as first_at_scene_at
           from assignment group by incident) a on a.incident = i.id;

create view measure_s as
select m.measure, m.clock_start as at, m.subject, m.grade, m.zone,
       extract(epoch from m.clock_stop - m.clock_start)::double precision as s
from (
    select v.measure, v.clock_start, v.clock_stop, t.id as subject, t.grade, t.zone
    from incident_times t, lateral (values
        ('received_first_order', t.received_at, t.first_ordered_at),
        ('received_first_scene', t.received_at, t.first_at_scene_at),
        ('answered_first_order', t.answered_at, t.first_ordered_at)
    ) as v(measure, clock_start, clock_stop)
    where t.medical
  union all
    select v.measure, v.clock_start, v.clock_stop, a.id, i.grade, i.zone
    from assignment a left join incident_seen i on i.id = a.incident, lateral (values
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
    select 'ringing_answered', c.ringing_at, c.answered_at, c.id, i.grade, i.zone
    from call c left join incident_seen i on i.id = c.incident
) m
where m.clock_start is not null and m.clock_stop is not null;

comment on view measure_s is
    'Every measured interval in seconds; indicator_figures leaves the negative ones out.';

create view measure_hit as
select 'call' as measure, c.received_at as at, c.id as subject, i.grade, i.zone, true as hit
from call c left join incident_seen i on i.id = c.incident
union all
select 'call_abandoned', c.received_at, c.id, i.grade, i.zone,
       c.state = 'abandoned'
from call c left join incident_seen i on i.id = c.incident
union all
select v.measure, a.ordered_at, a.id, i.grade, i.zone, v.hit
from assignment a left join incident_seen i on i.id = a.incident
left join lateral (select min(z.id) as id from unit u join station s on s.id = u.station
                   join zone z on z.kind = 'service_area' and st_covers(z.geom, s.point)
                   where u.id = a.unit) home on true,
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
select v.measure, i.opened_at, i.id, i.grade, i.zone, v.hit
from incident_seen i, lateral (values
    ('over_triage', i.grade < i.scene_grade),
    ('under_triage', i.grade > i.scene_grade)
) as v(measure, hit)
where v.hit is not null
union all
select 'card_used', i.opened_at, i.id, i.grade, i.zone, i.determinant <> ''
from incident_seen i where i.medical;

create table indicator (
    id            text primary key,
    form          text not null check (form in ('interval', 'share', 'count')),
    measure       text not null,            -- in measure_s or measure_hit
    limit_s       double precision,         -- share of intervals not longer than this
    name_zh       text not null,
    name_en       text not null,
    numerator_zh  text not null,
    numerator_en  text not null,
    denominator_zh text not null,
    denominator_en text not null,
    clock_start   text,
    clock_stop    text,
    exclusions_zh text not null default '',
    exclusions_en text not null default '',
    target        double precision,         -- of the share; null: none adopted
    at_least      boolean not null default true, -- is the target a floor or a ceiling
    edition       text not null             -- where definition and target come from
);

create function indicator_figures(low timestamptz, high timestamptz)
returns table (indicator text, grade text, n bigint, negative bigint, mean double precision,
               p50 double precision, p90 double precision, p95 double precision,
               share numeric, target double precision, met boolean)
language sql stable as $$
    with figures as (
        select i.id, coalesce(m.grade::text, 'ungraded') as g, grouping(m.grade) as whole,
               count(*) filter (where m.s >= 0) as n, count(*) filter (where m.s < 0) as negative,
               avg(m.s) filter (where m.s >= 0) as mean,
               percentile_disc(array[0.50, 0.90, 0.95]) within group (order by m.s)
                   filter (where m.s >= 0) as p,
               count(*) filter (where m.s >= 0 and m.s <= i.limit_s) as hits
        from indicator i join measure_s m on m.measure = i.measure
        where m.at >= low and m.at < high
        group by grouping sets ((i.id), (i.id, m.grade))
      union all
        select i.id, coalesce(m.grade::text, 'ungraded'), grouping(m.grade),
               count(*), 0, null, null, count(*) filter (where m.hit)
        from indicator i join measure_hit m on m.measure = i.measure
        where m.at >= low and m.at < high
        group by grouping sets ((i.id), (i.id, m.grade))
    ), shares as (
        select f.*, i.form, i.target, i.at_least,
               case when i.form = 'share' and f.n > 0
                    then round(f.hits::numeric / f.n, 4) end as share
        from figures f join indicator i on i.id = f.id
    )
    select id, case when whole = 1 then 'all' else g end, n, negative,
           case when form = 'interval' then mean end,
           case when form = 'interval' then p[1] end,
           case when form = 'interval' then p[2] end,
           case when form = 'interval' then p[3] end,
           share, target, case when at_least then share >= target else share <= target end
    from shares
    order by 1, 2
$$;

create view indicator_figure as
select * from indicator_figures('-infinity', 'infinity');

-- When each unit was busy: from the order to the end of the assignment.
-- An end that was only recorded afterwards (late_record) has no time of its own: left out.
create view unit_busy as
select a.unit, u.kind, a.id as assignment,
       tstzrange(a.ordered_at, coalesce(a.completed_at, a.ended_at)) as span
from assignment a join unit u on u.id = a.unit
where a.ordered_at <= coalesce(a.completed_at, a.ended_at)
  and (a.completed_at is not null or a.end_reason <> 'late_record');

-- Busy hours of some kinds of unit within a period, how many units, and the most at once.
create function unit_busy_figures(low timestamptz, high timestamptz, kinds text[])
returns table (busy_h double precision, units bigint, busy_max bigint, busy_max_at timestamptz)
language sql stable as $$
    with part as (
        select unit, span * tstzrange(low, high) as span from unit_busy
        where kind = any(kinds) and span && tstzrange(low, high)
    ), step as (
        select at, sum(sum(d)) over (order by at) as busy
        from (select lower(span) as at, 1 as d from part
              union all select upper(span), -1 from part) e
        group by at
    )
    select extract(epoch from sum(upper(span) - lower(span)))::double precision / 3600,
           count(distinct unit),
           (select max(busy) from step)::bigint,
           (select at from step order by busy desc, at limit 1)
    from part
$$;

-- Calls by hour of the week in the centre's own time zone; Monday is 0.
create function calls_by_hour_of_week(low timestamptz, high timestamptz, zone_name text)
returns table (weekday integer, hour integer, calls bigint) language sql stable as $$
    select extract(isodow from local_at)::integer - 1, extract(hour from local_at)::integer,
           count(*)
    from (select received_at at time zone zone_name as local_at from call
          where received_at >= low and received_at < high) c
    group by 1, 2 order by 1, 2
$$;
