/* plan_match: who should go where, all open places and all units at once.
 *
 * Rows are slots that nobody has reached yet, also those a unit is on its way to; columns are units
 * that are free, on their way, or busy and free again in a while. The price of a pair is the time
 * the incident waits for that unit, dearer beyond its target, with what speaks against the pair
 * added, all weighed by how urgent the incident is; the cheapest assignment of all is taken
 * (assign.h). What no price can buy:
 *   - a drive that ends within freeze_ms, or is in its last quarter, is not touched;
 *   - an incident that lost its unit to another within divert_pause_ms loses the next one only to
 *     grade 1, and not even so if it is of grade 1 itself;
 *   - no lower grade ever weighs as much as the next more urgent one at rest, however long it
 *     waits; but it weighs more and more, so within its grade the oldest goes first. Beyond
 *     starved_ms only grade 1 stays out of its reach: nobody waits for ever behind fresh calls;
 *   - with red_first a graded one never weighs more than half of grade 1 at rest, so that of one
 *     unit for both, grade 1 gets it from anywhere within half of none_ms.
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

enum { PLAN_GRADES = 6, PLAN_MATCH_ROWS_MAX = 512, PLAN_MATCH_COLUMNS_MAX = 4096 };
enum { PLAN_NOBODY = -1 };

#define PLAN_NEVER INT64_MAX

/* Policy by grade ([0]: not graded): data with its source, never constants here. */
struct plan_rules {
    uint32_t weight[PLAN_GRADES];       /* of a waiting ms */
    int64_t age_target_ms[PLAN_GRADES]; /* the wait at which the weight has doubled */
    int64_t target_ms[PLAN_GRADES];     /* in time until here; 0: no target */
    int64_t late_ms[PLAN_GRADES];       /* being late costs as much as so long a wait */
    int64_t switch_ms[PLAN_GRADES];     /* another unit instead must be better by this */
    int64_t unsure_ms[PLAN_GRADES];     /* so much later counts who is still busy */
    int64_t turn_ms;   /* taking a unit on its way elsewhere must save this; not asked of grade 1 */
    int64_t turn_1_ms; /* what grade 1 is asked instead; 0: nothing */
    int64_t none_ms;   /* what nobody at all costs */
    int64_t freeze_ms;
    int64_t divert_pause_ms;
    int64_t starved_ms; /* 0: never */
    bool red_first;
    bool diverts; /* else a drive is never touched */
};

struct plan_match_slot {
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
    const struct plan_match_slot *slot;
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

/* --- the same prices, taken apart to tell why --- */

enum plan_bar {
    PLAN_OPEN,
    PLAN_TOO_FAR, /* it cannot, or not within none_ms */
    PLAN_FROZEN,  /* the unit is about to arrive elsewhere, or this slot's own unit here */
    PLAN_PAUSED,  /* the slot it is on its way to lost a unit not long ago */
};

/* What speaks against a pair, beside the time until the unit is there. */
struct plan_price {
    enum plan_bar bar;
    int64_t unsure_ms, late_ms, change_ms, turn_ms, unit_ms;
};

struct plan_price plan_price(const struct plan_problem *problem, int32_t slot, int32_t unit);

/* Of a problem that plan_match has just solved in this workspace: the unit that would be next best
 * for the slot, everything that others would lose by it counted, PLAN_NOBODY: none could; and what
 * others would lose by its going there, in ms of the slot's own waiting. */
int32_t plan_rival(const struct plan_problem *problem, const void *workspace, int32_t slot,
                   int32_t chosen);
int64_t plan_elsewhere_ms(const struct plan_problem *problem, const void *workspace, int32_t slot,
                          int32_t unit);

#endif
