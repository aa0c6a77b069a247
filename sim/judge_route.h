/* judge_route: where a unit on its way is, and how long from there.
 * Rules as in JEMSS: on the road it can turn at the next node, times there as driven; between the
 * road and its place it turns round; arrived it is off the road by the way of its place.
 * Owner: the unit. One thread. No errors. Start here: judge_route_node. */
#ifndef SIM_JUDGE_ROUTE_H
#define SIM_JUDGE_ROUTE_H

#include "sim/judge_run.h"

/* Standing at a place. */
void judge_route_stand(struct judge_route *route, const struct judge_place *place);
/* The node from which it can go on, and the time until it is there, in the mode it would go on. */
uint32_t judge_route_node(struct judge_city *city, struct judge_route *route, uint32_t mode,
                          int64_t now_ns, int64_t *lead_ns);
/* From where it is now to another place. */
void judge_route_change(struct judge_city *city, struct judge_route *route, uint32_t mode,
                        int64_t now_ns, const struct judge_place *to, bool often);
/* Decimetres driven of it by now. */
int64_t judge_route_driven_dm(const struct judge_city *city, const struct judge_route *route,
                              int64_t now_ns);

#endif
