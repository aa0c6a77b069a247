/* The incidents of the last days as they become known: reported, placed, described, graded. Each
 * joins its syndromes once and is counted in them until it turns out to be none. */
#include "dispatch/warn/watch_impl.h"

struct watch_case *case_find(const struct watch_state *state, uint64_t incident)
{
    struct watch_case *c = &state->cases[incident % WATCH_CASES];
    return incident && c->incident == incident ? c : NULL;
}

struct watch_case *roll_back(const struct watch_state *state, uint32_t syndrome, int64_t since_ms,
                             uint64_t *at, int64_t *joined_ms)
{
    const struct watch_roll *roll = &state->roll[syndrome];
    while (*at < roll->count && *at < WATCH_CASES) {
        const struct watch_rolled *entry = &roll->entry[(roll->count - 1 - *at) % WATCH_CASES];
        struct watch_case *c = case_find(state, entry->incident);
        if (entry->joined_ms < since_ms)
            return NULL;
        ++*at;
        if (c && c->syndromes >> syndrome & 1u) {
            if (joined_ms)
                *joined_ms = entry->joined_ms;
            return c;
        }
    }
    return NULL;
}

/* Rows of the syndromes that this determinant or card belongs to. */
static uint32_t match(const struct watch_policy *policy, const char *code, uint32_t n, bool card)
{
    uint32_t found = 0;
    const char *dot = memchr(code, '.', n);
    uint32_t card_n = dot ? (uint32_t)(dot - code) : n;
    for (uint32_t i = 0; i < policy->match_count; i++) {
        const char *want = policy->match[i].code;
        size_t length = strlen(want);
        bool of_card = !strchr(want, '.') && length == card_n;
        bool exact = !card && length == n;
        if ((of_card || exact) && memcmp(want, code, length) == 0)
            found |= 1u << policy->match[i].syndrome;
    }
    return found;
}

static void join(struct watch_state *state, struct watch_case *c, uint32_t syndrome)
{
    struct watch_roll *roll = &state->roll[syndrome];
    if (!(c->rolled >> syndrome & 1u))
        roll->entry[roll->count++ % WATCH_CASES] =
            (struct watch_rolled){c->incident, state->event->now_ms};
    c->rolled |= 1u << syndrome;
}

/* Where cases of this syndrome come from is learned once of each. */
static void learn(struct watch_state *state, struct watch_case *c, uint32_t syndrome)
{
    if (!c->placed || c->cell == NO_CELL || c->learned >> syndrome & 1u)
        return;
    c->learned |= 1u << syndrome;
    state->ground.cell[c->cell].count[syndrome]++;
    state->ground.count[syndrome]++;
}

/* It belongs to these from now on. Returns those that it has newly joined. */
static uint32_t settle(struct watch *watch, struct watch_case *c)
{
    struct watch_state *state = watch->state;
    uint32_t now = c->dropped ? 0 : 1u | c->by_card | c->by_determinant;
    uint32_t was = c->syndromes;
    c->syndromes = now;
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++) {
        bool is = now >> s & 1u, before = was >> s & 1u;
        if (is && !before)
            join(state, c, s);
        if (is != before && !(c->explained >> s & 1u))
            count_add(state, s, c->at_ms, is ? 1 : -1);
        if (is)
            learn(state, c, s);
        ground_count(state, c, s, is);
    }
    demand_count(state, c, c->placed && !c->dropped);
    return now & ~was;
}

/* Looks at what is new: `news`, the syndromes in which this case counts now and did not before, or
 * for more, or elsewhere. */
static void check(struct watch *watch, const struct watch_case *c, uint32_t news)
{
    const struct watch_policy *policy = &watch->state->policy;
    if (c->placed && news)
        place_check(watch, c, news);
    for (uint32_t s = 0; s < policy->syndrome_count; s++) {
        if (!(news >> s & 1u))
            continue;
        if (c->placed && policy->syndrome[s].scanned && policy->number.scan_on)
            scan_check(watch, c, s);
        if (policy->syndrome[s].counted)
            count_check(watch, s);
    }
}

void case_explain(struct watch_state *state, struct watch_case *c)
{
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
        if (c->syndromes >> s & 1u && !(c->explained >> s & 1u))
            count_add(state, s, c->at_ms, -1);
    c->explained |= c->syndromes;
}

static void open_case(struct watch *watch, const struct watch_event *event)
{
    struct watch_case *c = &watch->state->cases[event->id % WATCH_CASES];
    if (event->id == 0 || c->incident >= event->id)
        return;
    *c = (struct watch_case){.incident = event->id,
                             .call = event->call,
                             .at_ms = event->at_ms ? event->at_ms : event->now_ms,
                             .patients = 1,
                             .cell = NO_CELL};
    service_opened(watch->state, event->id);
}

static void place(struct watch_state *state, struct watch_case *c, const struct watch_event *event)
{
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
        ground_count(state, c, s, false); /* where it was thought to be */
    demand_count(state, c, false);
    c->lat_e7 = event->lat_e7;
    c->lon_e7 = event->lon_e7;
    c->placed = true;
    c->township = event->township;
    c->site_count = event->site_count < WATCH_SITES_MAX ? event->site_count : WATCH_SITES_MAX;
    memcpy(c->site, event->site, c->site_count * sizeof *c->site);
    c->cell = ground_cell(state, c->lat_e7, c->lon_e7);
}

void case_event(struct watch *watch, const struct watch_event *event)
{
    struct watch_state *state = watch->state;
    const struct watch_policy *policy = &state->policy;
    if (event->kind == WATCH_OPENED)
        open_case(watch, event);
    struct watch_case *c = case_find(state, event->id);
    uint32_t again = 0; /* syndromes to look at although it is in them already */
    if (!c)
        return;
    switch (event->kind) {
    case WATCH_PLACED:
        place(state, c, event);
        again = UINT32_MAX;
        break;
    case WATCH_DESCRIBED:
        c->by_card = event->code_n ? match(policy, event->code, event->code_n, true) : 0;
        again = event->patients > c->patients ? UINT32_MAX : 0;
        c->patients = event->patients ? event->patients : 1;
        break;
    case WATCH_GRADED:
        c->by_determinant = event->code_n ? match(policy, event->code, event->code_n, false) : 0;
        c->grade = event->grade;
        break;
    case WATCH_DROPPED:
        c->dropped = true;
        break;
    case WATCH_CLOSED:
    case WATCH_EXPECTED:
    case WATCH_ARRIVED:
        return; /* watch_service.c */
    default:
        break;
    }
    uint32_t joined = settle(watch, c);
    check(watch, c, c->syndromes & (joined | again));
}
