/* plan_match: who should go where, all open places and all units at once.
 *
 * Rows are slots that nobody has reached yet, also those a unit is on its way to; columns are units
 * that are free, on their way, or busy and free again in a while. The price of a pair is the time
 * the incident waits for that unit, dearer beyond its target, with what speaks against the pair
 * added, all weighed by how urgent the incident is; the cheapest assignment of all is taken
 * (assign.h). What no price can buy:
 *   - a drive that ends within freeze_ms, or is in its last quarter, is not touched;
 *   - an incident that lost its unit to another within divert_pause_ms only ever changes to a unit
 *     that is there no later;
 *   - no lower grade ever weighs as much as the next more urgent one at rest, however long it
 *     waits; but it weighs more and more, so within its grade the oldest goes first.
 *
 * Values only: plan.c fills it from the state, the simulator from its city; same in, same out.
 * Owner: the caller, of every array and of the workspace. Thread: any. Units: ms.
 * Errors: none; more than PLAN_MATCH_* rows or columns is a bug of the caller.
 * Method: DESIGN.md §6, reference/decision.md B5 to B8. Start here: plan_match. */
#ifndef CORE_PLAN_MATCH_H
#define CORE_PLAN_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_GRADES = 6, PLAN_MATCH_ROWS_MAX = 512, PLAN_MATCH_COLUMNS_MAX = 2048 };
enum { PLAN_NOBODY = -1 };

#define PLAN_NEVER INT64_MAX

/* Policy by grade ([0]: not graded): data with its source, never constants here. */
struct plan_rules {
    uint32_t weight[PLAN_GRADES];       /* of a waiting ms */
    int64_t age_target_ms[PLAN_GRADES]; /* the wait at which the weight has doubled */
    int64_t target_ms[PLAN_GRADES];     /* in time until here; 0: no target */
    int64_t late_ms[PLAN_GRADES];       /* being late costs as much as so long a wait */
    int64_t switch_ms[PLAN_GRADES];     /* another unit instead must be better by this */
    int64_t turn_ms;                    /* and for no more urgent incident, by this on top */
    int64_t none_ms;                    /* what nobody at all costs */
    int64_t freeze_ms;
    int64_t divert_pause_ms;
    bool diverts; /* else a drive is never touched */
};

struct plan_slot {
    uint32_t grade;
    int64_t waited_ms;      /* since the incident opened */
    int64_t since_taken_ms; /* since its unit was last taken for another; PLAN_NEVER: never */
    int32_t holder;         /* the unit on its way, or PLAN_NOBODY */
};

struct plan_unit {
    int64_t free_in_ms; /* 0: it can start now */
    int64_t drive_ms;   /* on its way: the whole drive, and */
    int64_t left_ms;    /*   what is left of it */
    int64_t price_ms;   /* what sending it costs others; not asked of grade 1 */
    int32_t slot;       /* it is on its way to, or PLAN_NOBODY */
};

struct plan_problem {
    const struct plan_rules *rules;
    const struct plan_slot *slot;
    const struct plan_unit *unit;
    const int64_t *way_ms; /* [slot * unit_n + unit] once it starts; PLAN_NEVER: it cannot */
    int32_t slot_n, unit_n;
};

/* unit[slot]: the unit that should serve it, perhaps one that is busy yet, or PLAN_NOBODY. Ties go
 * to the lowest unit, slot by slot. */
void plan_match(const struct plan_problem *problem, void *workspace, int32_t *unit);
size_t plan_match_bytes(int32_t slot_n, int32_t unit_n);

/* Whether a unit on its way may still be turned round. */
bool plan_may_turn(const struct plan_rules *rules, int64_t drive_ms, int64_t left_ms);

#endif
