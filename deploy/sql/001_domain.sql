-- The domain, mirrored from the journal. Nothing here is authority: every row can be dropped and
-- rebuilt from the facts. The words are those of the glossary; the ids are those of the core.
-- Tables and columns are the objects and fields of dispatch/core/object.def: the first field is
-- `id`, x_ms is x_at, an id or time of 0 is null, a grade of 0 is null, a list is an array. Fields about
-- persons (number, words, complaint) are not mirrored: a person must be deletable by one key.
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

create function point_of(has_place boolean, lat_e7 integer, lon_e7 integer) returns geometry
language sql immutable parallel safe as $$
    select case when has_place then st_setsrid(st_makepoint(lon_e7 / 1e7, lat_e7 / 1e7), 4326) end
$$;

create table station (
    id         bigint primary key,
    code       text    not null default '',
    name       text    not null default '',
    substation boolean not null default false,
    lat_e7     integer,
    lon_e7     integer,
    point      geometry(Point, 4326) generated always as
        (point_of(lat_e7 is not null, lat_e7, lon_e7)) stored
);

create table hospital (
    id              bigint primary key,
    code            text    not null default '',
    name            text    not null default '',
    capabilities    bigint  not null default 0, -- bits of HOSPITAL_KIND in kind.def
    beds            integer not null default 0,
    status          text    not null default 'unknown',
    beds_free       integer not null default 0,
    handover_wait_s integer not null default 0,
    status_at       timestamptz,
    lat_e7          integer,
    lon_e7          integer,
    point           geometry(Point, 4326) generated always as
        (point_of(lat_e7 is not null, lat_e7, lon_e7)) stored
);

create table terminal (
    id      bigint primary key,
    phone   text    not null default '',    -- the number it speaks by on the wire
    unit    bigint,
    lost    boolean not null default false,
    lost_at timestamptz
);

create table unit (
    id           bigint primary key,
    code         text    not null default '',
    plate        text    not null default '',
    kind         text    not null default '',
    station      bigint,
    capabilities bigint  not null default 0, -- bits of CAPABILITY in kind.def
    crew         integer not null default 0,
    duty         text    not null default 'off',
    duty_at      timestamptz,
    assignment   bigint,                    -- the active one
    next         bigint,                    -- the reserved one behind it
    free_at      timestamptz,
    returned_at  timestamptz
);

create table call (
    id            bigint primary key,
    line          text    not null default '',
    state         text    not null default 'none',
    incident      bigint,
    "user"        bigint,
    seat          integer not null default 0,
    ringing_at    timestamptz,
    answered_at   timestamptz,
    ended_at      timestamptz,
    received_at   timestamptz generated always as (coalesce(ringing_at, answered_at)) stored,
    has_place     boolean not null default false,
    lat_e7        integer,
    lon_e7        integer,
    uncertainty_m integer not null default 0,
    source        text    not null default 'none',
    point         geometry(Point, 4326) generated always as
        (point_of(has_place, lat_e7, lon_e7)) stored
);
create index call_incident on call (incident);
create index call_received on call (received_at);

-- The call-back that an abandoned or silent call leaves.
create table task (
    id          bigint primary key,
    call        bigint,
    opened_at   timestamptz,
    finished_at timestamptz,
    outcome     text not null default 'open',
    "user"      bigint
);

create table incident (
    id             bigint primary key,
    call           bigint,                  -- the one it was opened from
    split_from     bigint,
    state          text    not null default 'open',
    opened_at      timestamptz not null,
    owner          bigint,
    has_place      boolean not null default false,
    lat_e7         integer,
    lon_e7         integer,
    uncertainty_m  integer not null default 0,
    source         text    not null default 'none',
    zone           bigint[] not null default '{}', -- every zone the place lies in
    kind           text    not null default '', -- '' is 'medical'
    card           text    not null default '',
    patients       integer not null default 0,
    age_months     integer not null default 0,  -- 0: not told
    sex            text    not null default 'unknown',
    grade          smallint,                -- the call's grade, 1 is the most urgent
    determinant    text    not null default '',
    provisional    boolean not null default false,
    cards_hash     text    not null default '',
    graded_at      timestamptz,
    proposed_grade smallint,
    scene_grade    smallint,                -- what the crew found
    plan           text    not null default '',
    first          bigint,                  -- the incident this one repeats
    outcome        text    not null default 'none',
    closed_at      timestamptz,
    point          geometry(Point, 4326) generated always as
        (point_of(has_place, lat_e7, lon_e7)) stored
);
create index incident_opened on incident (opened_at);
create index incident_point on incident using gist (point);

-- One unit, one incident; the status lives here, one column per time point.
create table assignment (
    id              bigint primary key,
    incident        bigint  not null,
    unit            bigint  not null,
    hospital        bigint,
    step            text    not null default 'reserved',
    slot            integer not null default 0,
    eta_s           integer,                -- what the order was decided on
    source          text    not null default 'none', -- of the ETA: road or crow
    override        boolean not null default false, -- a person chose otherwise than recommended
    reason          text    not null default 'none', -- why so
    end_reason      text    not null default 'none', -- of a cancellation, refusal, diversion
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
    cancelled_at    timestamptz,
    empty_run_at    timestamptz,
    refused_at      timestamptz,
    diverted_at     timestamptz,
    ended_at        timestamptz             -- whichever of the last five it was
);
create index assignment_incident on assignment (incident);
create index assignment_unit on assignment (unit, ordered_at);

-- Closures and slow-downs of roads.
create table condition (
    id       bigint primary key,
    state    text    not null,
    slow_pct integer not null default 0,
    way      bigint[] not null default '{}', -- OpenStreetMap ways
    lat_e7   integer,
    lon_e7   integer,
    radius_m integer not null default 0,
    until_at timestamptz,
    cause    text    not null default ''
);

create table alert (
    id              bigint primary key,
    detector        text    not null,
    level           text    not null,       -- blue, yellow, orange, red
    state           text    not null default 'raised',
    call            bigint,
    task            bigint,
    incident        bigint,
    assignment      bigint,
    unit            bigint,
    terminal        bigint,
    since_at        timestamptz,
    cause_seq       bigint  not null default 0,
    words           text    not null default '',
    raised_at       timestamptz not null,
    owner           bigint,
    acknowledged_at timestamptz,
    until_at        timestamptz,            -- shelved until
    cleared_at      timestamptz,
    verdict         text    not null default 'none'
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

-- How far a reader is. What is not in the journal's chain any more makes it rebuild.
create table reader_cursor (
    name       text primary key,
    journal_id text   not null,
    epoch      bigint not null,
    seq        bigint not null,
    hash       bytea  not null
);
