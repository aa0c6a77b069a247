-- One day, 2026-03-02 by local clock (UTC+8): five calls, three incidents, two units. Every figure of
-- quality_scene.txt was worked out by hand from this.
insert into station (id, name) values (1, '一站'), (2, '二站');
insert into unit (id, code, kind, station, duty) values (1, 'A1', 'als', 1, 'on'), (2, 'A2', 'als', 2, 'on');
insert into call (id, state, incident, seat, ringing_at, answered_at, ended_at) values
(1, 'ended', 1, 1, '2026-03-02 02:00:00Z', '2026-03-02 02:00:05Z', '2026-03-02 02:03Z'),
(2, 'ended', 2, 2, '2026-03-02 03:00:00Z', '2026-03-02 03:00:12Z', '2026-03-02 03:03Z'),
(3, 'abandoned', null, 0, '2026-03-02 04:00:00Z', null, '2026-03-02 04:00:30Z'),
(4, 'ended', 3, 1, '2026-03-02 05:00:00Z', '2026-03-02 05:00:08Z', '2026-03-02 05:03Z'),
(5, 'abandoned', null, 0, '2026-03-02 06:00:00Z', null, '2026-03-02 06:00:30Z');
insert into task (id, call, opened_at, finished_at) values
(1, 3, '2026-03-02 04:00:30Z', '2026-03-02 04:03:30Z'), (2, 5, '2026-03-02 06:00:30Z', null);
insert into incident (id, call, opened_at, grade, scene_grade, determinant, outcome, checked_step)
values
(1, 1, '2026-03-02 02:00:10Z', 2, 1, 'stroke.1', 'treated', '{1}'),
(2, 2, '2026-03-02 03:00:20Z', 3, 4, 'fall.2', 'treated', '{}'),
(3, 4, '2026-03-02 05:00:15Z', 1, 1, 'arrest.1', 'empty_run', '{}');
insert into assignment (id, incident, unit, step, override, reason, reserved_at, ordered_at,
    acknowledged_at, departed_at, at_scene_at, left_scene_at, at_hospital_at, handed_over_at,
    completed_at, empty_run_at, cancelled_at, ended_at) values
(1, 1, 1, 'completed', true, 'none', '2026-03-02 02:01:05Z', '2026-03-02 02:01:05Z',
 '2026-03-02 02:01:35Z', '2026-03-02 02:03:05Z', '2026-03-02 02:13:05Z', '2026-03-02 02:23:05Z',
 '2026-03-02 02:38:05Z', '2026-03-02 02:48:05Z', '2026-03-02 03:01:05Z', null, null,
 '2026-03-02 03:01:05Z'),
(2, 2, 2, 'completed', true, 'traffic', '2026-03-02 03:01:42Z', '2026-03-02 03:01:42Z',
 '2026-03-02 03:03:12Z', '2026-03-02 03:05:42Z', '2026-03-02 03:15:42Z', null, null, null,
 '2026-03-02 03:31:42Z', null, null, '2026-03-02 03:31:42Z'),
(3, 3, 1, 'empty_run', false, 'none', '2026-03-02 05:00:38Z', '2026-03-02 05:00:38Z',
 '2026-03-02 05:00:58Z', '2026-03-02 05:01:38Z', '2026-03-02 05:09:38Z', null, null, null, null,
 '2026-03-02 05:12:38Z', null, '2026-03-02 05:12:38Z'),
(4, 3, 2, 'cancelled', false, 'none', '2026-03-02 05:00:40Z', '2026-03-02 05:00:40Z', null, null, null,
 null, null, null, null, null, '2026-03-02 05:02:00Z', '2026-03-02 05:02:00Z');
insert into fact (seq, idx, kind, at_ms, body)
select row_number() over (), 0, v.kind, ms(('2026-03-02 ' || v.at || 'Z')::timestamptz), v.body::jsonb
from (values
    ('duty_set', '00:00:00', '{"unit": 1, "duty": "on"}'),
    ('duty_set', '02:00:00', '{"unit": 2, "duty": "on"}'),
    -- Incident 1: all of its way, in order; a person raised the grade.
    ('question_answered', '02:00:15', '{"incident": 1, "question": 1}'),
    ('question_answered', '02:00:20', '{"incident": 1, "question": 101}'),
    ('question_answered', '02:00:25', '{"incident": 1, "question": 102}'),
    ('incident_graded', '02:00:35', '{"incident": 1, "grade": 3}'),
    ('incident_regraded', '02:05:00', '{"incident": 1, "grade": 2}'),
    ('card_reviewed', '03:02:00', '{"incident": 1, "required": [1, 101, 102], "steps": 2}'),
    -- Incident 2: 102 before 101, 103 never.
    ('question_answered', '03:00:30', '{"incident": 2, "question": 1}'),
    ('question_answered', '03:00:40', '{"incident": 2, "question": 102}'),
    ('question_answered', '03:00:50', '{"incident": 2, "question": 101}'),
    ('incident_graded', '03:01:32', '{"incident": 2, "grade": 3}'),
    ('card_reviewed', '03:32:00', '{"incident": 2, "required": [1, 101, 102, 103], "steps": 0}'),
    -- Incident 3: the unit was on its way before the question.
    ('incident_graded', '05:00:18', '{"incident": 3, "grade": 1}'),
    ('question_answered', '05:00:50', '{"incident": 3, "question": 1}'),
    ('card_reviewed', '05:13:00', '{"incident": 3, "required": [1], "steps": 1}'),
    ('duty_set', '10:00:00', '{"unit": 1, "duty": "off"}')
) as v(kind, at, body);
