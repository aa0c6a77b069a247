/* verify: does the outside say what the journal says? `dispatchctl verify`.
 *
 * Checks the journal's chain, folds every record into a core of its own and compares with it every
 * object in PostGIS, also those the core has archived, the facts by kind, and everything that is
 * published in Redis. Each is compared at the seq it says it is at, after it was given time to come
 * to the journal's end; to stay behind is a difference.
 * It may run beside the server. Thread: the caller's; it waits. Personal data is neither read nor
 * printed. wire_init must have been called. Start here: ctl_verify. */
#ifndef CTL_VERIFY_H
#define CTL_VERIFY_H

#include <stdio.h>

#include "dispatch/base/config.h"

enum ctl_verified { CTL_VERIFY_CLEAN = 0, CTL_VERIFY_DIFFERS = 1, CTL_VERIFY_BLIND = 2 };

/* The exit code. Prints a line for every difference, up to a number, and a last line that sums up.
 */
int ctl_verify(const struct config *config, FILE *out);

#endif
