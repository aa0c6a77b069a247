/* judge_run: one policy serving one file of calls, event by event, the same on every machine.
 *
 *     a call arrives, delay_ns later it can be served ───► policy.call_cb
 *     idle / returning / moving up ──dispatch──► to the call ──► at the scene ──► to the hospital
 *         ▲              ▲                          │ may be taken for another call
 *         └── station ◄──┴── policy.free_cb ◄───────┴──── free again ◄── at the hospital
 *
 * Events at the same moment go newest first, as in JEMSS. Chance is all in the calls.
 * A policy decides with judge_dispatch and judge_send, and asks with judge_eta_ns; it never changes
 * the run's fields itself.
 *
 * Owner: the caller; judge_run_close. One thread. Units: ns since the simulation's zero.
 * Errors: -1 and errmsg (memory). Start here: struct judge_policy. */
#ifndef SIM_JUDGE_RUN_H
#define SIM_JUDGE_RUN_H

#include "sim/judge_city.h"

enum judge_state {
    JUDGE_IDLE, /* at its station */
    JUDGE_RETURNING,
    JUDGE_MOVING_UP,
    JUDGE_TO_CALL,
    JUDGE_AT_SCENE,
    JUDGE_TO_HOSPITAL,
    JUDGE_AT_HOSPITAL,
    JUDGE_FREE, /* only while free_cb decides */
    JUDGE_STATES
};

/* A drive: off the road to `from`, by road to `to`, off the road to the place. */
struct judge_route {
    uint32_t mode, from, to;
    int64_t start_ns, from_ns, to_ns, end_ns;
    double end_off_km;
    uint32_t node, next; /* where it is, as far as was asked */
    int64_t node_ns, next_ns;
    bool often; /* to a station */
};

struct judge_unit {
    enum judge_state state;
    uint32_t station, call; /* call: while it serves one */
    struct judge_route route;
    int64_t since_ns;               /* of the state */
    int64_t busy_since_ns, busy_ns; /* within the window of statistics */
    uint64_t event;                 /* number of its next event; others of it are void */
    int64_t driven_dm;
};

struct judge_outcome {
    int64_t dispatch_ns, response_ns, queued_ns;
    int64_t queued_since_ns; /* -1: it is not waiting in the queue */
    int64_t taken_ns;        /* when its unit was last taken for another call, -1: never */
    int32_t unit, hospital;
    uint32_t diversions;
    bool waiting, served; /* waiting: dispatchable, nobody under way */
};

struct judge_event {
    int64_t at_ns;
    uint64_t number;
    uint32_t kind, unit, call;
};

struct judge_run;

struct judge_policy {
    const char *name;
    bool diverts, moves_up;
    int (*open_cb)(struct judge_run *run);
    void (*close_cb)(struct judge_run *run);
    void (*call_cb)(struct judge_run *run, uint32_t call); /* may be served, again if bumped */
    void (*free_cb)(struct judge_run *run, uint32_t unit); /* give it something to do */
    void (*step_cb)(struct judge_run *run); /* after every other event; may be NULL */
};

struct judge_run {
    struct judge_city *city;
    const struct judge_policy *policy;
    void *mind; /* the policy's own */
    bool no_divert;
    double busy_fraction; /* what move-up counts with */
    int64_t window_from_ns, window_to_ns;
    int64_t now_ns;
    struct judge_unit *unit;
    struct judge_outcome *outcome; /* by call */
    struct judge_event *event;     /* heap */
    size_t event_n, event_cap;
    uint64_t event_number, event_count;
    bool failed; /* out of memory on the way */
    char errmsg[ERRMSG_MAX];
};

/* That everybody can drive everywhere and back: -1, city->errmsg. judge_run does it unless done. */
int judge_check_places(struct judge_city *city);
int judge_run(struct judge_run *run); /* city, policy and the settings are filled; the rest is 0 */
void judge_run_close(struct judge_run *run);

/* --- for policies --- */

/* Time until the unit could be at the call, were it sent now; WAYS_NEVER when it cannot be.
 * Requires: it is not with a patient. */
int64_t judge_eta_ns(struct judge_run *run, uint32_t unit, uint32_t call);
/* Sends it; whatever it did, it leaves. A call it was on its way to waits again. */
void judge_dispatch(struct judge_run *run, uint32_t unit, uint32_t call);
/* Takes the unit off the call it is on its way to: that waits again, the unit is JUDGE_FREE and
 * must be given something before the policy returns. taken: for another call, not to be replaced.
 */
void judge_release(struct judge_run *run, uint32_t unit, bool taken);
/* The call waits for a unit (its time in the queue counts from now). */
void judge_enqueue(struct judge_run *run, uint32_t call);
/* Back to its own station, or up to another. Requires: it serves nobody. */
void judge_send(struct judge_run *run, uint32_t unit, uint32_t station);

static inline bool judge_is_roaming(const struct judge_unit *unit)
{
    return unit->state == JUDGE_IDLE || unit->state == JUDGE_RETURNING ||
           unit->state == JUDGE_MOVING_UP;
}

extern const struct judge_policy policy_closest, policy_closest_redisp, policy_dmexclp,
    policy_dmexclp_redisp, policy_ours;

#endif
