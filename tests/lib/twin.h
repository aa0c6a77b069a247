/* twin: a core, and a second one that is told nothing but the packed records of the first.
 *
 * Each command goes the way of the pipeline: answered before? decide, pack, unpack, apply. Then
 * what must always hold is checked: core_check is silent, both cores decide the same command alike
 * to the byte, and have the same digest.
 *
 * Owner: the caller; twin_close after a failed twin_init too. Thread: one.
 * Errors: -1 with the text in errmsg: something that must hold does not.
 * Start here: twin_decide, then twin_apply. */
#ifndef TESTS_LIB_TWIN_H
#define TESTS_LIB_TWIN_H

#include "dispatch/core/core.h"
#include "dispatch/wire/buffer.h"
#include "dispatch/wire/wire.h"

struct twin {
    struct core core, second;
    void *memory, *second_memory;
    struct limits limits;
    struct decision *decision;
    struct wire_arena arena;
    struct buffer packed, again;
    struct record record; /* of the last command, unpacked: its facts lie in the arena */
    bool repeated;        /* the last command was answered before: `record` is the old answer */
    bool silent;          /* it left no record */
    char errmsg[ERRMSG_MAX];
};

int twin_init(struct twin *twin, const struct limits *limits, const struct policy *policy,
              const struct card_set *cards);
void twin_close(struct twin *twin);

/* The answer and the facts are in twin->record; nothing is applied yet. */
int twin_decide(struct twin *twin, const struct command *command, int64_t now_ms);
int twin_apply(struct twin *twin);

/* Packs the core and unpacks it in place of the second: what follows runs on a restored state. */
int twin_restore(struct twin *twin);

#endif
