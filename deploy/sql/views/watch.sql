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
