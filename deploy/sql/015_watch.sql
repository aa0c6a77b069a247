-- What the supervisor's page asks (dispatch/report.h). Every report is a function of what is asked (a
-- JSON object), of the server's time and of its local clock (ahead of UTC), and answers with one JSON
-- document; nothing here asks the machine's clock. Times in JSON are ms since 1970.

create function ms(at timestamptz) returns bigint language sql immutable as $$
    select round(extract(epoch from at) * 1000)::bigint
$$;
create function at_ms(ms bigint) returns timestamptz language sql immutable as $$
    select to_timestamp(ms / 1000.0)
$$;
-- Midnight, by the local clock, of the day that `at` lies in.
create function local_midnight(at timestamptz, clock interval) returns timestamptz
language sql immutable as $$
    select (date_trunc('day', (at at time zone 'UTC') + clock) - clock) at time zone 'UTC'
$$;

-- Reports look for what ended when.
create index call_answered on call (answered_at);
create index assignment_ordered on assignment (ordered_at);
create index assignment_departed on assignment (departed_at);
create index assignment_at_scene on assignment (at_scene_at);
create index assignment_at_hospital on assignment (at_hospital_at);

-- --- tiles ---

-- Over how many minutes each is measured; whose target it shows, or its own; and what is normal: the
-- values of the same hour of the week over `weeks` weeks, `spread_h` hours to each side, between two
-- of their quantiles.
create table tile (
    id         text primary key,
    place      integer not null,
    window_min integer not null default 0,   -- 0: of the moment
    indicator  text references indicator,
    target     double precision,
    at_least   boolean not null default false,
    weeks      integer not null default 8,
    spread_h   integer not null default 1,
    band_low   double precision not null default 0.1,
    band_high  double precision not null default 0.9,
    edition    text not null default 'house definition'
);
insert into tile (id, place, window_min, indicator, target, at_least) values
('calls', 1, 60, null, null, false), ('waiting', 2, 0, null, null, false),
('free', 3, 0, null, null, true), ('covered', 4, 0, null, null, true),
('answer', 5, 240, 'answer_10s', null, true), ('dispatch', 6, 240, 'dispatch_3min', null, true),
('turnout', 7, 240, 'turnout_3min', null, true), ('response', 8, 240, 'response_12min', null, true),
('hospital', 9, 0, 'handover_15min', null, false);

-- Every tile's figures at one moment. Times: seconds that ended within the window, nearest rank.
-- value: calls in the window; waiting; free units; share within the limit; units at hospitals; share
-- of the expected demand that a free unit reaches in time, as last journalled.
-- other: oldest wait in seconds; all units on duty; P90; longest stay in seconds.
create function tile_at(at timestamptz) returns table (tile text, value double precision,
    other double precision, p50 double precision, n bigint) language sql stable as $$
    with span as (select id, at - make_interval(mins => window_min) as low from tile
    ), first_order as (
        select f.* from span w, lateral
            (select distinct incident from assignment
             where ordered_at > w.low and ordered_at <= at) o, lateral
            (select o.incident, min(ordered_at) as ordered_at from assignment
             where incident = o.incident) f
        where w.id = 'dispatch' and f.ordered_at > w.low
    ), first_scene as (
        select f.* from span w, lateral
            (select distinct incident from assignment
             where at_scene_at > w.low and at_scene_at <= at) o, lateral
            (select o.incident, min(at_scene_at) as at_scene_at from assignment
             where incident = o.incident) f
        where w.id = 'response' and f.at_scene_at > w.low
    ), spent(id, s) as (
        select 'answer', extract(epoch from c.answered_at - c.ringing_at)
        from call c join span w on w.id = 'answer'
        where c.answered_at > w.low and c.answered_at <= at
      union all
        select 'dispatch', extract(epoch from f.ordered_at - c.answered_at)
        from first_order f join incident_seen i on i.id = f.incident and i.medical,
        lateral (select min(answered_at) as answered_at from call where incident = f.incident) c
      union all
        select 'turnout', extract(epoch from a.departed_at - a.ordered_at)
        from assignment a join span w on w.id = 'turnout'
        where a.departed_at > w.low and a.departed_at <= at
      union all
        select 'response', extract(epoch from f.at_scene_at - c.received_at)
        from first_scene f join incident_seen i on i.id = f.incident and i.medical,
        lateral (select min(received_at) as received_at from call where incident = f.incident) c
    ), waiting(since) as (
        select received_at from call
        where received_at > at - interval '1 day' and received_at <= at
          and (answered_at is null or answered_at > at) and (ended_at is null or ended_at > at)
      union all
        select i.opened_at from incident i
        where i.opened_at > at - interval '1 day' and i.opened_at <= at
          and (i.closed_at is null or i.closed_at > at) and 0 =
            (select count(*) from assignment a where a.incident = i.id and a.reserved_at <= at
             and (a.ended_at is null or a.ended_at > at or a.step in ('completed', 'empty_run')))
    ), here(since) as (
        select at_hospital_at from assignment
        where at_hospital_at > at - interval '1 day' and at_hospital_at <= at
          and (ended_at is null or ended_at > at)
    )
    select 'calls', count(*)::double precision, null::double precision, null::double precision, count(*)
    from call c join span w on w.id = 'calls' where c.received_at > w.low and c.received_at <= at
  union all
    select 'waiting', count(*), extract(epoch from at - min(since)), null, count(*) from waiting
  union all
    select 'free', count(*) filter (where b.unit is null), count(*), null, count(*)
    from unit u left join (select distinct unit from assignment
                           where reserved_at > at - interval '1 day' and reserved_at <= at
                             and (ended_at is null or ended_at > at)) b on b.unit = u.id
    where u.duty = 'on'
  union all
    select 'hospital', count(*), extract(epoch from at - min(since)), null, count(*) from here
  union all
    (select 'covered', (f.body ->> 'covered_permille')::double precision / 1000, null, null, 1
     from fact f where f.kind = 'minute_passed' and f.at_ms <= ms(at) and f.at_ms > ms(at) - 300000
       and (f.body ->> 'covered_known')::boolean order by f.at_ms desc limit 1)
  union all
    select s.id, avg((s.s <= i.limit_s)::integer),
           percentile_disc(0.9) within group (order by s.s),
           percentile_disc(0.5) within group (order by s.s), count(*)
    from spent s join tile t on t.id = s.id join indicator i on i.id = t.indicator
    where s.s >= 0 group by s.id
$$;

create function report_tiles(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with day as (
        select v.tile, json_agg(v.value order by h desc) as series
        from generate_series(0, 23) h, lateral tile_at(now_at - make_interval(hours => h)) v
        group by v.tile
    ), wanted as (
        select distinct w, s from tile t, generate_series(1, t.weeks) w,
               generate_series(-t.spread_h, t.spread_h) s
    ), earlier as (
        select v.tile, w, s, v.value
        from wanted, lateral tile_at(now_at - make_interval(weeks => w, hours => -s)) v
        where exists (select from call c
                      where c.received_at < now_at - make_interval(weeks => w, hours => 2))
    ), band as (
        select e.tile, percentile_disc(t.band_low) within group (order by e.value) as low,
               percentile_disc(t.band_high) within group (order by e.value) as high
        from earlier e join tile t on t.id = e.tile and e.w <= t.weeks and abs(e.s) <= t.spread_h
        where e.value is not null group by e.tile, t.band_low, t.band_high
    )
    select json_build_object('tiles', json_agg(json_build_object(
        'tile', t.id, 'window_min', t.window_min, 'limit_s', i.limit_s,
        'target', coalesce(t.target, i.target), 'at_least', t.at_least,
        'edition', coalesce(i.edition, t.edition), 'low', b.low, 'high', b.high,
        'series', d.series, 'value', v.value, 'other', v.other, 'p50', v.p50,
        'n', coalesce(v.n, 0)) order by t.place))
    from tile t left join indicator i on i.id = t.indicator left join day d on d.tile = t.id
    left join band b on b.tile = t.id left join tile_at(now_at) v on v.tile = t.id
$$;

-- --- calls by hour: what the forecast learns from, and the week as a table ---

-- The arithmetic's figures (dispatch/warn/forecast.h), and how wide the band is drawn.
create table forecast_rule (
    one             boolean primary key default true check (one),
    weeks           integer not null,
    level_rate      double precision not null,
    dispersion_rate double precision not null,
    phi_min         double precision not null,
    band            double precision not null,
    source          text not null
);
insert into forecast_rule (weeks, level_rate, dispersion_rate, phi_min, band, source)
values (52, 0.02, 0.001, 1, 0.95, 'measured on 87,631 hours of New York City, 2008 to 2019');

-- Calls in every hour (UTC) since the first, the last hour under way.
create function report_hours(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with rule as (select * from forecast_rule
    ), span as (
        select greatest(date_trunc('hour', min(c.received_at), 'UTC'),
                        date_trunc('hour', now_at, 'UTC')
                        - make_interval(weeks => (select weeks from rule) + 4)) as low
        from call c where c.received_at <= now_at
    ), counted as (
        select date_trunc('hour', c.received_at, 'UTC') as hour, count(*) as n
        from call c, span where c.received_at >= span.low and c.received_at <= now_at group by 1
    )
    select json_build_object('from_ms', ms(span.low), 'now_ms', ms(now_at), 'rule',
        (select row_to_json(rule) from rule), 'count', coalesce(
        (select json_agg(coalesce(k.n, 0) order by h.at)
         from generate_series(span.low, date_trunc('hour', now_at, 'UTC'), interval '1 hour') h(at)
         left join counted k on k.hour = h.at), '[]'))
    from span
$$;

-- 168 hours from Monday 0:00 local: the last seven days, and the mean of the weeks before them.
create function report_week(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with rule as (select weeks from tile where id = 'calls'
    ), span as (
        select least(rule.weeks, floor(extract(epoch from now_at - interval '7 days' - min(c.received_at))
                                       / 604800))::integer as weeks
        from rule, call c group by rule.weeks
    ), came as (
        select ((extract(isodow from at)::integer - 1) * 24 + extract(hour from at)::integer) as slot,
               recent
        from (select (received_at at time zone 'UTC') + clock as at,
                     received_at > now_at - interval '7 days' as recent
              from call, span where received_at <= now_at
                and received_at > now_at - interval '7 days' - make_interval(weeks => span.weeks)) c
    )
    select json_build_object('weeks', (select greatest(weeks, 0) from span),
        'observed', json_agg(coalesce(k.recent, 0) order by s),
        'expected', json_agg(case when (select weeks from span) > 0
            then round(coalesce(k.earlier, 0)::numeric / (select weeks from span), 2) end order by s))
    from generate_series(0, 167) s
    left join (select slot, count(*) filter (where recent) as recent,
                      count(*) filter (where not recent) as earlier
               from came group by slot) k on k.slot = s
$$;

-- --- the way of a call by stage ---

-- In the order in which they follow each other. begins and ends: time points; of: whose they are.
create table stage (
    place     integer primary key,
    indicator text not null references indicator,
    subject   text not null check (subject in ('call', 'incident', 'assignment'))
);
insert into stage (place, indicator, subject) values
(1, 'answer_10s', 'call'), (2, 'dispatch_3min', 'incident'), (3, 'acknowledged_60s', 'assignment'),
(4, 'turnout_3min', 'assignment'), (5, 'travel_480s', 'assignment'),
(6, 'response_12min', 'incident'), (7, 'scene', 'assignment'), (8, 'transport', 'assignment'),
(9, 'handover_15min', 'assignment');

-- Who began each stage within a time, and what became of those who did not end it: their outcome, or
-- `under_way`.
create function stage_began(low timestamptz, high timestamptz)
returns table (indicator text, subject bigint, lost text) language sql stable as $$
    select 'answer_10s', c.id, case when c.answered_at is not null then ''
                                    when c.state = 'ringing' then 'under_way' else c.state end
    from call c where c.received_at >= low and c.received_at < high
  union all
    select v.indicator, t.id, case when v.ended is not null then ''
                                   when t.outcome = 'none' then 'under_way' else t.outcome end
    from incident_times t, lateral (values
        ('dispatch_3min', t.answered_at, t.first_ordered_at),
        ('response_12min', t.received_at, t.first_at_scene_at)) as v(indicator, began, ended)
    where t.medical and v.began >= low and v.began < high
  union all
    select v.indicator, a.id, case when v.ended is not null then ''
                                   when a.ended_at is null then 'under_way' else a.step end
    from assignment a, lateral (values
        ('acknowledged_60s', a.ordered_at, a.acknowledged_at),
        ('turnout_3min', a.ordered_at, a.departed_at),
        ('travel_480s', a.departed_at, a.at_scene_at),
        ('scene', a.at_scene_at, a.left_scene_at),
        ('transport', a.left_scene_at, a.at_hospital_at),
        ('handover_15min', a.at_hospital_at, a.handed_over_at)) as v(indicator, began, ended)
    where v.began >= low and v.began < high
$$;

-- from_ms, to_ms; without them today so far.
create function asked_span(ask jsonb, now_at timestamptz, clock interval)
returns table (low timestamptz, high timestamptz) language sql stable as $$
    select coalesce(at_ms((ask ->> 'from_ms')::bigint), local_midnight(now_at, clock)),
           coalesce(at_ms((ask ->> 'to_ms')::bigint), now_at)
$$;

create function report_funnel(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with span as (select * from asked_span(ask, now_at, clock)
    ), began as (
        select b.indicator, count(*) as entered, count(*) filter (where lost = '') as reached
        from span, stage_began(span.low, span.high) b group by b.indicator
    ), lost as (
        select g.indicator, json_object_agg(g.lost, g.n order by g.n desc) as lost
        from (select b.indicator, b.lost, count(*) as n
              from span, stage_began(span.low, span.high) b where b.lost <> ''
              group by b.indicator, b.lost) g group by g.indicator
    ), spent as (
        select s.indicator, count(*) filter (where m.s >= 0) as n,
               count(*) filter (where m.s > i.limit_s) as late,
               count(*) filter (where m.s < 0) as negative,
               percentile_disc(0.5) within group (order by m.s) filter (where m.s >= 0) as p50,
               percentile_disc(0.9) within group (order by m.s) filter (where m.s >= 0) as p90
        from span, stage s join indicator i on i.id = s.indicator
        join measure_s m on m.measure = i.measure
        where m.at >= span.low and m.at < span.high group by s.indicator
    )
    select json_build_object('from_ms', ms(span.low), 'to_ms', ms(span.high), 'stages',
        (select json_agg(json_build_object('stage', s.indicator, 'subject', s.subject,
            'name_zh', i.name_zh, 'name_en', i.name_en, 'limit_s', i.limit_s, 'target', i.target,
            'entered', coalesce(b.entered, 0), 'reached', coalesce(b.reached, 0),
            'lost', coalesce(l.lost, '{}'), 'n', coalesce(p.n, 0), 'late', coalesce(p.late, 0),
            'negative', coalesce(p.negative, 0), 'p50', p.p50, 'p90', p.p90) order by s.place)
         from stage s join indicator i on i.id = s.indicator left join began b on b.indicator = s.indicator
         left join lost l on l.indicator = s.indicator left join spent p on p.indicator = s.indicator))
    from span
$$;

-- stage: the slowest of it, those over the limit before the others.
create function report_stage(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    select json_build_object('stage', ask ->> 'stage', 'rows', coalesce(json_agg(row_to_json(r)), '[]'))
    from (select m.subject, m.incident, ms(m.at) as at_ms, m.s, m.s > i.limit_s as late, m.unit,
                 m.station, m.seat, m.grade
          from asked_span(ask, now_at, clock) span, indicator i
          join measure_s m on m.measure = i.measure
          where i.id = ask ->> 'stage' and m.at >= span.low and m.at < span.high and m.s >= 0
          order by m.s desc, m.subject limit 100) r
$$;

-- --- a day that is over ---

create function report_day(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with span as (select * from asked_span(ask, now_at, clock))
    select json_build_object('from_ms', ms(span.low), 'to_ms', ms(span.high),
        'calls', (select coalesce(json_agg(json_build_array(c.id, ms(c.ringing_at), ms(c.answered_at),
                      ms(c.ended_at), c.incident) order by c.id), '[]')
                  from call c where c.received_at >= span.low and c.received_at < span.high),
        'incidents', (select coalesce(json_agg(json_build_array(i.id, ms(i.opened_at), ms(i.closed_at),
                          i.grade, i.lat_e7, i.lon_e7, i.card, i.outcome, i.determinant)
                          order by i.id), '[]')
                      from incident i where i.opened_at < span.high
                        and i.opened_at > span.low - interval '1 day'
                        and coalesce(i.closed_at, span.high) > span.low),
        'assignments', (select coalesce(json_agg(json_build_array(a.id, a.incident, a.unit, a.hospital,
                            ms(a.reserved_at), ms(a.ordered_at), ms(a.acknowledged_at),
                            ms(a.departed_at), ms(a.at_scene_at), ms(a.left_scene_at),
                            ms(a.at_hospital_at), ms(a.handed_over_at), ms(a.ended_at), a.step)
                            order by a.id), '[]')
                        from assignment a where a.reserved_at < span.high
                          and a.reserved_at > span.low - interval '1 day'
                          and coalesce(a.ended_at, span.high) > span.low),
        'alerts', (select coalesce(json_agg(json_build_array(w.id, w.detector, w.level,
                       ms(w.raised_at), ms(w.acknowledged_at), ms(w.cleared_at), w.incident, w.unit,
                       w.words, w.verdict, w.syndrome, w.has_place, w.lat_e7, w.lon_e7, w.radius_m,
                       w.observed_milli, w.expected_milli, w.by_chance_h, w.evidence)
                       order by w.id), '[]')
                   from alert w where w.raised_at < span.high
                     and coalesce(w.cleared_at, span.high) > span.low))
    from span
$$;

-- Where every unit was at at_ms: its last fix of the quarter of an hour before.
create function report_positions(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with moment as (select coalesce(at_ms((ask ->> 'at_ms')::bigint), now_at) as at)
    select coalesce(json_agg(json_build_array(u.id, f.lat_e7, f.lon_e7, ms(f.fix_at))), '[]')
    from moment, unit u, lateral (
        select lat_e7, lon_e7, fix_at from fix
        where unit = u.id and fix_at <= moment.at and fix_at > moment.at - interval '15 minutes'
        order by fix_at desc limit 1) f
$$;

-- The days that can be looked at: from the first call to today.
create function report_days(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    select json_build_object('first_ms', ms(local_midnight(min(received_at), clock)),
                             'today_ms', ms(local_midnight(now_at, clock)))
    from call
$$;
