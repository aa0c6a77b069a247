/* desk: a simulated dispatcher. It knows what a person at the desk knows: the facts that the server
 * shows to its role, and what callers say when asked (hear_cb). It answers, opens, asks the card's
 * questions one by one, orders what the server recommends, links duplicates, does the call-backs
 * and closes what is done. It decides nothing the server should decide: no grade, no unit.
 *
 *   RINGING ─► TALKING ─► ASKING ─► WAITING for units, then for their end ─► closed
 *      │           └── silent, no unit needed, duplicate ──► closed
 *      └── hung up ──► call-back task
 *
 * Owner: the caller; one thread; it speaks through a session that the caller owns and to which the
 * caller forwards on_… . Times ms of the caller's clock. Errors: refusals are counted and shown.
 * Start here: desk_tick. */
#ifndef SIM_DESK_H
#define SIM_DESK_H

#include "dispatch/core/grade.h"
#include "sim/demand.h"
#include "sim/session.h"

enum { DESK_CASES_MAX = 2048, DESK_TASKS_MAX = 256, DESK_UNITS_MAX = 12 };

enum desk_stage {
    DESK_FREE, /* an unused row */
    DESK_RINGING,
    DESK_TALKING,
    DESK_ASKING,
    DESK_WAITING, /* for units, then for their end */
};

struct desk_case {
    enum desk_stage stage;
    uint64_t call, incident;
    bool known; /* truth is there: this run's own caller */
    bool asked; /* a command about it waits for its answer */
    bool placed, transported;
    uint64_t ordering; /* the unit of the order that waits for its answer */
    struct demand_call truth;
    struct point at;
    int64_t due_ms, since_ms;
    struct card_answer answer[CARD_ANSWER_MAX];
    uint32_t answer_n;
    uint32_t slots; /* units the plan asks for */
    uint64_t offer[PLAN_SLOT_MAX];
    uint32_t offer_n;
    struct {
        uint64_t assignment, unit, hospital;
        enum step step;
    } unit[DESK_UNITS_MAX];
    uint32_t unit_n;
};

struct desk_task {
    uint64_t task;
    int64_t due_ms;
};

struct desk_counts {
    uint64_t answered, opened, questions, orders, duplicates, silent, without_unit, callbacks,
        closed;
    uint64_t refused, full;
};

struct desk_events {
    void *user;
    /* What the caller of this call says; false: nobody of ours. */
    bool (*hear_cb)(void *user, uint64_t call, struct demand_call *truth);
};

struct desk_asked {
    uint64_t number;
    uint32_t row;
    enum command_kind kind;
};

struct desk {
    struct session *session;
    const struct card_set *cards;
    struct desk_events events;
    struct dice dice;
    struct desk_case row[DESK_CASES_MAX];
    struct desk_task task[DESK_TASKS_MAX];
    uint32_t task_n;
    struct desk_asked asked[SESSION_PENDING_MAX];
    uint64_t seen_seq;
    int64_t now_ms;
    struct desk_counts counts;
};

void desk_init(struct desk *desk, struct session *session, const struct card_set *cards,
               uint64_t seed, const struct desk_events *events);

/* What the session heard (desk_facts.c). */
void desk_on_object(struct desk *desk, const struct wire_object *object);
void desk_on_record(struct desk *desk, const struct record *record);
void desk_on_reply(struct desk *desk, const struct stream_reply *reply);

/* Does what is due. */
void desk_tick(struct desk *desk, int64_t now_ms);

const struct desk_case *desk_of_incident(const struct desk *desk, uint64_t incident);

/* For desk_facts.c. */
struct desk_case *desk_find(struct desk *desk, uint64_t call, uint64_t incident);
struct desk_case *desk_new(struct desk *desk);
/* A free unit is advised to another station: it is sent there. */
void desk_move(struct desk *desk, uint64_t unit, uint64_t post);
void desk_see_unit(struct desk *desk, struct desk_case *c, uint64_t assignment, uint64_t unit,
                   enum step step, uint64_t hospital);

#endif
