-- Ten weeks before the last midnight (Beijing) as the mirror would hold them: by day a call every
-- quarter of an hour, by night every hour, each with an incident and an assignment of its own. Ids far
-- from any the journal gives. After midnight none in the tiles' windows: the page counts the journal's.
create temporary table rung as
select 1000000000 + row_number() over (order by at) as id, at,
       row_number() over (order by at)::integer as nth
from generate_series(date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'
                     - interval '70 days',
                     date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'
                     - interval '1 second', interval '15 minutes') as at
where at < now() - interval '6 hours'
  and (extract(hour from at at time zone 'Asia/Shanghai') between 7 and 21
       or extract(minute from at) = 0);

insert into call (id, state, incident, "user", seat, ringing_at, answered_at, ended_at)
select id, 'ended', id, 2, 1 + nth % 2, at, at + make_interval(secs => 3 + nth % 9),
       at + interval '2 min' from rung;
insert into incident (id, call, state, opened_at, grade, scene_grade, determinant, card, outcome,
                      closed_at, has_place, lat_e7, lon_e7)
select id, id, 'closed', at + interval '20 s', 1 + nth % 4,
       case when nth % 10 = 0 then 1 else 1 + nth % 4 end,
       case when nth % 17 = 0 then '' else 'chest-pain.not-alert' end, 'chest-pain', 'treated',
       at + interval '55 min', true, 389500000 + nth % 50 * 10000, 1063500000 + nth % 40 * 10000
from rung;
insert into assignment (id, incident, unit, hospital, step, eta_s, override, reason, reserved_at, ordered_at, acknowledged_at,
    departed_at, at_scene_at, at_patient_at, left_scene_at, at_hospital_at, handed_over_at,
    completed_at, ended_at)
select id, id, 1 + nth % 40, 1 + nth % 6, 'completed', 240 + nth % 90, nth % 9 = 0,
       case nth % 27 when 0 then 'local_knowledge' when 9 then 'road_blocked' else 'none' end,
       at + interval '70 s',
       at + make_interval(secs => 70 + nth % 100), at + make_interval(secs => 200 + nth % 30),
       at + make_interval(secs => 240 + nth % 60), at + make_interval(secs => 480 + nth % 400),
       at + interval '16 min', at + interval '28 min', at + interval '40 min', at + interval '50 min',
       at + interval '54 min', at + interval '54 min' from rung;
insert into alert (id, detector, level, state, incident, raised_at, acknowledged_at, cleared_at, verdict)
select id, 'turnout', 'orange', 'cleared', id, at + interval '4 min', at + interval '5 min',
       at + interval '9 min', case when nth % 3 = 0 then 'false_alert' else 'true_alert' end
from rung where nth % 25 = 0;
-- A day of minutes, as sparsely as the coverage tile looks; the morning is missing. An indicator out of
-- control in March, for the alert that leads to its chart.
insert into fact (seq, idx, kind, at_ms, body)
select 1000000000 + h, 0, 'minute_passed', ms(now() - make_interval(hours => h, mins => 1)),
       jsonb_build_object('covered_known', true, 'covered_permille', 700 + 10 * h, 'by_demand', true)
from generate_series(1, 23) h where h not between 12 and 15;
insert into fact (seq, idx, kind, at_ms, body) values
(1000000100, 0, 'indicator_signalled', ms(now()), '{"indicator": "turnout_3min", "period": "week",
 "by": "station", "key": "4"}');
analyze call, incident, assignment, alert;
