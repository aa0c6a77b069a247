/* Rules of places: so many cases or patients of a syndrome round one case, or in one site, within
 * so long a time. Also the statutory ones. */
#include <math.h>
#include <stdlib.h>

#include "dispatch/warn/watch_impl.h"

/* Whether latitude alone says that it is farther than that: cheap, and true of nearly all. */
static bool is_far_north(const struct watch_case *a, const struct watch_case *b, uint32_t metres)
{
    return llabs((int64_t)a->lat_e7 - b->lat_e7) > (int64_t)metres * 90 + 90;
}

/* Over the distances of rules a flat earth is exact enough. */
double metres_between(const struct watch_case *a, const struct watch_case *b)
{
    const double metres_per_e7 = 6367000 * 0.017453292519943295 / 1e7;
    double mean = ((double)a->lat_e7 + b->lat_e7) / 2e7 * 0.017453292519943295;
    double north = ((double)a->lat_e7 - b->lat_e7) * metres_per_e7;
    double east = ((double)a->lon_e7 - b->lon_e7) * metres_per_e7 * cos(mean);
    return sqrt(north * north + east * east);
}

/* The zone of this case that the rule is about, or 0. */
static uint64_t site_of(const struct watch_rule *rule, const struct watch_case *c)
{
    for (uint32_t i = 0; i < c->site_count; i++)
        if (c->site[i].kinds & rule->site_kinds)
            return c->site[i].zone;
    return 0;
}

static bool lies_in(const struct watch_case *c, uint64_t zone)
{
    for (uint32_t i = 0; i < c->site_count; i++)
        if (c->site[i].zone == zone)
            return true;
    return false;
}

/* Adds a member to the finding; the circle grows to hold it. */
static void gather(struct watch_alert *found, const struct watch_rule *rule,
                   const struct watch_case *centre, const struct watch_case *c)
{
    double far = metres_between(centre, c);
    found->observed += rule->patients ? c->patients : 1;
    if (c->at_ms < found->from_ms)
        found->from_ms = c->at_ms;
    if (far > found->radius_m)
        found->radius_m = (uint32_t)ceil(far);
    if (found->evidence_count < WATCH_EVIDENCE_MAX)
        found->evidence[found->evidence_count++] = c->incident;
}

static void apply_rule(struct watch *watch, const struct watch_rule *rule,
                       const struct watch_case *centre)
{
    struct watch_state *state = watch->state;
    uint64_t site = rule->radius_m ? 0 : site_of(rule, centre), at = 0;
    if (!rule->radius_m && !site)
        return;
    struct watch_alert found = book_finding(state, WATCH_BY_PLACE, rule->syndrome);
    found.from_ms = centre->at_ms;
    int64_t since_ms = state->event->now_ms - rule->within_ms;
    const struct watch_case *c;
    while ((c = roll_back(state, rule->syndrome, since_ms, &at, NULL)))
        if (c->placed && (site ? lies_in(c, site)
                               : !is_far_north(centre, c, rule->radius_m) &&
                                     metres_between(centre, c) <= rule->radius_m))
            gather(&found, rule, centre, c);
    if (found.observed < rule->at_least)
        return;
    found.level = rule->level;
    found.subject = site ? WATCH_ZONE : WATCH_CIRCLE;
    found.subject_id = site;
    found.has_place = true;
    found.lat_e7 = centre->lat_e7;
    found.lon_e7 = centre->lon_e7;
    memcpy(found.plan, rule->plan, sizeof found.plan);
    snprintf(found.words, sizeof found.words, "%s", rule->code);
    book_report(watch, &found, state->policy.number.episode_quiet_min * MINUTE_MS);
}

void place_check(struct watch *watch, const struct watch_case *c, uint32_t news)
{
    const struct watch_policy *policy = &watch->state->policy;
    for (uint32_t i = 0; i < policy->rule_count; i++)
        if (news >> policy->rule[i].syndrome & 1u)
            apply_rule(watch, &policy->rule[i], c);
}
