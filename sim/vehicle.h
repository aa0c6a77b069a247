/* vehicle: one ambulance on the streets: stands somewhere, or drives a route.
 * The owner calls vehicle_close; one thread. Times ms, lengths m. Errors: none but "no road leads
 * there", then it stays where it is. */
#ifndef SIM_VEHICLE_H
#define SIM_VEHICLE_H

#include "sim/streets.h"

struct vehicle {
    struct path route; /* arcs owned */
    struct snap at;    /* where it stands, or stood when it set off */
    bool driving;
    int64_t start_ms;
    double pace; /* driving time over the road's own */
};

/* Where it is at a time, as a receiver without error would say. */
struct vehicle_fix {
    struct point at;
    uint32_t course_deg, speed_kmh;
    bool arrived; /* the route is driven to its end */
};

/* At the street nearest to p. -1: none is near. */
int vehicle_put(struct vehicle *v, const struct streets *streets, struct point p);

/* Sets off to p at now_ms from wherever it is then. The driving time in *ms. -1: no road leads
 * there, or p is far from every street. */
int vehicle_drive(struct vehicle *v, struct streets *streets, struct point p, int64_t now_ms,
                  double pace, uint32_t *ms);
/* Stops where it is (an order was cancelled). */
void vehicle_stop(struct vehicle *v, const struct streets *streets, int64_t now_ms);

struct vehicle_fix vehicle_at(const struct vehicle *v, const struct streets *streets,
                              int64_t now_ms);

void vehicle_close(struct vehicle *v);

#endif
