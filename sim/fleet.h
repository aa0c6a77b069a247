/* fleet: all units of a city on the road: each has a vehicle, a crew and a device, and the
 * hospitals where they queue. One tick moves everything; the loop does the rest.
 *
 * An order comes as a text on the device (0x8300). It says which assignment and where, in the words
 * of the server: "A12", "I7" and "38.4872000,106.2309000" anywhere in it, in any order, and one of
 * 撤销 取消 停止 cancel when it withdraws an order. Where it gives no place, place_cb is asked.
 * "待命" with a station ("S12") says where to wait until the next order.
 *
 * Owner: the caller; memory is its own again in fleet_close's callback. Thread: the loop's.
 * Times: ms UTC of the caller's clock. Errors: negative, errmsg. Start here: fleet_init. */
#ifndef SIM_FLEET_H
#define SIM_FLEET_H

#include "sim/device.h"
#include "sim/hospital.h"
#include "sim/vehicle.h"

struct fleet;

struct fleet_unit {
    const struct city_unit *of;
    struct fleet *fleet;
    struct vehicle vehicle;
    struct crew crew;
    struct device device;
    struct dice dice;
    uint64_t post;   /* the station where it waits, not its own; 0 */
    size_t hospital; /* index, while it drives there or queues */
    bool lost;       /* no road leads where it should go */
};

struct fleet_config {
    struct session_address jt808;
    const char *buttons_path; /* which event is which status */
    uint64_t seed;
};

/* All optional. */
struct fleet_events {
    void *user;
    void (*order_cb)(void *user, const struct city_unit *unit, const struct crew_order *order);
    void (*press_cb)(void *user, const struct city_unit *unit, const struct crew_order *order,
                     enum button_status status);
    /* Where an incident is, when the order does not say. */
    bool (*place_cb)(void *user, uint64_t incident, struct point *at);
    /* Which hospital the centre chose for an assignment: its id, or 0. */
    uint64_t (*hospital_cb)(void *user, uint64_t assignment);
};

struct fleet_counts {
    uint64_t orders, cancels, busy_orders, lost_ways, presses, handovers, moves;
};

struct fleet {
    const struct city *city;
    struct streets *streets;
    const struct crew_config *config;
    struct fleet_events events;
    struct fleet_counts counts;
    uint8_t event_of[BUTTON_STATUSES];
    struct fleet_unit *unit;     /* city.unit_n */
    struct emergency_room *room; /* city.hospital_n */
    int64_t now_ms;
    size_t open;
    void (*closed_cb)(struct fleet *fleet);
    char errmsg[ERRMSG_MAX];
};

/* city, streets and config live as long. Every unit stands at its station. */
int fleet_init(struct fleet *fleet, uv_loop_t *loop, const struct fleet_config *config,
               const struct crew_config *crews, const struct city *city, struct streets *streets,
               const struct fleet_events *events, int64_t now_ms);
/* An assignment that the centre has open from before this run: its unit goes on with it, from the
 * place where it must be by then. Unknown units and units that are busy are left alone. */
void fleet_resume(struct fleet *fleet, uint64_t unit_id, const struct crew_order *order,
                  enum step step);
void fleet_tick(struct fleet *fleet, int64_t now_ms);
size_t fleet_linked(const struct fleet *fleet);
void fleet_close(struct fleet *fleet, void (*closed_cb)(struct fleet *fleet));

/* The station where a text says to stand by, or 0; pure. */
uint64_t fleet_read_post(const char *text);
/* What the text of an order says; pure. False: neither an assignment, an incident nor a place. */
bool fleet_read_order(const char *text, struct crew_order *order, bool *has_place, bool *cancel);

#endif
