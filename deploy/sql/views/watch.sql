-- What the tiles show. No data: as quality.sql.

-- --- tiles ---

-- Every tile's figures at one moment. Times: seconds that ended within the window, nearest rank.
-- value: calls in the window; waiting; free units; share within the limit; units at hospitals; share
-- of what is asked for that a free unit reaches in time, as last journalled.
-- other: oldest wait in seconds; all units on duty; P90; longest stay in seconds; 1: covered by demand.
create or replace function tile_at(at timestamptz) returns table (tile text, value double precision,
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
    (select 'covered', (f.body ->> 'covered_permille')::double precision / 1000,
            (f.body ->> 'by_demand')::boolean::integer, null, 1
     from fact f where f.kind = 'minute_passed' and f.at_ms <= ms(at) and f.at_ms > ms(at) - 300000
       and (f.body ->> 'covered_known')::boolean order by f.at_ms desc limit 1)
  union all
    select s.id, avg((s.s <= i.limit_s)::integer),
           percentile_disc(0.9) within group (order by s.s),
           percentile_disc(0.5) within group (order by s.s), count(*)
    from spent s join tile t on t.id = s.id join indicator i on i.id = t.indicator
    where s.s >= 0 group by s.id
$$;

-- Each tile's figures now, of the last 24 hours (null: nothing to say of that hour), and what is
-- normal at this hour of the week.
create or replace function report_tiles(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with hour as (
        select h, v.tile, v.value
        from generate_series(0, 23) h, lateral tile_at(now_at - make_interval(hours => h)) v
    ), day as (
        select t.id as tile, json_agg(v.value order by h.h desc) as series
        from tile t cross join generate_series(0, 23) as h(h)
        left join hour v on v.tile = t.id and v.h = h.h group by t.id
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

-- 168 hours from Monday 0:00 local: the last seven days up to now, so that the hours of today that are
-- still to come are a week old; and the mean of the weeks before them. now_slot: the hour under way.
create or replace function report_week(ask jsonb, now_at timestamptz, clock interval) returns json
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
        'now_slot', (select (extract(isodow from at)::integer - 1) * 24 + extract(hour from at)::integer
                     from (select (now_at at time zone 'UTC') + clock as at) n),
        'observed', json_agg(coalesce(k.recent, 0) order by s),
        'expected', json_agg(case when (select weeks from span) > 0
            then round(coalesce(k.earlier, 0)::numeric / (select weeks from span), 2) end order by s))
    from generate_series(0, 167) s
    left join (select slot, count(*) filter (where recent) as recent,
                      count(*) filter (where not recent) as earlier
               from came group by slot) k on k.slot = s
$$;

-- --- stages ---

-- What was entered between these instants, and how it ended: '' reached, else what became of it.
-- plpgsql, so that it is planned for its days: of the rest nothing is read.
create or replace function stage_began(low timestamptz, high timestamptz)
returns table (indicator text, subject bigint, lost text) language plpgsql stable as $$
begin return query
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
      and t.opened_at >= low - interval '1 day' and t.opened_at < high + interval '1 day'
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
      and a.reserved_at >= low - interval '1 day' and a.reserved_at < high + interval '1 day';
end $$;

create or replace function report_funnel(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    with span as (select * from asked_span(ask, now_at, clock)
    ), entered as materialized (select b.* from span, stage_began(span.low, span.high) b
    ), began as (
        select b.indicator, count(*) as entered, count(*) filter (where lost = '') as reached
        from entered b group by b.indicator
    ), lost as (
        select g.indicator, json_object_agg(g.lost, g.n order by g.n desc) as lost
        from (select b.indicator, b.lost, count(*) as n
              from entered b where b.lost <> ''
              group by b.indicator, b.lost) g group by g.indicator
    ), spent as (
        select s.indicator, count(*) filter (where m.s >= 0) as n,
               count(*) filter (where m.s > i.limit_s) as late,
               count(*) filter (where m.s < 0) as negative,
               percentile_disc(0.5) within group (order by m.s) filter (where m.s >= 0) as p50,
               percentile_disc(0.9) within group (order by m.s) filter (where m.s >= 0) as p90
        from span, stage s join indicator i on i.id = s.indicator
        join measured(span.low, span.high) m on m.measure = i.measure group by s.indicator
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
create or replace function report_stage(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    select json_build_object('stage', ask ->> 'stage', 'rows', coalesce(json_agg(row_to_json(r)), '[]'))
    from (select m.subject, m.incident, ms(m.at) as at_ms, m.s, m.s > i.limit_s as late, m.unit,
                 m.station, m.seat, m.grade
          from asked_span(ask, now_at, clock) span, indicator i
          join measured(span.low, span.high) m on m.measure = i.measure
          where i.id = ask ->> 'stage' and m.s >= 0
          order by m.s desc, m.subject limit 100) r
$$;
