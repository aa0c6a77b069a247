-- A large centre's history as the mirror would hold it: `per_day` calls a day over `days` days up to
-- now, each with an incident, an assignment, its grade, two answers and its review; 650 units on duty,
-- 300 townships, 160 seats, 30 stations; a minute_passed a minute. For tests/bench/reports.sh.
--   psql -v per_day=24000 -v days=60 -f history_large.sql
set synchronous_commit = off;
insert into station (id, code, name) select n, 'S-' || n, 'station ' || n from generate_series(1, 30) n;
insert into unit (id, code, station, duty) select n, 'U-' || n, 1 + n % 30, 'on'
from generate_series(1, 650) n;
insert into zone_name (id, code, name, kind)
select n, 'Z-' || n, 'township ' || n, 'township' from generate_series(1, 300) n;
insert into hospital (id, code, name) select n, 'H-' || n, 'hospital ' || n from generate_series(1, 40) n;

create temporary table rung as
select n as id, n::integer as nth, now() - (:days * interval '1 day') * (1 - n::float8 / (:per_day * :days)) as at
from generate_series(1, :per_day * :days) n;

insert into call (id, state, incident, "user", seat, ringing_at, answered_at, ended_at)
select id, 'ended', id, 2, 1 + nth % 160, at, at + make_interval(secs => 3 + nth % 9),
       at + interval '2 min' from rung;
insert into incident (id, call, state, opened_at, grade, scene_grade, determinant, card, outcome,
                      closed_at, has_place, lat_e7, lon_e7, zone)
select id, id, 'closed', at + interval '20 s', 1 + nth % 4,
       case when nth % 10 = 0 then 1 else 1 + nth % 4 end, 'chest-pain.not-alert', 'chest-pain',
       case when nth % 7 = 0 then 'advice' else 'treated' end, at + interval '55 min', true,
       389500000 + nth % 500 * 1000, 1063500000 + nth % 400 * 1000, array[1 + nth % 300]
from rung;
insert into assignment (id, incident, unit, hospital, step, eta_s, override, reason, reserved_at, ordered_at,
    acknowledged_at, departed_at, at_scene_at, at_patient_at, left_scene_at, at_hospital_at,
    handed_over_at, completed_at, ended_at)
select id, id, 1 + nth % 650, 1 + nth % 40, 'completed', 240 + nth % 90, nth % 9 = 0,
       case nth % 27 when 0 then 'local_knowledge' else 'none' end, at + interval '70 s',
       at + make_interval(secs => 70 + nth % 100), at + make_interval(secs => 200 + nth % 30),
       at + make_interval(secs => 240 + nth % 60), at + make_interval(secs => 480 + nth % 400),
       at + interval '16 min', at + interval '28 min', at + interval '40 min', at + interval '50 min',
       at + interval '54 min', at + interval '54 min' from rung where nth % 7 > 0;
insert into fact (seq, idx, kind, at_ms, body)
select id * 10 + f.idx, 0, f.kind, ms(at) + 1000 * f.idx, f.body
from rung, lateral (values
    (0, 'question_answered', jsonb_build_object('incident', id, 'question', 1, 'answer', 'yes')),
    (1, 'question_answered', jsonb_build_object('incident', id, 'question', 2, 'answer', 'no')),
    (2, 'incident_graded', jsonb_build_object('incident', id, 'grade', 1 + nth % 4)),
    (9, 'card_reviewed', jsonb_build_object('incident', id, 'required', array[1, 2], 'steps', 2))
) as f(idx, kind, body);
insert into fact (seq, idx, kind, at_ms, body)
select 1000000000000 + n, 0, 'duty_set', ms(now() - :days * interval '1 day'),
       jsonb_build_object('unit', n, 'duty', 'on') from generate_series(1, 650) n;
insert into fact (seq, idx, kind, at_ms, body)
select 2000000000000 + n, 0, 'minute_passed', ms(now()) - 60000 * n::bigint,
       jsonb_build_object('covered_known', true, 'covered_permille', 900, 'by_demand', true)
from generate_series(1, :days * 1440) n;
-- Weeks and months are closed, so that the day before is what is due.
insert into fact (seq, idx, kind, at_ms, body)
select 3000000000000 + nth, 0, 'period_closed', ms(now()),
       jsonb_build_object('period', step, 'to_ms', ms(now()))
from unnest(array['week', 'month']) with ordinality as p(step, nth);
vacuum analyze;
