/* The life of an incident, read out of the journal in small pieces between the loop's other work:
 * every fact that names it, its calls, its assignments or its alerts, as far as the asker may see.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/server/server_impl.h"
#include "dispatch/wire/wire_json.h"

enum {
    TIMELINES_MAX = 16,    /* waiting and being read */
    PIECE_RECORDS = 500,   /* in one turn of the loop */
    RECORDS_MAX = 4000000, /* of a search; then it ends with what it has */
    PAGE_BYTES = 480 * 1024,
};

struct server_timeline {
    struct server *server;
    uint64_t client, number, incident;
    struct audience audience;
    uint64_t cursor, until_seq;
    int64_t from_ms;
    struct buffer out;
    struct server_timeline *next;
};

static bool names(const struct state *state, uint64_t incident, const struct schema_field *field,
                  const void *body)
{
    uint64_t id = field->type == FIELD_ID ? field_number(field, body) : 0;
    const struct assignment *assignment;
    const struct call *call;
    const struct alert *alert;
    switch (id ? field->letter : 0) {
    case LETTER_incident:
        return id == incident;
    case LETTER_assignment:
        assignment = state_assignment(state, id);
        return assignment && assignment->incident.v == incident;
    case LETTER_call:
        call = state_call(state, id);
        return call && call->incident.v == incident;
    case LETTER_alert:
        alert = state_alert(state, id);
        return alert && alert->incident.v == incident;
    default:
        return false;
    }
}

static bool is_about(const struct state *state, uint64_t incident, const struct fact *fact)
{
    const struct schema *schema = fact_schema(fact->kind);
    for (uint32_t i = 0; i < schema->count; i++)
        if (names(state, incident, &schema->field[i], fact_body(fact)))
            return true;
    return false;
}

static bool take_record(void *context, const struct record *record)
{
    struct server_timeline *t = context;
    const struct core *core = &t->server->pipeline.core;
    static struct fact fact[DECISION_FACT_MAX]; /* one loop thread; too large for its stack */
    struct record shown = *record;
    t->cursor = record->seq;
    shown.fact = fact;
    shown.fact_count = 0;
    shown.client = shown.number = 0;
    for (uint32_t i = 0; i < record->fact_count && i < DECISION_FACT_MAX; i++)
        if (is_about(&core->state, t->incident, &record->fact[i]) &&
            audience_sees(core, t->audience, &record->fact[i]))
            fact[shown.fact_count++] = record->fact[i];
    if (shown.fact_count && t->out.n < PAGE_BYTES) {
        buffer_add_text(&t->out, t->out.n > 1 ? "," : "");
        wire_json_record(&t->out, &shown, audience_sees_personal(t->audience));
    }
    return t->cursor < t->until_seq;
}

static bool take_time(void *context, const struct record *record)
{
    *(int64_t *)context = record->now_ms;
    return false;
}

/* The last record before `from_ms`: times of records never go back. */
static uint64_t seq_before(struct feed *feed, int64_t from_ms, uint64_t last)
{
    uint64_t low = 0, high = last;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int64_t now_ms = 0;
        if (feed_read(feed, middle, 1, take_time, &now_ms) <= 0)
            return low; /* before what can be read */
        if (now_ms < from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void end_timeline(struct server *s, const char *error)
{
    struct server_timeline *t = s->timelines;
    s->timelines = t->next;
    buffer_add_text(&t->out, "]");
    stream_report(&s->stream, t->client, t->number, error, &t->out);
    buffer_close(&t->out);
    free(t);
    if (!s->timelines)
        uv_idle_stop(&s->reading);
}

static void on_idle(uv_idle_t *idle)
{
    struct server *s = idle->data;
    struct server_timeline *t = s->timelines;
    int64_t n = feed_read(&s->pipeline.feed, t->cursor, PIECE_RECORDS, take_record, t);
    if (n < 0)
        log_error("timeline-unreadable", "why=%s", s->pipeline.feed.errmsg);
    if (n <= 0 || t->cursor >= t->until_seq)
        end_timeline(s, n < 0 ? "the journal cannot be read" : "");
}

/* Before anything could be said of it: its call may have rung before it was opened. */
static int64_t begins_ms(const struct state *state, const struct incident *incident)
{
    int64_t from_ms = incident->opened_ms;
    EACH (state, CALL, call, it)
        if (it->incident.v == incident->incident.v && it->ringing_ms && it->ringing_ms < from_ms)
            from_ms = it->ringing_ms;
    return from_ms - 60000; /* a claimed time may lie behind the record's */
}

bool server_timeline(struct server *s, const struct console *console, uint64_t number,
                     const struct incident *incident)
{
    struct server_timeline **at = &s->timelines;
    int waiting = 0;
    for (; *at; at = &(*at)->next)
        waiting++;
    struct server_timeline *t = waiting < TIMELINES_MAX ? calloc(1, sizeof(*t)) : NULL;
    if (!t)
        return false;
    t->server = s;
    t->client = console->client->id;
    t->number = number;
    t->incident = incident->incident.v;
    t->audience = console->audience;
    t->until_seq = s->pipeline.feed.durable;
    t->cursor =
        seq_before(&s->pipeline.feed, begins_ms(&s->pipeline.core.state, incident), t->until_seq);
    if (t->until_seq - t->cursor > RECORDS_MAX)
        t->until_seq = t->cursor + RECORDS_MAX;
    buffer_init(&t->out, 2 * PAGE_BYTES);
    buffer_add_text(&t->out, "[");
    *at = t;
    if (!uv_is_active((const uv_handle_t *)&s->reading)) {
        s->reading.data = s;
        uv_idle_start(&s->reading, on_idle);
    }
    return true;
}

void server_timeline_close(struct server *s)
{
    while (s->timelines) {
        struct server_timeline *t = s->timelines;
        s->timelines = t->next;
        buffer_close(&t->out);
        free(t);
    }
    uv_close((uv_handle_t *)&s->reading, NULL);
}
