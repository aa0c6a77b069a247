#include "dispatch/readers/stream_console.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/readers/stream_impl.h"

/* --- packing and sending --- */

struct frame *stream_pack(struct stream *s, const struct server_frame *frame)
{
    buffer_clear(&s->bytes);
    wire_arena_reset(&s->out);
    if (wire_server_frame_pack(&s->out, frame, &s->bytes) < 0) {
        log_error("frame-unpackable", "kind=%d why=%s", (int)frame->kind, s->out.errmsg);
        return NULL;
    }
    return frame_copy(s->bytes.bytes, s->bytes.n);
}

void stream_send(struct console *c, const struct server_frame *frame)
{
    struct frame *packed = c->client ? stream_pack(c->stream, frame) : NULL;
    if (packed)
        gate_send(c->client, packed);
    frame_drop(&packed);
}

struct late {
    struct stream *stream;
    struct frame *frame;
};

static void on_late(void *context, uint64_t tag, const struct reply *reply)
{
    struct late *late = context;
    struct gate_client *client = gate_find(late->stream->gate, tag);
    (void)reply;
    if (client)
        gate_send(client, late->frame);
    frame_drop(&late->frame);
    free(late);
}

void stream_send_when_durable(struct console *c, struct server_frame *frame)
{
    struct stream *s = c->stream;
    frame->as_of_seq = pipeline_seq(s->pipeline);
    struct frame *packed = stream_pack(s, frame);
    struct late *late = packed ? malloc(sizeof(*late)) : NULL;
    if (late)
        *late = (struct late){s, packed};
    if (late && pipeline_when_durable(s->pipeline, on_late, late, c->client->id, 0) == 0)
        return;
    free(late);
    frame_drop(&packed);
    gate_cut(c->client, GATE_CLOSE_TRY_LATER, "too much waits for the disk");
}

void stream_heartbeat(struct console *c, uint64_t number)
{
    struct server_frame frame = {.kind = SERVER_HEARTBEAT, .as_of_seq = c->cursor};
    frame.heartbeat.now_ms = pipeline_now_ms(c->stream->pipeline);
    frame.heartbeat.seq = journal_durable_seq(c->stream->pipeline->journal);
    frame.heartbeat.number = number;
    stream_send(c, &frame);
}

void stream_say_condition(struct console *c)
{
    const struct condition_report *report = &c->stream->condition;
    struct server_frame frame = {.kind = SERVER_DEGRADED, .as_of_seq = c->cursor};
    const struct schema_word *mode = &stream_mode_words.word[report->mode];
    frame.degraded.mode = report->mode;
    frame.degraded.redis_down = report->redis_down;
    frame.degraded.redis_lag = report->redis_lag;
    frame.degraded.postgres_down = report->postgres_down;
    frame.degraded.postgres_lag = report->postgres_lag;
    frame.degraded.disk_low = report->disk_low;
    frame.degraded.positions_conflated = c->slow;
    frame.degraded.zh = (struct text){mode->zh, (uint32_t)strlen(mode->zh)};
    frame.degraded.en = (struct text){mode->en, (uint32_t)strlen(mode->en)};
    stream_send(c, &frame);
}

void stream_tell_condition(struct stream *s, const struct condition_report *report)
{
    const struct condition_report *old = &s->condition;
    bool same = old->mode == report->mode && old->redis_down == report->redis_down &&
                old->postgres_down == report->postgres_down && old->disk_low == report->disk_low;
    s->condition = *report;
    for (struct console *c = s->first; c && !same; c = c->next)
        if (c->greeted)
            stream_say_condition(c);
}

/* --- facts --- */

/* What one client may see of the records after its cursor. Records that were decoded one by one
 * must live together until they are packed: they are copied, texts and all, into `store`. */
struct gathering {
    struct console *console; /* whose; `shown` of it may change */
    struct record record[STREAM_RECORDS_MAX];
    uint32_t count;
    uint64_t upto_seq, gained[STREAM_RECORDS_MAX];
    uint32_t gained_count;
    size_t used;
    bool full;
    char store[1024 * 1024] __attribute__((aligned(8))); /* the largest record, decoded */
};

static void *room_for(struct gathering *g, size_t n)
{
    size_t at = (g->used + 7) & ~(size_t)7;
    if (at + n > sizeof(g->store)) {
        g->full = true;
        return NULL;
    }
    g->used = at + n;
    return g->store + at;
}

static void store_borrowed(struct gathering *g, struct fact *fact)
{
    const struct schema *schema = fact_schema(fact->kind);
    for (uint32_t i = 0; i < schema->count; i++) {
        size_t n = list_bytes(&schema->field[i], fact_body(fact));
        if (n == 0)
            continue;
        struct text *text =
            (struct text *)(void *)((char *)fact_body_of(fact) + schema->field[i].offset);
        char *kept = room_for(g, n);
        if (!kept)
            return;
        memcpy(kept, text->p, n);
        text->p = kept;
    }
}

static void note_gain(struct gathering *g, const struct fact *fact)
{
    const struct console *c = g->console;
    uint64_t incident = audience_gains(&c->stream->pipeline->core, c->audience, fact);
    if (incident && g->gained_count < STREAM_RECORDS_MAX)
        g->gained[g->gained_count++] = incident;
}

bool stream_is_scoped(struct audience audience)
{
    return audience.role == ROLE_CREW || audience.role == ROLE_HOSPITAL;
}

void stream_note_shown(struct console *c, uint64_t assignment)
{
    c->shown[c->shown_next++ % STREAM_SHOWN_MAX] = assignment;
}

/* A patient who was on the way to this hospital goes to another one. */
static bool goes_elsewhere(struct console *c, const struct fact *fact)
{
    if (c->audience.role != ROLE_HOSPITAL || fact->kind != FACT_HOSPITAL_CHOSEN)
        return false;
    const struct hospital_chosen *chosen = &fact->hospital_chosen;
    if (chosen->hospital.v == c->audience.scope) {
        stream_note_shown(c, chosen->assignment.v);
        return false;
    }
    bool was_shown = false;
    for (uint32_t i = 0; i < STREAM_SHOWN_MAX; i++) {
        if (c->shown[i] != chosen->assignment.v)
            continue;
        c->shown[i] = 0;
        was_shown = true;
    }
    return was_shown;
}

/* The visible facts of a record, if there are any. */
static void gather_record(struct gathering *g, const struct record *record)
{
    struct console *c = g->console;
    const struct core *core = &c->stream->pipeline->core;
    size_t before = g->used;
    struct fact *fact = room_for(g, record->fact_count * sizeof(*fact));
    uint32_t n = 0;
    for (uint32_t i = 0; i < record->fact_count && fact; i++) {
        bool elsewhere = goes_elsewhere(c, &record->fact[i]);
        if (!elsewhere && !audience_sees(core, c->audience, &record->fact[i]))
            continue;
        fact[n] = record->fact[i];
        store_borrowed(g, &fact[n]);
        note_gain(g, &fact[n]);
        n++;
    }
    if (g->full || n == 0) {
        g->used = before;
        return;
    }
    struct record *kept = &g->record[g->count++];
    *kept = *record;
    kept->fact = fact;
    kept->fact_count = n;
    if (!audience_sees_personal(c->audience) || stream_is_scoped(c->audience))
        kept->client = kept->number = 0;
}

static bool gather(void *context, const struct record *record)
{
    struct gathering *g = context;
    gather_record(g, record);
    if (g->full && g->count > 0) /* the rest goes into the next frame */
        return false;
    if (g->full) { /* one record alone is too large: its number passes, with nothing to see */
        log_error("record-unshown", "seq=%" PRIu64, record->seq);
        g->full = false;
    }
    g->upto_seq = record->seq;
    return g->count < STREAM_RECORDS_MAX && g->used < STREAM_CHUNK;
}

/* The incident and its assignments, whole, for a crew or hospital that did not see it before. */
static uint32_t gained_objects(const struct gathering *g, struct wire_object *object, uint32_t max)
{
    const struct core *core = &g->console->stream->pipeline->core;
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->gained_count; i++) {
        const struct incident *incident = state_incident(&core->state, g->gained[i]);
        if (incident && n < max)
            object[n++] = (struct wire_object){OBJECT_INCIDENT, incident};
        EACH (&core->state, ASSIGNMENT, assignment, it)
            if (it->incident.v == g->gained[i] && n < max &&
                audience_sees_object(core, g->console->audience, OBJECT_ASSIGNMENT, it))
                object[n++] = (struct wire_object){OBJECT_ASSIGNMENT, it};
    }
    return n;
}

static bool gather_next(struct console *c, struct gathering *g)
{
    struct feed *feed = &c->stream->pipeline->feed;
    g->console = c;
    g->count = g->gained_count = 0;
    g->used = 0;
    g->full = false;
    g->upto_seq = c->cursor;
    if (feed_read(feed, c->cursor, STREAM_RECORDS_MAX, gather, g) < 0) {
        log_error("stream-read", "why=%s", feed->errmsg);
        return false;
    }
    return g->upto_seq > c->cursor;
}

/* The facts after the client's cursor as a frame. *as_of_seq: what must be durable first. */
static struct frame *facts_frame(const struct console *c, const struct gathering *g,
                                 uint64_t *as_of_seq)
{
    enum { GAINED_MAX = 64 };
    struct wire_object object[GAINED_MAX];
    struct stream *s = c->stream;
    struct server_frame frame = {.kind = SERVER_FACTS, .as_of_seq = g->upto_seq};
    frame.facts.after_seq = c->cursor;
    frame.facts.upto_seq = g->upto_seq;
    frame.facts.record = g->record;
    frame.facts.record_count = g->count;
    frame.facts.object = object;
    frame.facts.object_count = gained_objects(g, object, GAINED_MAX);
    frame.facts.personal = audience_sees_personal(c->audience);
    if (frame.facts.object_count)
        frame.as_of_seq = pipeline_seq(s->pipeline);
    *as_of_seq = frame.as_of_seq;
    return stream_pack(s, &frame);
}

static void share(struct stream *s, enum role role, uint64_t after_seq, uint64_t upto_seq,
                  struct frame *frame)
{
    struct shared_facts *shared = &s->shared[role];
    frame_drop(&shared->frame);
    *shared = (struct shared_facts){after_seq, upto_seq, frame_keep(frame)};
}

/* Another console of this role stood at the same place: one frame for both. */
static bool feed_shared(struct console *c, bool *sent)
{
    const struct shared_facts *shared = &c->stream->shared[c->audience.role];
    if (stream_is_scoped(c->audience) || !shared->frame || shared->after_seq != c->cursor)
        return false;
    c->cursor = shared->upto_seq;
    *sent = gate_send(c->client, shared->frame) == 0;
    return true;
}

/* One frame of facts. It goes out now, or is held if it shows more than is durable. false: no more
 * for the moment. */
static bool feed_once(struct console *c, struct gathering *g)
{
    struct stream *s = c->stream;
    uint64_t after_seq = c->cursor, as_of_seq;
    bool sent;
    if (feed_shared(c, &sent))
        return sent;
    if (!gather_next(c, g))
        return false;
    struct frame *frame = facts_frame(c, g, &as_of_seq);
    if (!frame) {
        gate_cut(c->client, GATE_CLOSE_RESYNC, "facts do not fit into a frame");
        return false;
    }
    c->cursor = g->upto_seq;
    if (as_of_seq > journal_durable_seq(s->pipeline->journal)) {
        c->held = frame;
        c->held_seq = as_of_seq;
        return false;
    }
    if (!stream_is_scoped(c->audience))
        share(s, c->audience.role, after_seq, c->cursor, frame);
    sent = gate_send(c->client, frame) == 0;
    frame_drop(&frame);
    return sent;
}

static bool is_behind(const struct console *c)
{
    return gate_pending_bytes(c->client) > c->stream->slow_bytes;
}

static void send_picture(struct console *c)
{
    struct picture *picture = c->picture;
    if (picture->seq > journal_durable_seq(c->stream->pipeline->journal))
        return;
    while (c->picture_next < picture->frame_count && !is_behind(c))
        if (gate_send(c->client, picture->frame[c->picture_next++]) < 0)
            return;
    if (c->picture_next == picture->frame_count) {
        c->cursor = picture->seq;
        picture_drop(&c->picture);
    }
}

void stream_feed(struct console *c)
{
    static struct gathering gathering; /* one loop thread; too large for its stack */
    uint64_t durable = journal_durable_seq(c->stream->pipeline->journal);
    if (!c->greeted || !c->want_facts)
        return;
    if (c->picture)
        send_picture(c);
    if (c->held && c->held_seq <= durable) {
        gate_send(c->client, c->held);
        frame_drop(&c->held);
    }
    /* The rest follows when these have left (on_drained): nobody holds the loop. */
    for (int i = 0; i < STREAM_FRAMES_MAX && !c->picture && !c->held; i++)
        if (c->cursor >= durable || is_behind(c) || !feed_once(c, &gathering))
            break;
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct stream *s = self;
    s->reader.cursor = durable_seq; /* consoles have cursors of their own */
    for (struct console *c = s->first; c; c = c->next)
        stream_feed(c);
}

/* --- positions --- */

static struct stream_position position_of(const struct track_unit *unit, int64_t now_ms)
{
    const struct fix *fix = &unit->live;
    int64_t age_ms = now_ms > fix->at_ms ? now_ms - fix->at_ms : 0;
    return (struct stream_position){{unit->unit},
                                    fix->lat_e7,
                                    fix->lon_e7,
                                    fix->speed_dkmh,
                                    fix->course_deg,
                                    (uint32_t)(age_ms / 1000),
                                    fix->marks | (unit->silent ? (uint32_t)FIX_STALE : 0u)};
}

static void send_some_positions(struct console *c, const struct stream_position *position,
                                uint32_t n)
{
    struct server_frame frame = {.kind = SERVER_POSITIONS, .as_of_seq = c->cursor};
    frame.positions = (struct stream_positions){position, n};
    if (n)
        stream_send(c, &frame);
}

/* At most once a second; everything at first, then what was heard since the last time. */
static void send_positions(struct console *c, int64_t now_ms)
{
    enum { POSITIONS_MAX = 4096 };
    static struct stream_position position[POSITIONS_MAX];
    const struct stream *s = c->stream;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->track->count; i++) {
        const struct track_unit *unit = &s->track->units[i];
        bool fresh = c->all_positions || unit->live.received_ms >= c->positions_ms;
        if (!unit->has_live || !fresh ||
            !audience_sees_unit(&s->pipeline->core, c->audience, unit->unit))
            continue;
        position[n++] = position_of(unit, now_ms);
        if (n == POSITIONS_MAX) {
            send_some_positions(c, position, n);
            n = 0;
        }
    }
    c->all_positions = false;
    c->positions_ms = now_ms;
    send_some_positions(c, position, n);
}

/* --- every second --- */

static void check_slow(struct console *c, int64_t mono_ms)
{
    bool slow = is_behind(c);
    if (slow != c->slow) {
        c->slow = slow;
        c->slow_since_ms = mono_ms;
        if (!slow) {
            c->all_positions = true;
            stream_say_condition(c);
        }
    }
    if (slow && mono_ms - c->slow_since_ms > c->stream->slow_ms)
        gate_cut(c->client, GATE_CLOSE_RESYNC, "too slow: come back and resume");
}

static void check_session(struct console *c, int64_t mono_ms)
{
    struct account account;
    if (mono_ms - c->checked_ms < 60000)
        return;
    c->checked_ms = mono_ms;
    if (accounts_check_session(c->stream->accounts, c->account.token_hash,
                               pipeline_wall_ms(c->stream->pipeline), &account) != 0)
        gate_cut(c->client, GATE_CLOSE_POLICY, "signed out");
    else
        c->locked = account.locked;
}

void stream_lock(struct stream *s, const uint8_t token_hash[ACCOUNT_TOKEN_HASH], bool locked)
{
    for (struct console *c = s->first; c; c = c->next)
        if (c->greeted && memcmp(c->account.token_hash, token_hash, ACCOUNT_TOKEN_HASH) == 0)
            c->locked = locked;
}

void stream_renew(struct stream *s, const uint8_t old_hash[ACCOUNT_TOKEN_HASH],
                  const struct account *fresh)
{
    for (struct console *c = s->first; c; c = c->next)
        if (c->greeted && memcmp(c->account.token_hash, old_hash, ACCOUNT_TOKEN_HASH) == 0)
            c->account = *fresh;
}

void stream_check_sessions(struct stream *s)
{
    for (struct console *c = s->first; c; c = c->next)
        c->checked_ms = INT64_MIN / 2;
}

static void on_second(uv_timer_t *timer)
{
    struct stream *s = timer->data;
    int64_t mono_ms = os_mono_ms(), now_ms = pipeline_now_ms(s->pipeline);
    s->beat++;
    s->denials = 0;
    for (struct console *c = s->first, *next; c; c = next) {
        next = c->next;
        c->requests = 0;
        if (!c->greeted)
            continue;
        check_slow(c, mono_ms);
        check_session(c, mono_ms);
        if (c->want_positions && !c->slow && !c->picture)
            send_positions(c, now_ms);
        if (s->beat % s->heartbeat_s == 0 && !c->slow)
            stream_heartbeat(c, 0);
    }
}

/* --- clients come and go --- */

static void on_open(void *user, struct gate_client *client)
{
    struct stream *s = user;
    struct console *c = calloc(1, sizeof(*c));
    if (!c) {
        gate_cut(client, GATE_CLOSE_TRY_LATER, "no memory");
        return;
    }
    c->stream = s;
    c->client = client;
    c->next = s->first;
    s->first = c;
    client->user = c;
}

static void on_drained(void *user, struct gate_client *client)
{
    (void)user;
    if (client->user)
        stream_feed(client->user);
}

static void on_close(void *user, struct gate_client *client, int code, const char *reason)
{
    struct stream *s = user;
    struct console *c = client->user;
    if (!c)
        return;
    for (struct console **at = &s->first; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            break;
        }
    if (c->greeted)
        log_info("client-gone", "user=%u code=%d reason=%s", c->account.user_id, code, reason);
    picture_drop(&c->picture);
    frame_drop(&c->held);
    free(c);
    client->user = NULL;
}

struct gate_events stream_gate_events(struct stream *s)
{
    return (struct gate_events){s, on_open, stream_on_frame, on_drained, on_close};
}

void stream_reload(struct stream *s, const struct config *config)
{
    s->slow_bytes = (uint32_t)config->gate.client_buffer / 2;
    s->slow_ms = (uint32_t)config->gate.slow_s * 1000;
    s->heartbeat_s = (uint32_t)config->gate.heartbeat_s;
    s->requests_per_s = (uint32_t)config->gate.requests_per_s;
}

int stream_open(struct stream *s, const struct config *config, uv_loop_t *loop,
                struct pipeline *pipeline, struct track *track, struct accounts *accounts,
                struct metrics *metrics)
{
    struct journal_head head = journal_opened_at(pipeline->journal);
    s->reader = (struct reader){"console", s, on_wake, 0, false};
    s->pipeline = pipeline;
    s->track = track;
    s->accounts = accounts;
    s->metrics = metrics;
    stream_reload(s, config);
    s->epoch = head.epoch;
    for (int i = 0; i < JOURNAL_ID_SIZE; i++)
        snprintf(s->journal_id + 2 * i, 3, "%02x", head.journal_id[i]);
    buffer_init(&s->bytes, WIRE_SERVER_FRAME_MAX);
    if (wire_arena_init(&s->in, WIRE_CLIENT_ARENA) < 0 || wire_arena_init(&s->out, WIRE_ARENA) < 0)
        return -1;
    feed_join(&pipeline->feed, &s->reader);
    uv_timer_init(loop, &s->timer);
    s->timer.data = s;
    uv_timer_start(&s->timer, on_second, 1000, 1000);
    return 0;
}

void stream_close(struct stream *s)
{
    uv_close((uv_handle_t *)&s->timer, NULL);
    feed_leave(&s->pipeline->feed, &s->reader);
    picture_drop(&s->recent);
    for (int role = 0; role <= ROLE_MACHINE; role++)
        frame_drop(&s->shared[role].frame);
    wire_arena_close(&s->in);
    wire_arena_close(&s->out);
    buffer_close(&s->bytes);
}
