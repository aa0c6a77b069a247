-- Turn restrictions via other ways, and what an import counted of those that depend on the hour.

-- Coming by from_edge one may not drive on along via_edges and then by to_edge; '{}': a single turn.
alter table road_turn_ban add column via_edges bigint[] not null default '{}';
alter table road_turn_ban drop constraint road_turn_ban_pkey;
alter table road_turn_ban add primary key (from_edge, via_node, via_edges, to_edge);

alter table road_import add column via_ways bigint not null default 0;
alter table road_import add column turns_by_hour bigint not null default 0;   -- left out
alter table road_import add column streets_by_hour bigint not null default 0; -- as at other hours
