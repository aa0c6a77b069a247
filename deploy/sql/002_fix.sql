-- Every position of every unit, read from the daily spool files. Idempotent on (unit, fix time):
-- insert … on conflict do nothing. One partition per UTC day, made by fix_day() before its rows.

create table fix (                          -- struct fix of dispatch/ingest/fix.h
    unit        bigint      not null,
    fix_at      timestamptz not null,       -- when the receiver measured it
    received_at timestamptz not null,
    lat_e7      integer     not null,       -- WGS-84
    lon_e7      integer     not null,
    speed_dkmh  integer,                    -- 0.1 km/h; null: unknown, so below
    course_deg  smallint,
    altitude_m  smallint,
    accuracy_m  integer,
    alarm       bigint      not null default 0, -- JT/T 808 alarm bits
    status      bigint      not null default 0, -- JT/T 808 status bits
    marks       integer     not null default 0, -- enum fix_mark: what is odd about it
    source      smallint    not null,       -- enum fix_source
    primary key (unit, fix_at)
) partition by range (fix_at);
create index fix_by_time on fix (fix_at);

-- How far the spool has been read: after `position` bytes of that day's file. It moves in the
-- transaction that inserts the fixes.
create table spool_cursor (
    name     text primary key,
    day      integer not null,
    position bigint  not null
);

-- Fixes of absurd date are kept, but do not make a partition each.
create table fix_odd partition of fix default;

create function fix_day(day date) returns void language plpgsql as $$
declare
    part text := 'fix_' || to_char(day, 'YYYYMMDD');
    low  timestamptz := day::timestamp at time zone 'UTC';
    high timestamptz := (day + 1)::timestamp at time zone 'UTC';
begin
    if to_regclass(part) is not null then
        return;
    end if;
    execute format('create table %I (like fix including all)', part);
    execute format('with odd as (delete from fix_odd where fix_at >= %L and fix_at < %L'
                   ' returning *) insert into %I select * from odd', low, high, part);
    execute format('alter table fix attach partition %I for values from (%L) to (%L)',
                   part, low, high);
end $$;

comment on function fix_day(date) is
    'Makes the partition of one UTC day, moving there what waited in fix_odd; harmless twice.';

create function fix_drop_before(day date) returns integer language plpgsql as $$
declare
    part record;
    dropped integer := 0;
begin
    for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
                where i.inhparent = 'fix'::regclass and c.relname ~ '^fix_[0-9]{8}$'
                  and to_date(substr(c.relname, 5), 'YYYYMMDD') < day loop
        execute format('drop table %I', part.relname);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;
