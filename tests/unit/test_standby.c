/* standby: the integers are the means over who is busy, counted out one by one, on random towns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/standby.h"

enum { STATIONS = 6, PLACES = 9, UNITS = 7, VIEWS = 2, TOWNS = 200, NONE_MS = 9000000 };

struct town {
    int64_t price_ms[VIEWS][PLACES * STATIONS], none_ms[PLACES], weight[VIEWS][PLACES];
    uint32_t order[VIEWS][PLACES * STATIONS], at[STATIONS];
    struct standby_view view[VIEWS];
    struct standby standby;
    int64_t wait_ms[STATIONS + 1];
};

static uint64_t dice_state;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % sides;
}

/* So few units and so often busy that each of them matters. */
static void make_town(struct town *t, uint64_t seed)
{
    memset(t, 0, sizeof(*t));
    dice_state = seed;
    for (uint32_t u = dice(UNITS); u > 0; u--)
        t->at[dice(STATIONS)]++;
    for (int v = 0; v < VIEWS; v++) {
        for (uint32_t i = 0; i < PLACES; i++) {
            size_t first = (size_t)i * STATIONS;
            for (uint32_t s = 0; s < STATIONS; s++)
                t->price_ms[v][first + s] = dice(4) ? 60000 * dice(30) : NONE_MS;
            standby_sort(&t->price_ms[v][first], &t->order[v][first], STATIONS);
            t->none_ms[i] = NONE_MS;
            t->weight[v][i] = dice(4) ? STANDBY_ALL / PLACES / VIEWS : 0;
        }
        t->view[v] =
            (struct standby_view){t->price_ms[v], t->order[v], t->none_ms, t->weight[v], PLACES};
    }
    t->standby = (struct standby){t->view, VIEWS, STATIONS, 500 + 10 * dice(50), t->wait_ms};
}

/* A call in the place when the units whose bits are set are busy. */
static int64_t cost_ms(const struct town *t, int view, int place, uint32_t busy)
{
    int64_t least_ms = NONE_MS;
    uint32_t unit = 0;
    for (int s = 0; s < STATIONS; s++)
        for (uint32_t n = t->at[s]; n > 0; n--, unit++)
            if (!(busy >> unit & 1) && t->price_ms[view][place * STATIONS + s] < least_ms)
                least_ms = t->price_ms[view][place * STATIONS + s];
    return least_ms;
}

static double mean_ms(const struct town *t)
{
    double q = (double)t->standby.busy_permille / 1000, sum = 0;
    uint32_t units = 0;
    for (int s = 0; s < STATIONS; s++)
        units += t->at[s];
    for (uint32_t busy = 0; busy < 1u << units; busy++) {
        double chance = 1;
        for (uint32_t u = 0; u < units; u++)
            chance *= busy >> u & 1 ? q : 1 - q;
        for (int v = 0; v < VIEWS; v++)
            for (int i = 0; i < PLACES; i++)
                sum += chance * (double)t->weight[v][i] * (double)cost_ms(t, v, i, busy);
    }
    return sum / (double)STANDBY_ALL;
}

/* Cut off at every rank, and chances kept to a millionth. */
static void assert_near(int64_t ms, double wanted_ms)
{
    double off = (double)ms - wanted_ms;
    assert_true(off < 100 && off > -100);
}

static void is_the_mean_over_who_is_busy(void **state)
{
    struct town town;
    int64_t gain_ms[STATIONS], loss_ms[STATIONS];
    (void)state;
    for (uint64_t seed = 0; seed < TOWNS; seed++) {
        make_town(&town, seed);
        double now_ms = mean_ms(&town);
        assert_near(standby_see(&town.standby, town.at, gain_ms, loss_ms), now_ms);
        for (int s = 0; s < STATIONS; s++) {
            town.at[s]++;
            assert_near(gain_ms[s], now_ms - mean_ms(&town));
            town.at[s]--;
            if (town.at[s] == 0) {
                assert_int_equal(loss_ms[s], 0);
                continue;
            }
            town.at[s]--;
            assert_near(loss_ms[s], mean_ms(&town) - now_ms);
            town.at[s]++;
        }
    }
}

static void equal_stations_are_in_their_order(void **state)
{
    const int64_t price_ms[] = {500, 300, 500, 300, 100};
    uint32_t order[5];
    (void)state;
    standby_sort(price_ms, order, 5);
    assert_memory_equal(order, ((uint32_t[]){4, 1, 3, 0, 2}), sizeof(order));
}

/* Beyond who is nearly always free nobody is asked; a million units are no trouble. */
static void nobody_is_asked_behind_many(void **state)
{
    struct town town;
    int64_t gain_ms[STATIONS], loss_ms[STATIONS];
    (void)state;
    make_town(&town, 1);
    town.standby.busy_permille = 500;
    for (int s = 0; s < STATIONS; s++)
        town.at[s] = 3000000;
    int64_t cost_ms_now = standby_see(&town.standby, town.at, gain_ms, loss_ms);
    for (int s = 0; s < STATIONS; s++)
        assert_true(gain_ms[s] <= 1 && loss_ms[s] <= 1);
    town.standby.busy_permille = 0;
    assert_near(standby_see(&town.standby, town.at, gain_ms, loss_ms), (double)cost_ms_now);
    town.standby.busy_permille = 1000; /* nobody is ever there: each call costs all it can */
    int64_t all = 0;
    for (int v = 0; v < VIEWS; v++)
        for (int i = 0; i < PLACES; i++)
            all += town.weight[v][i];
    assert_near(standby_see(&town.standby, town.at, gain_ms, loss_ms),
                (double)NONE_MS * (double)all / (double)STANDBY_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_mean_over_who_is_busy),
        cmocka_unit_test(equal_stations_are_in_their_order),
        cmocka_unit_test(nobody_is_asked_behind_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
