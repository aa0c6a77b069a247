-- osm2pgsql's flex output for `dispatchctl import-osm`: what an ambulance may drive on, what stands
-- in its way, which turns are forbidden, and the named places. Raw rows only, in the schema
-- osm_import; build.sql makes the edges and the gazetteer of them.
-- Start here if a kind of way, an access value or a kind of place is treated wrongly.

local function set(words)
    local s = {}
    for word in words:gmatch('%S+') do s[word] = true end
    return s
end

local tables = {
    way = osm2pgsql.define_table{ name = 'way', schema = 'osm_import',
        ids = { type = 'way', id_column = 'way_id' }, columns = {
        { column = 'class', sql_type = 'text', not_null = true },
        { column = 'name', sql_type = 'text' },
        { column = 'ref', sql_type = 'text' },
        { column = 'oneway', sql_type = 'smallint', not_null = true }, -- 1, -1 or 0
        { column = 'contraflow', type = 'bool', not_null = true }, -- emergency may go against it
        { column = 'maxspeed_kmh', sql_type = 'smallint' },
        { column = 'emergency', type = 'bool', not_null = true },
        { column = 'carriageway', type = 'bool', not_null = true },
        { column = 'roundabout', type = 'bool', not_null = true },
        { column = 'bridge', type = 'bool', not_null = true },
        { column = 'tunnel', type = 'bool', not_null = true },
        { column = 'nodes', sql_type = 'int8[]', not_null = true },
    }},
    barrier = osm2pgsql.define_table{ name = 'barrier', schema = 'osm_import',
        ids = { type = 'node', id_column = 'node_id' }, columns = {
        { column = 'passable', type = 'bool', not_null = true }, -- by emergency vehicles
        { column = 'closed', type = 'bool', not_null = true },   -- to everyone else
    }},
    restriction = osm2pgsql.define_table{ name = 'restriction', schema = 'osm_import',
        ids = { type = 'relation', id_column = 'relation_id' }, columns = {
        { column = 'only', type = 'bool', not_null = true },
        { column = 'from_way', sql_type = 'int8' }, -- null: it names none
        { column = 'via_node', sql_type = 'int8' }, -- null: via ways, or none named
        { column = 'via_ways', sql_type = 'int8[]', not_null = true }, -- in the order of driving
        { column = 'to_way', sql_type = 'int8' },
    }},
    -- What depends on the hour: turns that are forbidden, streets that are closed or open.
    by_hour = osm2pgsql.define_table{ name = 'by_hour', schema = 'osm_import',
        ids = { type = 'any', type_column = 'osm_type', id_column = 'osm_id' }, columns = {
        { column = 'turn', type = 'bool', not_null = true },
    }},
    place = osm2pgsql.define_table{ name = 'place', schema = 'osm_import',
        ids = { type = 'any', type_column = 'osm_type', id_column = 'osm_id' }, columns = {
        { column = 'name', sql_type = 'text', not_null = true },
        { column = 'kind', sql_type = 'text', not_null = true },
        { column = 'point', type = 'point', projection = 4326, not_null = true },
    }},
    milepost = osm2pgsql.define_table{ name = 'milepost', schema = 'osm_import',
        ids = { type = 'node', id_column = 'node_id' }, columns = {
        { column = 'ref', sql_type = 'text' },
        { column = 'km', sql_type = 'text', not_null = true },
        { column = 'point', type = 'point', projection = 4326, not_null = true },
    }},
}

-- Highways that a vehicle drives on, and the class each counts as.
local class_of = { road = 'unclassified', busway = 'service' }
for class in pairs(set([[motorway motorway_link trunk trunk_link primary primary_link secondary
    secondary_link tertiary tertiary_link unclassified residential living_street service track
    pedestrian]])) do
    class_of[class] = class
end
-- Paths count as pedestrian streets where a sign lets vehicles, or only emergency ones, in.
local path = set('footway cycleway path bridleway')

local allowed = set('yes designated permissive destination customers delivery permit residents')
local refused = set('no private agricultural forestry psv bus official military emergency')
local yes = set('yes true 1')

-- Barriers that are no barrier; those that emergency vehicles pass with a delay; all others in
-- `solid` end the road.
local no_barrier = set([[toll_booth border_control cattle_grid entrance kerb sally_port no
    checkpoint]])
local solid = set([[block jersey_barrier debris log cycle_barrier motorcycle_barrier stile turnstile
    kissing_gate full-height_turnstile bus_trap wall fence hedge retaining_wall planter horse_stile
    tank_trap guard_rail ditch spikes horse_jump city_wall concrete]])

-- The most particular tag about motor vehicles that the object has.
local function motor_access(tags)
    return tags.motorcar or tags.motor_vehicle or tags.vehicle or tags.access
end

local function kmh(text)
    local number, unit = (text or ''):match('^%s*(%d+%.?%d*)%s*(%a*)')
    if not number then return nil end
    local speed = tonumber(number) * (unit == 'mph' and 1.609344 or 1)
    return speed >= 1 and speed <= 250 and math.floor(speed + 0.5) or nil
end

local function direction(tags, class, roundabout)
    local tag = tags['oneway:motorcar'] or tags['oneway:motor_vehicle'] or tags.oneway
    if tag == '-1' or tag == 'reverse' then return -1 end
    if tag and yes[tag] then return 1 end
    if tag == nil and (roundabout or class == 'motorway') then return 1 end
    return 0
end

local function contraflow(tags)
    return tags['oneway:emergency'] == 'no' or tags['oneway:bus'] == 'no'
        or tags['oneway:psv'] == 'no' or tags.busway == 'opposite_lane'
end

-- class, only for emergency vehicles; nil when nobody drives here.
local function drivable(tags)
    local access = motor_access(tags)
    if tags.emergency == 'no' and refused[access] then return nil end
    if tags.route == 'ferry' then
        return allowed[access] and 'ferry' or nil, false
    end
    local only_emergency = refused[access] == true or tags.service == 'emergency_access'
        or tags.oneway == 'reversible' or tags.oneway == 'alternating'
    if path[tags.highway] then
        if allowed[tags.motorcar or tags.motor_vehicle or tags.vehicle] then
            return 'pedestrian', false
        end
        return allowed[tags.emergency] and 'pedestrian' or nil, true
    end
    local class = class_of[tags.highway]
    if class == 'pedestrian' or tags.highway == 'busway' then
        only_emergency = not allowed[tags.motorcar or tags.motor_vehicle]
    end
    return class, only_emergency
end

local access_by_hour = { 'motorcar:conditional', 'motor_vehicle:conditional',
    'vehicle:conditional', 'access:conditional', 'oneway:conditional' }

local function any_of(tags, keys)
    for _, key in ipairs(keys) do
        if tags[key] then return true end
    end
    return false
end

local function add_way(object, tags)
    local class, only_emergency = drivable(tags)
    if not class or (tags.area == 'yes' and class ~= 'pedestrian') or #object.nodes < 2 then
        return
    end
    if any_of(tags, access_by_hour) then tables.by_hour:insert{ turn = false } end
    local roundabout = tags.junction == 'roundabout' or tags.junction == 'circular'
    local oneway = direction(tags, class, roundabout)
    tables.way:insert{
        class = class, name = tags.name, ref = tags.ref, oneway = oneway,
        contraflow = oneway ~= 0 and contraflow(tags),
        maxspeed_kmh = kmh(tags.maxspeed),
        emergency = only_emergency,
        carriageway = class == 'motorway' or tags.dual_carriageway == 'yes'
            or (class == 'trunk' and oneway ~= 0),
        roundabout = roundabout,
        bridge = tags.bridge ~= nil and tags.bridge ~= 'no',
        tunnel = tags.tunnel ~= nil and tags.tunnel ~= 'no',
        nodes = '{' .. table.concat(object.nodes, ',') .. '}',
    }
end

local place_keys = { 'place', 'amenity', 'emergency', 'healthcare', 'railway', 'public_transport',
    'aeroway', 'shop', 'tourism', 'leisure', 'office', 'historic', 'man_made', 'building',
    'landuse', 'natural', 'boundary' }
local dull = set('yes no address fire_hydrant tree platform stop_position')

local function place_kind(tags)
    for _, key in ipairs(place_keys) do
        local value = tags[key]
        if value and not dull[value] then return value end
        if value == 'yes' then return key end
    end
end

local function add_place(tags, point)
    local kind = tags.name and place_kind(tags)
    if kind then
        tables.place:insert{ name = tags.name, kind = kind, point = point() }
    end
end

function osm2pgsql.process_node(object)
    local tags = object.tags
    if tags.barrier and not no_barrier[tags.barrier] then
        local access = motor_access(tags)
        tables.barrier:insert{
            passable = not solid[tags.barrier] and tags.emergency ~= 'no',
            closed = refused[access] or tags.barrier == 'bollard' and not allowed[access] or false,
        }
    end
    local km = tags.distance or tags.pk
    if tags.highway == 'milestone' and km then
        tables.milepost:insert{ ref = tags['road:ref'] or tags.ref, km = km,
            point = object:as_point() }
    end
    add_place(tags, function() return object:as_point() end)
end

function osm2pgsql.process_way(object)
    local tags = object.tags
    if tags.highway or tags.route == 'ferry' then
        add_way(object, tags)
    elseif object.is_closed then
        add_place(tags, function() return object:as_polygon():centroid() end)
    end
end

local function members(object, role, type)
    local refs = {}
    for _, member in ipairs(object.members) do
        if member.role == role and member.type == type then refs[#refs + 1] = member.ref end
    end
    return refs
end

-- A turn restriction that binds an ambulance: always, and whether another at some hours.
local function restriction(tags)
    for vehicle in (tags.except or ''):gmatch('[%w_]+') do
        if vehicle == 'emergency' or vehicle == 'motorcar' or vehicle == 'motor_vehicle' then
            return nil, false
        end
    end
    local always = tags['restriction:motorcar'] or tags['restriction:motor_vehicle']
        or tags.restriction
    if always and (tags.hour_on or tags.day_on) then return nil, true end
    return always, any_of(tags, { 'restriction:conditional', 'restriction:motorcar:conditional',
        'restriction:motor_vehicle:conditional' })
end

-- Those that lack a member are rows, too, and are counted as unclear.
local function add_restriction(object, only)
    local via, from, to = members(object, 'via', 'n'), members(object, 'from', 'w'),
        members(object, 'to', 'w')
    local ways = '{' .. table.concat(members(object, 'via', 'w'), ',') .. '}'
    for i = 1, math.max(1, #from) do
        for k = 1, math.max(1, #to) do
            tables.restriction:insert{ only = only, from_way = from[i],
                via_node = #via == 1 and ways == '{}' and via[1] or nil,
                via_ways = #via == 0 and ways or '{}', to_way = to[k] }
        end
    end
end

function osm2pgsql.process_relation(object)
    local tags = object.tags
    if tags.type == 'multipolygon' or tags.type == 'boundary' then
        return add_place(tags, function() return object:as_multipolygon():centroid() end)
    end
    if tags.type ~= 'restriction' then return end
    local kind, by_hour = restriction(tags)
    if by_hour then tables.by_hour:insert{ turn = true } end
    local only = kind and kind:sub(1, 5) == 'only_'
    if only or kind and kind:sub(1, 3) == 'no_' then add_restriction(object, only) end
end
