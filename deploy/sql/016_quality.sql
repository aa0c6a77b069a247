-- Reports of quality control: indicators with their charts, detectors by their verdicts, and records
-- to be listened to, with what the quality officer thought of them (fact incident_scored).

-- step: day, week or month; by: all, grade, station, seat, unit, zone or township. Of each indicator
-- and key the newest period.
create function report_quality(ask jsonb, now_at timestamptz, clock interval) returns json
language plpgsql stable as $$
begin
    if not exists (select from control_rule where step = ask ->> 'step') then
        raise exception 'step: day, week or month, not %', ask ->> 'step';
    end if;
    if not coalesce(ask ->> 'by', '') in ('all', 'grade', 'station', 'seat', 'unit', 'zone',
                                          'township') then
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
                            edition from indicator) i),
           'rows', coalesce(json_agg(json_build_object('indicator', p.indicator, 'key', p.key,
               'from_ms', ms((p.period - clock) at time zone 'UTC'), 'n', p.n, 'value', p.value,
               'mean', p.mean, 'p50', p.p50, 'centre', p.centre, 'low', p.low, 'high', p.high,
               'beyond', p.beyond, 'runs', p.runs, 'before', p.before,
               'met', case when i.form = 'share' and i.at_least then p.value >= i.target
                           when i.form = 'share' then p.value <= i.target end)
               order by p.indicator, p.key), '[]'))
    from point p join indicator i on i.id = p.indicator where p.age = 1);
end $$;

-- indicator, step, by, key: one chart.
create function report_chart(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    select json_build_object('indicator', ask ->> 'indicator', 'key', ask ->> 'key', 'points',
        coalesce(json_agg(json_build_object('from_ms', ms((c.period - clock) at time zone 'UTC'),
            'n', c.n, 'value', c.value, 'centre', c.centre, 'low', c.low, 'high', c.high,
            'beyond', c.beyond, 'runs', c.runs) order by c.period), '[]'))
    from control_chart(ask ->> 'step', ask ->> 'by', now_at, clock) c
    where c.indicator = ask ->> 'indicator' and c.key = coalesce(ask ->> 'key', '')
$$;

-- What became of each detector's alerts in a year; ppv: true ones of those with a verdict.
create function report_detectors(ask jsonb, now_at timestamptz, clock interval) returns json
language sql stable as $$
    select coalesce(json_agg(row_to_json(d)), '[]')
    from (select detector, count(*) as raised,
                 count(*) filter (where verdict = 'true_alert') as true_alert,
                 count(*) filter (where verdict = 'false_alert') as false_alert,
                 count(*) filter (where verdict = 'unknown') as unknown,
                 count(*) filter (where verdict = 'resolved') as resolved,
                 round(count(*) filter (where verdict = 'true_alert')::numeric
                       / nullif(count(*) filter (where verdict in ('true_alert', 'false_alert')), 0),
                       3) as ppv,
                 extract(epoch from percentile_disc(0.5) within group
                     (order by acknowledged_at - raised_at)) as acknowledged_s
          from alert where raised_at > now_at - interval '1 year' and raised_at <= now_at
          group by detector order by count(*) desc, detector) d
$$;

-- Why a record is drawn for the quality officer, and at most how many of a period; the same every
-- time it is asked. random_pick takes from all.
create table audit_rule (
    why  text primary key,
    most integer not null
);
insert into audit_rule (why, most) values
('under_triage', 10), ('late_dispatch', 5), ('long_response', 5), ('card_skipped', 5),
('random_pick', 10);

create function report_audit(ask jsonb, now_at timestamptz, clock interval) returns json
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
            ('card_skipped', s.determinant = ''),
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
