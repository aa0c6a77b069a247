/* bench_match: one decision of plan_match in process: random open slots and units of a city, some
 * on their way, some busy yet. Prints p50 and p99 of 300 decisions for each size, in CPU time. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dispatch/core/plan_match.h"
#include "dispatch/must.h"
#include "sim/dice.h"

enum { ROUNDS = 300, SLOTS = 200, UNITS = 1000, SECOND = 1000 };

static const struct plan_rules rules = {
    .weight = {48, 256, 24, 8, 3, 1},
    .age_target_ms = {1800000, 1800000, 1800000, 1800000, 1800000, 1800000},
    .target_ms = {0, 480000, 720000, 1080000, 0, 0},
    .late_ms = {120000, 120000, 120000, 120000, 120000, 120000},
    .turn_ms = 120000,
    .none_ms = 36000000,
    .freeze_ms = 90000,
    .divert_pause_ms = 600000,
    .diverts = true};
static struct plan_match_slot slot[SLOTS];
static struct plan_unit unit[UNITS];
static int64_t way_ms[SLOTS * UNITS];
static int32_t answer[SLOTS];

static int64_t between(struct dice *dice, int low_s, int high_s)
{
    return (int64_t)dice_between(dice, low_s, high_s) * SECOND;
}

/* Half of the slots have a unit on its way; of the other units every other is busy. */
static void draw(struct dice *dice, int32_t slots, int32_t units)
{
    double x[SLOTS + UNITS], y[SLOTS + UNITS];
    for (int32_t i = 0; i < slots + units; i++) {
        x[i] = dice_unit(dice) * 1200;
        y[i] = dice_unit(dice) * 1200;
    }
    for (int32_t u = 0; u < units; u++)
        unit[u] = (struct plan_unit){.free_in_ms = u % 2 ? between(dice, 60, 2400) : 0,
                                     .price_ms = between(dice, 0, 300),
                                     .slot = PLAN_NOBODY};
    for (int32_t s = 0; s < slots; s++) {
        slot[s] = (struct plan_match_slot){.grade = (uint32_t)dice_between(dice, 1, 5),
                                           .waited_ms = between(dice, 0, 3000),
                                           .since_taken_ms = PLAN_NEVER,
                                           .holder = s % 2 ? s : PLAN_NOBODY};
        if (s % 2)
            unit[s] = (struct plan_unit){
                .drive_ms = between(dice, 300, 900), .left_ms = between(dice, 60, 300), .slot = s};
        for (int32_t u = 0; u < units; u++)
            way_ms[s * units + u] = (int64_t)(SECOND * (llabs((long long)(x[s] - x[slots + u])) +
                                                        llabs((long long)(y[s] - y[slots + u]))));
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void measure(int32_t slots, int32_t units)
{
    static uint64_t ns[ROUNDS];
    struct dice dice = dice_make(1, "match");
    void *workspace = malloc(plan_match_bytes(slots, units));
    must(workspace);
    for (int i = 0; i < ROUNDS; i++) {
        draw(&dice, slots, units);
        const struct plan_problem problem = {&rules, slot, unit, way_ms, slots, units};
        uint64_t start_ns = cpu_ns();
        plan_match(&problem, workspace, answer);
        ns[i] = cpu_ns() - start_ns;
    }
    qsort(ns, ROUNDS, sizeof(*ns), by_size);
    printf("%d x %d: p50 %.0f us, p99 %.0f us\n", slots, units, (double)ns[ROUNDS / 2] / 1e3,
           (double)ns[ROUNDS * 99 / 100] / 1e3);
    free(workspace);
}

int main(void)
{
    measure(5, 50);
    measure(50, 200);
    measure(200, 1000);
    return 0;
}
