#include "dispatch/upkeep/sheet.h"

#include <inttypes.h>
#include <stdio.h>

#include "dispatch/core/step.h"
#include "dispatch/upkeep/sheet_impl.h"

enum { HAND_LINES = 10, UNITS_TEXT_MAX = 1024 };

#define TABLE(page, zh, en, columns)                                                               \
    page_table(page, zh, en, columns, sizeof(columns) / sizeof((columns)[0]))

static void text_cell(struct page *page, struct text text)
{
    page_cell(page, text.n ? text.p : "", text.n);
}

static void personal_cell(struct page *page, struct text text)
{
    if (page->look->personal || text.n == 0)
        text_cell(page, text);
    else
        page_print(page, "[略]");
}

static void time_cells(struct page *page, int64_t since_ms)
{
    char text[PAGE_TIME_MAX];
    page_print(page, "%s", page_time(page, since_ms, false, text));
    page_print(page, "%s", page_age(page, since_ms, text));
}

static const char *zh_of(const struct schema_words *words, int value)
{
    return value >= 0 && (uint32_t)value < words->count ? words->word[value].zh : "?";
}

/* A unit as people call it: its code, else its number. */
static struct text unit_name(const struct unit *unit, char spare[static 24])
{
    if (unit->code.n)
        return unit->code;
    return (struct text){spare, (uint32_t)snprintf(spare, 24, "U%" PRIu64, unit->unit.v)};
}

/* --- calls --- */

static void calls(struct page *page, const struct state *state)
{
    static const struct page_column columns[] = {{"编号", "id", 8},
                                                 {"类别", "what", 10},
                                                 {"时刻", "at", 9},
                                                 {"已过", "for", 9},
                                                 {"主叫", "number", 16}};
    TABLE(page, "待处理来电与回拨", "Calls waiting, call-backs due", columns);
    EACH (state, CALL, call, it) {
        if (it->state != CALL_RINGING && !(it->state == CALL_ANSWERED && it->incident.v == 0))
            continue;
        page_row(page);
        page_print(page, "C%" PRIu64, it->call.v);
        page_print(page, "%s", zh_of(&call_state_words, (int)it->state));
        time_cells(page, it->ringing_ms);
        personal_cell(page, it->number);
    }
    EACH (state, TASK, task, it) {
        const struct call *call = state_call(state, it->call.v);
        if (it->outcome != TASK_OPEN)
            continue;
        page_row(page);
        page_print(page, "K%" PRIu64, it->task.v);
        page_print(page, "回拨");
        time_cells(page, it->opened_ms);
        personal_cell(page, call ? call->number : TEXT(""));
    }
    page_table_end(page);
}

/* --- incidents --- */

static int add_unit(const struct page *page, const struct state *state,
                    const struct assignment *assignment, const char *between, char *text,
                    size_t room)
{
    char spare[24], time[PAGE_TIME_MAX];
    struct assignment copy = *assignment;
    const struct unit *unit = state_unit(state, assignment->unit.v);
    const struct hospital *hospital = state_hospital(state, assignment->hospital.v);
    struct text name = unit ? unit_name(unit, spare) : TEXT("?");
    return snprintf(text, room, "%s%.*s %s %s%s%.*s", between, (int)name.n, name.p,
                    zh_of(&step_words, (int)assignment->step),
                    assignment->step == STEP_NONE
                        ? ""
                        : page_time(page, *step_time(&copy, assignment->step), false, time),
                    hospital ? " → " : "", hospital ? (int)hospital->name.n : 0,
                    hospital ? hospital->name.p : "");
}

static void units_cell(struct page *page, const struct state *state, uint64_t incident)
{
    char text[UNITS_TEXT_MAX];
    size_t n = 0;
    EACH (state, ASSIGNMENT, assignment, it) {
        if (it->incident.v != incident || step_is_over(it->step))
            continue;
        int more = add_unit(page, state, it, n ? "； " : "", text + n, sizeof(text) - n);
        if (more < 0 || (size_t)more >= sizeof(text) - n)
            break;
        n += (size_t)more;
    }
    if (n)
        page_cell(page, text, n);
    else
        page_print(page, "未派车 NO UNIT");
}

static void patient_cell(struct page *page, const struct incident *it)
{
    char age[24] = "";
    if (it->age_months >= 24)
        snprintf(age, sizeof(age), " %u岁", it->age_months / 12);
    else if (it->age_months)
        snprintf(age, sizeof(age), " %u月", it->age_months);
    page_print(page, "%u人%s%s", it->patients ? it->patients : 1,
               it->sex == SEX_UNKNOWN  ? ""
               : it->sex == SEX_FEMALE ? " 女"
                                       : " 男",
               age);
}

static void incident_row(struct page *page, const struct state *state, const struct incident *it)
{
    const struct call *call = state_call(state, it->call.v);
    page_row(page);
    page_print(page, "I%" PRIu64, it->incident.v);
    page_print(page, it->grade ? "%u%s" : "未分级", it->grade, it->provisional ? "?" : "");
    time_cells(page, it->opened_ms);
    personal_cell(page, it->words);
    if (it->has_place && page->look->personal)
        page_print(page, "%.5f,%.5f", it->lat_e7 / 1e7, it->lon_e7 / 1e7);
    else
        page_print(page, "%s", it->has_place ? "[略]" : "");
    personal_cell(page, it->complaint.n ? it->complaint : it->card);
    patient_cell(page, it);
    personal_cell(page, call ? call->number : TEXT(""));
    units_cell(page, state, it->incident.v);
}

/* Not graded first (nobody knows how urgent it is), then by grade, the oldest first. */
static void incidents(struct page *page, const struct state *state)
{
    static const struct page_column columns[] = {
        {"事件", "id", 6},          {"级别", "grade", 8},     {"受理", "opened", 9},
        {"已过", "for", 9},         {"地点", "place", 30},    {"坐标", "WGS-84", 20},
        {"主诉", "what", 18},       {"患者", "patients", 12}, {"主叫", "number", 13},
        {"车组与状态", "units", 30}};
    TABLE(page, "未结事件", "Active incidents", columns);
    for (uint32_t grade = 0; grade <= GRADE_MAX; grade++)
        EACH (state, INCIDENT, incident, it)
            if (it->state == INCIDENT_OPEN && it->grade == grade)
                incident_row(page, state, it);
    page_table_end(page);
}

/* --- units, hospitals, alerts --- */

static void unit_row(struct page *page, const struct state *state, const struct unit *unit)
{
    char spare[24];
    const struct station *station = state_station(state, unit->station.v);
    const struct assignment *task = state_assignment(state, unit->assignment.v);
    page_row(page);
    text_cell(page, unit_name(unit, spare));
    text_cell(page, unit->plate);
    text_cell(page, station ? station->name : TEXT(""));
    if (task) {
        struct assignment copy = *task;
        page_print(page, "%s", zh_of(&step_words, (int)task->step));
        time_cells(page, task->step == STEP_NONE ? 0 : *step_time(&copy, task->step));
        page_print(page, "I%" PRIu64, task->incident.v);
    } else {
        page_print(page, "%s",
                   unit->duty == DUTY_ON ? "待命" : zh_of(&duty_words, (int)unit->duty));
        time_cells(page, unit->duty_ms > unit->free_ms ? unit->duty_ms : unit->free_ms);
        page_print(page, "%s", "");
    }
    page_print(page, "%s", "");
}

static void units(struct page *page, const struct state *state)
{
    static const struct page_column columns[] = {
        {"车组", "unit", 10},    {"车牌", "plate", 11},      {"分站", "station", 24},
        {"状态", "status", 9},   {"自", "since", 9},         {"已持续", "for", 9},
        {"事件", "incident", 7}, {"手工记录", "by hand", 30}};
    TABLE(page, "车组", "Units", columns);
    EACH (state, UNIT, unit, it)
        unit_row(page, state, it);
    page_table_end(page);
}

static void hospitals(struct page *page, const struct state *state)
{
    static const struct page_column columns[] = {
        {"医院", "hospital", 30},     {"状态", "status", 8}, {"空床", "free beds", 8},
        {"交接等待", "handover", 10}, {"报告于", "told", 9}, {"已过", "ago", 9}};
    TABLE(page, "医院", "Hospitals", columns);
    EACH (state, HOSPITAL, hospital, it) {
        page_row(page);
        text_cell(page, it->name);
        page_print(page, "%s", zh_of(&hospital_status_words, (int)it->status));
        page_print(page, it->status_ms ? "%u" : "", it->beds_free);
        page_print(page, it->status_ms ? "%u min" : "", (it->handover_wait_s + 59) / 60);
        time_cells(page, it->status_ms);
    }
    page_table_end(page);
}

static void alerts(struct page *page, const struct state *state)
{
    static const struct page_column columns[] = {
        {"预警", "alert", 7}, {"级别", "level", 5}, {"状态", "state", 8},    {"自", "since", 9},
        {"已过", "for", 9},   {"类别", "what", 18}, {"事件", "incident", 7}, {"内容", "words", 40}};
    TABLE(page, "未解除预警", "Alerts in force", columns);
    EACH (state, ALERT, alert, it) {
        if (it->state == ALERT_CLEARED || it->state == ALERT_NONE)
            continue;
        page_row(page);
        page_print(page, "W%" PRIu64, it->alert.v);
        page_print(page, "%s", zh_of(&level_words, (int)it->level));
        page_print(page, "%s", zh_of(&alert_state_words, (int)it->state));
        time_cells(page, it->raised_ms);
        text_cell(page, it->detector);
        if (it->incident.v)
            page_print(page, "I%" PRIu64, it->incident.v);
        else
            page_print(page, "%s", "");
        text_cell(page, it->words);
    }
    page_table_end(page);
}

/* Where the page goes on when nothing else does. */
static void by_hand(struct page *page)
{
    static const struct page_column columns[] = {{"时刻", "time", 10},
                                                 {"主叫", "number", 14},
                                                 {"地点与主诉", "place, what", 44},
                                                 {"车组", "unit", 10},
                                                 {"派车/到达/离开/送达", "times", 30}};
    TABLE(page, "手工登记", "By hand from here", columns);
    for (int i = 0; i < HAND_LINES; i++) {
        page_row(page);
        for (int cell = 0; cell < 5; cell++)
            page_print(page, "%s", page->form == SHEET_TEXT ? "________" : "");
    }
    page_table_end(page);
}

void sheet_write(const struct state *state, const struct sheet_look *look, enum sheet_form form,
                 struct buffer *out)
{
    struct page page = {.look = look, .form = form, .out = out};
    unsigned open = 0, on_duty = 0, free_units = 0;
    char counts[200];
    EACH (state, INCIDENT, incident, it)
        open += it->state == INCIDENT_OPEN;
    EACH (state, UNIT, unit, it) {
        free_units += it->duty == DUTY_ON && it->assignment.v == 0;
        on_duty += it->duty == DUTY_ON;
    }
    snprintf(counts, sizeof(counts),
             "未结事件 open incidents %u · 值班车组 units on duty %u · 待命 free %u", open, on_duty,
             free_units);
    page_open(&page, counts);
    calls(&page, state);
    incidents(&page, state);
    units(&page, state);
    hospitals(&page, state);
    alerts(&page, state);
    by_hand(&page);
    page_close(&page);
}
