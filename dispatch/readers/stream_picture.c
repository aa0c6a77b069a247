/* Pictures: the first thing a console sees, as frames of STREAM_CHUNK at most. A picture of the
 * desk is kept for a few seconds, so that a thousand consoles that come back at once share one. */
#include <stdlib.h>
#include <string.h>

#include "dispatch/readers/stream_impl.h"

enum { PICTURE_FRAMES_MAX = 4096, PICTURE_OBJECTS = 256, PICTURE_FRESH_MS = 3000 };

struct painting {
    struct stream *stream;
    struct picture *picture;
    struct wire_object object[PICTURE_OBJECTS];
    uint32_t count;
    size_t bytes;
    uint64_t *own; /* incidents of a crew or hospital, in order */
    uint32_t own_count;
    bool failed;
};

static void put_frame(struct painting *p, bool last)
{
    struct server_frame frame = {.kind = SERVER_SNAPSHOT, .as_of_seq = p->picture->seq};
    if (p->failed || p->picture->frame_count == PICTURE_FRAMES_MAX) {
        p->failed = true;
        return;
    }
    frame.snapshot.object = p->object;
    frame.snapshot.count = p->count;
    frame.snapshot.last = last;
    frame.snapshot.personal = audience_sees_personal(p->picture->audience);
    struct frame *packed = stream_pack(p->stream, &frame);
    p->failed = packed == NULL;
    if (packed)
        p->picture->frame[p->picture->frame_count++] = packed;
    p->count = 0;
    p->bytes = 0;
}

/* Asked once for all incidents: each of them alone would walk all assignments. */
static bool find_own(struct painting *p)
{
    const struct core *core = &p->stream->pipeline->core;
    uint32_t most = core->state.table[OBJECT_ASSIGNMENT].count;
    p->own = calloc(most + 1, sizeof(*p->own));
    if (p->own && stream_is_scoped(p->picture->audience))
        p->own_count = audience_own_incidents(core, p->picture->audience, p->own);
    return p->own != NULL;
}

static bool is_shown(const struct painting *p, enum object_kind kind, const void *object)
{
    if (kind == OBJECT_INCIDENT && stream_is_scoped(p->picture->audience)) {
        uint64_t incident = ((const struct incident *)object)->incident.v;
        return bsearch(&incident, p->own, p->own_count, sizeof(incident), audience_by_id) != NULL;
    }
    return audience_sees_object(&p->stream->pipeline->core, p->picture->audience, kind, object);
}

static void paint(void *context, enum object_kind kind, const void *object)
{
    struct painting *p = context;
    const struct schema *schema = object_schema(kind);
    if (!is_shown(p, kind, object))
        return;
    size_t bytes = schema->size + schema_borrowed(schema, object);
    if (p->count == PICTURE_OBJECTS || p->bytes + bytes > STREAM_CHUNK)
        put_frame(p, false);
    p->object[p->count++] = (struct wire_object){kind, object};
    p->bytes += bytes;
}

static struct picture *recent_for(struct stream *s, struct audience audience)
{
    struct picture *recent = s->recent;
    bool fits = recent && recent->audience.role == audience.role &&
                os_mono_ms() - recent->made_ms < PICTURE_FRESH_MS;
    if (!fits)
        return NULL;
    recent->refs++;
    return recent;
}

static bool paint_all(struct stream *s, struct picture *picture)
{
    struct painting *painting = calloc(1, sizeof(*painting));
    if (!painting)
        return false;
    painting->stream = s;
    painting->picture = picture;
    painting->failed = !find_own(painting);
    if (!painting->failed) {
        state_walk(&s->pipeline->core.state, paint, painting);
        put_frame(painting, true);
    }
    bool done = !painting->failed;
    free(painting->own);
    free(painting);
    return done;
}

struct picture *picture_for(struct stream *s, struct audience audience)
{
    struct picture *picture = stream_is_scoped(audience) ? NULL : recent_for(s, audience);
    if (picture)
        return picture;
    picture = calloc(1, sizeof(*picture) + PICTURE_FRAMES_MAX * sizeof(struct frame *));
    if (!picture)
        return NULL;
    picture->refs = 1;
    picture->seq = pipeline_seq(s->pipeline);
    picture->made_ms = os_mono_ms();
    picture->audience = audience;
    if (!paint_all(s, picture)) {
        picture_drop(&picture);
        return NULL;
    }
    if (!stream_is_scoped(audience)) {
        picture_drop(&s->recent);
        s->recent = picture;
        picture->refs++;
    }
    return picture;
}

void picture_drop(struct picture **picture)
{
    struct picture *p = *picture;
    *picture = NULL;
    if (!p || --p->refs)
        return;
    for (uint32_t i = 0; i < p->frame_count; i++)
        frame_drop(&p->frame[i]);
    free(p);
}
