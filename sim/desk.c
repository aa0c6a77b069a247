#include "sim/desk.h"

#include <stdio.h>
#include <string.h>

enum { STRAY_MS = 30000 };

void desk_init(struct desk *d, struct session *session, const struct card_set *cards, uint64_t seed,
               const struct desk_events *events)
{
    memset(d, 0, sizeof(*d));
    d->session = session;
    d->cards = cards;
    d->dice = dice_make(seed, "desk");
    d->events = *events;
}

struct desk_case *desk_find(struct desk *d, uint64_t call, uint64_t incident)
{
    for (uint32_t i = 0; i < DESK_CASES_MAX; i++) {
        struct desk_case *c = &d->row[i];
        if (c->stage != DESK_FREE &&
            ((call && c->call == call) || (incident && c->incident == incident)))
            return c;
    }
    return NULL;
}

const struct desk_case *desk_of_incident(const struct desk *d, uint64_t incident)
{
    for (uint32_t i = 0; i < DESK_CASES_MAX; i++)
        if (d->row[i].stage != DESK_FREE && incident && d->row[i].incident == incident)
            return &d->row[i];
    return NULL;
}

struct desk_case *desk_new(struct desk *d)
{
    for (uint32_t i = 0; i < DESK_CASES_MAX; i++) {
        if (d->row[i].stage != DESK_FREE)
            continue;
        d->row[i] = (struct desk_case){.since_ms = d->now_ms};
        return &d->row[i];
    }
    d->counts.full++;
    return NULL;
}

/* ---- speaking ---- */

/* Between half and one and a half of the mean. */
static int64_t later_ms(struct desk *d, int64_t mean_ms)
{
    return d->now_ms + mean_ms / 2 + (int64_t)(dice_unit(&d->dice) * (double)mean_ms);
}

static void ask(struct desk *d, struct desk_case *c, struct command *command)
{
    uint64_t number;

    if (session_send(d->session, command, &number) < 0)
        return; /* too much waits: the next turn tries again */
    d->asked[number % SESSION_PENDING_MAX] =
        (struct desk_asked){number, c ? (uint32_t)(c - d->row) : UINT32_MAX, command->kind};
    if (c)
        c->asked = true;
}

void desk_move(struct desk *d, uint64_t unit, uint64_t post)
{
    struct command command = {.kind = COMMAND_MOVE_UNIT};
    command.move_unit = (struct move_unit){.unit = {unit}, .post = {post}};
    ask(d, NULL, &command);
}

static struct text text_of(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

/* ---- taking the call ---- */

static void answer_call(struct desk *d, struct desk_case *c)
{
    struct command command = {.kind = COMMAND_ANSWER_CALL};
    command.answer_call.call.v = c->call;
    ask(d, c, &command);
    d->counts.answered++;
}

/* Somebody speaks: what is it, where, how many, how old. */
static void open_incident(struct desk *d, struct desk_case *c)
{
    struct command command = {.kind = COMMAND_OPEN_INCIDENT};
    const struct demand_call *truth = &c->truth;
    bool sorted = truth->complaint && card_find(d->cards, truth->complaint->card);

    command.open_incident = (struct open_incident){
        .call = {c->call},
        .words = TEXT("演示地址"),
        .complaint = text_of(truth->complaint ? truth->complaint->words : ""),
        .kind = TEXT("medical"),
        .card = sorted ? text_of(truth->complaint->card) : (struct text){0},
        .patients = 1,
        .age_months = truth->age_years * 12 + 6,
        .sex = truth->female ? SEX_FEMALE : SEX_MALE,
        .has_place = true,
        .lat_e7 = truth->at.lat_e7,
        .lon_e7 = truth->at.lon_e7,
        .uncertainty_m = 30,
        .source = PLACE_SPOKEN,
    };
    ask(d, c, &command);
    d->counts.opened++;
}

/* The first call's case, while it is open. */
static struct desk_case *first_of(struct desk *d, const struct desk_case *c)
{
    for (uint32_t i = 0; i < DESK_CASES_MAX; i++) {
        struct desk_case *first = &d->row[i];
        if (first != c && first->stage >= DESK_ASKING && first->known && first->incident &&
            first->truth.id == c->truth.same_as)
            return first;
    }
    return NULL;
}

static void attach(struct desk *d, struct desk_case *c, const struct desk_case *first)
{
    struct command command = {.kind = COMMAND_ATTACH_CALL};
    command.attach_call = (struct attach_call){.call = {c->call}, .incident = {first->incident}};
    ask(d, c, &command);
    d->counts.duplicates++;
}

static void report_silent(struct desk *d, struct desk_case *c)
{
    struct command command = {.kind = COMMAND_REPORT_SILENT_CALL};
    command.report_silent_call.call.v = c->call;
    ask(d, c, &command);
    d->counts.silent++;
}

static void hang_up(struct desk *d, struct desk_case *c)
{
    struct command command = {.kind = COMMAND_END_CALL};
    command.end_call.call.v = c->call;
    ask(d, c, &command);
}

static void close_case(struct desk *d, struct desk_case *c, enum outcome outcome)
{
    struct command command = {.kind = COMMAND_CLOSE_INCIDENT};
    command.close_incident = (struct close_incident){.incident = {c->incident}, .outcome = outcome};
    ask(d, c, &command);
}

/* After the first words of the caller. */
static void talk(struct desk *d, struct desk_case *c)
{
    struct desk_case *first;

    if (!c->known) /* the fact may have come before the caller knew the number of its own call */
        c->known = d->events.hear_cb(d->events.user, c->call, &c->truth);
    if (!c->known)
        hang_up(d, c); /* a call of before: nobody is on the line any more */
    else if (c->truth.sort == DEMAND_SILENT)
        report_silent(d, c);
    else if (c->truth.same_as && (first = first_of(d, c)) != NULL)
        attach(d, c, first);
    else
        open_incident(d, c);
}

/* ---- the card ---- */

static void next_question(struct desk *d, struct desk_case *c)
{
    struct grade_input input;
    struct grade_result result;
    const struct card *card =
        c->truth.complaint ? card_find(d->cards, c->truth.complaint->card) : NULL;
    struct command command = {.kind = COMMAND_ANSWER_QUESTION};

    grade_input_init(&input);
    input.card_id = card ? card->id : 0;
    input.answers = c->answer;
    input.answer_count = c->answer_n;
    input.number[SUBJECT_AGE_YEARS] = (int16_t)c->truth.age_years;
    input.sex = c->truth.female ? SEX_FEMALE : SEX_MALE;
    if (grade_evaluate(d->cards, &input, &result) < 0 || result.next_question_id == 0 ||
        c->answer_n == CARD_ANSWER_MAX) {
        c->stage = DESK_WAITING;
        return;
    }
    const struct card_question *question = card_question_by_id(d->cards, result.next_question_id);
    bool red = demand_answer_is_red(&c->truth, question->id);
    enum answer clear = question->red == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
    enum answer answer = red ? (enum answer)question->red : clear;
    c->answer[c->answer_n++] = (struct card_answer){question->id, (uint8_t)answer};
    command.answer_question = (struct answer_question){
        .incident = {c->incident}, .question = question->id, .answer = answer};
    ask(d, c, &command);
    d->counts.questions++;
}

/* ---- units ---- */

static uint32_t active_units(const struct desk_case *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->unit_n; i++)
        n += c->unit[i].step < STEP_COMPLETED;
    return n;
}

static bool sent_already(const struct desk_case *c, uint64_t unit)
{
    for (uint32_t i = 0; i < c->unit_n; i++)
        if (c->unit[i].unit == unit && c->unit[i].step < STEP_COMPLETED)
            return true;
    return false;
}

/* The next of the recommended units, one order at a time: each changes what is recommended. */
static bool order_next(struct desk *d, struct desk_case *c)
{
    struct command command = {.kind = COMMAND_ORDER_UNIT};

    for (uint32_t i = 0; i < c->offer_n && c->unit_n < DESK_UNITS_MAX; i++) {
        uint64_t unit = c->offer[i];
        if (unit == 0 || sent_already(c, unit))
            continue;
        command.order_unit =
            (struct order_unit){.incident = {c->incident}, .unit = {unit}, .seen_seq = d->seen_seq};
        c->ordering = unit;
        ask(d, c, &command);
        return true;
    }
    return false;
}

static void close_done(struct desk *d, struct desk_case *c)
{
    bool served = false;

    for (uint32_t i = 0; i < c->unit_n; i++)
        served = served || c->unit[i].step == STEP_COMPLETED;
    close_case(d, c, served || c->transported ? OUTCOME_TREATED : OUTCOME_EMPTY_RUN);
}

/* Advice, a wrong number, another service: by chance of the caller's truth. */
static enum outcome outcome_without_unit(const struct desk_case *c)
{
    static const enum outcome outcomes[] = {OUTCOME_ADVICE, OUTCOME_INVALID, OUTCOME_TRANSFERRED,
                                            OUTCOME_CANCELLED};
    return outcomes[c->truth.truth % 4];
}

/* ---- one case's turn ---- */

static void ask_or_order(struct desk *d, struct desk_case *c)
{
    bool no_unit = c->known && c->truth.sort == DEMAND_NO_UNIT;
    bool more = active_units(c) < c->slots;
    bool stray = !c->known && c->slots == 0 && c->unit_n == 0;

    if (stray && d->now_ms - c->since_ms > STRAY_MS) {
        close_case(d, c, OUTCOME_CANCELLED); /* half opened when the desk went away */
    } else if (no_unit) {
        close_case(d, c, outcome_without_unit(c));
        d->counts.without_unit++;
    } else if (c->stage == DESK_WAITING && c->unit_n > 0 && active_units(c) == 0) {
        close_done(d, c);
    } else if (more && order_next(d, c)) {
        c->due_ms = later_ms(d, 1500);
    } else if (c->stage == DESK_ASKING) {
        next_question(d, c);
        c->due_ms = later_ms(d, 4000);
    } else {
        c->due_ms = d->now_ms + 1000;
    }
}

static void turn(struct desk *d, struct desk_case *c)
{
    if (c->asked || d->now_ms < c->due_ms)
        return;
    switch (c->stage) {
    case DESK_RINGING:
        answer_call(d, c);
        break;
    case DESK_TALKING:
        talk(d, c);
        break;
    case DESK_ASKING:
    case DESK_WAITING:
        ask_or_order(d, c);
        break;
    case DESK_FREE:
        break;
    }
}

static void do_callbacks(struct desk *d)
{
    for (uint32_t i = 0; i < d->task_n;) {
        struct command command = {.kind = COMMAND_FINISH_CALLBACK};
        if (d->now_ms < d->task[i].due_ms) {
            i++;
            continue;
        }
        command.finish_callback = (struct finish_callback){
            .task = {d->task[i].task},
            .outcome = dice_percent(&d->dice, 60) ? TASK_REACHED : TASK_NO_ANSWER};
        ask(d, NULL, &command);
        d->counts.callbacks++;
        d->task[i] = d->task[--d->task_n];
    }
}

void desk_tick(struct desk *d, int64_t now_ms)
{
    d->now_ms = now_ms;
    for (uint32_t i = 0; i < DESK_CASES_MAX; i++)
        turn(d, &d->row[i]);
    do_callbacks(d);
}

/* ---- answers ---- */

static void took(struct desk *d, struct desk_case *c, enum command_kind kind,
                 const struct stream_reply *reply)
{
    switch (kind) {
    case COMMAND_ANSWER_CALL:
        c->stage = DESK_TALKING;
        c->due_ms = later_ms(d, 5000);
        break;
    case COMMAND_OPEN_INCIDENT:
        c->incident = reply->made;
        c->stage = DESK_ASKING;
        c->due_ms = later_ms(d, 3000);
        break;
    case COMMAND_ATTACH_CALL:
    case COMMAND_REPORT_SILENT_CALL:
    case COMMAND_END_CALL:
        c->stage = DESK_FREE;
        break;
    case COMMAND_ORDER_UNIT:
        desk_see_unit(d, c, reply->made, c->ordering, STEP_ORDERED, 0);
        d->counts.orders++;
        break;
    case COMMAND_CLOSE_INCIDENT:
        c->stage = DESK_FREE;
        d->counts.closed++;
        break;
    default:
        break;
    }
}

/* What was refused is looked at again in a moment; what cannot come any more is dropped. */
static void refused(struct desk *d, struct desk_case *c, enum command_kind kind,
                    const struct stream_reply *reply)
{
    d->counts.refused++;
    if (reply->refusal != REFUSE_STALE_VIEW)
        fprintf(stderr, "level=info event=desk-refused command=%s refusal=%.*s call=%llu\n",
                command_schema(kind)->name, (int)reply->name.n, reply->name.p,
                (unsigned long long)(c ? c->call : 0));
    if (!c)
        return;
    c->due_ms = d->now_ms + 2000;
    if (kind == COMMAND_ANSWER_CALL || kind == COMMAND_OPEN_INCIDENT ||
        kind == COMMAND_ATTACH_CALL || kind == COMMAND_REPORT_SILENT_CALL ||
        kind == COMMAND_END_CALL || reply->refusal == REFUSE_INCIDENT_CLOSED)
        c->stage = DESK_FREE;
}

void desk_on_reply(struct desk *d, const struct stream_reply *reply)
{
    const struct desk_asked *asked = &d->asked[reply->number % SESSION_PENDING_MAX];

    if (asked->number != reply->number)
        return;
    struct desk_case *c = asked->row == UINT32_MAX ? NULL : &d->row[asked->row];
    if (reply->seq > d->seen_seq)
        d->seen_seq = reply->seq;
    if (c)
        c->asked = false;
    if (reply->refusal != REFUSE_NONE)
        refused(d, c, asked->kind, reply);
    else if (c)
        took(d, c, asked->kind, reply);
}
