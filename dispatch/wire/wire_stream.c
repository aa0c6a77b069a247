#include "dispatch/wire/wire_stream.h"

#include <string.h>

#include "dispatch/must.h"
#include "dispatch/wire/wire_map.h"
#include "stream.pb-c.h"

/* The plain frames: one table each. The others, and what they carry, are below. */

static const struct schema_word mode_rows[] = {
    {"full", "正常", "full"},
    {"crow_flight", "直线估算", "travel times as the crow flies"},
    {"advice_only", "仅建议", "advice only"},
    {"manual", "人工调度", "manual"},
};
const struct schema_words stream_mode_words = {"mode", mode_rows, 4};

#define ROW_OF(frame, name, type, letter, member, words)                                           \
    {#name, type, false, letter, offsetof(struct stream_##frame, member), words}
#define ROW(frame, name, type) ROW_OF(frame, name, type, 0, name, NULL)
#define TABLE(frame)                                                                               \
    static const struct schema frame##_schema = {                                                  \
        #frame, "", frame##_fields, sizeof(frame##_fields) / sizeof(frame##_fields[0]),            \
        sizeof(struct stream_##frame)}

static const struct schema_field hello_fields[] = {
    ROW(hello, token, FIELD_TEXT),
    ROW(hello, journal_id, FIELD_TEXT),
    ROW(hello, epoch, FIELD_U64),
    ROW(hello, last_seq, FIELD_U64),
    ROW(hello, want_facts, FIELD_BOOL),
    ROW(hello, want_positions, FIELD_BOOL),
    ROW(hello, version, FIELD_TEXT),
};
TABLE(hello);

static const struct schema_field ping_fields[] = {ROW(ping, number, FIELD_U64)};
TABLE(ping);

static const struct schema_field query_fields[] = {
    ROW(query, number, FIELD_U64),
    ROW(query, what, FIELD_TEXT),
    ROW(query, words, FIELD_TEXT),
    ROW(query, id, FIELD_U64),
    ROW(query, lat_e7, FIELD_I32),
    ROW(query, lon_e7, FIELD_I32),
};
TABLE(query);

static const struct schema_field clock_fields[] = {
    ROW(clock, now_ms, FIELD_MS),
    ROW(clock, number, FIELD_U64),
};
TABLE(clock);

static const struct schema_field welcome_fields[] = {
    ROW_OF(welcome, user, FIELD_ID, LETTER_user, actor.user, NULL),
    ROW_OF(welcome, role, FIELD_ENUM, 0, actor.role, &role_words),
    ROW_OF(welcome, seat, FIELD_U32, 0, actor.seat, NULL),
    ROW_OF(welcome, scope, FIELD_U64, 0, actor.scope, NULL),
    ROW(welcome, name, FIELD_TEXT),
    ROW(welcome, journal_id, FIELD_TEXT),
    ROW(welcome, epoch, FIELD_U64),
    ROW(welcome, seq, FIELD_U64),
    ROW(welcome, resumes, FIELD_BOOL),
    ROW(welcome, version, FIELD_TEXT),
    ROW(welcome, now_ms, FIELD_MS),
    ROW_OF(welcome, mode, FIELD_ENUM, 0, mode, &stream_mode_words),
    ROW(welcome, command_window, FIELD_U32),
};
TABLE(welcome);

static const struct schema_field snapshot_fields[] = {ROW(snapshot, last, FIELD_BOOL)};
TABLE(snapshot);

static const struct schema_field facts_fields[] = {
    ROW(facts, after_seq, FIELD_U64),
    ROW(facts, upto_seq, FIELD_U64),
};
TABLE(facts);

static const struct schema_field reply_fields[] = {
    ROW(reply, client, FIELD_U64),
    ROW(reply, number, FIELD_U64),
    ROW(reply, seq, FIELD_U64),
    ROW_OF(reply, refusal, FIELD_ENUM, 0, refusal, &wire_refusal_words),
    ROW(reply, name, FIELD_TEXT),
    ROW(reply, zh, FIELD_TEXT),
    ROW(reply, en, FIELD_TEXT),
    ROW(reply, made, FIELD_U64),
};
TABLE(reply);

static const struct schema_field report_fields[] = {
    ROW(report, number, FIELD_U64),
    ROW(report, error, FIELD_TEXT),
    ROW(report, json, FIELD_TEXT),
};
TABLE(report);

static const struct schema_field degraded_fields[] = {
    ROW_OF(degraded, mode, FIELD_ENUM, 0, mode, &stream_mode_words),
    ROW(degraded, redis_down, FIELD_BOOL),
    ROW(degraded, redis_lag, FIELD_U64),
    ROW(degraded, postgres_down, FIELD_BOOL),
    ROW(degraded, postgres_lag, FIELD_U64),
    ROW(degraded, positions_conflated, FIELD_BOOL),
    ROW(degraded, disk_low, FIELD_BOOL),
    ROW(degraded, zh, FIELD_TEXT),
    ROW(degraded, en, FIELD_TEXT),
};
TABLE(degraded);

static const struct schema_field heartbeat_fields[] = {
    ROW(heartbeat, now_ms, FIELD_MS),
    ROW(heartbeat, seq, FIELD_U64),
    ROW(heartbeat, number, FIELD_U64),
};
TABLE(heartbeat);

static const struct schema_field goodbye_fields[] = {
    ROW(goodbye, code, FIELD_U32),
    ROW(goodbye, reason, FIELD_TEXT),
};
TABLE(goodbye);

static struct wire_map client_maps[CLIENT_FRAME_COUNT];
static struct wire_map server_maps[SERVER_FRAME_COUNT];

/* NULL: not a plain frame. */
static const struct schema *const client_schemas[CLIENT_FRAME_COUNT] = {
    [CLIENT_HELLO] = &hello_schema,
    [CLIENT_PING] = &ping_schema,
    [CLIENT_QUERY] = &query_schema,
    [CLIENT_CLOCK] = &clock_schema,
};
static const struct schema *const server_schemas[SERVER_FRAME_COUNT] = {
    [SERVER_WELCOME] = &welcome_schema,   [SERVER_SNAPSHOT] = &snapshot_schema,
    [SERVER_FACTS] = &facts_schema,       [SERVER_REPLY] = &reply_schema,
    [SERVER_REPORT] = &report_schema,     [SERVER_DEGRADED] = &degraded_schema,
    [SERVER_HEARTBEAT] = &heartbeat_schema, [SERVER_GOODBYE] = &goodbye_schema,
};

static int pair_frames(struct wire_map *maps, const struct schema *const *schemas, uint32_t count,
                       const ProtobufCMessageDescriptor *wrapper, char errmsg[static ERRMSG_MAX])
{
    for (uint32_t kind = 1; kind < count; kind++)
        if (schemas[kind] &&
            wire_map_pair(&maps[kind], schemas[kind], wire_body_type(wrapper, kind), errmsg) < 0)
            return -1;
    return 0;
}

int wire_stream_pair(char errmsg[static ERRMSG_MAX])
{
    if (pair_frames(client_maps, client_schemas, CLIENT_FRAME_COUNT,
                    &mingdi__client_frame__descriptor, errmsg) < 0)
        return -1;
    return pair_frames(server_maps, server_schemas, SERVER_FRAME_COUNT,
                       &mingdi__server_frame__descriptor, errmsg);
}

/* Lists of objects and of records. */

static Mingdi__Object **encode_objects(struct wire_arena *arena, const struct wire_object *objects,
                                       uint32_t count, enum wire_part part)
{
    Mingdi__Object **list = wire_alloc(arena, count * sizeof(*list));
    for (uint32_t i = 0; list && i < count; i++) {
        list[i] = (Mingdi__Object *)wire_wrap(arena, &wire_objects, objects[i].kind,
                                              objects[i].body, part, NULL);
        if (!list[i])
            return NULL;
    }
    return list;
}

static const struct wire_object *decode_objects(struct wire_arena *arena, Mingdi__Object **list,
                                                size_t count)
{
    struct wire_object *objects = wire_alloc(arena, count * sizeof(*objects));
    for (size_t i = 0; objects && i < count; i++)
        if (wire_object_decode(arena, &list[i]->base, NULL, &objects[i]) < 0)
            return NULL;
    return objects;
}

static Mingdi__Record **encode_records(struct wire_arena *arena, const struct record *records,
                                       uint32_t count, enum wire_part part)
{
    Mingdi__Record **list = wire_alloc(arena, count * sizeof(*list));
    for (uint32_t i = 0; list && i < count; i++) {
        list[i] = (Mingdi__Record *)wire_record_encode(arena, &records[i], part, NULL);
        if (!list[i])
            return NULL;
    }
    return list;
}

static const struct record *decode_records(struct wire_arena *arena, Mingdi__Record **list,
                                           size_t count)
{
    struct record *records = wire_alloc(arena, count * sizeof(*records));
    for (size_t i = 0; records && i < count; i++)
        if (wire_record_decode(arena, &list[i]->base, NULL, &records[i]) < 0)
            return NULL;
    return records;
}

static int encode_snapshot(struct wire_arena *arena, const struct stream_snapshot *from,
                           Mingdi__Snapshot *to)
{
    to->object = encode_objects(arena, from->object, from->count,
                                from->personal ? WIRE_ALL : WIRE_PUBLIC);
    to->n_object = from->count;
    return to->object ? 0 : -1;
}

static int decode_snapshot(struct wire_arena *arena, const Mingdi__Snapshot *from,
                           struct stream_snapshot *to)
{
    to->object = decode_objects(arena, from->object, from->n_object);
    to->count = (uint32_t)from->n_object;
    to->personal = true;
    return to->object ? 0 : -1;
}

static int encode_facts(struct wire_arena *arena, const struct stream_facts *from,
                        Mingdi__Facts *to)
{
    enum wire_part part = from->personal ? WIRE_ALL : WIRE_PUBLIC;
    to->record = encode_records(arena, from->record, from->record_count, part);
    to->n_record = from->record_count;
    to->object = encode_objects(arena, from->object, from->object_count, part);
    to->n_object = from->object_count;
    return to->record && to->object ? 0 : -1;
}

static int decode_facts(struct wire_arena *arena, const Mingdi__Facts *from,
                        struct stream_facts *to)
{
    to->record = decode_records(arena, from->record, from->n_record);
    to->record_count = (uint32_t)from->n_record;
    to->object = decode_objects(arena, from->object, from->n_object);
    to->object_count = (uint32_t)from->n_object;
    to->personal = true;
    return to->record && to->object ? 0 : -1;
}

/* Positions: columns; coordinates as the difference to the row before, wrapping at 32 bits. */

enum { POSITION_COLUMNS = 7 };

static int encode_positions(struct wire_arena *arena, const struct stream_positions *from,
                            Mingdi__Positions *to)
{
    size_t n = from->count;
    uint32_t lat = 0, lon = 0;
    uint64_t *unit = wire_alloc(arena, n * sizeof(*unit));
    uint32_t *narrow = wire_alloc(arena, n * sizeof(*narrow) * (POSITION_COLUMNS - 1));
    if (!unit || !narrow)
        return -1;
    *to = (Mingdi__Positions){.base = to->base, .unit = unit};
    to->lat_e7 = (int32_t *)narrow;
    to->lon_e7 = (int32_t *)(narrow + n);
    to->speed_dkmh = narrow + 2 * n;
    to->course_deg = narrow + 3 * n;
    to->age_s = narrow + 4 * n;
    to->flags = narrow + 5 * n;
    to->n_unit = to->n_lat_e7 = to->n_lon_e7 = to->n_speed_dkmh = n;
    to->n_course_deg = to->n_age_s = to->n_flags = n;
    for (size_t i = 0; i < n; i++) {
        const struct stream_position *p = &from->position[i];
        if (p->unit.v >= ID_MAX)
            return wire_fail(arena, "positions: unit is not below 2^53");
        unit[i] = p->unit.v;
        to->lat_e7[i] = (int32_t)((uint32_t)p->lat_e7 - lat);
        to->lon_e7[i] = (int32_t)((uint32_t)p->lon_e7 - lon);
        to->speed_dkmh[i] = p->speed_dkmh;
        to->course_deg[i] = p->course_deg;
        to->age_s[i] = p->age_s;
        to->flags[i] = p->flags;
        lat = (uint32_t)p->lat_e7;
        lon = (uint32_t)p->lon_e7;
    }
    return 0;
}

static bool same_length(const Mingdi__Positions *from)
{
    size_t n = from->n_unit;
    return from->n_lat_e7 == n && from->n_lon_e7 == n && from->n_speed_dkmh == n &&
           from->n_course_deg == n && from->n_age_s == n && from->n_flags == n;
}

static int decode_positions(struct wire_arena *arena, const Mingdi__Positions *from,
                            struct stream_positions *to)
{
    uint32_t lat = 0, lon = 0;
    if (wire_known(arena, &from->base) < 0)
        return -1;
    if (!same_length(from))
        return wire_fail(arena, "positions: columns are not all of one length");
    struct stream_position *list = wire_alloc(arena, from->n_unit * sizeof(*list));
    if (!list)
        return -1;
    for (size_t i = 0; i < from->n_unit; i++) {
        if (from->unit[i] >= ID_MAX)
            return wire_fail(arena, "positions: unit is not below 2^53");
        lat += (uint32_t)from->lat_e7[i];
        lon += (uint32_t)from->lon_e7[i];
        list[i] = (struct stream_position){{from->unit[i]},     (int32_t)lat,
                                           (int32_t)lon,        from->speed_dkmh[i],
                                           from->course_deg[i], from->age_s[i],
                                           from->flags[i]};
    }
    *to = (struct stream_positions){list, (uint32_t)from->n_unit};
    return 0;
}

/* Frames. Every struct of a frame's union stands where its first member does. */

static ProtobufCMessage *client_body(struct wire_arena *arena, const struct client_frame *frame)
{
    if (frame->kind == CLIENT_COMMAND)
        return wire_command_encode(arena, &frame->command);
    return wire_encode(arena, &client_maps[frame->kind], &frame->hello, WIRE_ALL);
}

int wire_client_frame_pack(struct wire_arena *arena, const struct client_frame *frame,
                           struct buffer *out)
{
    must(frame->kind > CLIENT_NONE && frame->kind < CLIENT_FRAME_COUNT);
    size_t used = arena->used;
    int result = -1;
    ProtobufCMessage *wrapper = wire_message(arena, &mingdi__client_frame__descriptor);
    ProtobufCMessage *body = client_body(arena, frame);
    if (wrapper && body) {
        wire_put_body(wrapper, frame->kind, body);
        result = wire_pack(arena, wrapper, WIRE_CLIENT_FRAME_MAX, out);
    }
    arena->used = used;
    return result;
}

int wire_client_frame_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                             struct client_frame *frame)
{
    const ProtobufCMessage *wrapper =
        wire_unpack(arena, &mingdi__client_frame__descriptor, bytes, n, WIRE_CLIENT_FRAME_MAX);
    struct client_frame got = {0};
    ProtobufCMessage *body = NULL;
    uint32_t kind = 0;
    int result = 0;
    if (!wrapper || wire_get_body(arena, wrapper, &kind, &body) < 0)
        return -1;
    got.kind = (enum client_frame_kind)kind;
    if (got.kind == CLIENT_COMMAND)
        result = wire_command_decode(arena, body, &got.command);
    else
        result = wire_decode(arena, &client_maps[kind], body, WIRE_ALL, &got.hello);
    if (result == 0)
        *frame = got;
    return result;
}

/* refusal.def has the words, unless the sender has better ones. */
static struct stream_reply in_words(struct stream_reply reply)
{
    must(reply.refusal < REFUSAL_COUNT);
    const struct refusal_text *text = &refusal_text[reply.refusal];
    if (reply.name.n == 0)
        reply.name = (struct text){text->name, (uint32_t)strlen(text->name)};
    if (reply.zh.n == 0)
        reply.zh = (struct text){text->zh, (uint32_t)strlen(text->zh)};
    if (reply.en.n == 0)
        reply.en = (struct text){text->en, (uint32_t)strlen(text->en)};
    return reply;
}

/* The part of a frame that is not in its table. */
static int encode_rest(struct wire_arena *arena, const struct server_frame *frame,
                       ProtobufCMessage *body)
{
    switch (frame->kind) {
    case SERVER_SNAPSHOT:
        return encode_snapshot(arena, &frame->snapshot, (Mingdi__Snapshot *)body);
    case SERVER_FACTS:
        return encode_facts(arena, &frame->facts, (Mingdi__Facts *)body);
    case SERVER_POSITIONS:
        return encode_positions(arena, &frame->positions, (Mingdi__Positions *)body);
    default:
        return 0;
    }
}

static int decode_rest(struct wire_arena *arena, const ProtobufCMessage *body,
                       struct server_frame *frame)
{
    switch (frame->kind) {
    case SERVER_SNAPSHOT:
        return decode_snapshot(arena, (const Mingdi__Snapshot *)body, &frame->snapshot);
    case SERVER_FACTS:
        return decode_facts(arena, (const Mingdi__Facts *)body, &frame->facts);
    case SERVER_POSITIONS:
        return decode_positions(arena, (const Mingdi__Positions *)body, &frame->positions);
    default:
        return 0;
    }
}

static ProtobufCMessage *server_body(struct wire_arena *arena, const struct server_frame *frame)
{
    struct server_frame said = *frame;
    if (said.kind == SERVER_REPLY)
        said.reply = in_words(said.reply);
    ProtobufCMessage *body =
        wire_message(arena, wire_body_type(&mingdi__server_frame__descriptor, frame->kind));
    const struct wire_map *map = &server_maps[frame->kind];
    if (!body || encode_rest(arena, frame, body) < 0)
        return NULL;
    if (map->schema && wire_encode_into(arena, map, &said.welcome, WIRE_ALL, body) < 0)
        return NULL;
    return body;
}

int wire_server_frame_pack(struct wire_arena *arena, const struct server_frame *frame,
                           struct buffer *out)
{
    must(frame->kind > SERVER_NONE && frame->kind < SERVER_FRAME_COUNT);
    must(frame->as_of_seq < ID_MAX);
    size_t used = arena->used;
    int result = -1;
    ProtobufCMessage *wrapper = wire_message(arena, &mingdi__server_frame__descriptor);
    ProtobufCMessage *body = server_body(arena, frame);
    if (wrapper && body) {
        ((Mingdi__ServerFrame *)wrapper)->as_of_seq = frame->as_of_seq;
        wire_put_body(wrapper, frame->kind, body);
        result = wire_pack(arena, wrapper, WIRE_SERVER_FRAME_MAX, out);
    }
    arena->used = used;
    return result;
}

int wire_server_frame_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                             struct server_frame *frame)
{
    const ProtobufCMessage *wrapper =
        wire_unpack(arena, &mingdi__server_frame__descriptor, bytes, n, WIRE_SERVER_FRAME_MAX);
    struct server_frame got = {0};
    ProtobufCMessage *body = NULL;
    uint32_t kind = 0;
    if (!wrapper || wire_get_body(arena, wrapper, &kind, &body) < 0)
        return -1;
    const struct wire_map *map = &server_maps[kind];
    got.kind = (enum server_frame_kind)kind;
    got.as_of_seq = ((const Mingdi__ServerFrame *)wrapper)->as_of_seq;
    if (got.as_of_seq >= ID_MAX)
        return wire_fail(arena, "ServerFrame: as_of_seq is not below 2^53");
    if (map->schema && wire_decode(arena, map, body, WIRE_ALL, &got.welcome) < 0)
        return -1;
    if (decode_rest(arena, body, &got) < 0)
        return -1;
    *frame = got;
    return 0;
}
