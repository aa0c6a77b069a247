-- The San Francisco week straight into the domain's tables, as the mirror would have written it.
-- psql runs this with the unpacked CSV as standard input of \copy.
create temp table week (call text, unit text, incident text, type text, type_group text,
    received timestamp, entry timestamp, dispatch timestamp, response timestamp,
    on_scene timestamp, transport timestamp, hospital timestamp, available timestamp,
    disposition text, prio_orig text, prio text, prio_final text, als text, alarms text,
    unit_type text, unit_seq text, battalion text, station_area text, zip text, address text,
    lat float8, lon float8);
\copy week from pstdin with (format csv, header)

set time zone 'UTC';
insert into unit (id, code, kind)
select row_number() over (order by unit), unit, min(unit_type) from week group by unit;
insert into incident (id, kind, opened_at)
select incident::bigint, case min(type) when 'Medical Incident' then 'medical' else 'other' end,
       min(received)
from week group by incident;
insert into call (id, incident, answered_at)
select call::bigint, min(incident)::bigint, min(received) from week group by call;
insert into assignment (id, incident, unit, step, ordered_at, departed_at, at_scene_at,
                        left_scene_at, at_hospital_at, completed_at,
                        ended_at)
select row_number() over (), w.incident::bigint, u.id, 'completed', dispatch, response, on_scene,
       transport, hospital, available, available
from week w join unit u on u.code = w.unit;
