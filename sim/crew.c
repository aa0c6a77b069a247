#include "sim/crew.h"

#include <stdio.h>
#include <string.h>

#include "sim/table.h"

/* ---- the file ---- */

int crew_config_load(struct crew_config *c, const char *path, char errmsg[static ERRMSG_MAX])
{
    struct table_row row[] = {{"acknowledge_s", &c->acknowledge_s, 0.1, 600, false},
                              {"turnout_station_s", &c->turnout_station_s, 0.1, 3600, false},
                              {"turnout_road_s", &c->turnout_road_s, 0.1, 3600, false},
                              {"to_patient_s", &c->to_patient_s, 0.1, 3600, false},
                              {"scene_s", &c->scene_s, 0.1, 36000, false},
                              {"transport_percent", &c->transport_percent, 0, 100, false},
                              {"handover_s", &c->handover_s, 0.1, 36000, false},
                              {"restock_s", &c->restock_s, 0.1, 36000, false},
                              {"forget_percent", &c->forget_percent, 0, 100, false},
                              {"pace_percent", &c->pace_percent, 0, 50, false},
                              {"fix_noise_m", &c->fix_noise_m, 0, 100, false},
                              {"position_s", &c->position_s, 1, 3600, false},
                              {"heartbeat_s", &c->heartbeat_s, 1, 3600, false},
                              {"bays_per_ten_beds", &c->bays_per_ten_beds, 0.01, 10, false}};

    memset(c, 0, sizeof(*c));
    return table_load(path, row, sizeof(row) / sizeof(row[0]), errmsg);
}

/* ---- their life ---- */

const char *crew_state_name(enum crew_state state)
{
    static const char *const names[] = {"free",       "waking",   "turnout",     "to_scene",
                                        "walking",    "treating", "to_hospital", "handover",
                                        "restocking", "returning"};
    return names[state];
}

struct crew crew_make(const struct crew_config *config, uint64_t seed, const char *name)
{
    return (struct crew){.config = config, .dice = dice_make(seed, name), .until_ms = INT64_MAX};
}

/* Between half and twice the mean, mostly around it. */
static int64_t takes_ms(struct crew *crew, double mean_s)
{
    double factor = dice_normal(&crew->dice, 1, 0.3);
    return (int64_t)(mean_s * 1000 * (factor < 0.5 ? 0.5 : factor > 2 ? 2 : factor));
}

static void begin(struct crew *crew, enum crew_state state, int64_t until_ms)
{
    crew->state = state;
    crew->until_ms = until_ms;
}

static void press(struct crew *crew, struct crew_wish *wish, enum button_status button)
{
    double forget_percent = crew->config->forget_percent;
    bool last = button == BUTTON_COMPLETED || button == BUTTON_ACKNOWLEDGED;
    bool never = forget_percent >= 100; /* somebody else presses */
    wish->press[button] = (last && !never) || !dice_percent(&crew->dice, forget_percent);
}

bool crew_take(struct crew *crew, const struct crew_order *order, int64_t now_ms)
{
    if (crew->state != CREW_FREE && crew->state != CREW_RETURNING)
        return false;
    crew->on_road = crew->state == CREW_RETURNING;
    crew->order = *order;
    begin(crew, CREW_WAKING, now_ms + takes_ms(crew, crew->config->acknowledge_s));
    return true;
}

bool crew_move(struct crew *crew, int64_t now_ms)
{
    if (crew->state != CREW_FREE && crew->state != CREW_RETURNING)
        return false;
    begin(crew, CREW_RETURNING, now_ms);
    return true;
}

bool crew_cancel(struct crew *crew, uint64_t assignment, int64_t now_ms)
{
    bool theirs = assignment == 0 || crew->order.assignment == assignment;
    if (!theirs || crew->state < CREW_WAKING || crew->state > CREW_TO_SCENE)
        return false;
    begin(crew, CREW_RETURNING, now_ms);
    return true;
}

struct crew_wish crew_resume(struct crew *crew, const struct crew_order *order, enum step step,
                             int64_t now_ms)
{
    const int64_t soon_ms = now_ms + 2000;
    struct crew_wish wish = {0};

    crew->order = *order;
    if (step < STEP_ACKNOWLEDGED) {
        begin(crew, CREW_WAKING, soon_ms);
    } else if (step == STEP_ACKNOWLEDGED) {
        begin(crew, CREW_TURNOUT, soon_ms);
    } else if (step == STEP_DEPARTED) {
        begin(crew, CREW_TO_SCENE, INT64_MAX);
        wish.drive = DRIVE_SCENE;
    } else if (step == STEP_AT_SCENE) {
        begin(crew, CREW_WALKING, soon_ms);
    } else if (step == STEP_AT_PATIENT) {
        begin(crew, CREW_TREATING, now_ms + takes_ms(crew, crew->config->scene_s / 2));
    } else if (step == STEP_LEFT_SCENE || step == STEP_AT_HOSPITAL) {
        begin(crew, CREW_TO_HOSPITAL, INT64_MAX);
        wish.drive = DRIVE_HOSPITAL;
    } else {
        begin(crew, CREW_RESTOCKING, soon_ms);
    }
    return wish;
}

static void leave_scene(struct crew *crew, struct crew_wish *wish)
{
    if (dice_percent(&crew->dice, crew->config->transport_percent)) {
        press(crew, wish, BUTTON_LEFT_SCENE);
        wish->drive = DRIVE_HOSPITAL;
        begin(crew, CREW_TO_HOSPITAL, INT64_MAX);
        return;
    }
    press(crew, wish, BUTTON_COMPLETED);
    wish->drive = DRIVE_HOME;
    begin(crew, CREW_RETURNING, INT64_MAX);
}

struct crew_wish crew_tick(struct crew *crew, int64_t now_ms)
{
    struct crew_wish wish = {0};

    if (now_ms < crew->until_ms)
        return wish;
    switch (crew->state) {
    case CREW_WAKING:
        press(crew, &wish, BUTTON_ACKNOWLEDGED);
        begin(crew, CREW_TURNOUT,
              now_ms + takes_ms(crew, crew->on_road ? crew->config->turnout_road_s
                                                    : crew->config->turnout_station_s));
        break;
    case CREW_TURNOUT:
        press(crew, &wish, BUTTON_DEPARTED);
        wish.drive = DRIVE_SCENE;
        begin(crew, CREW_TO_SCENE, INT64_MAX);
        break;
    case CREW_WALKING:
        press(crew, &wish, BUTTON_AT_PATIENT);
        begin(crew, CREW_TREATING, now_ms + takes_ms(crew, crew->config->scene_s));
        break;
    case CREW_TREATING:
        leave_scene(crew, &wish);
        break;
    case CREW_RESTOCKING:
        press(crew, &wish, BUTTON_COMPLETED);
        wish.drive = DRIVE_HOME;
        begin(crew, CREW_RETURNING, INT64_MAX);
        break;
    case CREW_RETURNING:
        wish.drive = DRIVE_HOME;
        begin(crew, CREW_RETURNING, INT64_MAX);
        break;
    default:
        break;
    }
    return wish;
}

struct crew_wish crew_arrived(struct crew *crew, int64_t now_ms)
{
    struct crew_wish wish = {0};

    switch (crew->state) {
    case CREW_TO_SCENE:
        press(crew, &wish, BUTTON_AT_SCENE);
        begin(crew, CREW_WALKING, now_ms + takes_ms(crew, crew->config->to_patient_s));
        break;
    case CREW_TO_HOSPITAL:
        press(crew, &wish, BUTTON_AT_HOSPITAL);
        begin(crew, CREW_HANDOVER, INT64_MAX);
        break;
    case CREW_RETURNING:
        press(crew, &wish, BUTTON_AT_STATION);
        begin(crew, CREW_FREE, INT64_MAX);
        break;
    default:
        break;
    }
    return wish;
}

struct crew_wish crew_relieved(struct crew *crew, int64_t now_ms)
{
    struct crew_wish wish = {0};

    if (crew->state != CREW_HANDOVER)
        return wish;
    press(crew, &wish, BUTTON_HANDED_OVER);
    begin(crew, CREW_RESTOCKING, now_ms + takes_ms(crew, crew->config->restock_s));
    return wish;
}
