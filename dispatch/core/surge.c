#include "dispatch/core/surge.h"

static bool is_under(uint32_t free_n, uint32_t on_duty_n, uint64_t line_pct)
{
    return (uint64_t)free_n * 100 < line_pct * on_duty_n;
}

uint32_t surge_level(const struct surge_rules *rules, uint32_t level, uint32_t free_n,
                     uint32_t on_duty_n)
{
    if (on_duty_n < rules->units_min)
        return 0;
    for (uint32_t l = SURGE_LEVELS - 1; l > 0; l--) {
        uint64_t margin_pct = l <= level ? rules->margin_pct : 0;
        if (rules->line_pct[l] && is_under(free_n, on_duty_n, rules->line_pct[l] + margin_pct))
            return l;
    }
    return 0;
}

bool surge_holds(const struct surge_rules *rules, uint32_t level, uint32_t grade, int64_t waited_ms)
{
    uint32_t held = level < SURGE_LEVELS ? rules->held_grade[level] : 0;
    return held && grade >= held && waited_ms < rules->held_ms_max;
}
