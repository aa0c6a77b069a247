-- Zones, roads and places. Zones are kept and edited here; the server holds a prepared copy.
-- Roads and places are rebuilt whole by `dispatchctl import-osm`, in one transaction.

create table zone (
    id     bigint primary key,
    code   text not null default '',        -- the administrative or the centre's own code
    name   text not null,
    kind   text not null,                   -- a key of kind.def: service_area, township, …
    source text not null default '',
    geom   geometry(MultiPolygon, 4326) not null check (st_isvalid(geom) and not st_isempty(geom)),
    unique (kind, code)
);
create sequence zone_id owned by zone.id;
alter table zone alter column id set default nextval('zone_id');
create index zone_geom on zone using gist (geom);

-- One piece of road between two junctions. A one-way piece is drawn in its driving direction;
-- where emergency vehicles may drive against it, that is a second row.
create table road_edge (
    id           bigint primary key,        -- 1, 2, 3, …: dense within one import
    way_id       bigint  not null,          -- OpenStreetMap way
    from_node    bigint  not null,          -- OpenStreetMap node; negative: one side of a barrier
    to_node      bigint  not null,
    class        text    not null,          -- motorway … service, track, pedestrian, ferry
    name         text    not null default '',
    ref          text    not null default '',
    maxspeed_kmh smallint,                  -- as posted; null: by class
    oneway       boolean not null,
    emergency    boolean not null,          -- only emergency vehicles may use it
    barrier      boolean not null,          -- a gate or bollard that emergency vehicles pass
    carriageway  boolean not null,          -- a barrier separates the other direction
    roundabout   boolean not null,
    bridge       boolean not null,
    tunnel       boolean not null,
    length_m     real    not null,
    geom         geometry(LineString, 4326) not null
);
create index road_edge_from on road_edge (from_node);
create index road_edge_to on road_edge (to_node);
create index road_edge_way on road_edge (way_id);
create index road_edge_geom on road_edge using gist (geom);

-- A forbidden turn: coming by from_edge one may not go on by to_edge at via_node.
create table road_turn_ban (
    from_edge   bigint not null,
    via_node    bigint not null,
    to_edge     bigint not null,
    relation_id bigint not null,            -- OpenStreetMap relation
    primary key (from_edge, via_node, to_edge)
);

create table place (
    id       bigint primary key,
    name     text not null,
    initials text not null default '',      -- pinyin initials, or the first letters of words
    kind     text not null,                 -- city, village, street, hospital, milepost, …
    osm      text not null default '',      -- n123, w123, r123
    rank     smallint not null default 50,  -- smaller is shown first
    point    geometry(Point, 4326) not null
);
create index place_name_trgm on place using gin (name gin_trgm_ops);
create index place_initials on place (initials text_pattern_ops);
create index place_point on place using gist (point);

-- What was imported last; the road file carries the same stamp.
create table road_import (
    one          boolean primary key default true check (one),
    imported_at  timestamptz not null,
    source       text not null,
    edges        bigint not null,
    nodes        bigint not null,
    turn_bans    bigint not null,
    unclear      bigint not null,           -- turn restrictions left out: via a way, or ambiguous
    places       bigint not null
);
