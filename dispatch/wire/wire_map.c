#include "dispatch/wire/wire_map.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/must.h"

static bool is_list(enum field_type type)
{
    return type == FIELD_U32S || type == FIELD_U64S;
}

static const ProtobufCType proto_type[] = {
    [FIELD_BOOL] = PROTOBUF_C_TYPE_BOOL,   [FIELD_U32] = PROTOBUF_C_TYPE_UINT32,
    [FIELD_I32] = PROTOBUF_C_TYPE_SINT32,  [FIELD_U64] = PROTOBUF_C_TYPE_UINT64,
    [FIELD_MS] = PROTOBUF_C_TYPE_INT64,    [FIELD_ID] = PROTOBUF_C_TYPE_UINT64,
    [FIELD_ENUM] = PROTOBUF_C_TYPE_ENUM,   [FIELD_TEXT] = PROTOBUF_C_TYPE_STRING,
    [FIELD_U32S] = PROTOBUF_C_TYPE_UINT32, [FIELD_U64S] = PROTOBUF_C_TYPE_UINT64,
};

/* STEP_AT_SCENE is the symbol of at_scene. */
static bool is_symbol(const char *symbol, const char *word)
{
    size_t symbol_n = strlen(symbol);
    size_t n = strlen(word);
    if (symbol_n < n + 2 || symbol[symbol_n - n - 1] != '_')
        return false;
    for (size_t i = 0; i < n; i++)
        if (symbol[symbol_n - n + i] != toupper((unsigned char)word[i]))
            return false;
    return true;
}

static bool same_words(const struct schema_words *words, const ProtobufCEnumDescriptor *symbols)
{
    if (symbols->n_values != words->count)
        return false;
    for (uint32_t i = 0; i < words->count; i++)
        if (symbols->values[i].value != (int)i ||
            !is_symbol(symbols->values[i].name, words->word[i].word))
            return false;
    return true;
}

static bool same_field(const struct schema_field *field, const ProtobufCFieldDescriptor *proto)
{
    ProtobufCLabel label =
        is_list(field->type) ? PROTOBUF_C_LABEL_REPEATED : PROTOBUF_C_LABEL_NONE;
    return proto->type == proto_type[field->type] && proto->label == label &&
           (field->type != FIELD_ENUM || same_words(field->words, proto->descriptor));
}

int wire_map_pair(struct wire_map *map, const struct schema *schema,
                  const ProtobufCMessageDescriptor *message, char errmsg[static ERRMSG_MAX])
{
    must(schema->count <= WIRE_FIELDS_MAX);
    *map = (struct wire_map){.schema = schema, .message = message};
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        map->field[i] = protobuf_c_message_descriptor_get_field_by_name(message, field->name);
        if (!map->field[i] || !same_field(field, map->field[i])) {
            (void)snprintf(errmsg, ERRMSG_MAX, "field %s of %s is %s in message %s of proto/",
                           field->name, schema->name,
                           map->field[i] ? "of another type" : "missing", message->short_name);
            return -1;
        }
    }
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *proto = &message->fields[i];
        if (proto->type != PROTOBUF_C_TYPE_MESSAGE &&
            !schema_find(schema, proto->name, strlen(proto->name))) {
            (void)snprintf(errmsg, ERRMSG_MAX, "field %s of message %s in proto/ is not in %s",
                           proto->name, message->short_name, schema->name);
            return -1;
        }
    }
    return 0;
}

int wire_map_pair_kinds(struct wire_map *maps, uint32_t count,
                        const ProtobufCMessageDescriptor *wrapper,
                        const struct schema *(*schema_of)(uint32_t kind),
                        char errmsg[static ERRMSG_MAX])
{
    uint32_t bodies = 0;
    for (unsigned i = 0; i < wrapper->n_fields; i++)
        bodies += wrapper->fields[i].id > WIRE_KIND_BASE;
    for (uint32_t kind = 1; kind < count; kind++) {
        const struct schema *schema = schema_of(kind);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(wrapper, kind + WIRE_KIND_BASE);
        if (!field || strcmp(field->name, schema->name) != 0 || bodies != count - 1) {
            (void)snprintf(errmsg, ERRMSG_MAX,
                           "message %s of proto/ has %u bodies for %u kinds, and %s as number %u "
                           "where %s belongs",
                           wrapper->short_name, bodies, count - 1, field ? field->name : "nothing",
                           kind + WIRE_KIND_BASE, schema->name);
            return -1;
        }
        if (wire_map_pair(&maps[kind], schema, field->descriptor, errmsg) < 0)
            return -1;
    }
    return 0;
}

/* Bytes of the character that stands at p, 0 if none does: Unicode, table 3-7, without zero. */
static size_t utf8_char(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char first, last, low, high, size;
    } rows[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (n < rows[i].size)
            return 0;
        if (rows[i].size > 1 && (p[1] < rows[i].low || p[1] > rows[i].high))
            return 0;
        for (size_t k = 2; k < rows[i].size; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return rows[i].size;
    }
    return 0;
}

static bool is_utf8(struct text text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t at = 0;
    while (at < text.n) {
        size_t size = utf8_char(p + at, text.n - at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

static bool u64s_in_range(const struct schema_field *field, const void *body)
{
    const struct u64s *list = (const void *)((const char *)body + field->offset);
    for (uint32_t i = 0; i < list->n; i++)
        if (list->v[i] >= ID_MAX)
            return false;
    return true;
}

static const char *what_is_wrong(const struct schema_field *field, const void *body)
{
    uint64_t value = field_number(field, body);
    switch (field->type) {
    case FIELD_U64:
    case FIELD_ID:
        return value < ID_MAX ? NULL : "is not below 2^53";
    case FIELD_MS:
        return value + ID_MAX <= 2 * ID_MAX ? NULL : "is not within 2^53";
    case FIELD_ENUM:
        return value < field->words->count ? NULL : "is a word that this version does not know";
    case FIELD_TEXT:
        return is_utf8(*field_text(field, body)) ? NULL : "is not UTF-8 without zero bytes";
    case FIELD_U64S:
        return u64s_in_range(field, body) ? NULL : "has a number that is not below 2^53";
    default:
        return NULL;
    }
}

int wire_check(const struct schema *schema, const void *body, char errmsg[static ERRMSG_MAX])
{
    for (uint32_t i = 0; i < schema->count; i++) {
        const char *wrong = what_is_wrong(&schema->field[i], body);
        if (wrong) {
            (void)snprintf(errmsg, ERRMSG_MAX, "%s: %s %s", schema->name, schema->field[i].name,
                           wrong);
            return -1;
        }
    }
    return 0;
}

static bool is_wide(enum field_type type)
{
    return type == FIELD_U64 || type == FIELD_ID || type == FIELD_MS;
}

static int encode_field(struct wire_arena *arena, const struct schema_field *field,
                        const ProtobufCFieldDescriptor *proto, const void *body, char *message)
{
    const struct text *list = field_text(field, body); /* every list has the shape p, n */
    uint64_t wide = field_number(field, body);
    uint32_t narrow = (uint32_t)wide;
    size_t n = list_bytes(field, body);
    if (is_list(field->type)) {
        size_t count = list->n;
        memcpy(message + proto->quantifier_offset, &count, sizeof(count));
        memcpy(message + proto->offset, &list->p, sizeof(list->p));
    } else if (field->type == FIELD_TEXT && n > 0) {
        char *text = wire_alloc(arena, n + 1);
        if (!text)
            return -1;
        memcpy(text, list->p, n);
        memcpy(message + proto->offset, &text, sizeof(text));
    } else if (is_wide(field->type)) {
        memcpy(message + proto->offset, &wide, sizeof(wide));
    } else if (field->type != FIELD_TEXT) {
        memcpy(message + proto->offset, &narrow, sizeof(narrow));
    }
    return 0;
}

static bool in_part(const struct schema_field *field, enum wire_part part)
{
    return (part & (field->personal ? WIRE_PERSONAL : WIRE_PUBLIC)) != 0;
}

int wire_encode_into(struct wire_arena *arena, const struct wire_map *map, const void *body,
                     enum wire_part part, ProtobufCMessage *message)
{
    if (wire_check(map->schema, body, arena->errmsg) < 0)
        return -1;
    for (uint32_t i = 0; i < map->schema->count; i++)
        if (in_part(&map->schema->field[i], part) &&
            encode_field(arena, &map->schema->field[i], map->field[i], body, (char *)message) < 0)
            return -1;
    return 0;
}

ProtobufCMessage *wire_encode(struct wire_arena *arena, const struct wire_map *map,
                              const void *body, enum wire_part part)
{
    ProtobufCMessage *message = wire_message(arena, map->message);
    if (!message || wire_encode_into(arena, map, body, part, message) < 0)
        return NULL;
    return message;
}

static void decode_field(const struct wire_arena *arena, const struct schema_field *field,
                         const ProtobufCFieldDescriptor *proto, const char *message, void *body)
{
    struct text *list = (struct text *)(void *)((char *)body + field->offset);
    uint64_t wide = 0;
    uint32_t narrow = 0;
    size_t count = 0;
    if (field->type == FIELD_TEXT) {
        memcpy(&list->p, message + proto->offset, sizeof(list->p));
        size_t n = wire_size_of(arena, list->p); /* 0: the empty text of protobuf-c itself */
        list->n = n > 0 ? (uint32_t)(n - 1) : 0;
    } else if (is_list(field->type)) {
        memcpy(&count, message + proto->quantifier_offset, sizeof(count));
        memcpy(&list->p, message + proto->offset, sizeof(list->p));
        list->n = (uint32_t)count;
    } else if (is_wide(field->type)) {
        memcpy(&wide, message + proto->offset, sizeof(wide));
        field_set_number(field, body, wide);
    } else {
        memcpy(&narrow, message + proto->offset, sizeof(narrow));
        field_set_number(field, body, narrow);
    }
}

int wire_decode(struct wire_arena *arena, const struct wire_map *map,
                const ProtobufCMessage *message, enum wire_part part, void *body)
{
    if (wire_known(arena, message) < 0)
        return -1;
    for (uint32_t i = 0; i < map->schema->count; i++)
        if (in_part(&map->schema->field[i], part))
            decode_field(arena, &map->schema->field[i], map->field[i], (const char *)message,
                         body);
    return wire_check(map->schema, body, arena->errmsg);
}
