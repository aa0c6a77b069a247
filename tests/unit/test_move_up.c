/* move_up: the integers are DMEXCLP's sums to a few millionths, on random towns; odd ones too. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/move_up.h"

enum { STATIONS = 12, ZONES = 40, TOWNS = 400 };

struct town {
    uint32_t demand[ZONES], at[STATIONS];
    struct move_pair pair[STATIONS * ZONES];
    struct move_problem problem;
    uint32_t reached[ZONES];
    int64_t gain[STATIONS];
};

static uint64_t dice_state;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % sides;
}

static void make_town(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    dice_state = seed;
    town->problem = (struct move_problem){town->demand, town->pair, ZONES, STATIONS, 0,
                                          100 + dice(800)};
    for (uint32_t z = 0; z < ZONES; z++)
        town->demand[z] = dice(5) ? dice(10000) : 0;
    for (uint32_t s = 0; s < STATIONS; s++) {
        town->at[s] = dice(4);
        for (uint32_t z = 0; z < ZONES; z++)
            if (dice(3) == 0)
                town->pair[town->problem.pair_n++] = (struct move_pair){s, z};
    }
}

/* The sums as they are written, in doubles. */
static double wanted_gain(const struct town *town, uint32_t station)
{
    double q = town->problem.busy_permille / 1000.0, all = 0, gain = 0;
    double reached[ZONES] = {0};
    for (uint32_t i = 0; i < town->problem.pair_n; i++)
        reached[town->pair[i].zone] += town->at[town->pair[i].station];
    for (uint32_t z = 0; z < ZONES; z++)
        all += town->demand[z];
    for (uint32_t i = 0; i < town->problem.pair_n; i++)
        if (town->pair[i].station == station)
            gain += town->demand[town->pair[i].zone] * (1 - q) *
                    pow(q, reached[town->pair[i].zone]);
    return gain / all * 1000000;
}

static void is_the_published_sum(void **state)
{
    (void)state;
    struct town town;
    for (uint64_t seed = 0; seed < TOWNS; seed++) {
        make_town(&town, seed);
        move_gains(&town.problem, town.at, town.reached, town.gain);
        for (uint32_t s = 0; s < STATIONS; s++)
            assert_true(fabs((double)town.gain[s] - wanted_gain(&town, s)) < 20);
    }
}

/* Cover is what the units add one after the other, in any order. */
static void gains_add_up_to_cover(void **state)
{
    (void)state;
    struct town town;
    for (uint64_t seed = 0; seed < 50; seed++) {
        uint32_t at[STATIONS];
        int64_t sum = 0;
        make_town(&town, seed);
        memcpy(at, town.at, sizeof(at));
        memset(town.at, 0, sizeof(town.at));
        for (uint32_t s = 0; s < STATIONS; s++)
            for (; town.at[s] < at[s]; town.at[s]++) {
                move_gains(&town.problem, town.at, town.reached, town.gain);
                sum += town.gain[s];
            }
        move_gains(&town.problem, town.at, town.reached, town.gain);
        int64_t covered = move_covered(&town.problem, town.reached);
        assert_in_range(covered, 0, 1000000);
        assert_true(covered - sum < 200 && sum - covered < 200);
    }
}

static void names_the_zone_that_gains_most(void **state)
{
    (void)state;
    const uint32_t demand[] = {100, 300, 300, 900}, at[] = {0, 1};
    const struct move_pair pair[] = {{0, 0}, {0, 1}, {0, 2}, {1, 3}, {0, 3}};
    const struct move_problem problem = {demand, pair, 4, 2, 5, 300};
    uint32_t reached[4];
    int64_t gain[2];
    move_gains(&problem, at, reached, gain);
    /* 900 is reached once already: 900 * 0.3 < 300; of the two with 300 the lower */
    assert_int_equal(move_zone(&problem, reached, 0), 1);
    assert_int_equal(move_zone(&problem, reached, 1), 3);
    const struct move_problem nothing = {demand, pair, 4, 2, 0, 300};
    move_gains(&nothing, at, reached, gain);
    assert_int_equal(move_zone(&nothing, reached, 0), 4);
}

static void no_demand_and_much_demand_are_no_trouble(void **state)
{
    (void)state;
    static uint32_t demand[2000];
    const uint32_t at[] = {3000000};
    static struct move_pair pair[2000];
    static uint32_t reached[2000];
    int64_t gain[1];
    for (uint32_t z = 0; z < 2000; z++)
        pair[z].zone = z;
    struct move_problem problem = {demand, pair, 2000, 1, 2000, 500};
    move_gains(&problem, at, reached, gain);
    assert_int_equal(gain[0], 0);
    for (uint32_t z = 0; z < 2000; z++)
        demand[z] = MOVE_DEMAND_MAX;
    move_gains(&problem, at, reached, gain);
    assert_int_equal(gain[0], 0); /* who has a million units has no use for one more */
    assert_in_range(move_covered(&problem, reached), 999000, 1000000);
    problem.busy_permille = 0;
    move_gains(&problem, (const uint32_t[]){0}, reached, gain);
    assert_in_range(gain[0], 999999, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_published_sum),
        cmocka_unit_test(gains_add_up_to_cover),
        cmocka_unit_test(names_the_zone_that_gains_most),
        cmocka_unit_test(no_demand_and_much_demand_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
