/* random_body: structs of core/schema.h filled with random values in range, and compared, by their
 * tables. For tests; text and lists borrow from static storage or from `memory`. */
#ifndef TESTS_LIB_RANDOM_BODY_H
#define TESTS_LIB_RANDOM_BODY_H

#include "dispatch/core/schema.h"

struct dice {
    uint64_t state;
    uint64_t memory[4096]; /* of lists; used from the start for each body */
    uint32_t used;
};

uint64_t dice_roll(struct dice *dice); /* any 64 bits */
/* Zeroes and fills the struct; forgets the lists of bodies filled before unless `keep_lists`. */
void random_body(struct dice *dice, const struct schema *schema, void *body, bool keep_lists);
/* The first field that differs, or NULL. Personal fields of `b` must be empty if `!personal`. */
const char *body_difference(const struct schema *schema, const void *a, const void *b,
                            bool personal);

#endif
