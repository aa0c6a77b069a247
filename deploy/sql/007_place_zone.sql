-- Asking the gazetteer, and taking zones in from GeoJSON.

-- Places by a part of the name, by pinyin initials or the words' first letters ("szs", "g6k1205"),
-- or by a name spelt nearly so. The better match comes first, then rank, then distance to `near`.
create function place_search(words text, near geometry, how_many integer)
returns table (id bigint, name text, kind text, point geometry) language plpgsql stable as $$
declare
    wanted text := trim(words);
    pattern text := regexp_replace(wanted, '([\\%_])', '\\\1', 'g');
    letters text := lower(regexp_replace(wanted, '[^A-Za-z0-9]', '', 'g'));
    typed_initials boolean := wanted ~ '^[A-Za-z0-9 .+-]+$' and letters <> '';
begin
    if wanted = '' then
        return;
    end if;
    return query
    select p.id, p.name, p.kind, p.point
    from place p
    where p.name ilike '%' || pattern || '%' or p.name % wanted
       or (typed_initials and p.initials like letters || '%')
    order by lower(p.name) = lower(wanted) desc,
             typed_initials and p.initials = letters desc,
             p.name ilike pattern || '%' desc,
             p.name ilike '%' || pattern || '%' desc,
             typed_initials and p.initials like letters || '%' desc,
             similarity(p.name, wanted) desc, p.rank, p.point <-> near nulls last, p.id
    limit how_many;
end $$;

-- A FeatureCollection of polygons into zones of one kind; the same code again replaces the zone.
-- Coordinates must be WGS-84 or CGCS2000: what says it is GCJ-02 is refused, not silently shifted.
create function zone_import(doc jsonb, zone_kind text, zone_source text) returns integer
language plpgsql as $$
declare
    feature jsonb;
    code text;
    shape geometry;
    n integer := 0;
begin
    if jsonb_typeof(doc->'features') is distinct from 'array' then
        raise exception 'not a GeoJSON FeatureCollection';
    end if;
    for feature in select jsonb_array_elements(doc->'features') loop
        n := n + 1;
        code := coalesce(feature->'properties'->>'code', feature->'properties'->>'adcode',
                         feature->>'id');
        if code is null or feature->'properties'->>'name' is null then
            raise exception 'feature %: a zone needs properties.name and a code', n;
        end if;
        if feature->'properties'->>'datum' ~* '^(gcj|bd)' then
            raise exception 'zone %: datum is %, convert it to WGS-84 first', code,
                feature->'properties'->>'datum';
        end if;
        if feature->'geometry'->>'type' not in ('Polygon', 'MultiPolygon') then
            raise exception 'zone %: a zone is a Polygon or a MultiPolygon, not a %', code,
                feature->'geometry'->>'type';
        end if;
        shape := st_setsrid(st_geomfromgeojson(feature->>'geometry'), 4326);
        if not st_covers(st_makeenvelope(-180, -90, 180, 90, 4326), st_envelope(shape)) then
            raise exception 'zone %: coordinates beyond longitude 180 or latitude 90', code;
        end if;
        shape := st_multi(st_collectionextract(st_makevalid(st_force2d(shape)), 3));
        insert into zone (code, name, kind, source, geom)
        values (code, feature->'properties'->>'name', zone_kind,
                coalesce(zone_source, feature->'properties'->>'source', ''), shape)
        on conflict on constraint zone_kind_code_key do update
            set name = excluded.name, source = excluded.source, geom = excluded.geom;
    end loop;
    return n;
end $$;
