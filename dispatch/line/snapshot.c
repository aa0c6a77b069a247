#include "dispatch/line/snapshot.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct packing {
    struct wire_arena *arena;
    const struct wire_vault *vault;
    struct buffer *out;
    char *errmsg;
    int result;
};

static void pack_object(void *context, enum object_kind kind, const void *object)
{
    struct packing *p = context;
    if (p->result < 0)
        return;
    size_t at = p->out->n;
    buffer_extend(p->out, 4);
    wire_arena_reset(p->arena);
    if (wire_object_pack(p->arena, (struct wire_object){kind, object}, p->vault, p->out) < 0 ||
        p->out->full) {
        snprintf(p->errmsg, ERRMSG_MAX, "a %s does not fit into the snapshot: %.400s",
                 object_schema(kind)->name, p->out->full ? "buffer full" : p->arena->errmsg);
        p->result = -1;
        return;
    }
    size_t n = p->out->n - at - 4;
    for (int i = 0; i < 4; i++)
        p->out->bytes[at + (size_t)i] = (unsigned char)(n >> (24 - 8 * i));
}

int snapshot_pack(const struct core *core, struct wire_arena *arena, const struct wire_vault *vault,
                  struct buffer *out, char errmsg[static ERRMSG_MAX])
{
    struct packing packing = {arena, vault, out, errmsg, 0};
    state_walk(&core->state, pack_object, &packing);
    return packing.result;
}

int snapshot_unpack(struct core *core, struct wire_arena *arena, const struct wire_vault *vault,
                    const unsigned char *bytes, size_t n, char errmsg[static ERRMSG_MAX])
{
    size_t at = 0;
    while (at + 4 <= n) {
        size_t size = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                      (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        struct wire_object object;
        at += 4;
        if (size > n - at)
            break;
        wire_arena_reset(arena);
        if (wire_object_unpack(arena, bytes + at, size, vault, &object) < 0) {
            snprintf(errmsg, ERRMSG_MAX, "the snapshot holds an object that cannot be read: %.400s",
                     arena->errmsg);
            return -1;
        }
        if (!state_restore(&core->state, object.kind, object.body)) {
            snprintf(errmsg, ERRMSG_MAX,
                     "the snapshot's %s does not fit: raise [limits] in the configuration",
                     object_schema(object.kind)->name);
            return -1;
        }
        at += size;
    }
    if (at != n) {
        snprintf(errmsg, ERRMSG_MAX, "the snapshot is cut short at byte %zu of %zu", at, n);
        return -1;
    }
    return 0;
}

/* Small pieces are gathered: the live core's digest is taken in the loop. */
struct digesting {
    crypto_generichash_state hash;
    unsigned char bytes[4096];
    size_t n;
};

static void digest_add(struct digesting *d, const void *bytes, size_t n)
{
    if (n > sizeof(d->bytes) - d->n) {
        crypto_generichash_update(&d->hash, d->bytes, d->n);
        d->n = 0;
    }
    if (n > sizeof(d->bytes)) {
        crypto_generichash_update(&d->hash, bytes, n);
        return;
    }
    memcpy(d->bytes + d->n, bytes, n);
    d->n += n;
}

static void digest_object(void *context, enum object_kind kind, const void *object)
{
    struct digesting *d = context;
    const struct schema *schema = object_schema(kind);
    uint64_t head[2] = {kind, schema->count};
    digest_add(d, head, sizeof(head));
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        uint64_t number =
            field->type >= FIELD_TEXT ? list_bytes(field, object) : field_number(field, object);
        if (field->personal)
            continue;
        digest_add(d, &number, sizeof(number));
        if (field->type >= FIELD_TEXT && number)
            digest_add(d, field_text(field, object)->p, number);
    }
}

void snapshot_digest(const struct core *core, unsigned char digest[static SNAPSHOT_DIGEST])
{
    struct digesting d = {.n = 0};
    crypto_generichash_init(&d.hash, NULL, 0, SNAPSHOT_DIGEST);
    state_walk(&core->state, digest_object, &d);
    crypto_generichash_update(&d.hash, d.bytes, d.n);
    crypto_generichash_final(&d.hash, digest, SNAPSHOT_DIGEST);
}
