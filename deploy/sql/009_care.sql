-- Shifts of crews, seats, and what hospitals and check-lists said (mirror of object.def).

create table shift (
    id         bigint primary key,
    unit       bigint,
    began_at   timestamptz,
    checked_at timestamptz,
    fit        boolean not null default false,
    fuel_pct   integer not null default 0,
    oxygen_pct integer not null default 0,
    missing    text    not null default ''   -- what the check of the vehicle did not find
);
create index shift_unit on shift (unit, began_at);

create table seat (
    id          bigint primary key,
    "user"      bigint,
    sounds      boolean not null default false,
    reported_at timestamptz
);

alter table incident add column checked_step bigint[] not null default '{}';
alter table assignment add column vitals integer not null default 0;
alter table assignment add column expected_at timestamptz;           -- the hospital knows
alter table assignment add column handover_confirmed_at timestamptz; -- the hospital's own word

create or replace function mirror_reset(reader text, journal text, at_epoch bigint) returns void
language plpgsql as $$
begin
    truncate fact, personal, quarantine, station, hospital, zone_name, unit, terminal, call, task,
        incident, assignment, condition, message, alert, shift, seat;
    insert into reader_cursor (name, journal_id, epoch, seq, hash)
    values (reader, journal, at_epoch, 0, decode(repeat('00', 32), 'hex'))
    on conflict (name) do update
        set journal_id = excluded.journal_id, epoch = excluded.epoch, seq = 0,
            hash = excluded.hash;
end $$;
