#include "sim/callers.h"

#include <string.h>

enum { REMEMBERED_MS = 900000 };

void callers_init(struct callers *c, struct session *gateway, struct demand *demand,
                  bool told_when_answered)
{
    memset(c, 0, sizeof(*c));
    c->gateway = gateway;
    c->demand = demand;
    c->told_when_answered = told_when_answered;
    demand_next(demand, &c->next);
}

void callers_hurry(struct callers *c, int64_t now_ms)
{
    while (c->next.sort != DEMAND_EMERGENCY)
        demand_next(c->demand, &c->next);
    c->next.at_ms = now_ms;
    c->next.patience_ms = REMEMBERED_MS;
}

/* A free row, else the one that has been gone for longest. */
static struct caller *room(struct callers *c)
{
    struct caller *oldest = NULL;

    for (size_t i = 0; i < CALLERS_MAX; i++) {
        struct caller *row = &c->row[i];
        if (row->stage == CALLER_FREE)
            return row;
        if (row->stage == CALLER_GONE && (!oldest || row->until_ms < oldest->until_ms))
            oldest = row;
    }
    return oldest;
}

static void dial(struct callers *c, int64_t now_ms)
{
    const struct demand_call *truth = &c->next;
    struct caller *row = room(c);
    struct command command = {.kind = COMMAND_RING_CALL};

    if (!row) {
        c->lost++;
        return;
    }
    *row = (struct caller){.stage = CALLER_DIALLING, .truth = *truth, .until_ms = now_ms};
    command.ring_call = (struct ring_call){
        .number = {truth->number, (uint32_t)strlen(truth->number)},
        .line = TEXT("演示中继"),
        .has_place = truth->located,
        .source = truth->located ? PLACE_CALLER : PLACE_NONE,
    };
    if (truth->located) {
        command.ring_call.lat_e7 = truth->told.lat_e7;
        command.ring_call.lon_e7 = truth->told.lon_e7;
        command.ring_call.uncertainty_m = truth->uncertainty_m;
    }
    if (session_send(c->gateway, &command, &row->number) < 0) {
        row->stage = CALLER_FREE;
        c->lost++;
        return;
    }
    c->rung++;
}

static void hang_up(struct callers *c, struct caller *row, int64_t now_ms)
{
    struct command command = {.kind = COMMAND_END_CALL};
    uint64_t number;

    command.end_call.call.v = row->call;
    if (session_send(c->gateway, &command, &number) < 0)
        return; /* too much waits: on the next turn */
    c->abandoned += row->stage == CALLER_RINGING_UP && c->told_when_answered;
    row->stage = CALLER_GONE;
    row->until_ms = now_ms;
}

void callers_tick(struct callers *c, int64_t now_ms)
{
    while (c->next.at_ms <= now_ms) {
        dial(c, now_ms);
        demand_next(c->demand, &c->next);
    }
    for (size_t i = 0; i < CALLERS_MAX; i++) {
        struct caller *row = &c->row[i];
        if (now_ms < row->until_ms)
            continue;
        if (row->stage == CALLER_RINGING_UP || row->stage == CALLER_TALKING)
            hang_up(c, row, now_ms);
        else if (row->stage == CALLER_GONE && now_ms - row->until_ms > REMEMBERED_MS)
            row->stage = CALLER_FREE;
    }
}

void callers_on_reply(struct callers *c, const struct stream_reply *reply, int64_t now_ms)
{
    for (size_t i = 0; i < CALLERS_MAX; i++) {
        struct caller *row = &c->row[i];
        if (row->stage != CALLER_DIALLING || row->number != reply->number)
            continue;
        bool rings = reply->refusal == REFUSE_NONE;
        row->call = reply->made;
        row->stage = rings ? CALLER_RINGING_UP : CALLER_FREE;
        row->until_ms =
            now_ms + row->truth.patience_ms + (c->told_when_answered ? 0 : row->truth.talk_ms);
        return;
    }
}

void callers_answered(struct callers *c, uint64_t call, int64_t now_ms)
{
    for (size_t i = 0; i < CALLERS_MAX; i++) {
        struct caller *row = &c->row[i];
        if (row->stage != CALLER_RINGING_UP || row->call != call)
            continue;
        row->stage = CALLER_TALKING;
        row->until_ms = now_ms + row->truth.talk_ms;
    }
}

bool callers_truth(const struct callers *c, uint64_t call, struct demand_call *truth)
{
    for (size_t i = 0; i < CALLERS_MAX; i++) {
        const struct caller *row = &c->row[i];
        if (row->stage < CALLER_RINGING_UP || row->call != call)
            continue;
        *truth = row->truth;
        return true;
    }
    return false;
}
