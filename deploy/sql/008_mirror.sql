-- What the mirror writes beside the domain (dispatch/readers/mirror_postgis.h).

-- Fields about persons, one row a field of a fact, apart from everything else: deleting a person is
-- deleting the rows of kind and id (I and 12 for incident 12).
create table personal (
    kind  text    not null,                 -- the letter of the subject's id
    id    bigint  not null,
    seq   bigint  not null,
    idx   integer not null,
    field text    not null,
    value text    not null,
    primary key (seq, idx, field)
);
create index personal_subject on personal (kind, id);

-- The places of calls have zones as well; names of zones come from facts, their shapes from import.
alter table call add column zone bigint[] not null default '{}';

create table zone_name (
    id          bigint primary key,
    code        text    not null default '',
    name        text    not null default '',
    kind        text    not null default '',
    kind_mask   bigint  not null default 0,
    grade_floor integer not null default 0
);

create table message (
    id           bigint primary key,
    unit         bigint,
    "user"       bigint,
    to_desk      boolean not null default false,
    sent_at      timestamptz,
    delivered_at timestamptz
);

-- A refused row is a fact, an object or a fix: what says of which table, id which row of it.
alter table quarantine add column what text not null default 'fact';
alter table quarantine add column id bigint not null default 0;
alter table quarantine drop constraint quarantine_pkey;
alter table quarantine add primary key (what, id, seq, idx);

-- The first statement of every batch. It holds the cursor's row until the end of the transaction,
-- and ends the transaction when another session, given up but still at work, was there before.
create function cursor_move(reader text, journal text, at_epoch bigint, after_seq bigint,
                            upto_seq bigint, upto_hash bytea) returns void language plpgsql as $$
begin
    update reader_cursor c set seq = upto_seq, hash = upto_hash
    where c.name = reader and c.journal_id = journal and c.epoch = at_epoch and c.seq = after_seq;
    if not found then
        raise exception 'the cursor of % is not at %', reader, after_seq using errcode = 'MD001';
    end if;
end $$;

-- Everything that came from the journal goes; the reader begins again.
create function mirror_reset(reader text, journal text, at_epoch bigint) returns void
language plpgsql as $$
begin
    truncate fact, personal, quarantine, station, hospital, zone_name, unit, terminal, call, task,
        incident, assignment, condition, message, alert;
    insert into reader_cursor (name, journal_id, epoch, seq, hash)
    values (reader, journal, at_epoch, 0, decode(repeat('00', 32), 'hex'))
    on conflict (name) do update
        set journal_id = excluded.journal_id, epoch = excluded.epoch, seq = 0,
            hash = excluded.hash;
end $$;
