#include "sim/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/kind.h"
#include "dispatch/must.h"

enum { WINDOW = 256, REFUSALS_SHOWN = 30 };

/* What an answer is about. */
enum ask { ASK_PLAIN, ASK_RING, ASK_OPEN, ASK_ORDER };

struct asked {
    enum ask ask;
    enum command_kind kind;
    uint32_t row, line; /* of call or response; in the file, 0: none */
};

struct call_progress {
    uint64_t call, incident;
    uint32_t open_responses;
    bool failed, transported;
};

struct response_progress {
    uint64_t assignment;
    enum step highest;
    bool over, failed;
};

struct replay {
    const struct replay_csv *csv;
    struct replay_result *result;
    struct session session;
    uv_loop_t loop;
    struct call_progress *call;
    struct response_progress *response;
    uint32_t *unit_now; /* by unit: its response that is not over, + 1 */
    struct asked asked[SESSION_PENDING_MAX];
    size_t defined, event; /* next ones */
    int64_t now_ms;
    bool closing;
    int status;
    char *errmsg;
};

static void stop(struct replay *r, const char *why)
{
    if (r->closing)
        return;
    r->closing = true;
    if (why) {
        r->status = -1;
        snprintf(r->errmsg, ERRMSG_MAX, "%s", why);
    }
    session_close(&r->session, NULL);
}

static struct text text_of(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

static void tell(struct replay *r, struct command *command, enum ask ask, uint32_t row,
                 uint32_t line)
{
    uint64_t number;

    if (r->closing)
        return;
    if (session_send(&r->session, command, &number) < 0) {
        stop(r, r->session.errmsg);
        return;
    }
    r->asked[number % SESSION_PENDING_MAX] = (struct asked){ask, command->kind, row, line};
    r->result->commands++;
}

/* ---- the units first ---- */

static void define_base(struct replay *r, uint32_t i)
{
    const struct replay_base *base = &r->csv->base[i];
    struct command c = {.kind = COMMAND_DEFINE_STATION};
    c.define_station = (struct define_station){.station = {i + 1},
                                               .code = text_of(base->code),
                                               .name = text_of(base->code),
                                               .lat_e7 = base->at.lat_e7,
                                               .lon_e7 = base->at.lon_e7};
    tell(r, &c, ASK_PLAIN, i, 0);
}

static void define_unit(struct replay *r, uint32_t i)
{
    const struct replay_unit *unit = &r->csv->unit[i];
    struct command c = {.kind = COMMAND_DEFINE_UNIT};
    c.define_unit = (struct define_unit){.unit = {i + 1},
                                         .code = text_of(unit->code),
                                         .plate = text_of(unit->code),
                                         .kind = text_of(unit->kind),
                                         .station = {unit->base == UINT32_MAX ? 0 : unit->base + 1},
                                         .capabilities = KIND_BIT(CAPABILITY_BASIC),
                                         .crew = 2};
    tell(r, &c, ASK_PLAIN, i, 0);
    c = (struct command){.kind = COMMAND_SET_DUTY};
    c.set_duty = (struct set_duty){.unit = {i + 1}, .duty = DUTY_ON, .crew = 2};
    tell(r, &c, ASK_PLAIN, i, 0);
}

/* ---- one event at a time ---- */

static void say_time(struct replay *r, int64_t now_ms)
{
    if (now_ms <= r->now_ms || r->closing)
        return;
    r->now_ms = now_ms;
    if (session_clock(&r->session, now_ms) < 0)
        stop(r, r->session.errmsg);
}

static void ring(struct replay *r, uint32_t row)
{
    const struct replay_call *call = &r->csv->call[row];
    struct command c = {.kind = COMMAND_RING_CALL};
    c.ring_call = (struct ring_call){.line = TEXT("replay"), .at_ms = call->received_ms};
    tell(r, &c, ASK_RING, row, call->line);
}

static void close_incident(struct replay *r, uint32_t row)
{
    const struct replay_call *call = &r->csv->call[row];
    struct command c = {.kind = COMMAND_CLOSE_INCIDENT};
    enum outcome by_events = r->call[row].transported ? OUTCOME_TREATED : OUTCOME_CANCELLED;
    c.close_incident = (struct close_incident){
        .incident = {r->call[row].incident},
        .outcome = call->outcome == OUTCOME_NONE ? by_events : call->outcome,
    };
    tell(r, &c, ASK_PLAIN, row, call->line);
    r->result->closed++;
}

static void open_incident(struct replay *r, uint32_t row)
{
    const struct replay_call *call = &r->csv->call[row];
    struct command c = {.kind = COMMAND_ANSWER_CALL};

    c.answer_call = (struct answer_call){.call = {r->call[row].call}, .at_ms = call->opened_ms};
    tell(r, &c, ASK_PLAIN, row, call->line);
    c = (struct command){.kind = COMMAND_OPEN_INCIDENT};
    c.open_incident = (struct open_incident){
        .call = {r->call[row].call},
        .at_ms = call->opened_ms,
        .words = text_of(call->place),
        .complaint = text_of(call->complaint),
        .kind = text_of(incident_sort_names[call->sort]),
        .patients = 1,
        .has_place = call->has_place,
        .lat_e7 = call->at.lat_e7,
        .lon_e7 = call->at.lon_e7,
        .source = call->has_place ? PLACE_SPOKEN : PLACE_NONE,
    };
    tell(r, &c, ASK_OPEN, row, call->line);
}

static void report(struct replay *r, uint32_t row, enum step step, int64_t at_ms)
{
    struct command c = {.kind = COMMAND_REPORT_STEP};
    c.report_step = (struct report_step){.assignment = {r->response[row].assignment},
                                         .step = step,
                                         .at_ms = at_ms,
                                         .source = REPORT_DISPATCHER};
    tell(r, &c, ASK_PLAIN, row, r->csv->response[row].line);
}

static void over(struct replay *r, uint32_t row)
{
    r->response[row].over = true;
    r->unit_now[r->csv->response[row].unit] = 0;
}

static void order(struct replay *r, uint32_t row)
{
    const struct replay_response *response = &r->csv->response[row];
    uint32_t *now = &r->unit_now[response->unit];
    struct command c = {.kind = COMMAND_ORDER_UNIT};

    if (*now && r->response[*now - 1].assignment) {
        report(r, *now - 1, STEP_COMPLETED, r->now_ms);
        r->result->overlaps++;
        over(r, *now - 1);
    }
    c.order_unit = (struct order_unit){.incident = {r->call[response->call].incident},
                                       .unit = {response->unit + 1},
                                       .at_ms = response->at_ms[STEP_ORDERED],
                                       .reason = REASON_LATE_RECORD};
    tell(r, &c, ASK_ORDER, row, response->line);
    r->response[row].highest = STEP_ORDERED;
    *now = row + 1;
}

/* The call is over with the end of its last response. */
static void response_ended(struct replay *r, uint32_t row)
{
    uint32_t call = r->csv->response[row].call;
    if (--r->call[call].open_responses == 0)
        close_incident(r, call);
}

static void enter_step(struct replay *r, uint32_t row, enum step step)
{
    const struct replay_response *recorded = &r->csv->response[row];
    struct response_progress *response = &r->response[row];
    struct command c = {.kind = COMMAND_CORRECT_STEP};

    if (step == STEP_AT_HOSPITAL)
        r->call[recorded->call].transported = true;
    if (!response->over && step > response->highest) {
        report(r, row, step, recorded->at_ms[step]);
        r->result->reported++;
        response->highest = step;
        if (step == STEP_COMPLETED)
            over(r, row);
    } else {
        c.correct_step = (struct correct_step){.assignment = {response->assignment},
                                               .step = step,
                                               .at_ms = recorded->at_ms[step],
                                               .reason = REASON_LATE_RECORD};
        tell(r, &c, ASK_PLAIN, row, recorded->line);
        r->result->corrected++;
    }
    if (step == STEP_COMPLETED)
        response_ended(r, row);
}

/* Ends a response whose recording stops. */
static void end_unfinished(struct replay *r, uint32_t row, int64_t last_ms)
{
    struct response_progress *response = &r->response[row];
    struct command c = {.kind = COMMAND_CANCEL_ASSIGNMENT};

    r->result->ended++;
    if (response->over) {
        response_ended(r, row);
        return;
    }
    if (response->highest >= STEP_AT_SCENE) {
        report(r, row, response->highest < STEP_LEFT_SCENE ? STEP_EMPTY_RUN : STEP_COMPLETED,
               last_ms);
    } else {
        c.cancel_assignment = (struct cancel_assignment){
            .assignment = {response->assignment}, .reason = REASON_LATE_RECORD, .at_ms = last_ms};
        tell(r, &c, ASK_PLAIN, row, r->csv->response[row].line);
    }
    over(r, row);
    response_ended(r, row);
}

enum ready { READY, WAITS, NEVER };

static enum ready ready_by(uint64_t id, bool failed)
{
    return id ? READY : failed ? NEVER : WAITS;
}

/* Whether the ids that an event needs are there. */
static enum ready event_ready(const struct replay *r, const struct replay_event *event)
{
    if (event->kind == REPLAY_CALL)
        return READY;
    if (event->kind == REPLAY_OPEN)
        return ready_by(r->call[event->row].call, r->call[event->row].failed);
    const struct call_progress *call = &r->call[r->csv->response[event->row].call];
    if (event->kind == REPLAY_ORDER) {
        uint32_t now = r->unit_now[r->csv->response[event->row].unit];
        if (now && !r->response[now - 1].assignment && !r->response[now - 1].failed)
            return WAITS;
        return ready_by(call->incident, call->failed);
    }
    return ready_by(r->response[event->row].assignment,
                    r->response[event->row].failed || call->failed);
}

static void enter(struct replay *r, const struct replay_event *event)
{
    say_time(r, event->enter_ms);
    switch (event->kind) {
    case REPLAY_CALL:
        ring(r, event->row);
        break;
    case REPLAY_OPEN:
        open_incident(r, event->row);
        break;
    case REPLAY_ORDER:
        order(r, event->row);
        break;
    case REPLAY_STEP:
    case REPLAY_EARLY_STEP:
        enter_step(r, event->row, event->step);
        break;
    case REPLAY_UNFINISHED:
        end_unfinished(r, event->row, event->enter_ms);
        break;
    }
}

static void pump(struct replay *r)
{
    const struct replay_csv *csv = r->csv;

    while (!r->closing && session_waiting(&r->session) < WINDOW && r->defined < csv->base_n)
        define_base(r, (uint32_t)r->defined++);
    while (!r->closing && session_waiting(&r->session) < WINDOW && r->defined >= csv->base_n &&
           r->defined < csv->base_n + csv->unit_n)
        define_unit(r, (uint32_t)(r->defined++ - csv->base_n));
    while (!r->closing && session_waiting(&r->session) < WINDOW &&
           r->defined == csv->base_n + csv->unit_n && r->event < csv->event_n) {
        enum ready ready = event_ready(r, &csv->event[r->event]);
        if (ready == WAITS)
            return;
        if (ready == READY)
            enter(r, &csv->event[r->event]);
        else
            r->result->skipped++;
        r->event++;
    }
    if (r->event == csv->event_n && session_waiting(&r->session) == 0)
        stop(r, NULL);
}

/* ---- answers ---- */

static void on_ready(void *user, const struct stream_welcome *welcome)
{
    struct replay *r = user;
    (void)welcome;
    if (r->csv->event_n)
        say_time(r, r->csv->event[0].enter_ms);
    pump(r);
}

static void take_refusal(struct replay *r, const struct asked *asked,
                         const struct stream_reply *reply)
{
    r->status = 1;
    if (r->result->refused++ < REFUSALS_SHOWN)
        fprintf(stderr, "line %u: %s: %.*s\n", asked->line, command_schema(asked->kind)->name,
                (int)reply->en.n, reply->en.p);
    if (asked->ask == ASK_RING || asked->ask == ASK_OPEN)
        r->call[asked->row].failed = true;
    if (asked->ask == ASK_ORDER) {
        r->response[asked->row].failed = true;
        over(r, asked->row);
    }
}

static void on_reply(void *user, const struct stream_reply *reply)
{
    struct replay *r = user;
    const struct asked *asked = &r->asked[reply->number % SESSION_PENDING_MAX];

    if (reply->refusal != REFUSE_NONE)
        take_refusal(r, asked, reply);
    else if (asked->ask == ASK_RING)
        r->call[asked->row].call = reply->made;
    else if (asked->ask == ASK_OPEN)
        r->call[asked->row].incident = reply->made;
    else if (asked->ask == ASK_ORDER)
        r->response[asked->row].assignment = reply->made;
    if (asked->ask == ASK_OPEN && reply->refusal == REFUSE_NONE &&
        r->call[asked->row].open_responses == 0)
        close_incident(r, asked->row);
    pump(r);
}

static void on_down(void *user, const char *why)
{
    char text[ERRMSG_MAX];
    snprintf(text, sizeof(text), "connection to dispatchd: %.400s", why);
    stop(user, text);
}

static int run_loop(struct replay *r, const struct session_config *config)
{
    const struct session_events events = {
        .user = r, .ready_cb = on_ready, .reply_cb = on_reply, .down_cb = on_down};

    for (size_t i = 0; i < r->csv->call_n; i++)
        r->call[i].open_responses = r->csv->call[i].responses;
    if (session_init(&r->session, &r->loop, config, &events) < 0) {
        snprintf(r->errmsg, ERRMSG_MAX, "%s", r->session.errmsg);
        return -1;
    }
    uv_run(&r->loop, UV_RUN_DEFAULT);
    return r->status;
}

int replay_run(const struct replay_csv *csv, const struct session_config *config,
               struct replay_result *result, char errmsg[static ERRMSG_MAX])
{
    struct replay *r = calloc(1, sizeof(*r));
    int status = -1;

    memset(result, 0, sizeof(*result));
    snprintf(errmsg, ERRMSG_MAX, "out of memory");
    if (!r)
        return -1;
    *r = (struct replay){.csv = csv, .result = result, .errmsg = errmsg};
    r->call = calloc(csv->call_n + 1, sizeof(*r->call));
    r->response = calloc(csv->response_n + 1, sizeof(*r->response));
    r->unit_now = calloc(csv->unit_n + 1, sizeof(*r->unit_now));
    must(uv_loop_init(&r->loop) == 0);
    if (r->call && r->response && r->unit_now)
        status = run_loop(r, config);
    must(uv_loop_close(&r->loop) == 0);
    free(r->call);
    free(r->response);
    free(r->unit_now);
    free(r);
    return status;
}

void replay_print(FILE *out, const struct replay_csv *csv, const struct replay_result *result)
{
    const struct replay_counts *n = &csv->counts;

    fprintf(out,
            "recording  calls=%u responses=%u points=%u out_of_order=%u negative=%u "
            "overlaps=%u unfinished=%u\n",
            n->calls, n->responses, n->points, n->out_of_order, n->negative, n->overlaps,
            n->unfinished);
    fprintf(out,
            "entered    commands=%" PRIu64 " reported=%" PRIu64 " corrected=%" PRIu64
            " overlaps=%" PRIu64 " unfinished=%" PRIu64 " incidents_closed=%" PRIu64 "\n",
            result->commands, result->reported, result->corrected, result->overlaps, result->ended,
            result->closed);
    fprintf(out, "refused    commands=%" PRIu64 " events_skipped=%" PRIu64 "\n", result->refused,
            result->skipped);
}
