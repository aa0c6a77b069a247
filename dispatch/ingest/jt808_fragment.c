#include "dispatch/ingest/jt808_fragment.h"

#include <stdlib.h>
#include <string.h>

void jt808_fragment_init(struct jt808_fragment *f)
{
    memset(f, 0, sizeof *f);
}

static void slot_free(struct jt808_fragment *f, struct jt808_fragment_slot *slot)
{
    for (size_t i = 0; i < JT808_FRAGMENT_PARTS; i++)
        free(slot->parts[i].bytes);
    f->bytes -= slot->bytes;
    memset(slot, 0, sizeof *slot);
}

void jt808_fragment_close(struct jt808_fragment *f)
{
    for (size_t i = 0; i < JT808_FRAGMENT_OPEN; i++)
        slot_free(f, &f->slots[i]);
    free(f->whole);
    f->whole = NULL;
}

void jt808_fragment_expire(struct jt808_fragment *f, int64_t now_ms)
{
    for (size_t i = 0; i < JT808_FRAGMENT_OPEN; i++) {
        struct jt808_fragment_slot *slot = &f->slots[i];
        if (!slot->used || now_ms - slot->since_ms <= JT808_FRAGMENT_AGE_MS)
            continue;
        slot_free(f, slot);
        f->dropped++;
    }
}

static bool slot_is(const struct jt808_fragment_slot *slot, const struct jt808_header *h)
{
    return slot->used && slot->msg_id == h->msg_id &&
           slot->first_serial == (uint16_t)(h->serial - (h->index - 1)) &&
           slot->total == h->total && strcmp(slot->terminal, h->terminal) == 0;
}

/* A free slot, or the one that has waited longest, which is given up. */
static struct jt808_fragment_slot *slot_take(struct jt808_fragment *f)
{
    struct jt808_fragment_slot *oldest = &f->slots[0];
    for (size_t i = 0; i < JT808_FRAGMENT_OPEN; i++) {
        if (!f->slots[i].used)
            return &f->slots[i];
        if (f->slots[i].since_ms < oldest->since_ms)
            oldest = &f->slots[i];
    }
    slot_free(f, oldest);
    f->dropped++;
    return oldest;
}

static struct jt808_fragment_slot *slot_of(struct jt808_fragment *f, const struct jt808_header *h,
                                           int64_t now_ms)
{
    for (size_t i = 0; i < JT808_FRAGMENT_OPEN; i++) {
        if (slot_is(&f->slots[i], h))
            return &f->slots[i];
    }
    struct jt808_fragment_slot *slot = slot_take(f);
    slot->used = true;
    slot->msg_id = h->msg_id;
    slot->first_serial = (uint16_t)(h->serial - (h->index - 1));
    slot->total = h->total;
    slot->since_ms = now_ms;
    memcpy(slot->terminal, h->terminal, sizeof slot->terminal);
    return slot;
}

/* False when there is no room for it; a part that is there already is fine. */
static bool slot_keep(struct jt808_fragment *f, struct jt808_fragment_slot *slot,
                      const struct jt808_message *m)
{
    struct jt808_fragment_part *part = &slot->parts[m->header.index - 1];
    if (part->bytes != NULL)
        return true;
    if (f->bytes + m->body_len > JT808_FRAGMENT_BYTES)
        return false;
    part->bytes = malloc(m->body_len + 1);
    if (part->bytes == NULL)
        return false;
    if (m->body_len > 0)
        memcpy(part->bytes, m->body, m->body_len);
    part->length = m->body_len;
    slot->bytes += m->body_len;
    f->bytes += m->body_len;
    slot->have++;
    return true;
}

/* Lays the parts end to end in f->whole; false without memory. */
static bool slot_join(struct jt808_fragment *f, const struct jt808_fragment_slot *slot)
{
    free(f->whole);
    f->whole = malloc(slot->bytes + 1);
    if (f->whole == NULL)
        return false;
    size_t at = 0;
    for (size_t i = 0; i < slot->total; i++) {
        memcpy(f->whole + at, slot->parts[i].bytes, slot->parts[i].length);
        at += slot->parts[i].length;
    }
    return true;
}

int jt808_fragment_put(struct jt808_fragment *f, const struct jt808_message *part, int64_t now_ms,
                       struct jt808_message *whole)
{
    const struct jt808_header *h = &part->header;
    if (!h->fragmented || h->index == 0 || h->index > h->total || h->total > JT808_FRAGMENT_PARTS)
        return JT808_MALFORMED;
    jt808_fragment_expire(f, now_ms);
    struct jt808_fragment_slot *slot = slot_of(f, h, now_ms);
    if (!slot_keep(f, slot, part)) {
        slot_free(f, slot);
        f->dropped++;
        return JT808_LENGTH;
    }
    if (slot->have < slot->total)
        return 0;
    bool joined = slot_join(f, slot);
    *whole = (struct jt808_message){.header = *h, .body = f->whole, .body_len = slot->bytes};
    whole->header.fragmented = false;
    whole->header.total = whole->header.index = 0;
    slot_free(f, slot);
    return joined ? 1 : JT808_LENGTH;
}
