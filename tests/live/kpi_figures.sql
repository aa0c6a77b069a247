-- The views' figures in the words of expected_kpis.csv: dataset,kpi,value. Days and hours are those
-- of the session's time zone (PGTZ).
with figure as (select * from indicator_figure where grade = 'all'),
busy as (select * from unit_busy_figures('2017-01-01', '2017-01-08', '{MEDIC,PRIVATE}')),
percentiles (prefix, indicator) as (values
    ('medical received->first dispatch s', 'received_first_order'),
    ('medical received->first on scene s', 'received_first_scene'),
    ('unit dispatch->response s', 'turnout'),
    ('unit transport->hospital s', 'transport'),
    ('unit hospital->available s', 'hospital_available'))
select 'sf', p.prefix || v.suffix, v.value::text
from percentiles p join figure f using (indicator), lateral (values
    (' n', f.n), (' P50 nearest-rank', f.p50), (' P90 nearest-rank', f.p90),
    (' P95 nearest-rank', f.p95)) as v(suffix, value)
union all select 'sf', 'unit_responses', n::text from figure where indicator = 'unit_responses'
union all select 'sf', 'calls', n::text from figure where indicator = 'calls'
union all select 'sf', 'share of medical calls first on scene <= 480 s', share::text
          from figure where indicator = 'response_480s'
union all select 'sf', 'MEDIC+PRIVATE busy hours 2017-01-01..07', round(busy_h::numeric, 3)::text
          from busy
union all select 'sf', 'MEDIC+PRIVATE units seen', units::text from busy
union all select 'sf', 'max simultaneous busy MEDIC+PRIVATE units', busy_max::text from busy
union all
select 'sf', 'busiest hour-of-week cells (Mon=0)',
       '[' || string_agg(format('((%s; %s); %s)', weekday, hour, calls), '; ' order by calls desc)
       || ']'
from (select * from calls_by_hour_of_week('2017-01-01', '2017-01-08', current_setting('TimeZone'))
      order by calls desc, weekday, hour limit 3) busiest
order by 2;
