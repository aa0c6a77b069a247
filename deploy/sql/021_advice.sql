-- What decisions beside the units' rest on: where a zone's calls come from, what hospitals can still
-- take of a mass casualty and how long handovers take there, the patients at a scene by triage, where
-- a free unit stands by. The advices themselves are in `fact`.
alter table zone_name add column lat_e7 integer, add column lon_e7 integer,
    add column calls_a_week bigint not null default 0;

alter table hospital add column handovers bigint not null default 0, -- seen
    add column handover_mean_s bigint not null default 0,             -- of the last ten
    add column capacity_told boolean not null default false,
    add column red bigint not null default 0, add column yellow bigint not null default 0,
    add column green bigint not null default 0, add column capacity_at timestamptz;

alter table incident add column mass_proposed boolean not null default false,
    add column mass boolean not null default false,
    add column red bigint not null default 0, add column yellow bigint not null default 0,
    add column green bigint not null default 0, add column black bigint not null default 0;

alter table unit add column post bigint, add column posted_at timestamptz;
