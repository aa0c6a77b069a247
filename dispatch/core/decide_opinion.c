/* The second opinion on a recommendation: taken while that recommendation stands, dropped when it
 * does not. Which unit it is for is decided here: another than the recommended one only when it is
 * better by more than chance and by enough to be worth the words (policy). */
#include "dispatch/core/decide.h"

static bool fits(const struct give_opinion *c)
{
    uint32_t n = c->opinion_unit.n;
    return n > 0 && c->opinion_here_s.n == n && c->opinion_next_s.n == n &&
           c->opinion_error_s.n == n && c->opinion_error_s.v[0] == 0;
}

static bool goes_there(const struct deciding *d, uint64_t task, struct incident_id incident)
{
    const struct assignment *to = task ? state_assignment(d->state, task) : NULL;
    return to && to->incident.v == incident.v;
}

/* Whether it was offered just so, and nobody has been sent since. */
static bool still_stands(const struct deciding *d, const struct incident *incident)
{
    const struct give_opinion *c = &d->command->give_opinion;
    if (c->about_seq != incident->offered_seq || c->grade != incident->grade ||
        incident->slot_unit.n == 0 || incident->slot_unit.v[0] != c->opinion_unit.v[0])
        return false;
    for (uint32_t i = 0; i < c->opinion_unit.n; i++) {
        const struct unit *unit = state_unit(d->state, c->opinion_unit.v[i]);
        if (!unit || goes_there(d, unit->assignment.v, incident->incident) ||
            goes_there(d, unit->next.v, incident->incident))
            return false;
    }
    return true;
}

static int64_t cost_s(const struct give_opinion *c, uint32_t i)
{
    return (int64_t)c->opinion_here_s.v[i] + c->opinion_next_s.v[i];
}

static bool is_surely_better(const struct opinion_rules *rules, const struct give_opinion *c,
                             uint32_t i)
{
    int64_t gain_s = cost_s(c, 0) - cost_s(c, i);
    return gain_s >= rules->gain_s &&
           gain_s * 100 >= (int64_t)rules->sure_pct * c->opinion_error_s.v[i];
}

static uint32_t best_of(const struct opinion_rules *rules, const struct give_opinion *c)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < c->opinion_unit.n; i++)
        if (cost_s(c, i) < cost_s(c, best) && is_surely_better(rules, c, i))
            best = i;
    return best;
}

enum refusal decide_opinion(struct deciding *d)
{
    const struct give_opinion *c = &d->command->give_opinion;
    const struct incident *incident;
    if (!fits(c))
        return REFUSE_BAD_VALUE;
    if (find_open_incident(d, c->incident.v, &incident) != REFUSE_NONE ||
        !still_stands(d, incident))
        return REFUSE_OLD_OPINION;
    uint32_t best = best_of(&d->core->policy.opinion, c);
    struct opinion_given *fact = &emit_same(d, FACT_OPINION_GIVEN)->opinion_given;
    fact->opinion_for.v = c->opinion_unit.v[best];
    return REFUSE_NONE;
}
