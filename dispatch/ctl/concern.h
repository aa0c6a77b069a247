/* concern: whether a fact belongs to one incident: it names the incident, or one of its calls,
 * assignments, call-backs or alerts. Feed it every fact in order, once to learn and once to ask.
 * Owner: the caller, zeroed with `incident` set. Thread: any. Errors: none; beyond CONCERN_MAX ids
 * of a kind it stops learning (an incident has a handful). */
#ifndef CTL_CONCERN_H
#define CTL_CONCERN_H

#include "dispatch/core/schema.h"

enum { CONCERN_MAX = 256 };

struct concern {
    uint64_t incident;
    struct {
        char letter;
        uint64_t id;
    } known[CONCERN_MAX];
    uint32_t count;
};

void concern_learn(struct concern *concern, const struct fact *fact);
bool concern_has(const struct concern *concern, const struct fact *fact);

#endif
