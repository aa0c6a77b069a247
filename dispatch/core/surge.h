/* surge: when few units are free, and which grades then wait so that somebody is left for the
 * urgent ones.
 *
 * A level begins when the free share of the units on duty falls under its line and ends only
 * margin_pct above it, so that one unit coming home does not make it flap. At a level the grades
 * from held_grade on are held back; nobody longer than held_ms_max, and no dispatcher's order ever
 * is. Levels are those of the response plans (grade.h: PLAN_SURGE_MAX); 0 is the ordinary day.
 *
 * Values only. Owner: the caller. Thread: any. Units: percent, ms. Errors: none.
 * Start here: surge_level, surge_holds. */
#ifndef CORE_SURGE_H
#define CORE_SURGE_H

#include <stdbool.h>
#include <stdint.h>

enum { SURGE_LEVELS = 4 };

/* Policy: data with its source. [level], 1 to 3. */
struct surge_rules {
    uint32_t line_pct[SURGE_LEVELS];   /* fewer free than this of those on duty; 0: no such level */
    uint32_t held_grade[SURGE_LEVELS]; /* the most urgent grade that waits; 0: none */
    uint32_t margin_pct;
    uint32_t units_min;                /* with fewer on duty a share says nothing */
    int64_t held_ms_max;
};

/* The level that follows `level` with so many units free of those on duty. */
uint32_t surge_level(const struct surge_rules *rules, uint32_t level, uint32_t free_n,
                     uint32_t on_duty_n);

/* Whether an incident of this grade that has waited so long is held back. Not graded (0): never. */
bool surge_holds(const struct surge_rules *rules, uint32_t level, uint32_t grade,
                 int64_t waited_ms);

#endif
