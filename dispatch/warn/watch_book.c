/* The book of alerts: one for each cause.
 *
 *   local     (a place or a site)  one cause when they share a case, or when circles of the same
 *             syndrome overlap and their times touch: the alert is updated
 *   city-wide (window, CUSUM, EARS of one syndrome)  one cause, whichever detector speaks
 *   every incident (the first syndrome)  no cause of its own while another syndrome's open alert
 *             explains enough of what is too many; and while it has risen as a whole, a syndrome
 *             that has risen no more than that is none, nor is a square (book_rise)
 *   service   the same detector and subject
 *
 * Cases of a local alert stop counting city-wide (case_explain); a city-wide alert that is nothing
 * without them is cleared into it. What was cleared stays quiet for the hold-off, unless it comes
 * back at a higher level. */
#include <math.h>

#include "dispatch/warn/watch_impl.h"

static bool is_local(const struct watch_alert *a)
{
    return a->detector == WATCH_BY_PLACE || a->detector == WATCH_BY_SCAN;
}

static bool is_count(const struct watch_alert *a)
{
    return a->detector == WATCH_BY_WINDOW || a->detector == WATCH_BY_CUSUM ||
           a->detector == WATCH_BY_EARS;
}

struct watch_alert book_finding(const struct watch_state *state, enum watch_detector detector,
                                uint32_t syndrome)
{
    int64_t now_ms = state->event->now_ms;
    return (struct watch_alert){.detector = detector,
                                .syndrome = syndrome,
                                .from_ms = now_ms,
                                .to_ms = now_ms,
                                .seen_ms = now_ms};
}

enum watch_level book_level(const struct watch_policy *policy, uint32_t by_chance_h)
{
    const struct watch_numbers *n = &policy->number;
    if (by_chance_h >= n->level_red_h)
        return WATCH_RED;
    if (by_chance_h >= n->level_orange_h)
        return WATCH_ORANGE;
    if (by_chance_h >= n->level_yellow_h)
        return WATCH_YELLOW;
    return by_chance_h >= n->level_blue_h ? WATCH_BLUE : WATCH_NONE;
}

static void act(struct watch *watch, enum watch_act kind, struct watch_alert *alert,
                uint64_t merged_into)
{
    struct watch_state *state = watch->state;
    if (watch->action_count == WATCH_ACTIONS_MAX) {
        watch->dropped++;
        return;
    }
    uint64_t number = state->event->seq << 8 | state->next_index++;
    if (kind == WATCH_RAISE)
        alert->key = number;
    watch->action[watch->action_count++] = (struct watch_action){
        kind, number, state->event->seq, state->event->now_ms, merged_into, *alert};
}

/* --- the same cause --- */

static bool has_case(const struct watch_alert *a, uint64_t incident)
{
    for (uint32_t i = 0; i < a->evidence_count; i++)
        if (a->evidence[i] == incident)
            return true;
    return false;
}

static bool share_a_case(const struct watch_alert *a, const struct watch_alert *b)
{
    for (uint32_t i = 0; i < a->evidence_count; i++)
        if (has_case(b, a->evidence[i]))
            return true;
    return false;
}

static bool overlap(const struct watch_alert *a, const struct watch_alert *b)
{
    struct watch_case one = {.lat_e7 = a->lat_e7, .lon_e7 = a->lon_e7};
    struct watch_case two = {.lat_e7 = b->lat_e7, .lon_e7 = b->lon_e7};
    return metres_between(&one, &two) <= (double)a->radius_m + b->radius_m;
}

static bool touch(const struct watch_alert *a, const struct watch_alert *b, int64_t join_ms)
{
    return a->from_ms <= b->to_ms + join_ms && b->from_ms <= a->to_ms + join_ms;
}

static bool same_cause(const struct watch_state *state, const struct watch_alert *a,
                       const struct watch_alert *b)
{
    int64_t join_ms = state->policy.number.episode_join_min * MINUTE_MS;
    if (is_local(a) && is_local(b))
        return share_a_case(a, b) ||
               (a->syndrome == b->syndrome && overlap(a, b) && touch(a, b, join_ms));
    if (is_count(a) && is_count(b))
        return a->syndrome == b->syndrome;
    return a->detector == b->detector && a->subject == b->subject &&
           a->subject_id == b->subject_id;
}

static struct watch_alert *find_open(struct watch_state *state, const struct watch_alert *finding)
{
    for (uint32_t i = 0; i < state->booked; i++)
        if (state->book[i].open && same_cause(state, &state->book[i], finding))
            return &state->book[i];
    return NULL;
}

static bool is_held_off(const struct watch_state *state, const struct watch_alert *finding)
{
    int64_t since_ms =
        state->event->now_ms - state->policy.number.episode_hold_off_min * MINUTE_MS;
    for (uint32_t i = 0; i < state->booked; i++)
        if (!state->book[i].open && state->cleared_ms[i] > since_ms &&
            finding->level <= state->book[i].level && same_cause(state, &state->book[i], finding))
            return true;
    return false;
}

static double excess(const struct watch_alert *a)
{
    return a->observed - a->expected;
}

static double rise(const struct watch_alert *a)
{
    return a->expected > 0 ? a->observed / a->expected : 0;
}

/* One count is there because of the other: all kinds because of one, or one because of all. */
static bool is_because(const struct watch_state *state, const struct watch_alert *effect,
                       const struct watch_alert *cause)
{
    const struct watch_numbers *n = &state->policy.number;
    if (effect->syndrome == 0 && cause->syndrome != 0)
        return 100 * excess(cause) >= n->episode_explains_pct * excess(effect);
    if (effect->syndrome != 0 && cause->syndrome == 0)
        return 100 * rise(effect) <= n->episode_same_rise_pct * rise(cause);
    return false;
}

static bool is_explained(const struct watch_state *state, const struct watch_alert *finding)
{
    for (uint32_t i = 0; is_count(finding) && i < state->booked; i++)
        if (state->book[i].open && is_count(&state->book[i]) &&
            is_because(state, finding, &state->book[i]))
            return true;
    return false;
}

double book_rise(const struct watch_state *state, uint32_t syndrome)
{
    double most = 1;
    for (uint32_t i = 0; i < state->booked; i++) {
        const struct watch_alert *a = &state->book[i];
        if (a->open && is_count(a) && (a->syndrome == 0 || a->syndrome == syndrome))
            most = fmax(most, rise(a));
    }
    return most;
}

/* --- opening --- */

static uint32_t free_row(struct watch_state *state)
{
    uint32_t oldest = BOOK_MAX;
    if (state->booked < BOOK_MAX)
        return state->booked++;
    for (uint32_t i = 0; i < BOOK_MAX; i++)
        if (!state->book[i].open &&
            (oldest == BOOK_MAX || state->cleared_ms[i] < state->cleared_ms[oldest]))
            oldest = i;
    return oldest;
}

static void explain(struct watch_state *state, const struct watch_alert *alert)
{
    for (uint32_t i = 0; is_local(alert) && i < alert->evidence_count; i++) {
        struct watch_case *c = case_find(state, alert->evidence[i]);
        if (c)
            case_explain(state, c);
    }
}

/* A scan's cluster that the permutation scan does not see counts a level less. */
static void confirm(const struct watch_state *state, struct watch_alert *alert)
{
    if (alert->detector != WATCH_BY_SCAN || !state->policy.number.stp_on)
        return;
    const struct watch_case *newest = case_find(state, alert->evidence[0]);
    alert->confirmed = newest && stp_confirms(state, alert->syndrome, newest->cell);
    if (!alert->confirmed && alert->level > WATCH_BLUE)
        alert->level--;
}

/* Findings list the newest case first, alerts the oldest. */
static void turn_evidence(struct watch_alert *alert)
{
    for (uint32_t i = 0, j = alert->evidence_count; i + 1 < j; i++) {
        uint64_t kept = alert->evidence[i];
        alert->evidence[i] = alert->evidence[--j];
        alert->evidence[j] = kept;
    }
}

static void open_alert(struct watch *watch, const struct watch_alert *finding, int64_t quiet_ms)
{
    struct watch_state *state = watch->state;
    uint32_t row = free_row(state);
    if (row == BOOK_MAX) {
        watch->dropped++;
        return;
    }
    struct watch_alert *alert = &state->book[row];
    *alert = *finding;
    confirm(state, alert);
    turn_evidence(alert);
    alert->open = true;
    alert->raised_ms = state->event->now_ms;
    state->quiet_ms[row] = quiet_ms;
    state->told[row] = alert->observed;
    act(watch, WATCH_RAISE, alert, 0);
}

/* --- going on --- */

static uint32_t add_evidence(struct watch_alert *alert, const struct watch_alert *finding)
{
    uint32_t added = 0;
    for (uint32_t i = finding->evidence_count; i > 0; i--) /* theirs are newest first */
        if (alert->evidence_count < WATCH_EVIDENCE_MAX &&
            !has_case(alert, finding->evidence[i - 1])) {
            alert->evidence[alert->evidence_count++] = finding->evidence[i - 1];
            added++;
        }
    return added;
}

static bool is_stronger(const struct watch_alert *finding, const struct watch_alert *alert)
{
    if (finding->detector == WATCH_BY_QUALITY) /* the newest period is what it says */
        return true;
    if (finding->level != alert->level)
        return finding->level > alert->level;
    return finding->detector == alert->detector;
}

static void take_over(struct watch_alert *alert, const struct watch_alert *finding)
{
    alert->has_place = finding->has_place;
    alert->lat_e7 = finding->lat_e7;
    alert->lon_e7 = finding->lon_e7;
    alert->radius_m = finding->radius_m;
    alert->syndrome = finding->syndrome;
    alert->observed = finding->observed;
    alert->expected = finding->expected;
    alert->by_chance_h = finding->by_chance_h;
    memcpy(alert->words, finding->words, sizeof alert->words);
    if (finding->plan[0])
        memcpy(alert->plan, finding->plan, sizeof alert->plan);
    alert->level = finding->level > alert->level ? finding->level : alert->level;
}

static void go_on(struct watch *watch, struct watch_alert *alert,
                  const struct watch_alert *finding, int64_t quiet_ms)
{
    struct watch_state *state = watch->state;
    size_t row = (size_t)(alert - state->book);
    enum watch_level before = alert->level;
    alert->seen_ms = state->event->now_ms;
    alert->to_ms = finding->to_ms;
    if (finding->from_ms < alert->from_ms && is_local(alert))
        alert->from_ms = finding->from_ms;
    if (quiet_ms > state->quiet_ms[row])
        state->quiet_ms[row] = quiet_ms;
    uint32_t added = add_evidence(alert, finding);
    if (is_stronger(finding, alert))
        take_over(alert, finding);
    bool grown = alert->detector == WATCH_BY_QUALITY ? true
                 : is_local(alert) ? added > 0 || alert->observed > state->told[row]
                                 : alert->observed >= 1.25 * state->told[row] + 1;
    if (alert->level == before && !grown)
        return;
    state->told[row] = alert->observed;
    act(watch, WATCH_UPDATE, alert, 0);
}

/* --- ending --- */

static void close_alert(struct watch *watch, uint32_t row, uint64_t merged_into)
{
    struct watch_state *state = watch->state;
    struct watch_alert *alert = &state->book[row];
    alert->open = false;
    state->cleared_ms[row] = state->event->now_ms;
    if (is_count(alert))
        state->series[alert->syndrome].cusum = 0;
    act(watch, WATCH_CLEAR, alert, merged_into);
}

static bool still_counts(const struct watch_state *state, const struct watch_alert *alert)
{
    double expected;
    for (uint32_t w = 0; w < WINDOWS; w++)
        if (book_level(&state->policy,
                       count_by_chance_h(state, alert->syndrome, w, &expected)) != WATCH_NONE)
            return true;
    return false;
}

/* City-wide alerts that are nothing without the cases of this one. */
static void swallow(struct watch *watch, const struct watch_alert *cause)
{
    struct watch_state *state = watch->state;
    for (uint32_t i = 0; i < state->booked; i++) {
        struct watch_alert *effect = &state->book[i];
        if (!effect->open || effect == cause || !is_count(effect))
            continue;
        bool by_place = is_local(cause) && share_a_case(cause, effect) &&
                        !still_counts(state, effect);
        if (by_place || (is_count(cause) && is_because(state, effect, cause)))
            close_alert(watch, i, cause->key);
    }
}

void book_report(struct watch *watch, const struct watch_alert *finding, int64_t quiet_ms)
{
    struct watch_state *state = watch->state;
    struct watch_alert *alert = find_open(state, finding);
    if (alert) {
        go_on(watch, alert, finding, quiet_ms);
    } else {
        if (is_held_off(state, finding) || is_explained(state, finding))
            return;
        open_alert(watch, finding, quiet_ms);
        alert = find_open(state, finding);
    }
    if (!alert)
        return;
    explain(state, alert);
    swallow(watch, alert);
}

void book_end(struct watch *watch, enum watch_detector detector, enum watch_subject subject,
              uint64_t subject_id, uint64_t merged_into)
{
    struct watch_state *state = watch->state;
    for (uint32_t i = 0; i < state->booked; i++)
        if (state->book[i].open && state->book[i].detector == detector &&
            state->book[i].subject == subject && state->book[i].subject_id == subject_id)
            close_alert(watch, i, merged_into);
}

uint64_t book_key(const struct watch_state *state, enum watch_detector detector,
                  enum watch_subject subject)
{
    for (uint32_t i = 0; i < state->booked; i++)
        if (state->book[i].open && state->book[i].detector == detector &&
            state->book[i].subject == subject)
            return state->book[i].key;
    return 0;
}

void book_pass(struct watch *watch)
{
    struct watch_state *state = watch->state;
    for (uint32_t i = 0; i < state->booked; i++)
        if (state->book[i].open && state->quiet_ms[i] &&
            state->event->now_ms - state->book[i].seen_ms >= state->quiet_ms[i])
            close_alert(watch, i, 0);
}

/* Somebody cleared it: it stays quiet for the hold-off all the same. */
void book_over(struct watch *watch, uint64_t key)
{
    struct watch_state *state = watch->state;
    for (uint32_t i = 0; i < state->booked; i++)
        if (state->book[i].open && state->book[i].key == key) {
            state->book[i].open = false;
            state->cleared_ms[i] = state->event->now_ms;
        }
}

const struct watch_alert *watch_open_alert(const struct watch *watch, uint64_t key)
{
    const struct watch_state *state = watch->state;
    for (uint32_t i = 0; i < state->booked; i++)
        if (state->book[i].open && state->book[i].key == key)
            return &state->book[i];
    return NULL;
}
