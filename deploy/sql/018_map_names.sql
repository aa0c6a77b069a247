-- A zone is named once, not in every tile that it reaches into: layer zone_names (name, kind), a
-- point inside each. The rest of a tile as in 010_map.sql.
alter function map_tile(integer, integer, integer) rename to map_tile_ground;

create function map_tile(z integer, x integer, y integer) returns bytea
language sql stable parallel safe as $$
    with tile as (
        select st_tileenvelope(z, x, y) as box,
               st_transform(st_tileenvelope(z, x, y), 4326) as around
    ), spot as (
        select a.id, a.kind, a.name, st_pointonsurface(a.geom) as point
        from zone a, tile
        where a.geom && tile.around and (z >= 11 or a.kind in ('service_area', 'district', 'township'))
    ), inside as (
        select s.kind, s.name, st_asmvtgeom(st_transform(s.point, 3857), tile.box, 4096, 0) as geom
        from spot s, tile
        where s.point && tile.around and (z >= 10 or s.kind <> 'township')
        order by s.id
    )
    select map_tile_ground(z, x, y) ||
           (select coalesce(st_asmvt(inside, 'zone_names', 4096, 'geom'), '')
            from inside where geom is not null)
$$;

-- Tiles that were made before are other tiles.
alter function map_version() rename to map_version_ground;
create function map_version() returns text language sql stable as $$
    select substr(md5('018 ' || map_version_ground()), 1, 16)
$$;
