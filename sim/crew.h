/* crew: what the people of one unit do with an order: they acknowledge, drive, treat, take to
 * hospital, hand over, return; they press their buttons, late and sometimes not at all.
 *
 *   FREE ─order─► WAKING ─ack─► TURNOUT ─► TO_SCENE ─arrived─► WALKING ─► TREATING
 *    ▲                                                                      │
 *    │                                    no transport ◄────────────────────┤
 *    │                                         │                            ▼
 *    └─ arrived ─ RETURNING ◄─ RESTOCKING ◄────┴── HANDOVER ◄─arrived─ TO_HOSPITAL
 *
 * Pure: no sockets, no streets; time arrives in the call, chance from its own dice. What it wants
 * comes out as a struct crew_wish. Owner: the caller; plain data. One thread. Times ms.
 * Start here: crew_tick. Figures: deploy/city/crew.conf. */
#ifndef SIM_CREW_H
#define SIM_CREW_H

#include "dispatch/base/os.h"
#include "dispatch/core/types.h"
#include "dispatch/ingest/buttons.h"
#include "geo/point.h"
#include "sim/dice.h"

struct crew_config {
    double acknowledge_s, turnout_station_s, turnout_road_s, to_patient_s, scene_s;
    double transport_percent, handover_s, restock_s, forget_percent;
    double pace_percent, fix_noise_m, position_s, heartbeat_s, bays_per_ten_beds;
};

int crew_config_load(struct crew_config *config, const char *path, char errmsg[static ERRMSG_MAX]);

enum crew_state {
    CREW_FREE,
    CREW_WAKING,
    CREW_TURNOUT,
    CREW_TO_SCENE,
    CREW_WALKING,
    CREW_TREATING,
    CREW_TO_HOSPITAL,
    CREW_HANDOVER,
    CREW_RESTOCKING,
    CREW_RETURNING,
};

enum crew_drive { DRIVE_STAY, DRIVE_SCENE, DRIVE_HOSPITAL, DRIVE_HOME };

struct crew_order {
    uint64_t incident, assignment; /* 0: the order did not say */
    struct point scene;
};

struct crew {
    const struct crew_config *config;
    struct dice dice;
    enum crew_state state;
    int64_t until_ms; /* end of what they do; INT64_MAX: waits for an arrival or a bay */
    struct crew_order order;
    bool on_road; /* not at the station when the order came */
};

struct crew_wish {
    bool press[BUTTON_STATUSES]; /* in this order */
    enum crew_drive drive;
};

struct crew crew_make(const struct crew_config *config, uint64_t seed, const char *name);

/* An order on the device. Taken when free or on the way home; a second one is not (false). */
bool crew_take(struct crew *crew, const struct crew_order *order, int64_t now_ms);
/* They are to wait elsewhere: they drive "home" once more. False when they have a task. */
bool crew_move(struct crew *crew, int64_t now_ms);
/* The order was withdrawn. False when they are past that, or have another. */
bool crew_cancel(struct crew *crew, uint64_t assignment, int64_t now_ms);

/* Goes on with what it was doing when the simulator stopped; step as the centre knows it. */
struct crew_wish crew_resume(struct crew *crew, const struct crew_order *order, enum step step,
                             int64_t now_ms);

/* What they want now; nothing most of the time. */
struct crew_wish crew_tick(struct crew *crew, int64_t now_ms);
/* The vehicle is where crew_tick or crew_cancel sent it. */
struct crew_wish crew_arrived(struct crew *crew, int64_t now_ms);
/* The hospital has taken the patient over. */
struct crew_wish crew_relieved(struct crew *crew, int64_t now_ms);

const char *crew_state_name(enum crew_state state);

#endif
