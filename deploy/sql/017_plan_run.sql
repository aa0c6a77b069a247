-- Plans that run, and what is told of alerts (mirror of object.def). step_*: one entry a step; step 1 stands first. States, roles
-- and reasons are the numbers of the words in enum.def, times ms since 1970.

create table plan_run (
    id            bigint primary key,
    plan          text     not null,             -- code: deploy/plans/<code>.yaml
    edition       text     not null default '',
    alert         bigint,
    incident      bigint,
    "user"        bigint,                         -- who started it
    started_at    timestamptz not null,
    step_due_s    bigint[] not null default '{}', -- after the start
    step_role     bigint[] not null default '{}',
    step_state    bigint[] not null default '{}',
    step_user     bigint[] not null default '{}',
    step_taken_ms bigint[] not null default '{}',
    step_done_ms  bigint[] not null default '{}',
    step_reason   bigint[] not null default '{}',
    ended_at      timestamptz,
    reason        text     not null default 'none'
);
create index plan_run_started on plan_run (started_at);

-- And what was told of an alert outside (readers/webhook.h).
alter table alert add column plan_run bigint;
alter table alert add column notice integer not null default 0;
alter table alert add column notice_at timestamptz;
alter table alert add column before_at timestamptz;
alter table alert add column told_at timestamptz;

create or replace function mirror_reset(reader text, journal text, at_epoch bigint) returns void
language plpgsql as $$
begin
    truncate fact, personal, quarantine, station, hospital, zone_name, unit, terminal, call, task,
        incident, assignment, condition, message, alert, shift, seat, plan_run;
    insert into reader_cursor (name, journal_id, epoch, seq, hash)
    values (reader, journal, at_epoch, 0, decode(repeat('00', 32), 'hex'))
    on conflict (name) do update
        set journal_id = excluded.journal_id, epoch = excluded.epoch, seq = 0,
            hash = excluded.hash;
end $$;
