-- The figures of periods that are over and settled, kept so that a chart does not work them out again
-- from the whole history (views/quality.sql: control_keep). As when they were kept: what is corrected
-- later in a record of such a period changes them no more. They go when the copy is made anew, when
-- the catalogue changes, and when views/quality.sql is applied again.

-- Which periods: of step, beginning at that instant. One without figures is one in which nothing was.
create table control_kept (
    step text        not null,
    low  timestamptz not null,
    primary key (step, low)
);

create table control_figure (
    step      text        not null,
    low       timestamptz not null,
    by        text        not null,        -- of control_group
    indicator text        not null,
    key       text        not null,
    n         bigint      not null,
    hits      bigint      not null,
    mean      double precision,
    p50       double precision,
    p90       double precision,
    value     double precision,
    primary key (step, by, indicator, key, low),
    foreign key (step, low) references control_kept on delete cascade
);
create index control_figure_period on control_figure (step, low);

create function control_forget() returns trigger language plpgsql as $$
begin
    truncate control_kept, control_figure;
    return null;
end $$;
create trigger indicator_changed after insert or update or delete or truncate on indicator
execute function control_forget();

create or replace function mirror_reset(reader text, journal text, at_epoch bigint) returns void
language plpgsql as $$
begin
    truncate control_kept, control_figure, fact, personal, quarantine, station, hospital, zone_name,
        unit, terminal, call, task, incident, assignment, condition, message, alert, shift, seat,
        plan_run;
    insert into reader_cursor (name, journal_id, epoch, seq, hash)
    values (reader, journal, at_epoch, 0, decode(repeat('00', 32), 'hex'))
    on conflict (name) do update
        set journal_id = excluded.journal_id, epoch = excluded.epoch, seq = 0,
            hash = excluded.hash;
end $$;
