/* How the service itself is doing: lateness by grade, station and clock; responses that will breach
 * their target; coverage and preparedness; units waiting at hospitals; units and seats not what
 * they seem. Said in both languages, as "中文 / English". */
#include "dispatch/warn/watch_impl.h"

static uint32_t target_s(const struct watch_numbers *n, uint32_t grade)
{
    const uint32_t by_grade[] = {0,
                                 n->response_grade1_s,
                                 n->response_grade2_s,
                                 n->response_grade3_s,
                                 n->response_grade4_s,
                                 n->response_grade5_s};
    return grade < sizeof by_grade / sizeof *by_grade ? by_grade[grade] : 0;
}

static void make_late(const struct watch_numbers *n, struct watch_late *late, uint64_t id)
{
    *late = (struct watch_late){.id = id,
                                .lateness = {n->lateness_usual_permille / 1000.0,
                                             n->lateness_raised_permille / 1000.0,
                                             n->lateness_h_milli / 1000.0, 0}};
}

void service_make(struct watch_state *state)
{
    const struct watch_numbers *n = &state->policy.number;
    struct watch_service *service = &state->service;
    for (uint32_t i = 0; i < sizeof service->grade / sizeof *service->grade; i++)
        make_late(n, &service->grade[i], i);
    for (uint32_t i = 0; i < sizeof service->clock / sizeof *service->clock; i++)
        make_late(n, &service->clock[i], i + 1);
}

void service_opened(struct watch_state *state, uint64_t incident)
{
    struct watch_service *service = &state->service;
    if (service->open_count < OPEN_MAX)
        service->open[service->open_count++] = incident;
}

/* Without words. */
static struct watch_alert finding_of(const struct watch_state *state, enum watch_detector detector,
                                     enum watch_level level, enum watch_subject subject,
                                     uint64_t subject_id)
{
    struct watch_alert found = book_finding(state, detector, WATCH_NO_SYNDROME);
    found.level = level;
    found.subject = subject;
    found.subject_id = subject_id;
    return found;
}

/* --- lateness --- */

static void late_add(struct watch *watch, struct watch_late *late, bool is_late,
                     enum watch_subject subject, const char *zh, const char *en)
{
    struct watch_state *state = watch->state;
    late->seen++;
    late->late += is_late;
    if (lateness_add(&late->lateness, is_late)) {
        struct watch_alert found =
            finding_of(state, WATCH_BY_LATENESS, WATCH_YELLOW, subject, late->id);
        found.observed = late->late;
        found.expected = late->seen * late->lateness.usual;
        snprintf(found.words, sizeof found.words,
                 "%s超时：近 %u 次中 %u 次 / %s late: %u of the last %u", zh, late->seen,
                 late->late, en, late->late, late->seen);
        book_report(watch, &found, 6 * state->policy.number.episode_quiet_min * MINUTE_MS);
        late->seen = late->late = 0;
    } else if (late->lateness.s <= 0) {
        late->seen = late->late = 0;
    }
}

static struct watch_late *late_of_station(struct watch_state *state, uint64_t station)
{
    struct watch_service *service = &state->service;
    for (uint32_t i = 0; i < service->stations; i++)
        if (service->station[i].id == station)
            return &service->station[i];
    if (service->stations == STATIONS_MAX)
        return NULL;
    make_late(&state->policy.number, &service->station[service->stations], station);
    return &service->station[service->stations++];
}

static void on_arrival(struct watch *watch, const struct watch_event *event, struct watch_case *c)
{
    struct watch_state *state = watch->state;
    uint32_t target = target_s(&state->policy.number, c->grade);
    if (c->arrived)
        return;
    c->arrived = true;
    if (!target || !state->policy.number.lateness_on)
        return;
    bool late = (event->at_ms ? event->at_ms : event->now_ms) - c->at_ms > target * INT64_C(1000);
    struct watch_late *station = event->station ? late_of_station(state, event->station) : NULL;
    char zh[32], en[32];
    snprintf(zh, sizeof zh, "%u 级反应", c->grade);
    snprintf(en, sizeof en, "P%u response", c->grade);
    late_add(watch, &state->service.grade[c->grade], late, WATCH_GRADE, zh, en);
    if (station)
        late_add(watch, station, late, WATCH_STATION, "反应", "response");
}

static void on_clock(struct watch *watch, const struct watch_event *event)
{
    struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    bool answer = event->clock == WATCH_ANSWER;
    uint32_t target = answer ? n->response_answer_s : n->response_turnout_s;
    struct watch_late *late = &state->service.clock[answer ? 0 : 1];
    if (!n->lateness_on || !target)
        return;
    late_add(watch, late, event->seconds > target, WATCH_CITY, answer ? "摘机" : "出车",
             answer ? "answering" : "turnout");
}

/* --- breaches --- */

/* Late already, late to be, or in time. */
static enum watch_level breach_of(const struct watch_state *state, const struct watch_case *c)
{
    const struct watch_numbers *n = &state->policy.number;
    int64_t limit_ms = c->at_ms + target_s(n, c->grade) * INT64_C(1000);
    if (!n->breach_on || c->grade == 0 || c->grade > n->breach_grade_max || limit_ms == c->at_ms ||
        c->arrived || c->closed || c->dropped)
        return WATCH_NONE;
    if (state->event->now_ms > limit_ms)
        return WATCH_ORANGE;
    return c->expected_ms > limit_ms ? WATCH_YELLOW : WATCH_NONE;
}

static void single_breach(struct watch *watch, const struct watch_case *c, enum watch_level level)
{
    struct watch_alert found =
        finding_of(watch->state, WATCH_BY_BREACH, level, WATCH_INCIDENT, c->incident);
    found.from_ms = c->at_ms;
    found.evidence[found.evidence_count++] = c->incident;
    found.has_place = c->placed;
    found.lat_e7 = c->lat_e7;
    found.lon_e7 = c->lon_e7;
    snprintf(found.words, sizeof found.words, "%s",
             level == WATCH_ORANGE ? "首车已超时 / the first unit is late"
                                   : "首车将超时 / the first unit will be late");
    book_report(watch, &found, 0);
}

static void many_breaches(struct watch *watch, const struct watch_alert *found)
{
    struct watch_state *state = watch->state;
    book_report(watch, found, 0);
    uint64_t into = book_key(state, WATCH_BY_BREACH, WATCH_CITY);
    for (uint32_t i = 0; i < found->evidence_count; i++)
        book_end(watch, WATCH_BY_BREACH, WATCH_INCIDENT, found->evidence[i], into);
}

/* What is not waiting any more leaves the list; the rest is looked at. */
static void check_breaches(struct watch *watch)
{
    struct watch_state *state = watch->state;
    struct watch_service *service = &state->service;
    struct watch_alert all = finding_of(state, WATCH_BY_BREACH, WATCH_ORANGE, WATCH_CITY, 0);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < service->open_count; i++) {
        const struct watch_case *c = case_find(state, service->open[i]);
        if (!c || c->arrived || c->closed || c->dropped) {
            book_end(watch, WATCH_BY_BREACH, WATCH_INCIDENT, service->open[i], 0);
            continue;
        }
        service->open[kept++] = service->open[i];
        if (breach_of(state, c) == WATCH_NONE)
            continue;
        all.observed++;
        if (all.evidence_count < WATCH_EVIDENCE_MAX)
            all.evidence[all.evidence_count++] = c->incident;
    }
    service->open_count = kept;
    snprintf(all.words, sizeof all.words, "%.0f 起已超时或将超时 / %.0f late or to be late",
             all.observed, all.observed);
    if (all.observed > state->policy.number.breach_single_max) {
        many_breaches(watch, &all);
        return;
    }
    book_end(watch, WATCH_BY_BREACH, WATCH_CITY, 0, 0);
    for (uint32_t i = 0; i < all.evidence_count; i++) {
        const struct watch_case *c = case_find(state, all.evidence[i]);
        single_breach(watch, c, breach_of(state, c));
    }
}

/* --- hospitals --- */

static struct watch_hospital *find_hospital(struct watch_service *service, uint64_t id)
{
    for (uint32_t i = 0; i < service->hospitals; i++)
        if (service->hospital[i].hospital == id)
            return &service->hospital[i];
    if (!id || service->hospitals == HOSPITALS_MAX)
        return NULL;
    service->hospital[service->hospitals] = (struct watch_hospital){.hospital = id};
    return &service->hospital[service->hospitals++];
}

static void on_handover(struct watch_state *state, const struct watch_event *event)
{
    struct watch_hospital *hospital = find_hospital(&state->service, event->hospital);
    if (!hospital)
        return;
    for (uint32_t i = 0; i < hospital->units; i++)
        if (hospital->unit[i].assignment == event->id)
            hospital->unit[i--] = hospital->unit[--hospital->units];
    if (event->began && hospital->units < WAITING_MAX)
        hospital->unit[hospital->units++] = (struct watch_waiting){event->id, event->now_ms};
}

static uint32_t waiting_at(const struct watch_state *state, const struct watch_hospital *h)
{
    int64_t wait_ms = state->policy.number.hospital_wait_min * MINUTE_MS;
    uint32_t waiting = 0;
    for (uint32_t u = 0; u < h->units; u++)
        waiting += state->event->now_ms - h->unit[u].since_ms >= wait_ms;
    return waiting;
}

static struct watch_alert many_wait(const struct watch_state *state, uint64_t hospital,
                                    uint32_t waiting)
{
    const struct watch_numbers *n = &state->policy.number;
    enum watch_level level = waiting >= 2 * n->hospital_units ? WATCH_ORANGE : WATCH_YELLOW;
    struct watch_alert found =
        finding_of(state, WATCH_BY_HOSPITAL, level, WATCH_HOSPITAL, hospital);
    found.observed = waiting;
    snprintf(found.words, sizeof found.words,
             "%u 车等候交接逾 %u 分钟 / %u units wait more than %u min to hand over", waiting,
             n->hospital_wait_min, waiting, n->hospital_wait_min);
    return found;
}

static struct watch_alert many_come(const struct watch_state *state, uint64_t hospital,
                                    uint32_t coming_milli, uint32_t room)
{
    struct watch_alert found =
        finding_of(state, WATCH_BY_HOSPITAL, WATCH_YELLOW, WATCH_HOSPITAL, hospital);
    double coming = coming_milli / 1000.0;
    found.observed = coming;
    found.expected = room;
    snprintf(found.words, sizeof found.words,
             "60 分钟内预计送达 %.1f 人，空床 %u / %.1f patients to expect in 60 min, %u beds free",
             coming, room, coming, room);
    return found;
}

/* Row of the minute's inflow, or -1. */
static int inflow_row(const struct watch_minute *m, uint64_t hospital)
{
    for (uint32_t i = 0; m && i < m->inflow; i++)
        if (m->inflow_hospital[i] == hospital)
            return (int)i;
    return -1;
}

/* More to come, so many minutes in a row, than that share of the free beds. */
static bool is_filling(const struct watch_numbers *n, const struct watch_minute *m, int row,
                       struct watch_hospital *h)
{
    bool fills = row >= 0 && n->hospital_inflow_pct &&
                 m->inflow_milli[row] > m->inflow_room[row] * UINT64_C(10) * n->hospital_inflow_pct;
    h->inflow_min = fills ? h->inflow_min + 1 : 0;
    return h->inflow_min >= n->hospital_minutes;
}

static void check_hospitals(struct watch *watch, const struct watch_minute *m)
{
    struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    for (uint32_t i = 0; m && i < m->inflow; i++)
        find_hospital(&state->service, m->inflow_hospital[i]);
    for (uint32_t i = 0; n->hospital_on && i < state->service.hospitals; i++) {
        struct watch_hospital *h = &state->service.hospital[i];
        uint32_t waiting = waiting_at(state, h);
        int row = inflow_row(m, h->hospital);
        bool fills = is_filling(n, m, row, h);
        struct watch_alert found;
        if (waiting >= n->hospital_units)
            found = many_wait(state, h->hospital, waiting);
        else if (fills)
            found = many_come(state, h->hospital, m->inflow_milli[row], m->inflow_room[row]);
        else {
            book_end(watch, WATCH_BY_HOSPITAL, WATCH_HOSPITAL, h->hospital, 0);
            continue;
        }
        book_report(watch, &found, 0);
    }
}

/* --- what facts cannot give: coverage, units, seats --- */

/* Raised after so many minutes in a row, ended by the first good one. */
static void lasting(struct watch *watch, const struct watch_alert *found, bool is, bool was_not,
                    uint32_t *minutes, uint32_t after)
{
    *minutes = is ? *minutes + 1 : 0;
    if (is && *minutes >= after)
        book_report(watch, found, 0);
    else if (was_not)
        book_end(watch, found->detector, found->subject, found->subject_id, 0);
}

static void check_coverage(struct watch *watch, const struct watch_minute *m)
{
    struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    if (!n->coverage_on || !m->covered_known)
        return;
    bool low = m->covered_permille < n->coverage_enter_permille;
    bool half = 2 * m->covered_permille < n->coverage_enter_permille;
    struct watch_alert found =
        finding_of(state, WATCH_BY_COVERAGE, half ? WATCH_ORANGE : WATCH_YELLOW, WATCH_CITY, 0);
    found.observed = m->covered_permille / 1000.0;
    found.expected = n->coverage_enter_permille / 1000.0;
    snprintf(found.words, sizeof found.words,
             "按时可及 %u％，应不低于 %u％ / %u %% reached in time, at least %u %% wanted",
             m->covered_permille / 10, n->coverage_enter_permille / 10, m->covered_permille / 10,
             n->coverage_enter_permille / 10);
    lasting(watch, &found, low, m->covered_permille >= n->coverage_leave_permille,
            &state->service.uncovered_min, n->coverage_minutes);
}

static uint32_t zones_below(const struct watch_minute *m, uint32_t milli)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->prepared; i++)
        n += m->prepared_milli[i] < milli;
    return n;
}

static void check_preparedness(struct watch *watch, const struct watch_minute *m)
{
    struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    if (!n->preparedness_on || !m->prepared)
        return;
    uint32_t low = zones_below(m, n->preparedness_enter_milli);
    bool half = 2 * low >= m->prepared;
    struct watch_alert found =
        finding_of(state, WATCH_BY_PREPAREDNESS, half ? WATCH_ORANGE : WATCH_YELLOW, WATCH_CITY, 0);
    found.observed = low;
    snprintf(found.words, sizeof found.words,
             "%u 个区域备勤度过低（共 %u 个） / %u of %u zones ill prepared", low, m->prepared, low,
             m->prepared);
    lasting(watch, &found, low >= n->preparedness_zones,
            zones_below(m, n->preparedness_leave_milli) < n->preparedness_zones,
            &state->service.unprepared_min, n->preparedness_minutes);
}

static void check_units(struct watch *watch, const struct watch_minute *m)
{
    struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    bool many = m->silent > n->units_silent_max || m->stuck > n->units_stuck_max ||
                m->late > n->units_late_max;
    struct watch_alert found = finding_of(state, WATCH_BY_UNITS, WATCH_YELLOW, WATCH_CITY, 0);
    found.observed = m->silent + m->stuck + m->late;
    snprintf(found.words, sizeof found.words,
             "在班 %u 车中失联 %u、停滞 %u、迟到 %u / of %u units %u silent, %u stuck, %u late",
             m->units_on, m->silent, m->stuck, m->late, m->units_on, m->silent, m->stuck, m->late);
    if (n->units_on)
        lasting(watch, &found, many, !many, &state->service.unit_min, n->units_minutes);
}

static void check_seats(struct watch *watch, const struct watch_minute *m)
{
    struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    uint32_t heard = m->seats_on > m->seats_mute ? m->seats_on - m->seats_mute : 0;
    bool bad = heard < n->seats_seats_min || m->terminals_lost > n->seats_terminals_lost_max;
    struct watch_alert found = finding_of(state, WATCH_BY_SEATS, WATCH_ORANGE, WATCH_CITY, 0);
    found.observed = heard;
    found.expected = n->seats_seats_min;
    snprintf(found.words, sizeof found.words,
             "在席 %u，其中不能响铃 %u；终端失联 %u / %u seats, %u of them mute; %u terminals lost",
             m->seats_on, m->seats_mute, m->terminals_lost, m->seats_on, m->seats_mute,
             m->terminals_lost);
    if (n->seats_on)
        lasting(watch, &found, bad, !bad, &state->service.seat_min, n->seats_minutes);
}

void service_event(struct watch *watch, const struct watch_event *event)
{
    struct watch_state *state = watch->state;
    struct watch_case *c = case_find(state, event->id);
    if (event->kind == WATCH_EXPECTED && c)
        c->expected_ms = event->now_ms + event->seconds * INT64_C(1000);
    else if (event->kind == WATCH_CLOSED && c)
        c->closed = true;
    else if (event->kind == WATCH_ARRIVED && c)
        on_arrival(watch, event, c);
    else if (event->kind == WATCH_CLOCK)
        on_clock(watch, event);
    else if (event->kind == WATCH_HANDOVER)
        on_handover(state, event);
    if (event->kind != WATCH_MINUTE)
        return;
    check_breaches(watch);
    check_hospitals(watch, event->minute);
    if (event->minute) {
        check_coverage(watch, event->minute);
        check_preparedness(watch, event->minute);
        check_units(watch, event->minute);
        check_seats(watch, event->minute);
    }
}
