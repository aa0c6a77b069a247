/* plan (inside the core): one `propose` on its way from the state to plan_match and back to facts.
 *
 *   plan.c         policy into rules, state and command into rows, columns and prices; then solves
 *   plan_pick.c    of one slot: the unit, why this one, the largest differences to the next best
 *   plan_tell.c    what came out into `recommended`: picks, confidence, rows; only what is news
 *
 * A group is an open incident; its rows are the slots of its plan that nobody has reached; columns
 * are units that may be counted on (ready.h); an offer is one travel time of the command. Groups,
 * rows and columns stand in order of id, so ties fall to the lowest.
 * Owner: the decision's scratch. Thread: the core's. Units: ms. Errors: none.
 * Start here: decide_propose in plan.c. */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "dispatch/core/decide.h"
#include "dispatch/core/ready.h"

enum {
    PLAN_SLOTS_PER_INCIDENT = 32,
    PLAN_OFFERS_MAX = 1 << 20, /* travel times of one command */
};

struct plan_row {
    uint32_t wanted;           /* capabilities */
    const struct unit *holder; /* on its way, or NULL */
};

struct plan_column {
    const struct unit *unit;
    enum ready ready;
    uint32_t can;                /* capabilities */
    const struct assignment *to; /* the way it is on, or the order it has next; NULL */
    int64_t chute_ms, cover_ms, duty_ms;
};

struct plan_offer {
    int32_t column; /* or PLAN_NOBODY: not to be counted on */
    uint32_t from;  /* row of the command */
};

struct plan_group {
    const struct incident *incident;
    bool left_out; /* more slots are open than one plan holds, and others are more urgent */
    int32_t row, row_n;
    uint32_t offer, offer_n;
};

struct planning {
    struct deciding *d;
    const struct propose *c;
    struct plan_rules rules;
    struct plan_problem problem;
    struct plan_group *group;
    struct plan_row *row;
    struct plan_match_slot *slot;
    struct plan_column *column;
    struct plan_unit *unit;
    struct plan_offer *offer;
    int64_t *way_ms;
    int32_t *answer; /* [row] */
    void *workspace;
    uint32_t group_n, left_out; /* of usable units with a travel time */
    int32_t row_n, column_n;
};

/* What a drive costs beside the drive itself. */
int64_t plan_stale_ms(const struct planning *plan, uint32_t age_s);
int64_t plan_kept_ms(const struct planning *plan, const struct incident *incident, uint64_t unit);

/* What is told of one slot; 0 and none where there is nothing to say (fact.def). */
struct plan_pick {
    const struct plan_offer *offer; /* of the unit; NULL: none */
    uint64_t unit, from, held, over;
    uint32_t eta_s, free_s, why, term, term_s, term2, term2_s, first_pct, costs_s;
};

/* All but the reasons: over, the terms, first_pct. */
struct plan_pick plan_pick_of(const struct planning *plan, const struct plan_group *group,
                              int32_t row);

/* The unit it is compared with, and the terms. */
void plan_explain(const struct planning *plan, const struct plan_group *group, int32_t row,
                  struct plan_pick *pick);

/* Whether no rule and no distance keeps the unit from the slot. */
bool plan_may_go(const struct planning *plan, int32_t row, int32_t column);

/* The offer of the group that names the column, or NULL; the shortest where there are several. Of
 * PLAN_NOBODY there is none. */
const struct plan_offer *plan_offer_of(const struct planning *plan, const struct plan_group *group,
                                       int32_t column);

/* The facts of every incident whose offer has changed. */
void plan_tell(struct planning *plan);

#endif
