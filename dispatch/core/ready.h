/* ready: whether a unit may be counted on, and when it is free again.
 *
 *   free     on duty with nothing to do: in its station, returning, on the road
 *   on_way   ordered or driving to an incident, not there yet: it may be turned round
 *   busy     at the scene, carrying, handing over: free again after ready_in_ms
 *   taken    off duty, or the next thing it does is settled
 *
 * The time until a busy unit is free is the mean of what lies ahead (learned.h), shortened by how
 * long the present step has lasted: with spells of an Erlang-2 distribution (as scattered as scenes
 * and handovers are) of mean m, after t there are m (m + t) / (m + 2 t) left, never less than m
 * / 2. Values only. Owner: none. Thread: the core's. Units: ms. Errors: none. Start here:
 * ready_state. */
#ifndef CORE_READY_H
#define CORE_READY_H

#include "dispatch/core/core.h"

enum ready { READY_TAKEN, READY_FREE, READY_ON_WAY, READY_BUSY };

enum ready ready_state(const struct state *state, const struct unit *unit);

/* 0 unless it is busy. */
int64_t ready_in_ms(const struct core *core, const struct unit *unit, int64_t now_ms);

/* From order to wheels: at its station, or on the road. */
int64_t ready_chute_ms(const struct core *core, const struct unit *unit);

/* What ready_in_ms may be wrong by: the sd of such a rest is between 71 and 100 % of its mean. */
enum { READY_SD_PCT = 80 };

#endif
