-- A second opinion on what is recommended: of which unit, and of which it was asked.
alter table incident add column offered_seq bigint not null default 0,
    add column opinion_for bigint,
    add column opinion_unit bigint[] not null default '{}',
    add column opinion_here_s bigint[] not null default '{}',
    add column opinion_next_s bigint[] not null default '{}',
    add column opinion_error_s bigint[] not null default '{}',
    add column opinion_futures bigint not null default 0,
    add column opinion_horizon_s bigint not null default 0;
