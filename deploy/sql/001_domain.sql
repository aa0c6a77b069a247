-- The domain, mirrored from the journal. Nothing here is authority: every row can be dropped and
-- rebuilt from the facts. The words are those of the glossary; the ids are those of the core.
-- Closed vocabularies are the words of dispatch/core/enum.def and kind.def.
-- All times are UTC instants. A time point holds the claimed time of the event where the fact
-- carried one (a crew offline in a tunnel, a replay), otherwise the time the server knew it.

create extension if not exists postgis;
create extension if not exists pg_trgm;

-- Every fact, in journal order. One journal record is one command; idx counts its facts.
create table fact (
    seq        bigint  not null,
    idx        integer not null,
    kind       text    not null,            -- past tense, the same word as in C and on screen
    at_ms      bigint  not null,            -- Unix ms, the server's clock
    claimed_ms bigint,                      -- Unix ms, where the event happened earlier
    client     text    not null default '', -- idempotency client
    actor      text    not null default '', -- account or terminal
    body       jsonb   not null default '{}',
    primary key (seq, idx)
);
create index fact_kind_at on fact (kind, at_ms);

create table station (
    id      bigint primary key,
    name    text not null,
    parent  bigint,                         -- the station a township sub-station belongs to
    point   geometry(Point, 4326)
);

create table hospital (
    id            bigint primary key,
    name          text not null,
    kinds         text[] not null default '{}', -- HOSPITAL_KIND keys: chest-pain, stroke, …
    status        text not null default 'unknown',
    status_at     timestamptz,
    point         geometry(Point, 4326)
);

create table terminal (
    id       text primary key,              -- terminal number as it is spoken on the wire
    unit     bigint,
    protocol text not null default '',
    seen_at  timestamptz
);

create table unit (
    id           bigint primary key,
    name         text not null,
    plate        text not null default '',
    kind         text not null default 'ambulance',
    station      bigint,
    capabilities text[] not null default '{}',
    duty         text not null default 'off',
    duty_at      timestamptz
);

create table incident (
    id             bigint primary key,
    kind           text not null default 'medical', -- 'medical' counts in the medical indicators
    complaint      text not null default '',
    determinant    text not null default '',
    grade          smallint,                -- the call's grade, 1 is the most urgent
    scene_grade    smallint,                -- what the crew found
    owner          text not null default '',
    zone           bigint,
    words          text not null default '', -- place in words, redacted unless configured
    patients       integer not null default 1,
    state          text not null default 'open',
    outcome        text,                    -- treated, advice, invalid, duplicate, transferred, …
    linked_to      bigint,                  -- the first incident of a duplicate
    opened_at      timestamptz not null,
    graded_at      timestamptz,
    closed_at      timestamptz,
    point          geometry(Point, 4326)
);
create index incident_opened on incident (opened_at);
create index incident_point on incident using gist (point);

create table call (
    id          bigint primary key,
    incident    bigint,
    kind        text not null default 'emergency',
    state       text not null default 'none', -- ringing, answered, ended, abandoned, silent
    received_at timestamptz not null,       -- ringing where known, otherwise answered or entered
    ringing_at  timestamptz,
    answered_at timestamptz,
    ended_at    timestamptz,
    loc_source  text not null default '',
    loc_unc_m   integer,
    point       geometry(Point, 4326)
);
create index call_incident on call (incident);
create index call_received on call (received_at);

-- One unit, one incident; the status lives here, one column per time point.
create table assignment (
    id              bigint primary key,
    incident        bigint not null,
    unit            bigint not null,
    status          text not null default 'reserved',
    hospital        bigint,
    reserved_at     timestamptz,
    ordered_at      timestamptz,
    delivered_at    timestamptz,            -- the device's receipt, not the crew's
    acknowledged_at timestamptz,
    departed_at     timestamptz,
    at_scene_at     timestamptz,
    at_patient_at   timestamptz,
    left_scene_at   timestamptz,
    at_hospital_at  timestamptz,
    handed_over_at  timestamptz,
    completed_at    timestamptz,
    at_station_at   timestamptz,
    cancelled_at    timestamptz,
    refused_at      timestamptz,
    diverted_at     timestamptz,
    empty_run_at    timestamptz,
    reason          text,                   -- coded reason of a cancellation, refusal, diversion
    eta_s           integer,                -- what the order was decided on
    eta_source      text,                   -- road or crow
    rank            smallint,               -- place in the recommendation, 1 is first; null: by hand
    override_reason text,
    corrections     integer not null default 0 -- time points corrected after the event
);
create index assignment_incident on assignment (incident);
create index assignment_unit on assignment (unit, ordered_at);

create table alert (
    id            bigint primary key,
    detector      text not null,
    version       text not null default '',
    cause_seq     bigint not null,
    level         text not null,            -- blue, yellow, orange, red
    incident      bigint,
    unit          bigint,
    raised_at     timestamptz not null,
    owner         text,
    acknowledged_at timestamptz,
    shelved_until timestamptz,
    cleared_at    timestamptz,
    verdict       text,                     -- true_alert, false_alert, unknown, resolved
    evidence      jsonb not null default '{}',
    point         geometry(Point, 4326)
);
create index alert_raised on alert (raised_at);

-- What the database would not take, with its reason; the rest of the batch went on.
create table quarantine (
    seq     bigint  not null,
    idx     integer not null,
    reason  text    not null,
    body    jsonb   not null,
    put_at  timestamptz not null default now(),
    primary key (seq, idx)
);

-- How far a reader is. (journal_id, epoch, seq, hash) must lie in the journal's chain, or it rebuilds.
create table reader_cursor (
    name       text primary key,
    journal_id text   not null,
    epoch      bigint not null,
    seq        bigint not null,
    hash       bytea  not null
);
