-- From osm2pgsql's rows in osm_import to road_edge, road_turn_ban and place. Run as a whole in one
-- transaction by `dispatchctl import-osm`, so that a failed import leaves the old roads.
--
--   way_point   the nodes of each way that the extract knows, in order. Where nodes are missing
--               (the edge of an extract) the way is broken, not bridged: a new run begins.
--   way_break   the points a way is cut at: ends of runs, nodes that ways share, barriers, and the
--               middle of a loop that would otherwise start where it ends
--   road_edge   the pieces between two breaks, drawn in driving direction
-- An impassable barrier ends the road on both sides: the pieces there get private nodes (< 0).

set local client_min_messages = warning;

-- A node named twice in a row is one.
create temp table way_point on commit drop as
with listed as (
    select way_id, node_id, n, lag(node_id) over (partition by way_id order by n) as before
    from osm_import.way, unnest(nodes) with ordinality as u(node_id, n)
), numbered as (
    select way_id, node_id, row_number() over (partition by way_id order by n) as ord
    from listed where before is distinct from node_id
)
select l.way_id, l.ord, l.node_id, p.lat, p.lon,
       l.ord - row_number() over (partition by l.way_id order by l.ord) as run
from numbered l join osm_import.planet_osm_nodes p on p.id = l.node_id;
create index on way_point (way_id, ord);
create index on way_point (node_id);
analyze way_point;

create temp table way_break on commit drop as
with shared as (
    select node_id from way_point group by node_id having count(*) > 1
    union select node_id from osm_import.barrier
), ends as (
    select way_id, run, min(ord) as first_ord, max(ord) as last_ord
    from way_point group by way_id, run
)
select p.way_id, p.run, p.ord, p.node_id
from way_point p join ends e using (way_id, run)
where e.first_ord < e.last_ord
  and (p.ord in (e.first_ord, e.last_ord) or p.node_id in (select node_id from shared));

insert into way_break
select b.way_id, b.run, p.ord, p.node_id
from (select *, lead(ord) over w as next_ord, lead(node_id) over w as next_node
      from way_break window w as (partition by way_id, run order by ord)) b
join way_point p on p.way_id = b.way_id and p.ord = (b.ord + b.next_ord) / 2
where b.node_id = b.next_node;

create temp table piece on commit drop as
select row_number() over (order by b.way_id, b.first_ord) as id, b.*
from (select way_id, ord as first_ord, node_id as from_node, lead(ord) over w as last_ord,
             lead(node_id) over w as to_node
      from way_break window w as (partition by way_id, run order by ord)) b
where b.last_ord is not null;

create temp table shape on commit drop as
select s.id, st_makeline(st_setsrid(st_makepoint(p.lon / 1e7, p.lat / 1e7), 4326)
                         order by p.ord) as geom
from piece s join way_point p on p.way_id = s.way_id and p.ord between s.first_ord and s.last_ord
group by s.id;

delete from road_turn_ban;
delete from road_edge;

insert into road_edge (id, way_id, from_node, to_node, class, name, ref, maxspeed_kmh, oneway,
                       emergency, barrier, carriageway, roundabout, bridge, tunnel, length_m, geom)
select s.id, s.way_id,
       case when w.oneway < 0 then e.end_b else e.end_a end,
       case when w.oneway < 0 then e.end_a else e.end_b end,
       w.class, coalesce(w.name, ''), coalesce(w.ref, ''), w.maxspeed_kmh, w.oneway <> 0,
       w.emergency, false, w.carriageway, w.roundabout, w.bridge, w.tunnel,
       st_length(g.geom::geography),
       case when w.oneway < 0 then st_reverse(g.geom) else g.geom end
from piece s
join osm_import.way w using (way_id)
join shape g using (id)
left join osm_import.barrier a on a.node_id = s.from_node
left join osm_import.barrier b on b.node_id = s.to_node,
lateral (select case when not a.passable then -2 * s.id else s.from_node end as end_a,
                case when not b.passable then -2 * s.id - 1 else s.to_node end as end_b) e;

-- A passable barrier is charged to one piece, the shortest that touches it.
update road_edge set barrier = true, emergency = emergency or touched.closed
from (select id, bool_or(closed) as closed
      from (select distinct on (b.node_id) e.id, b.closed
            from osm_import.barrier b
            join road_edge e on b.node_id in (e.from_node, e.to_node)
            where b.passable
            order by b.node_id, e.length_m, e.id) t
      group by id) touched
where road_edge.id = touched.id;

-- Against a one-way street, for emergency vehicles.
insert into road_edge
select (select max(id) from road_edge) + row_number() over (order by e.id), e.way_id, e.to_node,
       e.from_node, e.class, e.name, e.ref, e.maxspeed_kmh, true, true, e.barrier, e.carriageway,
       e.roundabout, e.bridge, e.tunnel, e.length_m, st_reverse(e.geom)
from road_edge e join osm_import.way w using (way_id)
where w.contraflow;

-- Turn restrictions. `only` forbids every other way on. One that names a way running through its
-- node on both sides says nothing certain and is left out.
create temp table move on commit drop as
select id, way_id, from_node, to_node from road_edge
union all select id, way_id, to_node, from_node from road_edge where not oneway;
create index on move (from_node);
create index on move (to_node);
analyze move;

insert into road_turn_ban (from_edge, via_node, to_edge, relation_id)
select f.id, r.via_node, o.id, min(r.relation_id)
from osm_import.restriction r
join move f on f.to_node = r.via_node and f.way_id = r.from_way
join move t on t.from_node = r.via_node and t.way_id = r.to_way
join move o on o.from_node = r.via_node and (o.id = t.id) <> r.only
where (select count(*) from move x where x.to_node = r.via_node and x.way_id = r.from_way) = 1
  and (select count(*) from move x where x.from_node = r.via_node and x.way_id = r.to_way) = 1
group by f.id, r.via_node, o.id;

-- Via ways: along pieces of theirs, in their order, no crossing twice, from the end of the first way
-- to the beginning of the last. Left out where more than one drive fits. `only` says how the last of
-- the via ways is left, not that they are entered.
create temp table route on commit drop as
with recursive drive as (
    select r.relation_id, r.only, r.via_ways, r.to_way, f.id as from_edge, f.to_node as via_node,
           f.to_node as here, 0 as way, '{}'::bigint[] as edges,
           array[f.from_node, f.to_node] as nodes
    from osm_import.restriction r join move f on f.way_id = r.from_way
    where r.via_ways <> '{}'
    union all
    select d.relation_id, d.only, d.via_ways, d.to_way, d.from_edge, d.via_node, m.to_node, n,
           d.edges || m.id, d.nodes || m.to_node
    from drive d join move m on m.from_node = d.here, generate_series(d.way, d.way + 1) n
    where n > 0 and m.way_id = d.via_ways[n] and m.to_node <> all (d.nodes)
      and cardinality(d.edges) < 14
)
select d.*, t.id as to_edge, count(*) over (partition by relation_id, to_way) as drives
from drive d join move t on t.from_node = d.here and t.way_id = d.to_way
where d.way = cardinality(d.via_ways);

insert into road_turn_ban (from_edge, via_node, via_edges, to_edge, relation_id)
select r.from_edge, r.via_node, r.edges, o.id, min(r.relation_id)
from route r join move o on o.from_node = r.here and (o.id = r.to_edge) <> r.only
where r.drives = 1
group by r.from_edge, r.via_node, r.edges, o.id;

-- The gazetteer: named objects, streets (one row for each place where the name occurs, pieces less
-- than about a kilometre apart being one street), and mileposts by the road they stand on.
delete from place;

insert into place (id, name, initials, kind, osm, rank, point)
with street as (
    select name, st_collect(geom) as geom, min(way_id) as way_id
    from (select name, way_id, geom,
                 st_clusterdbscan(geom, 0.01, 1) over (partition by name) as cluster
          from road_edge where name <> '') e
    group by name, cluster
), milepost as (
    select m.node_id, m.km, m.point,
           coalesce(m.ref, (select w.ref from way_point p join osm_import.way w using (way_id)
                            where p.node_id = m.node_id and w.ref <> '' limit 1)) as ref
    from osm_import.milepost m
), found as (
    select name, kind, lower(osm_type) || osm_id as osm, point from osm_import.place
    union all
    select name, 'street', 'w' || way_id, st_closestpoint(geom, st_centroid(geom)) from street
    union all
    select concat_ws(' ', ref, 'K' || regexp_replace(km, '[.]0*$', '')), 'milepost',
           'n' || node_id, point
    from milepost
)
select row_number() over (order by osm, kind, name), name, initials(name), kind, osm,
       case kind when 'city' then 10 when 'town' then 12 when 'district' then 14
                 when 'hospital' then 15 when 'suburb' then 16 when 'village' then 18
                 when 'ambulance_station' then 18 when 'neighbourhood' then 20 when 'hamlet' then 22
                 when 'station' then 25 when 'school' then 28 when 'street' then 30
                 when 'milepost' then 30 else 50 end,
       point
from found;

insert into road_import as i
    (imported_at, source, edges, nodes, turn_bans, via_ways, unclear, turns_by_hour,
     streets_by_hour, places)
select now(), '', (select count(*) from road_edge),
       (select count(*) from (select from_node from road_edge
                              union select to_node from road_edge) n),
       (select count(*) from road_turn_ban),
       (select count(distinct relation_id) from road_turn_ban where via_edges <> '{}'),
       (select count(distinct relation_id) from osm_import.restriction
        where relation_id not in (select relation_id from road_turn_ban)),
       (select count(*) from osm_import.by_hour where turn),
       (select count(*) from osm_import.by_hour where not turn),
       (select count(*) from place)
on conflict (one) do update set imported_at = excluded.imported_at, edges = excluded.edges,
    nodes = excluded.nodes, turn_bans = excluded.turn_bans, via_ways = excluded.via_ways,
    unclear = excluded.unclear, turns_by_hour = excluded.turns_by_hour,
    streets_by_hour = excluded.streets_by_hour, places = excluded.places;
