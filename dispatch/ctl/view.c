#include "dispatch/ctl/view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/core.h"
#include "dispatch/core/kind.h"
#include "dispatch/core/step.h"
#include "dispatch/wire/wire_json.h"

/* --- cells --- */

/* Columns of the UTF-8 character that begins with this byte, and its length. */
static int columns_of(unsigned char first, size_t *n)
{
    *n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return first >= 0xe2 ? 2 : 1;
}

void view_cell(const char *text, size_t n, int width)
{
    size_t at = 0, length;
    int used = 0;
    while (at < n) {
        int columns = columns_of((unsigned char)text[at], &length);
        if (used + columns > width || at + length > n)
            break;
        fwrite(text + at, 1, length, stdout);
        used += columns;
        at += length;
    }
    printf("%*s ", width - used, "");
}

__attribute__((format(printf, 2, 3))) static void cell(int width, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    view_cell(text, strlen(text), width);
}

static void text_cell(int width, struct text text)
{
    view_cell(text.p, text.n, width);
}

const char *view_age(int64_t ms, char out[static VIEW_AGE_MAX])
{
    int64_t s = ms > 0 ? ms / 1000 : 0;
    if (s >= 3600)
        snprintf(out, VIEW_AGE_MAX, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
                 (int)(s % 60));
    else
        snprintf(out, VIEW_AGE_MAX, "%d:%02d", (int)(s / 60), (int)(s % 60));
    return out;
}

static void age_cell(const struct view *view, int64_t since_ms)
{
    char age[VIEW_AGE_MAX];
    cell(8, "%s", since_ms ? view_age(view->now_ms - since_ms, age) : "");
}

static void object_json(const struct view *view, enum object_kind kind, const void *body)
{
    struct buffer out;
    buffer_init(&out, 1024 * 1024);
    wire_json_object(&out, (struct wire_object){kind, body}, view->personal);
    if (!out.full)
        printf("%.*s\n", (int)out.n, (const char *)out.bytes);
    buffer_close(&out);
}

static struct text personal_text(const struct view *view, struct text text)
{
    return text.n && !view->personal ? TEXT("[redacted]") : text;
}

static const char *word_zh(const struct schema_words *words, int value)
{
    return value >= 0 && (uint32_t)value < words->count ? words->word[value].zh : "?";
}

/* --- units --- */

/* What a unit does: its active assignment's step, or its duty. */
static void doing_cells(const struct view *view, const struct unit *unit)
{
    const struct assignment *a = state_assignment(view->state, unit->assignment.v);
    if (!a) {
        cell(14, "%s %s", words_name(&duty_words, (int)unit->duty),
             word_zh(&duty_words, (int)unit->duty));
        cell(8, "%s", "");
        age_cell(view, unit->duty_ms);
        return;
    }
    struct assignment copy = *a;
    cell(14, "%s", words_name(&step_words, (int)a->step));
    cell(8, "I%" PRIu64, a->incident.v);
    age_cell(view, a->step == STEP_NONE ? 0 : *step_time(&copy, a->step));
}

void view_units(const struct view *view)
{
    if (!view->json)
        puts("unit    code         plate        station  doing          incident since");
    EACH (view->state, UNIT, unit, it) {
        if (view->json) {
            object_json(view, OBJECT_UNIT, it);
            continue;
        }
        cell(7, "U%" PRIu64, it->unit.v);
        text_cell(12, it->code);
        text_cell(12, it->plate);
        cell(8, "S%" PRIu64, it->station.v);
        doing_cells(view, it);
        putchar('\n');
    }
}

/* --- calls and call-backs --- */

static bool is_open_call(const struct call *call)
{
    return call->state == CALL_RINGING || (call->state == CALL_ANSWERED && call->incident.v == 0);
}

void view_calls(const struct view *view)
{
    EACH (view->state, CALL, call, it) {
        if (!is_open_call(it))
            continue;
        if (view->json) {
            object_json(view, OBJECT_CALL, it);
            continue;
        }
        cell(7, "C%" PRIu64, it->call.v);
        cell(14, "%s", words_name(&call_state_words, (int)it->state));
        age_cell(view, it->ringing_ms);
        text_cell(16, personal_text(view, it->number));
        putchar('\n');
    }
    EACH (view->state, TASK, task, it) {
        if (it->outcome != TASK_OPEN)
            continue;
        if (view->json) {
            object_json(view, OBJECT_TASK, it);
            continue;
        }
        cell(7, "K%" PRIu64, it->task.v);
        cell(14, "call back C%" PRIu64, it->call.v);
        age_cell(view, it->opened_ms);
        putchar('\n');
    }
}

/* --- incidents --- */

/* Not graded yet comes first: nobody knows how urgent it is. */
static int by_urgency(const void *a, const void *b)
{
    const struct incident *x = *(const struct incident *const *)a;
    const struct incident *y = *(const struct incident *const *)b;
    if (x->grade != y->grade)
        return x->grade < y->grade ? -1 : 1;
    return x->incident.v < y->incident.v ? -1 : x->incident.v > y->incident.v;
}

static void units_of(const struct view *view, const struct incident *incident)
{
    bool any = false;
    EACH (view->state, ASSIGNMENT, assignment, it) {
        if (it->incident.v != incident->incident.v || step_is_over(it->step))
            continue;
        printf("%sU%" PRIu64 " %s", any ? ", " : "", it->unit.v,
               words_name(&step_words, (int)it->step));
        any = true;
    }
    if (!any && incident->row_unit.n && incident->row_eta_s.n)
        printf("recommended U%" PRIu64 " in %u s", incident->row_unit.v[0],
               incident->row_eta_s.v[0]);
    else if (!any)
        fputs("no unit", stdout);
}

static void incident_line(const struct view *view, const struct incident *it)
{
    cell(7, "I%" PRIu64, it->incident.v);
    cell(6, it->grade ? "%u" : "—", it->grade);
    age_cell(view, it->opened_ms);
    text_cell(20, it->card);
    text_cell(24, personal_text(view, it->words));
    cell(6, it->owner.v ? "D%" PRIu64 : "", it->owner.v);
    units_of(view, it);
    putchar('\n');
}

void view_incidents(const struct view *view)
{
    const struct table *table = &view->state->table[OBJECT_INCIDENT];
    const struct incident **open = calloc(table->count + 1u, sizeof(*open));
    size_t n = 0;
    if (!open)
        return;
    EACH (view->state, INCIDENT, incident, it)
        if (it->state == INCIDENT_OPEN)
            open[n++] = it;
    qsort(open, n, sizeof(*open), by_urgency);
    if (!view->json)
        puts("incident grade age    card                 place                    owner  units");
    for (size_t i = 0; i < n; i++) {
        if (view->json)
            object_json(view, OBJECT_INCIDENT, open[i]);
        else
            incident_line(view, open[i]);
    }
    free(open);
}

/* --- alerts --- */

void view_alerts(const struct view *view)
{
    EACH (view->state, ALERT, alert, it) {
        if (it->state == ALERT_CLEARED || it->state == ALERT_NONE)
            continue;
        if (view->json) {
            object_json(view, OBJECT_ALERT, it);
            continue;
        }
        cell(7, "W%" PRIu64, it->alert.v);
        cell(10, "%s %s", words_name(&level_words, (int)it->level),
             word_zh(&level_words, (int)it->level));
        cell(12, "%s", words_name(&alert_state_words, (int)it->state));
        age_cell(view, it->raised_ms);
        text_cell(18, it->detector);
        printf(it->incident.v ? "I%" PRIu64 " " : "", it->incident.v);
        printf(it->unit.v ? "U%" PRIu64 " " : "", it->unit.v);
        text_cell(40, it->words);
        putchar('\n');
    }
}

/* --- plans that run --- */

static void print_steps(const struct view *view, const struct plan_run *run)
{
    for (uint32_t i = 0; i < run->step_state.n; i++) {
        int64_t due_ms = run->started_ms + run->step_due_s.v[i] * INT64_C(1000);
        bool open = run->step_state.v[i] < PLAN_STEP_FINISHED;
        char age[VIEW_AGE_MAX], time[LOCAL_TIME_MAX];
        printf("  %2u ", i + 1);
        cell(18, "%s %s", words_name(&plan_step_words, (int)run->step_state.v[i]),
             word_zh(&plan_step_words, (int)run->step_state.v[i]));
        cell(22, "%s %s", words_name(&plan_role_words, (int)run->step_role.v[i]),
             word_zh(&plan_role_words, (int)run->step_role.v[i]));
        cell(6, run->step_user.v[i] ? "D%" PRIu64 : "", run->step_user.v[i]);
        if (!open)
            printf("%s %s", ctl_local_time(view->ctl, (int64_t)run->step_done_ms.v[i], time),
                   run->step_reason.v[i] ? words_name(&reason_words, (int)run->step_reason.v[i])
                                         : "");
        else if (due_ms < view->now_ms)
            printf("late by %s", view_age(view->now_ms - due_ms, age));
        else
            printf("due in %s", view_age(due_ms - view->now_ms, age));
        putchar('\n');
    }
}

void view_plans(const struct view *view)
{
    EACH (view->state, PLAN_RUN, plan_run, it) {
        char age[VIEW_AGE_MAX];
        if (view->json) {
            object_json(view, OBJECT_PLAN_RUN, it);
            continue;
        }
        printf("L%" PRIu64 " %.*s (%.*s)", it->plan_run.v, (int)it->plan.n, it->plan.p,
               (int)it->edition.n, it->edition.p);
        printf(it->alert.v ? " W%" PRIu64 : "", it->alert.v);
        printf(it->incident.v ? " I%" PRIu64 : "", it->incident.v);
        printf(" D%" PRIu64 " %s\n", it->user.v,
               it->ended_ms ? "ended" : view_age(view->now_ms - it->started_ms, age));
        print_steps(view, it);
    }
}

/* --- counts --- */

static void count_incidents(const struct view *view)
{
    unsigned open[GRADE_MAX + 1] = {0}, all = 0;
    EACH (view->state, INCIDENT, incident, it) {
        if (it->state != INCIDENT_OPEN || it->grade > GRADE_MAX)
            continue;
        open[it->grade]++;
        all++;
    }
    printf("open incidents  %u (not graded %u", all, open[0]);
    for (int grade = 1; grade <= GRADE_MAX; grade++)
        printf(", grade %d: %u", grade, open[grade]);
    puts(")");
}

static void count_units(const struct view *view)
{
    unsigned step[STEP_COUNT] = {0}, duty[DUTY_OUT_OF_SERVICE + 1] = {0};
    EACH (view->state, UNIT, unit, it) {
        const struct assignment *a = state_assignment(view->state, it->assignment.v);
        if (a)
            step[a->step]++;
        else
            duty[it->duty]++;
    }
    printf("units           %u:", view->state->table[OBJECT_UNIT].count);
    for (int i = 0; i <= DUTY_OUT_OF_SERVICE; i++)
        if (duty[i])
            printf(" %s %u", i == DUTY_ON ? "free" : words_name(&duty_words, i), duty[i]);
    for (int i = 0; i < STEP_COUNT; i++)
        if (step[i])
            printf(" %s %u", words_name(&step_words, i), step[i]);
    putchar('\n');
}

static void count_alerts(const struct view *view)
{
    unsigned level[LEVEL_RED + 1] = {0};
    EACH (view->state, ALERT, alert, it)
        if (it->state != ALERT_CLEARED)
            level[it->level]++;
    printf("alerts          red %u, orange %u, yellow %u, blue %u\n", level[LEVEL_RED],
           level[LEVEL_ORANGE], level[LEVEL_YELLOW], level[LEVEL_BLUE]);
}

/* Of townships: whose calls a week an operator has said, are counted, are not known. */
static void count_demand(const struct view *view)
{
    unsigned said = 0, counted = 0, unknown = 0, weeks = 0;
    EACH (view->state, ZONE_NAME, zone_name, it) {
        if (!(it->kind_mask & KIND_BIT(ZONE_KIND_TOWNSHIP)))
            continue;
        said += core_demand_is_said(it);
        counted += it->demand_weeks > 0;
        unknown += !core_demand_is_said(it) && !it->demand_weeks;
        weeks = it->demand_weeks > weeks ? it->demand_weeks : weeks;
    }
    if (said + counted + unknown)
        printf("demand          of townships set %u, counted over %u weeks %u, unknown %u\n", said,
               weeks, counted, unknown);
}

void view_counts(const struct view *view)
{
    unsigned ringing = 0, tasks = 0;
    EACH (view->state, CALL, call, it)
        ringing += it->state == CALL_RINGING;
    EACH (view->state, TASK, task, it)
        tasks += it->outcome == TASK_OPEN;
    printf("calls           ringing %u, to call back %u\n", ringing, tasks);
    count_incidents(view);
    count_units(view);
    count_alerts(view);
    view_surge(view);
    view_moves(view);
    count_demand(view);
}

/* --- one incident --- */

struct moment {
    int64_t ms;
    char what[160];
};

enum { MOMENTS_MAX = 512 };

struct timeline {
    struct moment moment[MOMENTS_MAX];
    size_t n;
};

__attribute__((format(printf, 3, 4))) static void happened(struct timeline *timeline, int64_t ms,
                                                           const char *format, ...)
{
    va_list args;
    if (ms == 0 || timeline->n == MOMENTS_MAX)
        return;
    struct moment *moment = &timeline->moment[timeline->n++];
    moment->ms = ms;
    va_start(args, format);
    vsnprintf(moment->what, sizeof(moment->what), format, args);
    va_end(args);
}

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return x->ms < y->ms ? -1 : x->ms > y->ms;
}

static void add_calls(struct timeline *timeline, const struct view *view, uint64_t incident)
{
    EACH (view->state, CALL, call, it) {
        if (it->incident.v != incident)
            continue;
        happened(timeline, it->ringing_ms, "C%" PRIu64 " 振铃 rings", it->call.v);
        happened(timeline, it->answered_ms, "C%" PRIu64 " 接听 answered by D%" PRIu64, it->call.v,
                 it->user.v);
        happened(timeline, it->ended_ms, "C%" PRIu64 " 挂断 ended", it->call.v);
    }
}

static void add_assignments(struct timeline *timeline, const struct view *view, uint64_t incident)
{
    EACH (view->state, ASSIGNMENT, assignment, it) {
        struct assignment copy = *it;
        if (it->incident.v != incident)
            continue;
        for (int step = STEP_RESERVED; step < STEP_COUNT; step++)
            happened(
                timeline, *step_time(&copy, (enum step)step), "A%" PRIu64 " U%" PRIu64 " %s %s%s%s",
                it->assignment.v, it->unit.v, step_words.word[step].zh, step_words.word[step].en,
                step == STEP_RESERVED && it->override ? ", other than recommended: " : "",
                step == STEP_RESERVED && it->override ? words_name(&reason_words, (int)it->reason)
                                                      : "");
    }
}

static void add_alerts(struct timeline *timeline, const struct view *view, uint64_t incident)
{
    EACH (view->state, ALERT, alert, it) {
        if (it->incident.v != incident)
            continue;
        happened(timeline, it->raised_ms, "W%" PRIu64 " 预警 %s %.*s", it->alert.v,
                 words_name(&level_words, (int)it->level), (int)it->detector.n, it->detector.p);
        happened(timeline, it->acknowledged_ms, "W%" PRIu64 " 预警确认 acknowledged by D%" PRIu64,
                 it->alert.v, it->owner.v);
        happened(timeline, it->cleared_ms, "W%" PRIu64 " 预警解除 cleared: %s", it->alert.v,
                 words_name(&verdict_words, (int)it->verdict));
    }
}

static void print_incident(const struct view *view, const struct incident *it)
{
    struct text words = personal_text(view, it->words);
    struct text complaint = personal_text(view, it->complaint);
    printf("I%" PRIu64 " %s, grade %u %.*s%s, card %.*s\n", it->incident.v,
           words_name(&incident_state_words, (int)it->state), it->grade, (int)it->determinant.n,
           it->determinant.p, it->provisional ? " (provisional)" : "", (int)it->card.n, it->card.p);
    printf("  place %.*s", (int)words.n, words.p);
    if (it->has_place && view->personal)
        printf(" at %.7f,%.7f", it->lat_e7 / 1e7, it->lon_e7 / 1e7);
    printf("\n  complaint %.*s\n  owner D%" PRIu64 "\n", (int)complaint.n, complaint.p,
           it->owner.v);
    view_offer(it);
    view_advice(view, it);
}

static void whole_incident_json(const struct view *view, const struct incident *incident)
{
    uint64_t id = incident->incident.v;
    object_json(view, OBJECT_INCIDENT, incident);
    EACH (view->state, CALL, call, it)
        if (it->incident.v == id)
            object_json(view, OBJECT_CALL, it);
    EACH (view->state, ASSIGNMENT, assignment, it)
        if (it->incident.v == id)
            object_json(view, OBJECT_ASSIGNMENT, it);
    EACH (view->state, ALERT, alert, it)
        if (it->incident.v == id)
            object_json(view, OBJECT_ALERT, it);
}

void view_timeline(const struct view *view, const struct incident *incident)
{
    static struct timeline timeline;
    char time[LOCAL_TIME_MAX], age[VIEW_AGE_MAX];
    uint64_t id = incident->incident.v;
    if (view->json) {
        whole_incident_json(view, incident);
        return;
    }
    timeline.n = 0;
    happened(&timeline, incident->opened_ms, "受理 opened");
    happened(&timeline, incident->graded_ms, "分级 graded %u %.*s", incident->grade,
             (int)incident->determinant.n, incident->determinant.p);
    happened(&timeline, incident->closed_ms, "结案 closed: %s",
             words_name(&outcome_words, (int)incident->outcome));
    add_calls(&timeline, view, id);
    add_assignments(&timeline, view, id);
    add_alerts(&timeline, view, id);
    qsort(timeline.moment, timeline.n, sizeof(timeline.moment[0]), by_time);
    print_incident(view, incident);
    for (size_t i = 0; i < timeline.n; i++)
        printf("%s  %9s  %s\n", ctl_local_time(view->ctl, timeline.moment[i].ms, time),
               view_age(timeline.moment[i].ms - timeline.moment[0].ms, age),
               timeline.moment[i].what);
}
