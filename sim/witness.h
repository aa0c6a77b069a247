/* witness: watches one call from ringing to the acknowledgement that a crew gave on its terminal,
 * and keeps the facts that prove it. For `citysim live --once` and deploy/run --check.
 * Owner: the caller; plain data. One thread. Personal data is redacted in its lines. */
#ifndef SIM_WITNESS_H
#define SIM_WITNESS_H

#include <stdio.h>

#include "dispatch/core/schema.h"

struct witness {
    uint64_t call, incident; /* 0: not seen yet */
    uint64_t assignment[8];
    uint32_t assignment_n;
    bool graded, recommended, delivered, acknowledged;
    FILE *out;
};

/* Lines go to `out` as they happen. */
void witness_init(struct witness *witness, FILE *out);
/* The call to watch. */
void witness_call(struct witness *witness, uint64_t call);
void witness_record(struct witness *witness, const struct record *record);
/* Rung, opened, graded, recommended, ordered, delivered to the device, acknowledged by the crew. */
bool witness_done(const struct witness *witness);

#endif
