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

static void paint(void *context, enum object_kind kind, const void *object)
{
    struct painting *p = context;
    const struct schema *schema = object_schema(kind);
    if (!audience_sees_object(&p->stream->pipeline->core, p->picture->audience, kind, object))
        return;
    size_t bytes = schema->size + schema_borrowed(schema, object);
    if (p->count == PICTURE_OBJECTS || p->bytes + bytes > STREAM_CHUNK)
        put_frame(p, false);
    p->object[p->count++] = (struct wire_object){kind, object};
    p->bytes += bytes;
}

static bool is_shared(struct audience audience)
{
    return audience.role != ROLE_CREW && audience.role != ROLE_HOSPITAL;
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

struct picture *picture_for(struct stream *s, struct audience audience)
{
    struct picture *picture = is_shared(audience) ? recent_for(s, audience) : NULL;
    if (picture)
        return picture;
    picture = calloc(1, sizeof(*picture) + PICTURE_FRAMES_MAX * sizeof(struct frame *));
    struct painting *painting = calloc(1, sizeof(*painting));
    if (!picture || !painting) {
        free(picture);
        free(painting);
        return NULL;
    }
    picture->refs = 1;
    picture->seq = pipeline_seq(s->pipeline);
    picture->made_ms = os_mono_ms();
    picture->audience = audience;
    painting->stream = s;
    painting->picture = picture;
    state_walk(&s->pipeline->core.state, paint, painting);
    put_frame(painting, true);
    bool failed = painting->failed;
    free(painting);
    if (failed) {
        picture_drop(&picture);
        return NULL;
    }
    if (is_shared(audience)) {
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
