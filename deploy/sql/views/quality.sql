-- What quality control counts, its charts and its reports. No data: this file may change, and is
-- applied again when it has (deploy/pg). Tables: 004, 005, 014 to 016, 022, 026.

drop function if exists control_chart(text, text, timestamptz, interval);
drop function if exists control_chart(text, text, timestamptz, interval, text[]);
drop function if exists indicator_series(text, text, timestamptz, timestamptz, interval);
truncate control_kept, control_figure; -- they were worked out as this file said before

-- --- what is counted ---

-- Of one incident at a time, so that who asks for some days reads those only. Seat: of the first call
-- that was answered. Unit and station: those of the first order.
create or replace view incident_times as
select i.id, i.opened_at, i.grade, i.scene_grade, i.determinant, i.zone, i.medical,
       c.received_at, c.answered_at, a.first_ordered_at, a.first_at_scene_at,
       i.township, i.outcome, i.card, c.seat, a.unit, u.station
from incident_seen i
left join lateral (select min(received_at) as received_at, min(answered_at) as answered_at,
                          (array_agg(seat order by answered_at) filter (where seat > 0))[1] as seat
                   from call where incident = i.id) c on true
left join lateral (select min(ordered_at) as first_ordered_at,
                          min(at_scene_at) as first_at_scene_at,
                          (array_agg(unit order by ordered_at, id))[1] as unit
                   from assignment where incident = i.id) a on true
left join unit u on u.id = a.unit;

-- A question that the card's way asked for, of an incident that was reviewed at its close: which of
-- the way, when it was answered first (null: never), and whether none after it had been before.
-- offset 0, here and below: found by the incident, one after the other. Without it the planner looks
-- for the least time through all facts of the kind, or joins every incident there ever was.
create or replace view card_question as
select r.incident, r.at, q.place, q.question, a.seq as answered_seq, a.at as answered_at,
       a.seq > coalesce(max(a.seq) over (partition by r.incident, r.at order by q.place
                        rows between unbounded preceding and 1 preceding), 0) as in_order
from (select (body ->> 'incident')::bigint as incident, at_ms(at_ms) as at,
             coalesce(body -> 'required', '[]') as required
      from fact where kind = 'card_reviewed') r,
lateral (select v::integer as question, place
         from jsonb_array_elements_text(r.required) with ordinality as e(v, place)) q
left join lateral (select min(f.seq) as seq, at_ms(min(f.at_ms)) as at
                   from (select seq, at_ms from fact
                         where kind = 'question_answered' and (body ->> 'incident')::bigint = r.incident
                           and (body ->> 'question')::integer = q.question offset 0) f) a on true;

-- Of those whose handling the cards are for.
create or replace view card_asked as
select c.*, t.grade, t.zone, t.unit, t.station, t.seat, t.township, t.first_ordered_at,
       coalesce(c.in_order and c.answered_at <= coalesce(t.first_at_scene_at, 'infinity'), false)
           as followed
from card_question c, lateral (select * from incident_times where id = c.incident offset 0) t
where t.medical and t.outcome not in ('invalid', 'transferred');

-- around: when the incident, assignment, call or task began; its clocks start within a day of
-- it (measured), and unlike them it has an index.
create or replace view measure_s as
select m.measure, m.clock_start as at, m.subject, m.grade, m.zone,
       extract(epoch from m.clock_stop - m.clock_start)::double precision as s,
       m.incident, m.unit, m.station, m.seat, m.township, m.around
from (
    select v.measure, v.clock_start, v.clock_stop, t.id as subject, t.grade, t.zone,
           t.id as incident, t.unit, t.station, t.seat, t.township, t.opened_at as around
    from incident_times t, lateral (values
        ('received_first_order', t.received_at, t.first_ordered_at),
        ('received_first_scene', t.received_at, t.first_at_scene_at),
        ('response_grade_' || t.grade, t.received_at, t.first_at_scene_at),
        ('answered_first_order', t.answered_at, t.first_ordered_at)
    ) as v(measure, clock_start, clock_stop)
    where t.medical
  union all
    select 'answered_first_graded', t.answered_at, g.at, t.id, t.grade, t.zone,
           t.id, t.unit, t.station, t.seat, t.township, t.opened_at
    from incident_times t, lateral (select at_ms(min(f.at_ms)) as at
                                    from (select at_ms from fact
                                          where kind in ('incident_graded', 'incident_regraded')
                                            and (body ->> 'incident')::bigint = t.id offset 0) f) g
    where t.medical
  union all
    select v.measure, v.clock_start, v.clock_stop, a.id, i.grade, i.zone,
           a.incident, a.unit, u.station, null::integer, i.township, a.reserved_at
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
           c.incident, null::bigint, null::bigint, nullif(c.seat, 0), i.township, c.received_at
    from call c left join incident_seen i on i.id = c.incident
  union all
    select 'callback', k.opened_at, k.finished_at, k.id, i.grade, i.zone,
           c.incident, null::bigint, null::bigint, nullif(c.seat, 0), i.township, k.opened_at
    from task k join call c on c.id = k.call left join incident_seen i on i.id = c.incident
) m
where m.clock_start is not null and m.clock_stop is not null;

-- Those whose clock started between these instants. plpgsql, so that it is planned for its days.
create or replace function measured(low timestamptz, high timestamptz) returns setof measure_s
language plpgsql stable as $$
begin
    return query select * from measure_s m
        where m.at >= low and m.at < high
          and m.around >= low - interval '1 day' and m.around < high + interval '1 day';
end $$;

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
select 'callback_done', k.opened_at, k.id, i.grade, i.zone,
       k.finished_at is not null, c.incident, null, null, nullif(c.seat, 0), i.township
from task k join call c on c.id = k.call left join incident_seen i on i.id = c.incident
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
    ('override_unexplained', case when a.override then a.reason in ('', 'none') end),
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
select v.measure, t.opened_at, t.id, t.grade, t.zone, v.hit,
       t.id, t.unit, t.station, t.seat, t.township
from incident_times t,
lateral (select bool_or(g.after < g.before) as up, bool_or(g.after > g.before) as down
         from (select kind, (body ->> 'grade')::integer as after,
                      lag((body ->> 'grade')::integer) over (order by seq, idx) as before
               from fact f where f.kind in ('incident_graded', 'incident_regraded')
                 and (f.body ->> 'incident')::bigint = t.id) g
         where g.kind = 'incident_regraded') r,
lateral (values ('regraded_up', coalesce(r.up, false)), ('regraded_down', coalesce(r.down, false)))
    as v(measure, hit)
where t.medical and t.grade is not null
union all
select v.measure, c.at, c.incident * 1000 + c.place, c.grade, c.zone, v.hit,
       c.incident, c.unit, c.station, c.seat, c.township
from card_asked c, lateral (values
    ('card_question', c.followed),
    ('card_before_order', case when c.first_ordered_at is not null
                               then coalesce(c.answered_at <= c.first_ordered_at, false) end)
) as v(measure, hit)
where v.hit is not null
union all
select 'card_complete', c.at, c.incident, c.grade, c.zone, bool_and(c.followed),
       c.incident, c.unit, c.station, c.seat, c.township
from card_asked c group by c.at, c.incident, c.grade, c.zone, c.unit, c.station, c.seat, c.township
union all
select 'plan_step', at_ms(f.at_ms), t.id * 1000 + s, t.grade, t.zone, s = any(t.checked_step),
       t.id, t.unit, t.station, t.seat, t.township
from fact f,
lateral (select t.*, i.checked_step from incident_times t join incident i on i.id = t.id
         where t.id = (f.body ->> 'incident')::bigint offset 0) t,
lateral generate_series(1, (f.body ->> 'steps')::integer) s
where f.kind = 'card_reviewed' and t.medical and t.outcome not in ('invalid', 'transferred');

-- Seconds on duty and, of them, on a task, of each unit and local day.
create or replace function unit_use(low timestamptz, high timestamptz, clock interval)
returns table (at timestamptz, unit bigint, station bigint, on_s double precision,
               busy_s double precision) language sql stable as $$
    with duty as (
        select (body ->> 'unit')::bigint as unit, body ->> 'duty' as duty, at_ms(f.at_ms) as since,
               lead(at_ms(f.at_ms)) over (partition by body ->> 'unit' order by seq, idx) as until
        from fact f where kind = 'duty_set' and f.at_ms < ms(high)
    ), staffed as (
        select d.unit, tstzrange(greatest(since, low), least(coalesce(until, high), high)) as span
        from duty d where duty = 'on' and since < high and coalesce(until, high) > low
    ), part as (
        select d.at, s.unit, s.span * tstzrange(d.at, d.at + interval '1 day') as span
        from staffed s, generate_series(local_midnight(low, clock), high, interval '1 day') d(at)
        where s.span && tstzrange(d.at, d.at + interval '1 day')
    )
    select p.at, p.unit, u.station, sum(extract(epoch from upper(p.span) - lower(p.span)))::double precision,
           coalesce(sum(b.s), 0)::double precision
    from part p join unit u on u.id = p.unit
    left join lateral (select sum(extract(epoch from upper(b.span * p.span) - lower(b.span * p.span))) as s
                       from unit_busy b where b.unit = p.unit and b.span && p.span) b on true
    group by p.at, p.unit, u.station
$$;

-- Each indicator's figures by group, key and local period; value: the share, the P90 of an interval,
-- the count, the ratio. groups: of control_group; the measures are read once for all of them.
create or replace function indicator_series(step text, groups text[], low timestamptz,
                                            high timestamptz, clock interval)
returns table (by text, indicator text, key text, period timestamp, n bigint, hits bigint,
               mean double precision, p50 double precision, p90 double precision,
               value double precision)
language plpgsql stable as $$
declare
    sets text;   -- a measure's rows by period, together and by each group
    by_is text;  -- of which group a set is
    key_is text;
begin
    select string_agg(concat('(m.measure, m.period', ', ' || c.name, ')'), ', '),
           concat('case', string_agg(' when ' || c.here || ' then ' || quote_literal(g), ''),
                  ' when true then ''all'' end'),
           concat('case', string_agg(' when ' || c.here || ' then ' || c.name || '::text', ''),
                  ' when true then '''' end')
    into sets, by_is, key_is
    from unnest(groups) g, lateral (select 'm.' || quote_ident(nullif(g, 'all')) as name) n,
    lateral (select n.name, 'grouping(' || n.name || ') = 0' as here) c;
    return query execute format($sql$
        with spent as materialized (
            select m.measure, date_trunc($1, (m.at at time zone 'UTC') + $4) as period, m.s,
                   m.grade, m.station, m.seat, m.zone, m.township, m.unit
            from measured($2, $3) m where m.s >= 0
        ), within as (
            select i.id as measure, s.period, s.s <= i.limit_s as hit,
                   s.grade, s.station, s.seat, s.zone, s.township, s.unit
            from spent s join indicator i on i.measure = s.measure and i.form = 'share'
        ), told as (
            select m.measure, date_trunc($1, (m.at at time zone 'UTC') + $4) as period, m.hit,
                   m.grade, m.station, m.seat, m.zone, m.township, m.unit
            from measure_hit m where m.at >= $2 and m.at < $3
        ), used as (
            select 'unit_use' as measure, date_trunc($1, (m.at at time zone 'UTC') + $4) as period,
                   m.on_s, m.busy_s, null::bigint as grade, m.station, null::bigint as seat,
                   null::bigint as zone, null::bigint as township, m.unit
            from unit_use($2, $3, $4) m
        ), figure as (
            select i.id, i.form, g.by, g.key, g.period, g.n, 0::bigint as hits, g.mean, g.p[1] as p50,
                   g.p[2] as p90, g.p[2] as value
            from (select m.measure, %2$s as by, %3$s as key, m.period, count(*) as n,
                         avg(m.s) as mean,
                         percentile_disc(array[0.5, 0.9]) within group (order by m.s) as p
                  from spent m group by grouping sets (%1$s)) g
            join indicator i on i.measure = g.measure and i.form = 'interval'
          union all
            select i.id, i.form, g.by, g.key, g.period, g.n, g.hits, null, null, null, null
            from (select m.measure, %2$s as by, %3$s as key, m.period, count(*) as n,
                         count(*) filter (where m.hit) as hits
                  from within m group by grouping sets (%1$s)) g
            join indicator i on i.id = g.measure
          union all
            select i.id, i.form, g.by, g.key, g.period, g.n, g.hits, null, null, null, null
            from (select m.measure, %2$s as by, %3$s as key, m.period, count(*) as n,
                         count(*) filter (where m.hit) as hits
                  from told m group by grouping sets (%1$s)) g
            join indicator i on i.measure = g.measure
          union all
            select i.id, i.form, g.by, g.key, g.period, g.n, 0, null, null, null, g.value
            from (select m.measure, %2$s as by, %3$s as key, m.period, count(*) as n,
                         sum(m.busy_s) / nullif(sum(m.on_s), 0) as value
                  from used m group by grouping sets (%1$s)) g
            join indicator i on i.measure = g.measure
        )
        select f.by, f.id, f.key, f.period, f.n, f.hits, f.mean, f.p50, f.p90,
               coalesce(f.value, case f.form when 'share' then f.hits::double precision / f.n
                                             when 'count' then f.n end)
        from figure f where f.key is not null
    $sql$, sets, by_is, key_is) using step, low, high, clock;
end $$;

-- --- charts ---

-- The rules that hold at the last of these points, in sigmas from the centre line.
create or replace function rules_at(zs double precision[])
returns table (beyond boolean, runs boolean, rule text) language sql stable as $$
    select bool_or(c.of_last = 1), bool_or(c.of_last > 1), (array_agg(c.rule order by c.place))[1]
    from control_signal c, (select zs[cardinality(zs)] as z) newest
    where c.enabled and c.sigmas < abs(newest.z)
      and c.hits <= (select count(*) from unnest(zs[greatest(1, cardinality(zs) - c.of_last + 1):]) x
                     where x * sign(newest.z) > c.sigmas)
$$;

-- The first period of a chart that ends with this one whose figures are not kept; null: none.
create or replace function control_unkept(step text, newest timestamp, clock interval) returns timestamp
language sql stable as $$
    select min(p.at)
    from control_rule r, lateral (select ('1 ' || r.step)::interval as one) s,
    lateral generate_series(newest - r.periods * s.one, newest, s.one) p(at)
    where r.step = control_unkept.step
      and not exists (select from control_kept k where k.step = r.step
                      and k.low = (p.at - clock) at time zone 'UTC')
$$;

-- Keeps the figures of one period for all groups, and lets go of what the chart that ends with
-- `newest` does not show. The lock comes first, so that what is read after it is not of a copy that
-- is being made anew (mirror_reset).
create or replace function control_keep(step text, period timestamp, newest timestamp, clock interval)
returns void language plpgsql set work_mem = '64MB' as $$
declare
    one interval := '1 ' || step;
    begins timestamptz := (period - clock) at time zone 'UTC';
    ends timestamptz := (period + one - clock) at time zone 'UTC';
begin
    lock table control_kept in share row exclusive mode;
    delete from control_kept k using control_rule r
    where r.step = control_keep.step and k.step = r.step and k.low not in
        (select (p - clock) at time zone 'UTC'
         from generate_series(newest - r.periods * one, newest, one) p);
    insert into control_kept (step, low) values (control_keep.step, begins);
    insert into control_figure
    select control_keep.step, begins, s.by, s.indicator, s.key, s.n, s.hits, s.mean, s.p50,
           s.p90, s.value
    from indicator_series(step, (select array_agg(g.by) from control_group g), begins, ends, clock) s;
end $$;

-- Every point with its chart's centre line and limits, made from the periods before the newest that
-- began before now_at. z: how many sigmas from the centre line. beyond: by a rule of one point; runs:
-- by one of several; rule: the first that holds. A count of a period under way is not judged. Figures
-- that are kept are read; from the first period on whose are not, they are worked out. keys: of these
-- only; null: of all.
create or replace function control_chart(step text, dimension text, now_at timestamptz, clock interval,
                                         keys text[] default null)
returns table (indicator text, key text, period timestamp, n bigint, mean double precision,
               p50 double precision, value double precision, centre double precision,
               low double precision, high double precision, beyond boolean, runs boolean,
               z double precision, rule text, newest boolean)
language sql stable as $$
    with ruled as (
        select r.*, b.newest, w.whole, b.newest - r.periods * s.one as oldest,
               case when w.whole then coalesce(u.unkept, b.newest + s.one)
                    else least(u.unkept, b.newest) end as fresh
        from control_rule r, lateral (select ('1 ' || r.step)::interval as one) s,
        lateral (select date_trunc(r.step, (now_at at time zone 'UTC') + clock
                                           - interval '1 microsecond') as newest) b,
        lateral (select now_at >= (b.newest + s.one - clock) at time zone 'UTC' as whole) w,
        lateral (select control_unkept(r.step, b.newest, clock) as unkept) u
        where r.step = control_chart.step
    ), series as (
        select k.indicator, k.key, (k.low at time zone 'UTC') + clock as period, k.n, k.hits, k.mean,
               k.p50, k.value
        from ruled r join control_figure k on k.step = r.step and k.by = dimension
            and k.low >= (r.oldest - clock) at time zone 'UTC'
            and k.low < (r.fresh - clock) at time zone 'UTC'
            and (keys is null or k.key = any(keys))
      union all
        select s.indicator, s.key, s.period, s.n, s.hits, s.mean, s.p50, s.value
        from ruled r, lateral indicator_series(r.step, array[dimension],
            (r.fresh - clock) at time zone 'UTC', now_at, clock) s
        where r.fresh < (now_at at time zone 'UTC') + clock and (keys is null or s.key = any(keys))
    ), point as (
        select s.*, i.form, s.period < r.newest as before,
               abs(s.value - lag(s.value) over (partition by s.indicator, s.key order by s.period))
                   as moved
        from ruled r, series s join indicator i on i.id = s.indicator
    ), line as (
        select p.indicator, p.key, count(*) as periods,
               case when form = 'share' then sum(p.hits)::double precision / sum(p.n)
                    else avg(p.value) end as centre,
               avg(p.moved) as moved
        from point p where before group by p.indicator, p.key, form
    ), limited as (
        select p.*, l.centre, r.sigmas, r.whole,
               case when p.form = 'share' then sqrt(l.centre * (1 - l.centre) / p.n)
                    else r.moving_ranges / r.sigmas * l.moved end as sigma
        from point p cross join ruled r
        left join line l on l.indicator = p.indicator and l.key = p.key and l.periods >= r.least
    ), placed as (
        select d.*, case when d.sigma > 0 then (d.value - d.centre) / d.sigma
                         when d.value = d.centre then 0
                         when d.sigma = 0 then sign(d.value - d.centre) * 'infinity'::float8 end as z
        from limited d
    ), tailed as (
        select p.*, array_agg(p.z) over (partition by p.indicator, p.key order by p.period
                                         rows between 14 preceding and current row) as zs
        from placed p
    )
    select t.indicator, t.key, t.period, t.n, t.mean, t.p50, t.value, t.centre,
           greatest(t.centre - t.sigmas * t.sigma, 0),
           case when t.form = 'share' then least(t.centre + t.sigmas * t.sigma, 1)
                else t.centre + t.sigmas * t.sigma end,
           coalesce(h.beyond, false), coalesce(h.runs, false), t.z, h.rule, not t.before
    from tailed t
    left join lateral rules_at(t.zs) h on t.before or t.whole or t.form <> 'count'
$$;

create or replace function chart_text(form text, value double precision) returns text
language sql immutable as $$
    select case form when 'interval' then round(value::numeric) || ' s'
                     when 'count' then round(value::numeric)::text
                     else to_char(100 * value, 'FM990.0') || '%' end
$$;

-- Of which group, in words; the whole city is not said.
create or replace function group_text(by text, key text, language text) returns text
language sql stable as $$
    select case by when 'all' then ''
        when 'grade' then case language when 'zh' then key || ' 级' else 'grade ' || key end
        when 'seat' then case language when 'zh' then '席位 ' || key else 'seat ' || key end
        when 'station' then coalesce((select nullif(name, '') from station where id = key::bigint), 'S' || key)
        when 'unit' then coalesce((select nullif(code, '') from unit where id = key::bigint), 'U' || key)
        else coalesce((select nullif(name, '') from zone_name where id = key::bigint), 'Z' || key) end
$$;

-- What is out of control, on the side that is bad, in the period that ended at to_at: of each
-- indicator the city, or else the group that is furthest out; effects of what is out as well are left
-- out. others: groups that are out besides.
create or replace function control_signals(step text, to_at timestamptz, clock interval)
returns table (indicator text, by text, key text, n bigint, value double precision,
               low double precision, centre double precision, high double precision, rule text,
               others bigint, level text, by_chance integer)
language sql stable as $$
    with found as (
        select c.indicator, g.by, c.key, c.n, c.value, c.low, c.centre, c.high, c.z, s.rule,
               case when g.by = 'all' then s.level_all else s.level_group end as level, s.by_chance,
               i.explained_by,
               row_number() over (partition by c.indicator order by g.by <> 'all', abs(c.z) desc,
                                  g.place, c.key) as nth,
               count(*) over (partition by c.indicator) - 1 as others
        from control_group g join control_rule r on r.step = control_signals.step,
        lateral (select case when count(*) > 0 then array_remove(array_agg(distinct
                     case when k.n >= r.cases_min then k.key end), null) end as keys
                 from control_figure k
                 where k.step = r.step and k.by = g.by and k.low = ((to_at at time zone 'UTC') + clock
                     - ('1 ' || r.step)::interval - clock) at time zone 'UTC') busy,
        lateral control_chart(control_signals.step, g.by, to_at, clock, busy.keys) c
        join indicator i on i.id = c.indicator and i.warns
        join control_signal s on s.rule = c.rule
        where g.warns and c.newest and c.n >= r.cases_min
          and c.z * (case when i.form = 'share' and i.at_least then -1 else 1 end) > 0
          and (i.form <> 'share' or c.n * least(c.centre, 1 - c.centre) >= r.expected_min)
    )
    select f.indicator, f.by, f.key, f.n, f.value, f.low, f.centre, f.high, f.rule, f.others,
           f.level, f.by_chance
    from found f
    where f.nth = 1 and not exists (select from found c where c.indicator = any(f.explained_by)
                                    and (c.by = 'all' or (c.by = f.by and c.key = f.key)))
    order by f.indicator
$$;

-- --- what is due (dispatch/server/quality.h) ---

create or replace function milli(value double precision) returns bigint language sql immutable as $$
    select least(greatest(round(value * 1000), 0), 4000000000)::bigint
$$;

-- ask: seq, the last of the journal; where the copy is behind, the time is that of its last fact. The
-- oldest period that is over, settled and not closed, as commands: its signals, then what closes it;
-- none: []. Of a sort that was never closed the last one. Numbers grow with time, so that a command is known again: end in minutes, sort, row.
-- First the figures of its chart that are not kept are, one period after the other; {}: a second went
-- by with that and some are missing still. A record that changes after its period was kept changes
-- no chart.
create or replace function report_due(ask jsonb, now_at timestamptz, clock interval) returns json
language plpgsql as $$
declare
    due record;
    unkept timestamp;
begin
    if coalesce((select seq from reader_cursor where name = 'postgis'), 0) < (ask ->> 'seq')::bigint then
        now_at := coalesce((select least(now_at, at_ms(f.at_ms)) from fact f order by seq desc limit 1),
                           '-infinity');
    end if;
    select d.step, d.nth, d.next - d.span as low, d.next as high into due
    from (select r.step, ('1 ' || r.step)::interval as span,
                 array_position(array['day', 'week', 'month'], r.step) as nth, t.over,
                 case when c.last is null then t.over
                      else greatest(c.last + ('1 ' || r.step)::interval,
                                    t.over - (r.periods - 1) * ('1 ' || r.step)::interval)
                 end as next
          from control_rule r,
          lateral (select date_trunc(r.step, (now_at at time zone 'UTC') + clock
                                             - make_interval(hours => r.settle_h)) as over) t,
          lateral (select (at_ms(max((f.body ->> 'to_ms')::bigint)) at time zone 'UTC') + clock as last
                   from fact f where f.kind = 'period_closed' and f.body ->> 'period' = r.step) c) d
    where d.next <= d.over
      and exists (select from call where received_at < (d.next - clock) at time zone 'UTC')
    order by d.next, d.nth limit 1;
    if not found then
        return '[]';
    end if;
    loop
        unkept := control_unkept(due.step, due.low, clock);
        exit when unkept is null;
        if clock_timestamp() > statement_timestamp() + interval '1 second' then
            return '{}';
        end if;
        perform control_keep(due.step, unkept, due.low, clock);
    end loop;
    return (with signal as (
        select s.*, i.form, i.name_zh, i.name_en, c.name_zh as rule_zh, c.name_en as rule_en,
               row_number() over (order by s.indicator) as nth
        from control_signals(due.step, (due.high - clock) at time zone 'UTC', clock) s
        join indicator i on i.id = s.indicator join control_signal c on c.rule = s.rule
        limit 200
    ), period as (
        select ms((due.low - clock) at time zone 'UTC') as from_ms,
               ms((due.high - clock) at time zone 'UTC') as to_ms
    ), command as (
        select s.nth, json_build_object('signal_indicator', json_build_object(
            'indicator', s.indicator, 'period', due.step, 'from_ms', p.from_ms, 'to_ms', p.to_ms,
            'by', s.by, 'key', s.key, 'cases', s.n, 'value_milli', milli(s.value),
            'low_milli', milli(s.low), 'centre_milli', milli(s.centre),
            'high_milli', milli(s.high), 'rule', s.rule, 'others', s.others, 'level', s.level,
            'by_chance_h', s.by_chance * (p.to_ms - p.from_ms) / 3600000,
            'words', format('%s %s%s %s（控制限 %s–%s，%s 例）%s / %s %s%s %s (limits %s–%s, n %s) %s',
                to_char(due.low, 'YYYY-MM-DD'), s.name_zh,
                coalesce(' ' || nullif(group_text(s.by, s.key, 'zh'), ''), ''),
                chart_text(s.form, s.value), chart_text(s.form, s.low), chart_text(s.form, s.high), s.n,
                s.rule_zh, to_char(due.low, 'YYYY-MM-DD'), s.name_en,
                coalesce(' ' || nullif(group_text(s.by, s.key, 'en'), ''), ''),
                chart_text(s.form, s.value), chart_text(s.form, s.low), chart_text(s.form, s.high), s.n,
                s.rule_en))) as body
        from signal s, period p
      union all
        select 255, json_build_object('close_period', json_build_object('period', due.step,
            'from_ms', p.from_ms, 'to_ms', p.to_ms, 'signals', (select count(*) from signal)))
        from period p
    )
    select json_agg(c.body::jsonb || jsonb_build_object('number',
               (p.to_ms / 60000 * 4 + due.nth) * 256 + c.nth) order by c.nth)
    from command c, period p);
end $$;

-- --- reports ---

-- step: day, week or month; by: of control_group. Of each indicator and key the newest period.
create or replace function report_quality(ask jsonb, now_at timestamptz, clock interval) returns json
language plpgsql stable as $$
begin
    if not exists (select from control_rule where step = ask ->> 'step') then
        raise exception 'step: day, week or month, not %', ask ->> 'step';
    end if;
    if not exists (select from control_group where by = ask ->> 'by') then
        raise exception 'by: all, grade, station, seat, unit, zone or township, not %', ask ->> 'by';
    end if;
    return (with point as (
        select *, row_number() over (partition by indicator, key order by period desc) as age,
               lead(value) over (partition by indicator, key order by period desc) as before
        from control_chart(ask ->> 'step', ask ->> 'by', now_at, clock)
    )
    select json_build_object('indicators', (select json_agg(row_to_json(i) order by i.id)
               from (select id, form, name_zh, name_en, numerator_zh, numerator_en, denominator_zh,
                            denominator_en, exclusions_zh, exclusions_en, limit_s, target, at_least,
                            edition, warns from indicator) i),
           'missing', (select json_agg(row_to_json(m)) from indicator_missing m),
           'rows', coalesce(json_agg(json_build_object('indicator', p.indicator, 'key', p.key,
               'from_ms', ms((p.period - clock) at time zone 'UTC'), 'n', p.n, 'value', p.value,
               'mean', p.mean, 'p50', p.p50, 'centre', p.centre, 'low', p.low, 'high', p.high,
               'beyond', p.beyond, 'runs', p.runs, 'before', p.before,
               'met', case when i.form = 'share' and i.at_least then p.value >= i.target
                           when i.form in ('share', 'ratio') then p.value <= i.target end)
               order by p.indicator, p.key), '[]'))
    from point p join indicator i on i.id = p.indicator where p.age = 1);
end $$;

-- indicator, step, by, key: one chart. Or seq: the one that an alert was raised about, by the record
-- that caused it.
create or replace function report_chart(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with asked as (
        select f.body ->> 'indicator' as indicator, f.body ->> 'period' as step, f.body ->> 'by' as by,
               f.body ->> 'key' as key
        from fact f where f.seq = (ask ->> 'seq')::bigint and f.kind = 'indicator_signalled'
      union all
        select ask ->> 'indicator', ask ->> 'step', ask ->> 'by', coalesce(ask ->> 'key', '')
        where not ask ? 'seq'
    )
    select json_build_object('indicator', a.indicator, 'step', a.step, 'by', a.by, 'key', a.key,
        'points',
        coalesce((select json_agg(json_build_object('from_ms', ms((c.period - clock) at time zone 'UTC'),
            'n', c.n, 'value', c.value, 'centre', c.centre, 'low', c.low, 'high', c.high,
            'beyond', c.beyond, 'runs', c.runs) order by c.period)
         from control_chart(a.step, a.by, now_at, clock) c
         where c.indicator = a.indicator and c.key = a.key), '[]'))
    from asked a
$$;

create or replace function report_audit(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with span as (select * from asked_span(ask, now_at, clock)
    ), seen as (
        select t.*, extract(epoch from t.first_ordered_at - t.answered_at) as dispatch_s,
               extract(epoch from t.first_at_scene_at - t.received_at) as response_s
        from span, incident_times t where t.opened_at >= span.low and t.opened_at < span.high
          and t.medical
    ), reason as (
        select s.id, v.why, md5(s.id || v.why) as draw
        from seen s, lateral (values
            ('under_triage', s.grade > s.scene_grade),
            ('late_dispatch', s.dispatch_s > (select limit_s from indicator where id = 'dispatch_3min')),
            ('long_response', s.response_s > (select limit_s from indicator where id = 'response_12min')),
            ('card_skipped', exists (select from card_asked c
                                     where c.incident = s.id and not c.followed)
                             or s.determinant = ''),
            ('random_pick', true)) as v(why, holds)
        where v.holds
    ), drawn as (
        select r.id, r.why from (select *, row_number() over (partition by why order by draw) as nth
                                 from reason) r
        join audit_rule a on a.why = r.why and r.nth <= a.most
    ), score as (
        select distinct on ((body ->> 'incident')::bigint) (body ->> 'incident')::bigint as incident,
               (body ->> 'score')::integer as score, (body ->> 'user')::bigint as "user", at_ms
        from fact where kind = 'incident_scored'
        order by (body ->> 'incident')::bigint, seq desc
    )
    select json_build_object('from_ms', ms(min(span.low)), 'to_ms', ms(min(span.high)), 'rows',
        coalesce(json_agg(json_build_object('incident', s.id, 'opened_ms', ms(s.opened_at),
            'grade', s.grade, 'scene_grade', s.scene_grade, 'determinant', s.determinant,
            'card', s.card, 'outcome', s.outcome, 'seat', s.seat, 'unit', s.unit,
            'dispatch_s', s.dispatch_s, 'response_s', s.response_s, 'why', d.why,
            'score', k.score, 'scored_ms', k.at_ms, 'scored_by', k.user) order by s.id)
            filter (where s.id is not null), '[]'))
    from span left join (select id, json_agg(why order by why) as why from drawn group by id) d on true
    left join seen s on s.id = d.id left join score k on k.incident = s.id
$$;

-- Orders of another unit than the one recommended: why, and how much longer it drove than was said.
create or replace view override_seen as
select a.id, a.incident, a.unit, a.ordered_at, coalesce(nullif(a.reason, ''), 'none') as reason,
       extract(epoch from a.at_scene_at - a.departed_at)::double precision - a.eta_s as longer_s
from assignment a where a.override and a.ordered_at is not null;

-- step: the day, week or month up to now. orders: all, with those that followed the recommendation.
create or replace function report_overrides(ask jsonb, now_at timestamptz, clock interval) returns json
language plpgsql stable as $$
declare
    low timestamptz;
begin
    if not exists (select from control_rule where step = ask ->> 'step') then
        raise exception 'step: day, week or month, not %', ask ->> 'step';
    end if;
    low := now_at - ('1 ' || (ask ->> 'step'))::interval;
    return (with reason as (
        select o.reason, count(*) as n, count(o.longer_s) as timed,
               percentile_disc(0.5) within group (order by o.longer_s) as longer_s
        from override_seen o where o.ordered_at > low and o.ordered_at <= now_at group by o.reason
    )
    select json_build_object('from_ms', ms(low), 'to_ms', ms(now_at),
        'orders', (select count(*) from assignment a
                   where a.ordered_at > low and a.ordered_at <= now_at),
        'rows', coalesce(json_agg(row_to_json(r) order by r.n desc, r.reason), '[]'))
    from reason r);
end $$;
