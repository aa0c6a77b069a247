/* two_folds: does a journal fold to the same state from its beginning as from its newest snapshot?
 * The journal stays the caller's; any thread. 0, or -1 with the reason in errmsg. */
#ifndef TESTS_FAULT_TWO_FOLDS_H
#define TESTS_FAULT_TWO_FOLDS_H

#include "dispatch/base/config.h"
#include "dispatch/base/os.h"

/* *snapshot_seq 0: there is no snapshot yet. */
int two_folds(const struct config *config, const char *dir, uint64_t *snapshot_seq,
              char errmsg[static ERRMSG_MAX]);

#endif
