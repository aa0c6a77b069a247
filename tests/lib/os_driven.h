/* os_driven: the clock and dice of dispatch/base/os.h as a test or the simulator says. Link
 * os_driven.c and the machine's own (os_clock.c) stays out. One thread. Time stands still until
 * it is moved; the same seed gives the same dice (no use for secrets). */
#ifndef TESTS_OS_DRIVEN_H
#define TESTS_OS_DRIVEN_H

#include <stdint.h>

void os_driven_start(int64_t wall_ms, uint64_t seed);
void os_driven_pass(int64_t ms);      /* wall and monotonic clock go on together */
void os_driven_jump_wall(int64_t ms); /* somebody sets the machine's clock, either way */

#endif
