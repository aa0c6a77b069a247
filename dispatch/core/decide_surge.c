/* Surge: the level that follows from how many units are free, and whom it holds back. */
#include "dispatch/core/decide.h"

static void count_units(const struct state *state, uint32_t *free_n, uint32_t *on_duty_n)
{
    *free_n = *on_duty_n = 0;
    EACH (state, UNIT, unit, it) {
        *on_duty_n += it->duty == DUTY_ON;
        *free_n += core_unit_is_free(it);
    }
}

uint32_t core_surge_level(const struct core *core)
{
    const struct surge *surge = state_surge(&core->state, 1);
    return surge ? surge->level : 0;
}

bool core_holds_back(const struct core *core, const struct incident *incident, int64_t now_ms)
{
    return surge_holds(&core->policy.surge, core_surge_level(core), incident->grade,
                       now_ms - incident->opened_ms);
}

bool surge_is_due(const struct core *core)
{
    uint32_t free_n, on_duty_n, level = core_surge_level(core);
    count_units(&core->state, &free_n, &on_duty_n);
    return surge_level(&core->policy.surge, level, free_n, on_duty_n) != level;
}

void tick_surge(struct deciding *d)
{
    const struct surge_rules *rules = &d->core->policy.surge;
    uint32_t free_n, on_duty_n, was = core_surge_level(d->core);
    count_units(d->state, &free_n, &on_duty_n);
    uint32_t level = surge_level(rules, was, free_n, on_duty_n);
    if (level == was)
        return;
    struct surge_changed *fact = &emit(d, FACT_SURGE_CHANGED)->surge_changed;
    fact->level = level;
    fact->was = was;
    fact->free_units = free_n;
    fact->on_duty = on_duty_n;
    fact->line_pct = rules->line_pct[level > was ? level : was];
    fact->held_grade = rules->held_grade[level];
}
