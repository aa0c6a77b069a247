/* streets: the demonstration city's streets under a centre, and units seen on them.
 * Owner: the test; the caller closes the road. Errors abort. Start here: streets_make once, then
 * streets_lay between centre_make and centre_start. */
#ifndef TESTS_LIB_STREETS_H
#define TESTS_LIB_STREETS_H

#include "geo/road.h"
#include "tests/lib/centre.h"

void streets_make(struct road *road);
struct point streets_node(const struct road *road,
                          uint32_t salt); /* some crossing of a main road */

/* The road file of a centre that has not started. */
void streets_lay(const struct road *road, struct centre *centre);

/* A fix of this unit, `age_ms` old. */
enum track_result streets_fix(struct centre *centre, uint64_t unit, struct point at,
                              int64_t age_ms);
/* Until no driving time is being worked out, nor has to be. */
void streets_settle(struct centre *centre);

#endif
