/* travel_offer: which units and incidents are asked about, and which answers become a `propose`.
 *
 *   gather   loop     incidents that want a unit or may change theirs; units that may be counted on
 *                     (core/ready.h): where they are, and a busy one where it will be free
 *   choose   worker   of n slots in all each needs only the n cheapest units that can serve it;
 * cost is more than time (core/plan_match.h), so half as many again, and the nearest of any kind
 * for the list of alternatives submit   loop     the chosen rows as columns of the command, and the
 * townships of free units
 *
 * What the limits leave out is counted: in the command, in the log and as a metric.
 * Owner: travel. Thread: as said. Units: seconds, ms. Errors: without memory the job fails.
 * Start here: travel_offer_gather. */
#ifndef TRAVEL_TRAVEL_OFFER_H
#define TRAVEL_TRAVEL_OFFER_H

#include <stdbool.h>
#include <stdint.h>

struct travel;
struct travel_job;

/* While no job runs. free_only: units with nothing to do, no incidents. */
void travel_offer_gather(struct travel *travel, bool free_only);

/* In the worker, after the times are there. False without memory. */
bool travel_offer_choose(struct travel_job *job);

/* Of the times taken from the job. */
void travel_offer_submit(struct travel *travel);

#endif
