/* bench_decide: what the core alone needs to decide a proposal (`propose`, the whole assignment of
 * all open slots to free, busy and approaching units) in a plane city: each incident with the units
 * soonest there, as many as travel sends. A third of the incidents have a unit on its way, a fifth
 * of the units are busy. All units move before each decision. Then what it needs for an advice to
 * move up (`propose_moves`): every station to every zone, every free unit to every station, a unit
 * just come from a task. Times are those of the thread's work (CPU), the wall's beside them: on a
 * machine at work it is preempted. Judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/base/config.h"
#include "dispatch/core/core.h"
#include "dispatch/core/print.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/must.h"
#include "sim/dice.h"

enum {
    ROUNDS_MAX = 2000,
    CANDIDATES = 8, /* [recommend] candidates */
    INCIDENTS_MAX = 200,
    UNITS_MAX = 10000,
    ROWS = INCIDENTS_MAX * (INCIDENTS_MAX * 3 / 2 + 1),
    STATIONS_MAX = 60,
    ZONES_MAX = 300,
    STANDING_MAX = 200,
    REACH = STATIONS_MAX * ZONES_MAX,
    SIDE_M = 40000,
    SPEED_M_S = 12,
};

struct spot {
    int64_t x_m, y_m;
};

static struct core core;
static void *memory;
static struct decision decision;
static struct dice dice;
static int64_t now_ms = INT64_C(1800000000000);
static uint64_t row_incident[ROWS], row_unit[ROWS];
static uint32_t eta_s[ROWS], source[ROWS], age_s[ROWS], lat90_e7[ROWS], lon180_e7[ROWS],
    course_deg[ROWS], speed_kmh[ROWS], row_n;

static void make_core(uint32_t units)
{
    static struct config config;
    struct limits limits;
    struct policy policy;

    config_defaults(&config);
    config.limits.units = (int32_t)units;
    pipeline_limits(&config, &limits);
    pipeline_policy(&config, &policy);
    memory = malloc(core_bytes(&limits));
    must(memory);
    core_init(&core, memory, &limits, &policy);
    decision.scratch_size = decision_scratch_bytes(&limits);
    decision.scratch = malloc(decision.scratch_size);
    must(decision.scratch);
}

static void apply(const struct command *command, enum refusal refusal)
{
    struct record record = {.seq = core.state.head->seq + 1,
                            .now_ms = now_ms,
                            .client = command->client,
                            .number = command->number,
                            .actor = command->actor,
                            .command = command->kind,
                            .refusal = refusal,
                            .made = decision.made,
                            .fact = decision.fact,
                            .fact_count = decision.fact_count};

    must(refusal == REFUSE_NONE);
    core_apply(&core, &record);
}

static void say(enum role role, const char *line)
{
    struct command command = {0};
    char store[1024], why[256] = "";

    if (command_parse(&command, line, strlen(line), 0, store, sizeof(store), why, sizeof(why)) <
        0) {
        fprintf(stderr, "%s: %s\n", line, why);
        exit(1);
    }
    command.actor = (struct actor){.user = {7}, .role = role, .seat = 1};
    command.client = 1;
    command.number = core.state.head->seq + 1;
    apply(&command, core_decide(&core, &command, now_ms, &decision));
}

static struct spot unit_at[UNITS_MAX + 1], incident_at[INCIDENTS_MAX + 1];

static struct spot anywhere(void)
{
    return (struct spot){dice_below(&dice, SIDE_M), dice_below(&dice, SIDE_M)};
}

static void do_line(enum role role, const char *format, uint32_t a, uint32_t b)
{
    char line[256];

    snprintf(line, sizeof(line), format, a, b);
    say(role, line);
}

/* Busy with an incident that is not asked about any more: at the scene, or at a hospital. */
static void make_busy(uint32_t unit, uint32_t *incident, uint32_t *assignment)
{
    static const char *const step[] = {"at_scene", "left_scene", "at_hospital"};
    char line[128];

    ++*incident;
    say(ROLE_DISPATCHER, "open_incident words=there at=41.1600,-8.6100");
    do_line(ROLE_DISPATCHER, "order_unit I%u U%u", *incident, unit);
    snprintf(line, sizeof(line), "report_step A%u step=%s", ++*assignment, step[unit % 3]);
    say(ROLE_DISPATCHER, line);
}

static void make_town(uint32_t units, uint32_t incidents)
{
    uint32_t incident = 0, assignment = 0;
    char line[256];

    say(ROLE_OPERATOR, "define_station S1 code=S-1 name=one at=41.1500,-8.6100");
    for (uint32_t i = 1; i <= units; i++) {
        snprintf(line, sizeof(line), "define_unit U%u code=U-%u plate=%u S1 capabilities=%u crew=3",
                 i, i, i, i % 4 ? 15u : 1u);
        say(ROLE_OPERATOR, line);
        do_line(ROLE_GATEWAY, "set_duty U%u duty=on", i, 0);
        unit_at[i] = anywhere();
    }
    for (uint32_t i = 1; i <= incidents; i++) {
        do_line(ROLE_DISPATCHER, "open_incident words=here at=41.15%02u,-8.6100", i % 100, 0);
        do_line(ROLE_DISPATCHER, "regrade_incident I%u grade=%u reason=clinical", ++incident,
                1 + i % 4);
        incident_at[i] = anywhere();
        now_ms += 1000;
    }
    for (uint32_t i = 1; i <= incidents / 3; i++, assignment++)
        do_line(ROLE_DISPATCHER, "order_unit I%u U%u", i * 3, i);
    for (uint32_t i = 1; i <= units / 5; i++)
        make_busy(incidents / 3 + i, &incident, &assignment);
    now_ms += 60000;
}

/* --- proposals --- */

struct near {
    uint32_t eta_s, unit;
};

static int by_eta(const void *left, const void *right)
{
    const struct near *a = left, *b = right;

    return a->eta_s != b->eta_s ? (a->eta_s > b->eta_s) - (a->eta_s < b->eta_s)
                                : (a->unit > b->unit) - (a->unit < b->unit);
}

static int64_t root(int64_t square)
{
    int64_t r = 0;

    for (int64_t bit = 1 << 17; bit; bit >>= 1)
        if ((r | bit) * (r | bit) <= square)
            r |= bit;
    return r;
}

static uint32_t eta_of(struct spot from, struct spot to)
{
    int64_t x_m = from.x_m - to.x_m, y_m = from.y_m - to.y_m;

    return (uint32_t)(20 + root(x_m * x_m + y_m * y_m) / SPEED_M_S);
}

static void put_row(uint32_t to, const struct near *from)
{
    row_incident[row_n] = to;
    row_unit[row_n] = from->unit;
    eta_s[row_n] = from->eta_s;
    source[row_n] = SOURCE_ROAD;
    age_s[row_n] = 3;
    lat90_e7[row_n] = 411500000 + 900000000;
    lon180_e7[row_n] = (uint32_t)(INT64_C(1800000000) - 86100000);
    course_deg[row_n] = UINT16_MAX;
    speed_kmh[row_n++] = 0;
}

static void make_proposal(struct command *command, uint32_t units, uint32_t incidents)
{
    static struct near near[UNITS_MAX];
    struct propose *p = &command->propose;
    uint32_t most = incidents > CANDIDATES ? incidents : CANDIDATES;

    row_n = 0;
    for (uint32_t u = 1; u <= units; u++) {
        unit_at[u].x_m += (int64_t)dice_below(&dice, 401) - 200;
        unit_at[u].y_m += (int64_t)dice_below(&dice, 401) - 200;
    }
    for (uint32_t i = 1; i <= incidents; i++) {
        for (uint32_t u = 1; u <= units; u++)
            near[u - 1] = (struct near){eta_of(unit_at[u], incident_at[i]), u};
        qsort(near, units, sizeof(*near), by_eta);
        for (uint32_t k = 0; k < most + most / 2 && k < units; k++)
            put_row(i, &near[k]);
    }
    *command = (struct command){.kind = COMMAND_PROPOSE, .actor = {.role = ROLE_MACHINE}};
    p->incident = (struct u64s){row_incident, row_n};
    p->unit = (struct u64s){row_unit, row_n};
    p->eta_s = (struct u32s){eta_s, row_n};
    p->source = (struct u32s){source, row_n};
    p->age_s = (struct u32s){age_s, row_n};
    p->lat90_e7 = (struct u32s){lat90_e7, row_n};
    p->lon180_e7 = (struct u32s){lon180_e7, row_n};
    p->course_deg = (struct u32s){course_deg, row_n};
    p->speed_kmh = (struct u32s){speed_kmh, row_n};
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static uint64_t worked_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* --- moves --- */

static struct spot station_at[STATIONS_MAX + 1], zone_at[ZONES_MAX + 1];
static uint64_t reach_from[REACH], reach_zone[REACH], go_unit[STANDING_MAX * STATIONS_MAX],
    go_to[STANDING_MAX * STATIONS_MAX];
static uint32_t reach_s[REACH], go_s[STANDING_MAX * STATIONS_MAX],
    go_source[STANDING_MAX * STATIONS_MAX];

static void make_standing(uint32_t units, uint32_t stations, uint32_t zones)
{
    for (uint32_t s = 1; s <= stations; s++) {
        do_line(ROLE_OPERATOR, "define_station S%u code=S-%u name=s at=41.15,-8.61", s, s);
        station_at[s] = anywhere();
    }
    for (uint32_t z = 1; z <= zones; z++) {
        do_line(ROLE_OPERATOR, "define_zone Z%u code=Z-%u name=z kind=township kind_mask=2", z, z);
        do_line(ROLE_OPERATOR, "set_demand Z%u at=41.15,-8.61 calls_a_week=%u", z,
                1 + dice_below(&dice, 200));
        zone_at[z] = anywhere();
    }
    for (uint32_t u = 1; u <= units; u++) {
        char line[256];
        snprintf(line, sizeof(line), "define_unit U%u code=U-%u plate=%u S%u capabilities=1 crew=3",
                 u, u, u, 1 + dice_below(&dice, stations));
        say(ROLE_OPERATOR, line);
        do_line(ROLE_GATEWAY, "set_duty U%u duty=on", u, 0);
        unit_at[u] = anywhere();
    }
    say(ROLE_DISPATCHER, "open_incident words=there at=41.1600,-8.6100");
    say(ROLE_DISPATCHER, "order_unit I1 U1");
    now_ms += 1000;
    say(ROLE_DISPATCHER, "report_step A1 step=completed");
}

/* The unit that is free again is anywhere, the others at random distances too. */
static void ask_moves(struct command *command, uint32_t units, uint32_t stations, uint32_t zones)
{
    struct propose_moves *p = &command->propose_moves;
    uint32_t n = 0, reach = 0;

    for (uint32_t s = 1; s <= stations; s++)
        for (uint32_t z = 1; z <= zones; z++) {
            reach_from[reach] = s;
            reach_zone[reach] = z;
            reach_s[reach++] = eta_of(station_at[s], zone_at[z]);
        }
    for (uint32_t u = 1; u <= units; u++)
        for (uint32_t s = 1; s <= stations; s++) {
            unit_at[u].x_m += (int64_t)dice_below(&dice, 401) - 200;
            go_unit[n] = u;
            go_to[n] = s;
            go_source[n] = SOURCE_ROAD;
            go_s[n++] = eta_of(unit_at[u], station_at[s]);
        }
    *command = (struct command){.kind = COMMAND_PROPOSE_MOVES, .actor = {.role = ROLE_MACHINE}};
    *p = (struct propose_moves){.reach_from = {reach_from, reach},
                                .reach_zone = {reach_zone, reach},
                                .reach_s = {reach_s, reach},
                                .unit = {go_unit, n},
                                .to = {go_to, n},
                                .drive_s = {go_s, n},
                                .source = {go_source, n}};
}

/* --- measuring --- */

static uint64_t ns[ROUNDS_MAX], wall_ns[ROUNDS_MAX], facts;

static enum refusal decide_timed(const struct command *command, int round)
{
    uint64_t wall_began_ns = os_mono_ns(), began_ns = worked_ns();
    enum refusal refusal = core_decide(&core, command, now_ms, &decision);
    ns[round] = worked_ns() - began_ns;
    wall_ns[round] = os_mono_ns() - wall_began_ns;
    facts += decision.fact_count;
    must(refusal == REFUSE_NONE);
    return refusal;
}

static void tell(int rounds)
{
    qsort(ns, (size_t)rounds, sizeof(*ns), by_value);
    qsort(wall_ns, (size_t)rounds, sizeof(*wall_ns), by_value);
    printf("p50 %7.1f p99 %7.1f max %7.1f us, wall p50 %7.1f p99 %7.1f, %.1f facts\n",
           (double)ns[rounds / 2] / 1e3, (double)ns[rounds * 99 / 100] / 1e3,
           (double)ns[rounds - 1] / 1e3, (double)wall_ns[rounds / 2] / 1e3,
           (double)wall_ns[rounds * 99 / 100] / 1e3, (double)facts / rounds);
    facts = 0;
    free(memory);
    free(decision.scratch);
}

static void measure_moves(uint32_t units, uint32_t stations, uint32_t zones)
{
    struct command command;

    dice = dice_make(units + stations + zones, "moves");
    make_core(units);
    make_standing(units, stations, zones);
    for (int i = 0; i < ROUNDS_MAX / 4; i++) {
        ask_moves(&command, units, stations, zones);
        decide_timed(&command, i); /* not applied: the next is asked the same */
    }
    printf("%5u units, %2u stations, %3u zones, moves: ", units, stations, zones);
    tell(ROUNDS_MAX / 4);
}

static void measure(uint32_t units, uint32_t incidents, int rounds)
{
    struct command command;

    dice = dice_make(units + incidents, "proposals");
    make_core(units + 1);
    make_town(units, incidents);
    for (int i = 0; i < rounds; i++) {
        make_proposal(&command, units, incidents);
        apply(&command, decide_timed(&command, i));
        now_ms += 1000;
    }
    printf("%5u units, %3u open, %5u times: ", units, incidents, row_n);
    tell(rounds);
}

int main(void)
{
    measure(200, 1, ROUNDS_MAX);
    measure(200, 50, ROUNDS_MAX);
    measure(1000, 200, ROUNDS_MAX / 8);
    measure(2000, 1, ROUNDS_MAX);
    measure(2000, 50, ROUNDS_MAX / 8);
    measure(10000, 50, ROUNDS_MAX / 16);
    measure_moves(40, 21, 57);
    measure_moves(STANDING_MAX, STATIONS_MAX, ZONES_MAX);
    return 0;
}
