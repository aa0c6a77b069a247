/* bench_rollout: one second opinion in process: random cities, with the candidates, futures and
 * horizon of dispatchd's defaults. Prints p50 and the worst of 20 opinions for each size, in CPU
 * time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/base/config.h"
#include "dispatch/must.h"
#include "dispatch/opinion/rollout.h"
#include "sim/dice.h"

enum { ROUNDS = 20, ZONES = 36, STATIONS = 21, HOSPITALS = 6, INCIDENTS = 10, UNITS = 200 };
enum { PLACES = ZONES + STATIONS + HOSPITALS + INCIDENTS };

static const struct plan_rules rules = {
    .weight = {48, 256, 24, 8, 3, 1},
    .age_target_ms = {1800000, 1800000, 1800000, 1800000, 3600000, 7200000},
    .target_ms = {0, 480000, 720000, 1080000, 0, 0},
    .late_ms = {120000, 120000, 120000, 120000, 120000, 120000},
    .turn_ms = 120000,
    .none_ms = 36000000,
    .freeze_ms = 90000,
    .divert_pause_ms = 600000,
    .starved_ms = 7200000,
    .red_first = true,
    .diverts = true};
static uint32_t calls_a_week[ZONES], drive_s[PLACES * (PLACES + UNITS)];
static struct rollout_incident incident[INCIDENTS];
static struct rollout_unit unit[UNITS];

static uint32_t below(struct dice *dice, uint32_t n)
{
    return dice_below(dice, n);
}

static void draw_drives(struct dice *dice, uint32_t units)
{
    int32_t at[PLACES + UNITS][2];
    for (uint32_t i = 0; i < PLACES + units; i++)
        for (int axis = 0; axis < 2; axis++)
            at[i][axis] = (int32_t)below(dice, 900);
    for (uint32_t to = 0; to < PLACES; to++)
        for (uint32_t from = 0; from < PLACES + units; from++)
            drive_s[to * (PLACES + units) + from] =
                (uint32_t)(abs(at[to][0] - at[from][0]) + abs(at[to][1] - at[from][1]));
}

/* A quarter of the units on their way, a quarter busy. */
static void draw_city(struct dice *dice, uint32_t units, uint32_t calls_an_hour)
{
    draw_drives(dice, units);
    for (uint32_t z = 0; z < ZONES; z++)
        calls_a_week[z] = calls_an_hour * 168 * 2 / ZONES * below(dice, 100) / 100;
    for (uint32_t i = 0; i < INCIDENTS; i++)
        incident[i] = (struct rollout_incident){.place = ZONES + STATIONS + HOSPITALS + i,
                                                .grade = 1 + below(dice, 4),
                                                .waited_ms = below(dice, 300) * INT64_C(1000)};
    for (uint32_t u = 0; u < units; u++)
        unit[u] = (struct rollout_unit){.capabilities = 15,
                                        .home = ZONES + below(dice, STATIONS),
                                        .from = PLACES + u,
                                        .free_in_ms = u % 4 == 1 ? below(dice, 1800) * 1000 : 0,
                                        .to = u % 4 == 2 && u / 4 + 1 < INCIDENTS
                                                  ? u / 4 + 1
                                                  : ROLLOUT_NOWHERE};
    incident[0].grade = 3;
}

static uint64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void measure(const struct config *config, uint32_t units, uint32_t calls_an_hour)
{
    const struct rollout_slot slot = {0};
    struct rollout_cost cost[ROLLOUT_CANDIDATES_MAX];
    struct dice dice = dice_make(units, "rollout");
    struct rollout r = {.rules = &rules,
                        .zone_n = ZONES,
                        .station_n = STATIONS,
                        .hospital_n = HOSPITALS,
                        .incident_n = INCIDENTS,
                        .unit_n = units,
                        .slot_n = 1,
                        .candidate_n = (uint32_t)config->second_opinion.candidates,
                        .calls_a_week = calls_a_week,
                        .drive_s = drive_s,
                        .incident = incident,
                        .unit = unit,
                        .slot = &slot,
                        .candidate = {0, 3, 4, 7, 8, 11, 12, 15},
                        .grade_share = {0, 1, 3, 5, 1, 0},
                        .chute_station_ms = 60000,
                        .chute_mobile_ms = 15000,
                        .horizon_ms = config->second_opinion.horizon_min * INT64_C(60000),
                        .scene_ms = 600000,
                        .handover_ms = 540000,
                        .clear_ms = 60000,
                        .carried_permille = 700,
                        .futures = (uint32_t)config->second_opinion.futures};
    uint64_t took[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        draw_city(&dice, units, calls_an_hour);
        r.seed = (uint64_t)i + 1;
        uint64_t start = cpu_us();
        must(rollout_play(&r, cost));
        took[i] = cpu_us() - start;
    }
    qsort(took, ROUNDS, sizeof(*took), by_value);
    printf("units=%u calls_an_hour=%u p50_ms=%.1f worst_ms=%.1f\n", units, calls_an_hour,
           (double)took[ROUNDS / 2] / 1000, (double)took[ROUNDS - 1] / 1000);
}

int main(void)
{
    struct config config;
    config_defaults(&config);
    printf("futures=%d horizon_min=%d candidates=%d\n", (int)config.second_opinion.futures,
           (int)config.second_opinion.horizon_min, (int)config.second_opinion.candidates);
    measure(&config, 40, 15);
    measure(&config, 40, 30);
    measure(&config, 200, 60);
    return 0;
}
