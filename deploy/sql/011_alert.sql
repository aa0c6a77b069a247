-- What an alert rests on, and what became of it (mirror of object.def).
alter table alert add column version integer not null default 0;        -- of the detector
alter table alert add column key bigint not null default 0;             -- the detector's own number
alter table alert add column syndrome text not null default '';
alter table alert add column zone bigint;
alter table alert add column hospital bigint;
alter table alert add column station bigint;
alter table alert add column seat bigint;
alter table alert add column evidence bigint[] not null default '{}';   -- incidents
alter table alert add column evidence_call bigint[] not null default '{}';
alter table alert add column has_place boolean not null default false;
alter table alert add column lat_e7 integer;
alter table alert add column lon_e7 integer;
alter table alert add column radius_m integer not null default 0;
alter table alert add column from_at timestamptz;
alter table alert add column to_at timestamptz;
alter table alert add column observed_milli bigint not null default 0;
alter table alert add column expected_milli bigint not null default 0;
alter table alert add column by_chance_h bigint not null default 0;     -- hours; 0: a rule
alter table alert add column plan text not null default '';
alter table alert add column updated_at timestamptz;
alter table alert add column merged_into bigint;                        -- it was an effect of that one
