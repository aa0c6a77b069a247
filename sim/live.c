#include "sim/live.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/policy/cardfile.h"
#include "sim/callers.h"
#include "sim/desk.h"
#include "sim/fleet.h"
#include "sim/table.h"
#include "sim/witness.h"

enum {
    TICK_MS = 100,
    RETRY_MS = 1000,
    SETUP_WINDOW = 128,
    STATUS_EVERY_MS = 60000, /* hospitals and the line on standard error */
    ONCE_SETTLE_MS = 2000    /* from the last terminal's link to the first call */
};

struct live {
    const struct live_config *config;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t interrupt, terminate;
    struct city city;
    struct streets streets;
    struct demand_config demand_config;
    struct crew_config crew_config;
    struct card_set cards;
    struct demand demand;
    struct set_demand zone_demand[CITY_ZONES_MAX]; /* what the centre is told of it */
    size_t zone_demand_n;
    struct callers callers;
    struct fleet fleet;
    struct desk desk;
    struct witness witness;
    struct session gateway, dispatcher;
    bool has_gateway, has_dispatcher, has_fleet, has_demand; /* to be closed */
    bool defined, desk_ready, running, stopping;
    size_t setup_next, setup_at, setup_n; /* commands of the city: sent, walked, all */
    int64_t clock_ms, clock_mono_ms;      /* the driven clock's start */
    int64_t now_ms, status_due_ms, call_from_ms;
    int status;
    char *errmsg;
};

/* ---- tokens ---- */

static int take_token(void *ctx, char **word, int words, char *why)
{
    struct live_config *config = ctx;
    char *to = words != 2                           ? NULL
               : strcmp(word[0], "gateway") == 0    ? config->gateway_token
               : strcmp(word[0], "dispatcher") == 0 ? config->dispatcher_token
                                                    : NULL;
    if (!to || strlen(word[1]) >= SESSION_TOKEN_MAX) {
        snprintf(why, ERRMSG_MAX / 2, "needs \"gateway TOKEN\" or \"dispatcher TOKEN\"");
        return -1;
    }
    memcpy(to, word[1], strlen(word[1]) + 1);
    return 0;
}

int live_read_tokens(struct live_config *config, const char *path, char errmsg[static ERRMSG_MAX])
{
    return table_read(path, take_token, config, errmsg);
}

/* ---- stopping ---- */

static void on_fleet_closed(struct fleet *fleet)
{
    (void)fleet;
}

static void stop(struct live *l, const char *why)
{
    if (l->stopping)
        return;
    l->stopping = true;
    if (why) {
        l->status = -1;
        snprintf(l->errmsg, ERRMSG_MAX, "%s", why);
    }
    uv_close((uv_handle_t *)&l->tick, NULL);
    uv_close((uv_handle_t *)&l->interrupt, NULL);
    uv_close((uv_handle_t *)&l->terminate, NULL);
    if (l->has_gateway)
        session_close(&l->gateway, NULL);
    if (l->has_dispatcher)
        session_close(&l->dispatcher, NULL);
    if (l->has_fleet)
        fleet_close(&l->fleet, on_fleet_closed);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    stop(signal->data, NULL);
}

/* ---- the clock ---- */

static int64_t clock_now(const struct live *l)
{
    if (!l->config->drive)
        return os_wall_ms();
    double elapsed_ms = (double)(os_mono_ms() - l->clock_mono_ms) * l->config->speed;
    return l->clock_ms + (int64_t)elapsed_ms;
}

static void set_clock(struct live *l, int64_t server_ms)
{
    int64_t wall_ms = os_wall_ms();
    if (l->clock_mono_ms)
        return;
    l->clock_ms = server_ms > wall_ms ? server_ms : wall_ms;
    l->clock_mono_ms = os_mono_ms();
    l->now_ms = l->clock_ms;
}

/* ---- the city first ---- */

static int count_command(void *ctx, const struct command *command)
{
    (void)command;
    ++*(size_t *)ctx;
    return 0;
}

static int send_setup(void *ctx, const struct command *command)
{
    struct live *l = ctx;
    struct command copy = *command;
    uint64_t number;

    if (l->setup_at++ < l->setup_next)
        return 0;
    if (session_waiting(&l->gateway) >= SETUP_WINDOW)
        return -1;
    if (session_send(&l->gateway, &copy, &number) < 0)
        return -1;
    l->setup_next++;
    return 0;
}

static int send_demand(struct live *l, size_t i)
{
    const struct command command = {.kind = COMMAND_SET_DEMAND, .set_demand = l->zone_demand[i]};
    return send_setup(l, &command);
}

static int send_duty(struct live *l, size_t i)
{
    struct command command = {.kind = COMMAND_SET_DUTY};
    command.set_duty = (struct set_duty){
        .unit = {l->city.unit[i].id}, .duty = DUTY_ON, .crew = l->city.unit[i].crew};
    return send_setup(l, &command);
}

/* As many commands as the window takes; then units go on duty. */
static void set_up(struct live *l)
{
    int err;

    if (l->defined)
        return;
    l->setup_at = 0;
    err = city_commands(&l->city, send_setup, l);
    for (size_t i = 0; err >= 0 && i < l->zone_demand_n; i++)
        err = send_demand(l, i);
    for (size_t i = 0; err >= 0 && i < l->city.unit_n; i++)
        err = send_duty(l, i);
    if (err >= 0 && l->setup_next == l->setup_n && session_waiting(&l->gateway) == 0) {
        l->defined = true;
        fprintf(stderr, "level=info event=city-defined commands=%zu\n", l->setup_n);
    }
}

/* ---- sessions ---- */

static void on_gateway_ready(void *user, const struct stream_welcome *welcome)
{
    struct live *l = user;
    set_clock(l, welcome->now_ms);
    set_up(l);
}

static void on_gateway_reply(void *user, const struct stream_reply *reply)
{
    struct live *l = user;
    bool expected = reply->refusal == REFUSE_DUTY_SAME || reply->refusal == REFUSE_UNIT_BUSY ||
                    reply->refusal == REFUSE_CALL_OVER;

    if (reply->refusal != REFUSE_NONE && !expected)
        fprintf(stderr, "level=warn event=gateway-refused refusal=%.*s number=%" PRIu64 "\n",
                (int)reply->name.n, reply->name.p, reply->number);
    if (l->running)
        callers_on_reply(&l->callers, reply, l->now_ms);
    set_up(l);
}

static void on_down(void *user, const char *why)
{
    (void)user;
    fprintf(stderr, "level=warn event=connection-down why=\"%s\"\n", why);
}

static void on_desk_reply(void *user, const struct stream_reply *reply)
{
    desk_on_reply(&((struct live *)user)->desk, reply);
}

static void on_desk_ready(void *user, const struct stream_welcome *welcome)
{
    (void)user;
    (void)welcome;
}

/* Assignments that were open before this run began. */
static void resume_assignment(struct live *l, const struct wire_object *object)
{
    const struct assignment *a = object->body;
    const struct desk_case *c = desk_of_incident(&l->desk, a->incident.v);
    struct crew_order order = {.incident = a->incident.v, .assignment = a->assignment.v};

    if (a->step < STEP_ORDERED || a->step >= STEP_COMPLETED || !c || !c->placed)
        return;
    order.scene = c->at;
    fleet_resume(&l->fleet, a->unit.v, &order, a->step);
}

static void on_snapshot(struct live *l, const struct stream_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++) {
        desk_on_object(&l->desk, &snapshot->object[i]);
        if (snapshot->object[i].kind == OBJECT_ASSIGNMENT)
            resume_assignment(l, &snapshot->object[i]);
    }
    l->desk_ready = l->desk_ready || snapshot->last;
}

static void watch(struct live *l, const struct record *record)
{
    for (uint32_t i = 0; i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        if (fact->kind == FACT_CALL_ANSWERED)
            callers_answered(&l->callers, fact->call_answered.call.v, l->now_ms);
        if (l->config->once && fact->kind == FACT_CALL_RANG && !l->witness.call)
            witness_call(&l->witness, fact->call_rang.call.v);
    }
    witness_record(&l->witness, record);
}

static void on_desk_frame(void *user, const struct server_frame *frame)
{
    struct live *l = user;

    if (frame->kind == SERVER_SNAPSHOT)
        on_snapshot(l, &frame->snapshot);
    if (frame->kind != SERVER_FACTS)
        return;
    l->desk_ready = true;
    for (uint32_t i = 0; i < frame->facts.object_count; i++)
        desk_on_object(&l->desk, &frame->facts.object[i]);
    for (uint32_t i = 0; i < frame->facts.record_count; i++) {
        desk_on_record(&l->desk, &frame->facts.record[i]);
        if (l->running)
            watch(l, &frame->facts.record[i]);
    }
    if (l->config->once && witness_done(&l->witness))
        stop(l, NULL);
}

static bool hear(void *user, uint64_t call, struct demand_call *truth)
{
    struct live *l = user;
    return l->running && callers_truth(&l->callers, call, truth);
}

/* ---- what crews ask ---- */

static bool place_of(void *user, uint64_t incident, struct point *at)
{
    const struct live *l = user;
    const struct desk_case *c = desk_of_incident(&l->desk, incident);
    if (!c || !c->placed)
        return false;
    *at = c->at;
    return true;
}

static uint64_t hospital_of(void *user, uint64_t assignment)
{
    const struct live *l = user;
    for (size_t i = 0; i < DESK_CASES_MAX; i++) {
        const struct desk_case *c = &l->desk.row[i];
        for (uint32_t j = 0; c->stage != DESK_FREE && j < c->unit_n; j++)
            if (c->unit[j].assignment == assignment)
                return c->unit[j].hospital;
    }
    return 0;
}

static void on_order(void *user, const struct city_unit *unit, const struct crew_order *order)
{
    (void)user;
    fprintf(stderr,
            "level=info event=order unit=%s incident=I%" PRIu64 " assignment=A%" PRIu64 "\n",
            unit->code, order->incident, order->assignment);
}

/* ---- hospitals ---- */

static void tell_hospitals(struct live *l)
{
    uint64_t number;

    for (size_t i = 0; i < l->city.hospital_n; i++) {
        const struct emergency_room *room = &l->fleet.room[i];
        struct command command = {.kind = COMMAND_SET_HOSPITAL_STATUS};
        uint32_t taken = (uint32_t)room->guest_n;
        command.set_hospital_status = (struct set_hospital_status){
            .hospital = {l->city.hospital[i].id},
            .status = hospital_status_of(room),
            .beds_free = l->city.hospital[i].beds > taken ? l->city.hospital[i].beds - taken : 0,
            .handover_wait_s = hospital_wait_s(room, l->now_ms)};
        if (session_send(&l->gateway, &command, &number) < 0)
            return;
    }
}

static void tell_status(struct live *l)
{
    const struct desk_counts *desk = &l->desk.counts;

    l->status_due_ms = l->now_ms + STATUS_EVERY_MS;
    tell_hospitals(l);
    fprintf(stderr,
            "level=info event=city calls=%" PRIu64 " abandoned=%" PRIu64 " answered=%" PRIu64
            " opened=%" PRIu64 " orders=%" PRIu64 " closed=%" PRIu64 " refused=%" PRIu64
            " linked=%zu taken=%" PRIu64 " handovers=%" PRIu64 "\n",
            l->callers.rung, l->callers.abandoned, desk->answered, desk->opened, desk->orders,
            desk->closed, desk->refused, fleet_linked(&l->fleet), l->fleet.counts.orders,
            l->fleet.counts.handovers);
}

/* ---- the turn ---- */

/* Everything is there: the first call may come. */
static void begin(struct live *l)
{
    bool desk_there = !l->config->auto_dispatch || l->desk_ready;
    bool all_linked = fleet_linked(&l->fleet) == l->city.unit_n;

    if (!l->defined || !desk_there || (l->config->once && !all_linked))
        return;
    if (l->config->once && !l->call_from_ms)
        l->call_from_ms = l->now_ms + ONCE_SETTLE_MS;
    if (l->now_ms < l->call_from_ms)
        return;
    if (demand_init(&l->demand, &l->demand_config, &l->city, &l->streets.road, l->config->seed,
                    l->now_ms, l->config->utc_offset_s) < 0) {
        stop(l, l->demand.errmsg);
        return;
    }
    l->has_demand = true;
    l->running = true;
    callers_init(&l->callers, &l->gateway, &l->demand, l->config->auto_dispatch);
    if (l->config->once)
        callers_hurry(&l->callers, l->now_ms);
    fprintf(stderr, "level=info event=city-lives units=%zu linked=%zu\n", l->city.unit_n,
            fleet_linked(&l->fleet));
}

static void on_tick(uv_timer_t *timer)
{
    struct live *l = timer->data;

    if (l->config->drive && !l->clock_mono_ms)
        return; /* the server's time is not known yet */
    l->now_ms = clock_now(l);
    if (l->config->drive)
        session_clock(&l->gateway, l->now_ms);
    fleet_tick(&l->fleet, l->now_ms);
    l->desk.now_ms = l->now_ms;
    if (!l->running)
        begin(l);
    if (!l->running)
        return;
    callers_tick(&l->callers, l->now_ms);
    if (l->config->auto_dispatch)
        desk_tick(&l->desk, l->now_ms);
    if (l->now_ms >= l->status_due_ms)
        tell_status(l);
}

/* ---- starting ---- */

static int fail(struct live *l, const char *why)
{
    snprintf(l->errmsg, ERRMSG_MAX, "%.500s", why);
    return -1;
}

static int load_cards(struct live *l)
{
    static struct complaints complaints;
    if (cardfile_load(l->config->cards_dir, l->config->plans_path, &l->cards, &complaints) < 0) {
        return fail(l, complaints.text);
    }
    return 0;
}

static int keep_demand(void *ctx, const struct command *command)
{
    struct live *l = ctx;
    l->zone_demand[l->zone_demand_n++] = command->set_demand;
    return 0;
}

static int learn_demand(struct live *l)
{
    struct demand demand;
    if (demand_init(&demand, &l->demand_config, &l->city, &l->streets.road, 0, 0, 0) < 0)
        return fail(l, demand.errmsg);
    demand_commands(&demand, keep_demand, l);
    demand_close(&demand);
    l->setup_n += l->zone_demand_n;
    return 0;
}

static int load_all(struct live *l)
{
    const struct live_config *c = l->config;
    char path[512];
    int64_t hour = (os_wall_ms() / 1000 + c->utc_offset_s) / 3600;

    snprintf(path, sizeof(path), "%s/road.bin", c->city_dir);
    if (city_load(&l->city, c->city_dir, l->errmsg) < 0 ||
        demand_config_load(&l->demand_config, c->demand_path, l->errmsg) < 0 ||
        crew_config_load(&l->crew_config, c->crew_path, l->errmsg) < 0 || load_cards(l) < 0)
        return -1;
    if (c->calls_per_day > 0)
        l->demand_config.calls_per_day = c->calls_per_day;
    city_commands(&l->city, count_command, &l->setup_n);
    l->setup_n += l->city.unit_n;
    if (streets_open(&l->streets, path, c->speeds_path, (uint32_t)((hour + 72) % WEEK_HOURS),
                     l->errmsg) < 0)
        return -1;
    if (learn_demand(l) == 0)
        return 0;
    streets_close(&l->streets);
    return -1;
}

static uint64_t any_client(void)
{
    uint64_t id;
    os_random(&id, sizeof(id));
    return id % (ID_MAX - 1) + 1;
}

static int start_sessions(struct live *l)
{
    struct session_config config = {
        .address = l->config->server, .client = any_client(), .retry_ms = RETRY_MS};
    const struct session_events gateway = {
        .user = l, .ready_cb = on_gateway_ready, .reply_cb = on_gateway_reply, .down_cb = on_down};
    const struct session_events dispatcher = {.user = l,
                                              .ready_cb = on_desk_ready,
                                              .reply_cb = on_desk_reply,
                                              .frame_cb = on_desk_frame,
                                              .down_cb = on_down};
    const struct desk_events desk = {.user = l, .hear_cb = hear};

    memcpy(config.token, l->config->gateway_token, sizeof(config.token));
    if (session_init(&l->gateway, &l->loop, &config, &gateway) < 0)
        return fail(l, l->gateway.errmsg);
    l->has_gateway = true;
    desk_init(&l->desk, &l->dispatcher, &l->cards, l->config->seed, &desk);
    if (!l->config->auto_dispatch)
        return 0;
    memcpy(config.token, l->config->dispatcher_token, sizeof(config.token));
    config.client = any_client();
    config.want_facts = true;
    if (session_init(&l->dispatcher, &l->loop, &config, &dispatcher) < 0)
        return fail(l, l->dispatcher.errmsg);
    l->has_dispatcher = true;
    return 0;
}

static int start(struct live *l)
{
    const struct fleet_config fleet = {.jt808 = l->config->jt808,
                                       .buttons_path = l->config->buttons_path,
                                       .seed = l->config->seed};
    const struct fleet_events events = {
        .user = l, .order_cb = on_order, .place_cb = place_of, .hospital_cb = hospital_of};

    must(uv_timer_init(&l->loop, &l->tick) == 0 && uv_signal_init(&l->loop, &l->interrupt) == 0 &&
         uv_signal_init(&l->loop, &l->terminate) == 0);
    l->tick.data = l->interrupt.data = l->terminate.data = l;
    uv_timer_start(&l->tick, on_tick, TICK_MS, TICK_MS);
    uv_signal_start(&l->interrupt, on_signal, SIGINT);
    uv_signal_start(&l->terminate, on_signal, SIGTERM);
    witness_init(&l->witness, stdout);
    l->now_ms = os_wall_ms();
    if (start_sessions(l) < 0)
        return -1;
    l->has_fleet = true;
    if (fleet_init(&l->fleet, &l->loop, &fleet, &l->crew_config, &l->city, &l->streets, &events,
                   l->now_ms) < 0)
        return fail(l, l->fleet.errmsg);
    return 0;
}

int live_run(const struct live_config *config, char errmsg[static ERRMSG_MAX])
{
    struct live *l = calloc(1, sizeof(*l));
    int status;

    if (!l) {
        snprintf(errmsg, ERRMSG_MAX, "out of memory");
        return -1;
    }
    l->config = config;
    l->errmsg = errmsg;
    must(uv_loop_init(&l->loop) == 0);
    signal(SIGPIPE, SIG_IGN);
    if (load_all(l) == 0) {
        char why[ERRMSG_MAX];
        if (start(l) < 0) {
            memcpy(why, errmsg, sizeof(why));
            stop(l, why);
        }
        uv_run(&l->loop, UV_RUN_DEFAULT);
        streets_close(&l->streets);
    } else {
        l->status = -1;
    }
    must(uv_loop_close(&l->loop) == 0);
    if (l->has_demand)
        demand_close(&l->demand);
    status = l->status;
    free(l);
    return status;
}
