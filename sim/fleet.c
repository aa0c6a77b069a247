#include "sim/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 1500 };

/* ---- driving ---- */

static double pace(struct fleet_unit *u)
{
    double factor = dice_normal(&u->dice, 1, u->fleet->config->pace_percent / 100);
    return factor < 0.7 ? 0.7 : factor > 1.5 ? 1.5 : factor;
}

static int drive_to(struct fleet_unit *u, struct point p)
{
    uint32_t ms;
    int err = vehicle_drive(&u->vehicle, u->fleet->streets, p, u->fleet->now_ms, pace(u), &ms);
    u->lost = err < 0;
    u->fleet->counts.lost_ways += err < 0;
    return err;
}

/* Where the centre says; else where driving and waiting end soonest, as the crow flies. */
static size_t choose_hospital(const struct fleet_unit *u)
{
    const struct fleet *f = u->fleet;
    uint64_t chosen =
        f->events.hospital_cb ? f->events.hospital_cb(f->events.user, u->crew.order.assignment) : 0;
    struct point here = vehicle_at(&u->vehicle, f->streets, f->now_ms).at;
    size_t best = 0;
    double best_s = 1e18;

    for (size_t i = 0; i < f->city->hospital_n; i++) {
        double drive_s = point_dist_m(here, f->city->hospital[i].at) / 12;
        double sum_s = drive_s + hospital_wait_s(&f->room[i], f->now_ms);
        if (f->city->hospital[i].id == chosen)
            return i;
        if (sum_s < best_s) {
            best = i;
            best_s = sum_s;
        }
    }
    return best;
}

static void press_all(struct fleet_unit *u, const struct crew_wish *wish)
{
    struct fleet *f = u->fleet;
    for (int i = 0; i < BUTTON_STATUSES; i++) {
        if (!wish->press[i])
            continue;
        device_press(&u->device, f->event_of[i]);
        f->counts.presses++;
        if (f->events.press_cb)
            f->events.press_cb(f->events.user, u->of, &u->crew.order, (enum button_status)i);
    }
}

static void grant(struct fleet_unit *u, struct crew_wish wish)
{
    press_all(u, &wish);
    switch (wish.drive) {
    case DRIVE_SCENE:
        drive_to(u, u->crew.order.scene);
        break;
    case DRIVE_HOSPITAL:
        u->hospital = choose_hospital(u);
        drive_to(u, u->fleet->city->hospital[u->hospital].at);
        break;
    case DRIVE_HOME:
        drive_to(u, city_station(u->fleet->city, u->post ? u->post : u->of->station)->at);
        break;
    case DRIVE_STAY:
        break;
    }
}

/* ---- orders ---- */

static void take_post(struct fleet_unit *u, uint64_t post)
{
    if (!city_station(u->fleet->city, post) || !crew_move(&u->crew, u->fleet->now_ms))
        return;
    u->post = post;
    u->fleet->counts.moves++;
}

static void on_text(void *user, const char *text)
{
    struct fleet_unit *u = user;
    struct fleet *f = u->fleet;
    struct crew_order order;
    uint64_t post = fleet_read_post(text);
    bool has_place, cancel;

    if (post) {
        take_post(u, post);
        return;
    }
    if (!fleet_read_order(text, &order, &has_place, &cancel))
        return; /* a message, not an order */
    if (cancel) {
        if (crew_cancel(&u->crew, order.assignment, f->now_ms)) {
            vehicle_stop(&u->vehicle, f->streets, f->now_ms);
            f->counts.cancels++;
        }
        return;
    }
    if (!has_place && f->events.place_cb)
        has_place = f->events.place_cb(f->events.user, order.incident, &order.scene);
    if (!has_place)
        order.scene = vehicle_at(&u->vehicle, f->streets, f->now_ms).at;
    bool same = order.assignment && order.assignment == u->crew.order.assignment;
    if (!same && crew_take(&u->crew, &order, f->now_ms)) {
        u->post = 0;
        f->counts.orders++;
        if (f->events.order_cb)
            f->events.order_cb(f->events.user, u->of, &order);
    } else if (!same) {
        f->counts.busy_orders++;
    }
}

void fleet_resume(struct fleet *f, uint64_t unit_id, const struct crew_order *order, enum step step)
{
    for (size_t i = 0; i < f->city->unit_n; i++) {
        struct fleet_unit *u = &f->unit[i];
        if (u->of->id != unit_id || u->crew.state != CREW_FREE)
            continue;
        if (step >= STEP_AT_SCENE)
            vehicle_put(&u->vehicle, f->streets, order->scene);
        grant(u, crew_resume(&u->crew, order, step, f->now_ms));
    }
}

/* ---- positions ---- */

static bool in_blind_spot(const struct fleet *f, struct point p)
{
    for (size_t i = 0; i < f->city->zone_n; i++)
        if (f->city->zone[i].kind == ZONE_KIND_TUNNEL && city_zone_holds(&f->city->zone[i], p))
            return true;
    return false;
}

static void send_fix(struct fleet_unit *u, const struct vehicle_fix *fix)
{
    struct fleet *f = u->fleet;
    struct plane plane = plane_at(fix->at);
    double noise_m = f->config->fix_noise_m;
    struct point seen =
        plane_point(&plane, dice_normal(&u->dice, 0, noise_m), dice_normal(&u->dice, 0, noise_m));
    struct jt808_position position = {
        .status = JT808_STATUS_ACC | JT808_STATUS_FIXED,
        .lat_e6 = seen.lat_e7 / 10,
        .lon_e6 = seen.lon_e7 / 10,
        .at_ms = f->now_ms,
        .altitude_m = 1090,
        .speed_dkmh = (uint16_t)(fix->speed_kmh * 10),
        .course_deg = (uint16_t)fix->course_deg,
        .at_ok = true,
        .items_ok = true,
    };
    device_fix(&u->device, &position);
}

/* ---- one unit's turn ---- */

static void turn(struct fleet_unit *u)
{
    struct fleet *f = u->fleet;
    struct vehicle_fix fix = vehicle_at(&u->vehicle, f->streets, f->now_ms);

    if (in_blind_spot(f, fix.at) != u->device.blind)
        device_set_blind(&u->device, !u->device.blind);
    if (device_tick(&u->device, f->now_ms))
        send_fix(u, &fix);
    bool under_way = u->crew.state == CREW_TO_SCENE || u->crew.state == CREW_TO_HOSPITAL ||
                     (u->crew.state == CREW_RETURNING && u->crew.until_ms == INT64_MAX);
    if (under_way && fix.arrived) {
        vehicle_stop(&u->vehicle, f->streets, f->now_ms);
        bool to_hospital = u->crew.state == CREW_TO_HOSPITAL;
        grant(u, crew_arrived(&u->crew, f->now_ms));
        if (to_hospital)
            hospital_arrive(&f->room[u->hospital], u->of->id, f->now_ms);
    }
    grant(u, crew_tick(&u->crew, f->now_ms));
}

static void relieve(struct fleet *f, uint64_t unit_id)
{
    for (size_t i = 0; i < f->city->unit_n; i++) {
        if (f->unit[i].of->id != unit_id)
            continue;
        f->counts.handovers++;
        grant(&f->unit[i], crew_relieved(&f->unit[i].crew, f->now_ms));
    }
}

void fleet_tick(struct fleet *f, int64_t now_ms)
{
    uint64_t unit;

    f->now_ms = now_ms;
    for (size_t i = 0; i < f->city->unit_n; i++)
        turn(&f->unit[i]);
    for (size_t i = 0; i < f->city->hospital_n; i++)
        while ((unit = hospital_leave(&f->room[i], now_ms)) != 0)
            relieve(f, unit);
}

size_t fleet_linked(const struct fleet *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->city->unit_n; i++)
        n += f->unit[i].device.state == DEVICE_LINKED;
    return n;
}

/* ---- making and closing ---- */

/* Which event number stands for each status in the city's buttons. */
static int learn_buttons(struct fleet *f, const char *path)
{
    static struct buttons buttons;

    if (buttons_load(&buttons, path) < 0) {
        snprintf(f->errmsg, sizeof(f->errmsg), "%s", buttons.errmsg);
        return -1;
    }
    for (size_t i = 0; i < buttons.count; i++)
        if (buttons.rows[i].kind == BUTTON_EVENT && !f->event_of[buttons.rows[i].status])
            f->event_of[buttons.rows[i].status] = buttons.rows[i].number;
    for (int i = 0; i < BUTTON_STATUSES; i++) {
        if (!f->event_of[i]) {
            snprintf(f->errmsg, sizeof(f->errmsg), "%s: no event for %s", path,
                     button_status_name((enum button_status)i));
            return -1;
        }
    }
    return 0;
}

static int init_unit(struct fleet *f, uv_loop_t *loop, const struct fleet_config *config, size_t i)
{
    struct fleet_unit *u = &f->unit[i];
    const struct city_unit *of = &f->city->unit[i];
    const struct device_events events = {.user = u, .text_cb = on_text};
    struct device_config device = {.platform = config->jt808,
                                   .version = i % 2 ? JT808_2019 : JT808_2013,
                                   .retry_ms = RETRY_MS,
                                   .position_s = (uint32_t)f->config->position_s,
                                   .heartbeat_s = (uint32_t)f->config->heartbeat_s};

    u->fleet = f;
    u->crew = crew_make(f->config, config->seed, of->code);
    u->dice = dice_make(config->seed, of->plate);
    if (vehicle_put(&u->vehicle, f->streets, city_station(f->city, of->station)->at) < 0) {
        snprintf(f->errmsg, sizeof(f->errmsg), "no street is near the station of %s", of->code);
        return -1;
    }
    snprintf(device.phone, sizeof(device.phone), "%s", of->phone);
    snprintf(device.plate, sizeof(device.plate), "%s", of->plate);
    if (device_init(&u->device, loop, &device, &events) < 0) {
        snprintf(f->errmsg, sizeof(f->errmsg), "no timer for %s", of->code);
        return -1;
    }
    u->of = of;
    f->open++;
    return 0;
}

int fleet_init(struct fleet *f, uv_loop_t *loop, const struct fleet_config *config,
               const struct crew_config *crews, const struct city *city, struct streets *streets,
               const struct fleet_events *events, int64_t now_ms)
{
    memset(f, 0, sizeof(*f));
    f->city = city;
    f->streets = streets;
    f->config = crews;
    f->events = *events;
    f->now_ms = now_ms;
    if (learn_buttons(f, config->buttons_path) < 0)
        return -1;
    f->unit = calloc(city->unit_n, sizeof(*f->unit));
    f->room = calloc(city->hospital_n + 1, sizeof(*f->room));
    if (!f->unit || !f->room) {
        snprintf(f->errmsg, sizeof(f->errmsg), "out of memory");
        return -1;
    }
    for (size_t i = 0; i < city->hospital_n; i++)
        hospital_init(&f->room[i], &city->hospital[i], crews, config->seed);
    for (size_t i = 0; i < city->unit_n; i++)
        if (init_unit(f, loop, config, i) < 0)
            return -1;
    return 0;
}

static void finish(struct fleet *f)
{
    for (size_t i = 0; f->unit && i < f->city->unit_n; i++)
        vehicle_close(&f->unit[i].vehicle);
    free(f->unit);
    free(f->room);
    f->unit = NULL;
    f->room = NULL;
    if (f->closed_cb)
        f->closed_cb(f);
}

static void on_device_closed(struct device *device)
{
    struct fleet_unit *u = device->events.user;
    if (--u->fleet->open == 0)
        finish(u->fleet);
}

void fleet_close(struct fleet *f, void (*closed_cb)(struct fleet *fleet))
{
    f->closed_cb = closed_cb;
    if (f->open == 0) {
        finish(f);
        return;
    }
    for (size_t i = 0; i < f->city->unit_n; i++)
        if (f->unit[i].of)
            device_close(&f->unit[i].device, on_device_closed);
}
