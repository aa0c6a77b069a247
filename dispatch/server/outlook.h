/* outlook: the calls of the last and of the next day by the hour, with what was and is expected.
 *
 * In: report `hours` (deploy/sql/015_watch.sql), the calls of every hour since the first and the
 * figures of the arithmetic (warn/forecast.h). Out: a JSON object
 *   from_ms, now_ms   the first hour shown; now
 *   observed[25]      the last whole hours and the one under way
 *   mean, low, high[49]   as expected one hour ahead, then from now on; null while too young
 *   phi               variance over mean
 * Hours are counted in UTC. Pure but for memory. Thread: any; it is a worker's. */
#ifndef SERVER_OUTLOOK_H
#define SERVER_OUTLOOK_H

#include "dispatch/wire/buffer.h"

enum { OUTLOOK_BACK_H = 24, OUTLOOK_AHEAD_H = 24 };

/* -1 when `hours` is not such a report or memory is short. */
int outlook_write(const char *hours, size_t n, struct buffer *out);

#endif
