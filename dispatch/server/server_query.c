/* Questions over the stream that change nothing (the list: proto/stream.proto, Query). Who may ask
 * what is an allow-list; what is answered comes out of memory, places also out of PostGIS. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/atlas/place.h"
#include "dispatch/base/log.h"
#include "dispatch/server/server_impl.h"
#include "dispatch/wire/wire_json.h"

enum { CALLS_MAX = 20, NEARBY_MAX = 20, HISTORY_MAX = 100 };

/* One question: who asks, what, and where the answer goes. */
struct asking {
    struct server *server;
    const struct console *console;
    const struct stream_query *query;
    struct buffer *out;
};

static enum query_result refuse(struct asking *a, const char *why)
{
    buffer_clear(a->out);
    buffer_add_text(a->out, why);
    return QUERY_REFUSED;
}

static const struct state *state_of(const struct asking *a)
{
    return &a->server->pipeline.core.state;
}

static enum query_result ask_health(struct asking *a)
{
    json_t *report = server_health(a->server);
    char *text = json_dumps(report, JSON_COMPACT);
    buffer_add_text(a->out, text ? text : "{}");
    free(text);
    json_decref(report);
    return QUERY_ANSWERED;
}

static void put_terminal(struct asking *a, const struct terminal *it, bool first)
{
    const struct server *s = a->server;
    const struct track_unit *seen = track_get(&s->track, it->unit.v);
    bool linked = s->jt808 && jt808_server_linked(s->jt808, it->terminal.v);
    buffer_print(a->out,
                 "%s{\"terminal\":%" PRIu64 ",\"unit\":%" PRIu64 ",\"phone\":", first ? "" : ",",
                 it->terminal.v, it->unit.v);
    wire_json_text(a->out, it->phone);
    buffer_print(a->out, ",\"linked\":%s,\"lost\":%s", linked ? "true" : "false",
                 it->lost ? "true" : "false");
    if (seen && seen->has_live)
        buffer_print(a->out, ",\"lat_e7\":%d,\"lon_e7\":%d,\"age_s\":%" PRId64, seen->live.lat_e7,
                     seen->live.lon_e7, (pipeline_now_ms(&s->pipeline) - seen->live.at_ms) / 1000);
    buffer_add_text(a->out, "}");
}

static enum query_result ask_terminals(struct asking *a)
{
    bool first = true;
    buffer_add_text(a->out, "[");
    EACH (state_of(a), TERMINAL, terminal, it) {
        put_terminal(a, it, first);
        first = false;
    }
    buffer_add_text(a->out, "]");
    return QUERY_ANSWERED;
}

/* --- cards, plans, words --- */

static enum query_result ask_cards(struct asking *a)
{
    struct text hash = {a->server->pipeline.core.cards_hash,
                        (uint32_t)strlen(a->server->pipeline.core.cards_hash)};
    if (text_same(a->query->words, hash))
        buffer_print(a->out, "{\"hash\":\"%s\",\"same\":true}", hash.p);
    else
        server_cards_json(a->server->cards, a->out);
    return QUERY_ANSWERED;
}

static enum query_result ask_card(struct asking *a)
{
    return server_card_json(a->server->cards, a->query->words, a->out)
               ? QUERY_ANSWERED
               : refuse(a, refusal_text[REFUSE_NO_CARD].en);
}

static enum query_result ask_plan(struct asking *a)
{
    return server_plan_json(a->server->cards, a->query->words, a->out)
               ? QUERY_ANSWERED
               : refuse(a, "there is no such plan");
}

static enum query_result ask_plans(struct asking *a)
{
    server_plans_json(a->server->plans, a->out);
    return QUERY_ANSWERED;
}

static enum query_result ask_words(struct asking *a)
{
    server_words_json(a->out);
    return QUERY_ANSWERED;
}

/* --- callers --- */

static bool is_earlier(const struct call *it, const struct call *call)
{
    return it->call.v != call->call.v && call->number.n && text_same(it->number, call->number);
}

/* That somebody's earlier calls were looked at is a fact of the incident they led to. */
static void note_opening(const struct asking *a, uint64_t incident, const char *cause)
{
    struct command command = {.kind = COMMAND_OPEN_RECORD, .actor = a->console->actor};
    command.open_record.incident.v = incident;
    command.open_record.cause = (struct text){cause, (uint32_t)strlen(cause)};
    pipeline_submit(&a->server->pipeline, &command, NULL, NULL, 0);
}

static void put_call(struct asking *a, const struct call *it, bool first)
{
    const struct incident *incident = state_incident(state_of(a), it->incident.v);
    buffer_print(a->out, "%s{\"call\":%" PRIu64 ",\"ringing_ms\":%" PRId64 ",\"state\":\"%s\"",
                 first ? "" : ",", it->call.v, it->ringing_ms,
                 words_name(&call_state_words, it->state));
    if (incident) {
        buffer_add_text(a->out, ",\"incident\":");
        wire_json_object(a->out, (struct wire_object){OBJECT_INCIDENT, incident}, true);
    }
    buffer_add_text(a->out, "}");
}

static enum query_result ask_caller(struct asking *a)
{
    const struct call *call = state_call(state_of(a), a->query->id);
    const struct table *table = &state_of(a)->table[OBJECT_CALL];
    uint64_t newest = 0;
    uint32_t n = 0;
    if (!call)
        return refuse(a, refusal_text[REFUSE_NO_CALL].en);
    buffer_add_text(a->out, "[");
    for (uint32_t i = table->count; i-- > 0 && n < CALLS_MAX;) {
        const struct call *it = table_at(table, i);
        if (!is_earlier(it, call))
            continue;
        put_call(a, it, n++ == 0);
        if (!newest)
            newest = it->incident.v;
    }
    buffer_add_text(a->out, "]");
    if (newest)
        note_opening(a, newest, "caller");
    return QUERY_ANSWERED;
}

/* --- what is near --- */

struct near {
    uint32_t dist_m;
    const struct incident *incident;
};

static int by_distance(const void *a, const void *b)
{
    const struct near *x = a, *y = b;
    return x->dist_m < y->dist_m ? -1 : x->dist_m > y->dist_m;
}

static bool is_recent(const struct asking *a, const struct incident *it)
{
    int64_t since_ms =
        pipeline_now_ms(&a->server->pipeline) - a->server->config->map.nearby_min * INT64_C(60000);
    return it->has_place && it->incident.v != a->query->id && it->first.v == 0 &&
           (it->state == INCIDENT_OPEN || it->opened_ms >= since_ms);
}

static void put_near(struct asking *a, const struct near *near, bool first)
{
    const struct incident *it = near->incident;
    buffer_print(a->out,
                 "%s{\"incident\":%" PRIu64 ",\"dist_m\":%" PRIu32 ",\"opened_ms\":%" PRId64
                 ",\"state\":\"%s\",\"grade\":%" PRIu32 ",\"kind\":",
                 first ? "" : ",", it->incident.v, near->dist_m, it->opened_ms,
                 words_name(&incident_state_words, it->state), it->grade);
    wire_json_text(a->out, it->kind);
    buffer_add_text(a->out, "}");
}

static enum query_result ask_nearby(struct asking *a)
{
    const struct incident *own = state_incident(state_of(a), a->query->id);
    struct point here = {a->query->lat_e7, a->query->lon_e7};
    struct near *near = calloc(state_of(a)->table[OBJECT_INCIDENT].count + 1, sizeof(*near));
    uint32_t n = 0;
    if (own && own->has_place)
        here = (struct point){own->lat_e7, own->lon_e7};
    if (!near || (here.lat_e7 == 0 && here.lon_e7 == 0) || !point_valid(here)) {
        free(near);
        return refuse(a, refusal_text[REFUSE_BAD_PLACE].en);
    }
    EACH (state_of(a), INCIDENT, incident, it) {
        double dist_m = point_dist_m(here, (struct point){it->lat_e7, it->lon_e7});
        if (is_recent(a, it) && dist_m <= a->server->config->map.nearby_m)
            near[n++] = (struct near){(uint32_t)dist_m, it};
    }
    qsort(near, n, sizeof(*near), by_distance);
    buffer_add_text(a->out, "[");
    for (uint32_t i = 0; i < n && i < NEARBY_MAX; i++)
        put_near(a, &near[i], i == 0);
    buffer_add_text(a->out, "]");
    free(near);
    return QUERY_ANSWERED;
}

/* --- the life of an incident, the day of a unit --- */

static enum query_result ask_incident(struct asking *a)
{
    const struct incident *incident = state_incident(state_of(a), a->query->id);
    const struct audience audience = a->console->audience;
    if (!incident ||
        !audience_sees_object(&a->server->pipeline.core, audience, OBJECT_INCIDENT, incident))
        return refuse(a, refusal_text[REFUSE_NO_INCIDENT].en);
    if (incident->state == INCIDENT_CLOSED && audience_sees_personal(audience))
        note_opening(a, a->query->id, "timeline");
    return server_timeline(a->server, a->console, a->query->number, incident)
               ? QUERY_LATER
               : refuse(a, "too many are being read; try again");
}

static enum query_result ask_history(struct asking *a)
{
    const struct table *table = &state_of(a)->table[OBJECT_ASSIGNMENT];
    uint32_t n = 0;
    if (a->console->actor.role == ROLE_CREW && a->console->actor.scope != a->query->id)
        return refuse(a, refusal_text[REFUSE_NOT_YOURS].en);
    buffer_add_text(a->out, "[");
    for (uint32_t i = table->count; i-- > 0 && n < HISTORY_MAX;) {
        const struct assignment *it = table_at(table, i);
        if (it->unit.v != a->query->id)
            continue;
        buffer_add_text(a->out, n++ ? "," : "");
        wire_json_object(a->out, (struct wire_object){OBJECT_ASSIGNMENT, it}, false);
    }
    buffer_add_text(a->out, "]");
    return QUERY_ANSWERED;
}

/* A hospital asks for its own. */
static enum query_result ask_arrivals(struct asking *a)
{
    bool own = a->console->actor.role == ROLE_HOSPITAL;
    uint64_t hospital = a->query->id || !own ? a->query->id : a->console->actor.scope;
    if (own && hospital != a->console->actor.scope)
        return refuse(a, refusal_text[REFUSE_NOT_YOURS].en);
    if (!state_hospital(state_of(a), hospital))
        return refuse(a, refusal_text[REFUSE_NO_HOSPITAL].en);
    server_arrivals(a->server, hospital, a->out);
    return QUERY_ANSWERED;
}

static enum query_result ask_coverage(struct asking *a)
{
    if (a->query->id && !state_station(state_of(a), a->query->id))
        return refuse(a, refusal_text[REFUSE_NO_STATION].en);
    server_coverage(a->server, a->console, a->query->number, a->query->id);
    return QUERY_LATER;
}

/* --- counts --- */

static void count_incidents(const struct state *state, json_t *out)
{
    json_int_t by_grade[GRADE_MAX + 1] = {0}, waiting = 0, opened = 0;
    json_t *grades = json_array();
    EACH (state, INCIDENT, incident, it) {
        opened++;
        if (it->state != INCIDENT_OPEN)
            continue;
        by_grade[it->grade]++;
        waiting += it->waiting_ms != 0;
    }
    for (int grade = 0; grade <= GRADE_MAX; grade++)
        json_array_append_new(grades, json_integer(by_grade[grade]));
    json_object_set_new(out, "open_by_grade", grades);
    json_object_set_new(out, "waiting", json_integer(waiting));
    json_object_set_new(out, "incidents_kept", json_integer(opened));
}

static void count_units(const struct state *state, json_t *out)
{
    json_int_t free_units = 0, busy = 0, off = 0;
    EACH (state, UNIT, unit, it) {
        free_units += core_unit_is_free(it);
        busy += it->assignment.v != 0;
        off += it->duty != DUTY_ON;
    }
    json_object_set_new(out, "units_free", json_integer(free_units));
    json_object_set_new(out, "units_busy", json_integer(busy));
    json_object_set_new(out, "units_off", json_integer(off));
}

static void count_others(const struct state *state, json_t *out)
{
    json_int_t ringing = 0, tasks = 0, standing = 0, answered = 0, answer_ms = 0;
    EACH (state, CALL, call, it) {
        ringing += it->state == CALL_RINGING;
        if (it->answered_ms && it->ringing_ms) {
            answered++;
            answer_ms += it->answered_ms - it->ringing_ms;
        }
    }
    EACH (state, TASK, task, it)
        tasks += it->outcome == TASK_OPEN;
    EACH (state, ALERT, alert, it)
        standing += it->state == ALERT_RAISED || it->state == ALERT_ACKNOWLEDGED;
    json_object_set_new(out, "ringing", json_integer(ringing));
    json_object_set_new(out, "callbacks", json_integer(tasks));
    json_object_set_new(out, "alerts", json_integer(standing));
    json_object_set_new(out, "calls_kept", json_integer(state->table[OBJECT_CALL].count));
    json_object_set_new(out, "answer_mean_s",
                        json_integer(answered ? answer_ms / answered / 1000 : 0));
}

static enum query_result ask_stats(struct asking *a)
{
    json_t *out = json_object();
    count_incidents(state_of(a), out);
    count_units(state_of(a), out);
    count_others(state_of(a), out);
    char *text = json_dumps(out, JSON_COMPACT);
    buffer_add_text(a->out, text ? text : "{}");
    free(text);
    json_decref(out);
    return QUERY_ANSWERED;
}

/* --- places --- */

/* What memory knows stands first; PostGIS adds its own while the client waits. */
struct searching {
    struct server *server;
    uint64_t client, number;
    struct buffer found;
};

static void on_places(void *context, uint64_t tag, enum map_status status, const void *bytes,
                      size_t n)
{
    struct searching *searching = context;
    (void)tag;
    if (status == MAP_DONE && n) {
        if (searching->found.n > 1)
            buffer_add_text(&searching->found, ",");
        buffer_add(&searching->found, bytes, n);
    }
    buffer_add_text(&searching->found, "]");
    stream_report(&searching->server->stream, searching->client, searching->number, "",
                  &searching->found);
    buffer_close(&searching->found);
    free(searching);
}

static enum query_result ask_places(struct asking *a)
{
    char words[MAP_WORDS_MAX + 1];
    struct searching *searching;
    struct point near = {a->query->lat_e7, a->query->lon_e7};
    if (a->query->words.n == 0 || a->query->words.n > MAP_WORDS_MAX || !point_valid(near))
        return refuse(a, "say which place, in at most 200 bytes");
    memcpy(words, a->query->words.p, a->query->words.n);
    words[a->query->words.n] = 0;
    if (!(searching = calloc(1, sizeof(*searching))))
        return refuse(a, "no memory");
    *searching = (struct searching){a->server, a->console->client->id, a->query->number, {0}};
    buffer_init(&searching->found, WIRE_SERVER_FRAME_MAX / 4);
    buffer_add_text(&searching->found, "[");
    if (place_search(state_of(a), &a->server->zones, words, near, &searching->found))
        on_places(searching, 0, MAP_AWAY, NULL, 0); /* a coordinate: there is no more to find */
    else
        map_places(&a->server->map, words, near.lat_e7, near.lon_e7, on_places, searching, 0);
    return QUERY_LATER;
}

/* --- what the supervisor's page asks of PostGIS --- */

static enum query_result ask_report(struct asking *a)
{
    const char *why = server_report(a->server, a->console, a->query);
    return why ? refuse(a, why) : QUERY_LATER;
}

/* --- the list --- */

#define MAY(role) (1u << ROLE_##role)

enum {
    MAY_DESK = MAY(DISPATCHER) | MAY(SUPERVISOR),
    MAY_LOOK = MAY_DESK | MAY(OPERATOR),
    MAY_OWN = MAY_LOOK | MAY(CREW) | MAY(HOSPITAL), /* these two: what is theirs */
    MAY_ALL = MAY_OWN | MAY(GATEWAY),
};

static const struct {
    const char *what;
    uint32_t roles;
    enum query_result (*ask)(struct asking *asking);
} questions[] = {
    {"health", MAY_ALL, ask_health},
    {"terminals", MAY_LOOK, ask_terminals},
    {"words", MAY_ALL, ask_words},
    {"cards", MAY_LOOK, ask_cards},
    {"card", MAY_OWN, ask_card},
    {"plan", MAY_LOOK, ask_plan},
    {"places", MAY_LOOK, ask_places},
    {"caller", MAY_DESK, ask_caller},
    {"nearby", MAY_DESK, ask_nearby},
    {"incident", MAY_OWN, ask_incident},
    {"history", MAY_LOOK | MAY(CREW), ask_history},
    {"arrivals", MAY_DESK | MAY(HOSPITAL), ask_arrivals},
    {"coverage", MAY_LOOK, ask_coverage},
    {"plans", MAY_LOOK, ask_plans},
    {"stats", MAY_LOOK, ask_stats},
    {"report", MAY(SUPERVISOR) | MAY(OPERATOR), ask_report},
};

enum query_result server_query(void *context, const struct console *console,
                               const struct stream_query *query, struct buffer *out)
{
    struct asking asking = {context, console, query, out};
    for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
        const char *what = questions[i].what;
        if (text_same(query->what, (struct text){what, (uint32_t)strlen(what)}) &&
            questions[i].roles >> console->actor.role & 1u)
            return questions[i].ask(&asking);
    }
    return refuse(&asking, "no such question, or not for this role");
}
