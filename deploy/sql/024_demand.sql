-- Where the calls a week of a zone come from: counted over so many weeks, or (0) said by an operator.
alter table zone_name add column demand_weeks bigint not null default 0;
