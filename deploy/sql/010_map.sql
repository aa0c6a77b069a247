-- What the consoles' map asks: vector tiles, what they are made of, and places by what a caller says.

-- Roads that are not OpenStreetMap's say so wherever they are drawn.
alter table road_import add column synthetic boolean not null default false;
alter table road_import add column attribution text not null default '© OpenStreetMap contributors';

-- The least zoom at which a road of this class is drawn.
create function road_zoom(class text) returns integer language sql immutable parallel safe as $$
    select case regexp_replace(class, '_link$', '')
               when 'motorway' then 5 when 'trunk' then 6 when 'primary' then 8
               when 'secondary' then 10 when 'tertiary' then 11 when 'ferry' then 11
               when 'unclassified' then 12 when 'residential' then 12 when 'living_street' then 13
               else 14 end
$$;

-- Layers roads (class, name, ref), zones (id, kind, name) and places (kind, name, rank). What
-- emergency vehicles alone may drive against is no second line on the map.
create function map_tile(z integer, x integer, y integer) returns bytea
language sql stable parallel safe as $$
    with tile as (
        select st_tileenvelope(z, x, y) as box,
               st_transform(st_tileenvelope(z, x, y, margin => 0.02), 4326) as around
    ), road as (
        select e.class, e.name, e.ref,
               st_asmvtgeom(st_transform(e.geom, 3857), tile.box, 4096, 80) as geom
        from road_edge e, tile
        where e.geom && tile.around and not (e.emergency and e.oneway) and road_zoom(e.class) <= z
    ), area as (
        select a.id, a.kind, a.name,
               st_asmvtgeom(st_transform(a.geom, 3857), tile.box, 4096, 80) as geom
        from zone a, tile
        where a.geom && tile.around and (z >= 11 or a.kind in ('service_area', 'district', 'township'))
    ), spot as (
        select p.kind, p.name, p.rank,
               st_asmvtgeom(st_transform(p.point, 3857), tile.box, 4096, 64) as geom
        from place p, tile
        where p.point && tile.around and p.kind <> 'street' and
              p.rank <= case when z < 8 then 10 when z < 10 then 14 when z < 12 then 18
                             when z < 14 then 25 else 99 end
        order by p.rank, p.id limit 400
    )
    select (select coalesce(st_asmvt(road, 'roads', 4096, 'geom'), '') from road where geom is not null)
        || (select coalesce(st_asmvt(area, 'zones', 4096, 'geom'), '') from area where geom is not null)
        || (select coalesce(st_asmvt(spot, 'places', 4096, 'geom'), '') from spot where geom is not null)
$$;

-- Changes whenever a tile may; the cache on the server's disk goes by it.
create function map_version() returns text language sql stable as $$
    select substr(md5(concat_ws('/', (select concat(imported_at, source, edges) from road_import),
        (select count(*) || ' ' || coalesce(max(id), 0) from road_edge),
        (select count(*) || ' ' || coalesce(max(id), 0) from place),
        (select md5(string_agg(id || code || name || kind || md5(st_asbinary(geom)), '' order by id))
         from zone))), 1, 16)
$$;

create function map_meta() returns json language sql stable as $$
    select json_build_object('version', map_version(), 'source', i.source,
        'attribution', i.attribution, 'synthetic', i.synthetic,
        'west', st_xmin(b.box), 'south', st_ymin(b.box), 'east', st_xmax(b.box),
        'north', st_ymax(b.box), 'roads', coalesce(i.edges, 0))
    from (select coalesce((select st_extent(geom) from road_edge),
                          (select st_extent(geom) from zone))::box2d as box) b
    left join road_import i on true
$$;

-- "G6" or part of a road's name, and kilometres: between the two posts around it.
create function milepost_at(road text, km double precision)
returns table (id bigint, name text, kind text, point geometry) language sql stable as $$
    with ref as (
        select distinct upper(trim(r)) as ref
        from road_edge e, unnest(string_to_array(e.ref, ';')) r
        where upper(trim(r)) = upper(road) or (length(road) > 1 and e.name ilike '%' || road || '%')
    ), post as (
        select p.id, p.point, split_part(p.name, ' K', 1) as ref,
               split_part(p.name, ' K', 2)::double precision as at_km
        from place p
        where p.kind = 'milepost' and p.name ~ '^[^ ]+ K[0-9]+([.][0-9]+)?$'
          and upper(split_part(p.name, ' K', 1)) in (select ref from ref union select upper(road))
    )
    select a.id, a.ref || ' K' || km, 'milepost',
           case when b.at_km > a.at_km
                then st_lineinterpolatepoint(st_makeline(a.point, b.point),
                                             (km - a.at_km) / (b.at_km - a.at_km))
                else a.point end
    from (select distinct on (ref) * from post where at_km <= km and at_km > km - 20
          order by ref, at_km desc) a
    left join lateral (select * from post p where p.ref = a.ref and p.at_km >= km
                       and p.at_km < km + 20 order by p.at_km limit 1) b on true
    where b.id is not null or a.at_km > km - 2
$$;

-- Whatever a dispatcher may type for a place: "京藏高速 K1180+300", "G6K1180", "szs", part of a name.
create function place_find(words text, near geometry, how_many integer)
returns table (id bigint, name text, kind text, point geometry) language plpgsql stable as $$
declare
    post text[] := regexp_match(trim(words), '^(.+?)\s*[Kk]\s*([0-9]+)(?:\s*[+.]\s*([0-9]{1,3}))?$');
    pattern text := '%' || regexp_replace(trim(words), '([\\%_])', '\\\1', 'g') || '%';
    letters text := lower(regexp_replace(words, '[^A-Za-z0-9]', '', 'g'));
begin
    if post is not null then
        return query select * from milepost_at(post[1],
            (post[2] || '.' || lpad(coalesce(post[3], '0'), 3, '0'))::double precision) limit how_many;
        if found then
            return;
        end if;
    end if;
    return query
    (select s.id, s.name, s.kind, s.point from place_search(words, near, how_many) s)
    union all
    (select z.id, z.name, z.kind, st_pointonsurface(z.geom) from zone z
     where z.name ilike pattern or (letters <> '' and words ~ '^[A-Za-z0-9 ]+$'
                                    and initials(z.name) like letters || '%')
     order by length(z.name) limit how_many)
    limit how_many;
end $$;
