/* callers: people who call 120: they ring through the gateway, wait, talk, hang up.
 *
 *   demand ─► ring_call ─► RINGING ─ answered ─► TALKING ─► end_call
 *                             └── patience is over ──► end_call (abandoned)
 *
 * Whether a call was answered they learn from callers_answered; where nobody can tell (no desk of
 * ours), they hang up after patience and talk together. Owner: the caller; one thread. Times ms of
 * the caller's clock. */
#ifndef SIM_CALLERS_H
#define SIM_CALLERS_H

#include "sim/demand.h"
#include "sim/session.h"

enum { CALLERS_MAX = 512 };

enum caller_stage { CALLER_FREE, CALLER_DIALLING, CALLER_RINGING_UP, CALLER_TALKING, CALLER_GONE };

struct caller {
    enum caller_stage stage;
    struct demand_call truth;
    uint64_t number; /* of the ring_call */
    uint64_t call;
    int64_t until_ms;
};

struct callers {
    struct session *gateway;
    struct demand *demand;
    struct caller row[CALLERS_MAX];
    struct demand_call next;
    bool told_when_answered;
    uint64_t rung, abandoned, lost; /* lost: more at once than the table holds */
};

void callers_init(struct callers *callers, struct session *gateway, struct demand *demand,
                  bool told_when_answered);
/* The next call comes at once, and it needs a unit. */
void callers_hurry(struct callers *callers, int64_t now_ms);
void callers_tick(struct callers *callers, int64_t now_ms);
void callers_on_reply(struct callers *callers, const struct stream_reply *reply, int64_t now_ms);
void callers_answered(struct callers *callers, uint64_t call, int64_t now_ms);
/* What the caller of this call would say; false when it is none of ours. */
bool callers_truth(const struct callers *callers, uint64_t call, struct demand_call *truth);

#endif
