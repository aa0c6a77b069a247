#include "dispatch/core/standby.h"

#include <stdbool.h>
#include <string.h>

#define CHANCE ((int64_t)1 << 20)         /* a chance of one */
#define UNLIKELY (STANDBY_ALL * 4 / 1000) /* that everybody up to a rank is busy */

int64_t standby_scarcity_permille(int64_t busy_permille, int64_t scarce_permille)
{
    int64_t share = busy_permille * 1000 / scarce_permille;
    share = share < 1000 ? share : 1000;
    return share * share * share / 1000000;
}

static bool is_before(const int64_t *price_ms, uint32_t a, uint32_t b)
{
    return price_ms[a] < price_ms[b] || (price_ms[a] == price_ms[b] && a < b);
}

/* Shell's, with Ciura's gaps. */
void standby_sort(const int64_t *price_ms, uint32_t *order, uint32_t n)
{
    static const uint32_t gap[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t g = 0; g < sizeof(gap) / sizeof(gap[0]); g++)
        for (uint32_t i = gap[g]; i < n; i++) {
            uint32_t at = i, station = order[i];
            for (; at >= gap[g] && is_before(price_ms, station, order[at - gap[g]]); at -= gap[g])
                order[at] = order[at - gap[g]];
            order[at] = station;
        }
}

/* The ranks that matter: beyond them somebody nearer is nearly always free. */
static uint32_t count_ranks(const uint32_t *order, uint32_t n, const uint32_t *at, int64_t busy)
{
    int64_t reached = STANDBY_ALL;
    uint32_t rank = 0;
    for (; rank < n && reached > UNLIKELY; rank++)
        for (uint32_t i = at[order[rank]]; i > 0 && reached > 0; i--)
            reached = reached * busy / CHANCE;
    return rank;
}

/* wait_ms[rank]: what a call costs from each rank on, everybody nearer being busy. */
static void wait_ranks(int64_t *wait_ms, const int64_t *price_ms, const uint32_t *order,
                       uint32_t ranks, const uint32_t *at, int64_t busy)
{
    for (uint32_t rank = ranks; rank-- > 0;) {
        int64_t from_ms = wait_ms[rank + 1], was_ms = -1;
        for (uint32_t i = at[order[rank]]; i > 0 && from_ms != was_ms; i--) {
            was_ms = from_ms;
            from_ms = ((CHANCE - busy) * price_ms[order[rank]] + busy * from_ms) / CHANCE;
        }
        wait_ms[rank] = from_ms;
    }
}

/* Adds to gain and loss, in STANDBY_ALL-th of a ms; the place's call as it is. */
static int64_t see_place(const struct standby *o, const struct standby_view *v, uint32_t place,
                         int64_t busy, const uint32_t *at, int64_t *gain, int64_t *loss)
{
    const int64_t *price_ms = v->price_ms + (size_t)place * o->station_n;
    const uint32_t *order = v->order + (size_t)place * o->station_n;
    uint32_t ranks = count_ranks(order, o->station_n, at, busy);
    o->wait_ms[ranks] = v->none_ms[place];
    wait_ranks(o->wait_ms, price_ms, order, ranks, at, busy);
    int64_t reached = v->weight[place] * (CHANCE - busy) / CHANCE;
    for (uint32_t rank = 0; rank < ranks; rank++) {
        uint32_t station = order[rank];
        int64_t saved_ms = o->wait_ms[rank] - price_ms[station];
        if (saved_ms > 0)
            gain[station] += reached * saved_ms;
        for (uint32_t i = at[station]; i > 1 && reached > 0; i--)
            reached = reached * busy / CHANCE;
        if (at[station] > 0) {
            loss[station] += reached * (o->wait_ms[rank + 1] - price_ms[station]);
            reached = reached * busy / CHANCE;
        }
    }
    return v->weight[place] * o->wait_ms[0];
}

int64_t standby_see(const struct standby *o, const uint32_t *at, int64_t *gain_ms, int64_t *loss_ms)
{
    int64_t busy = o->busy_permille * CHANCE / 1000, cost = 0;
    memset(gain_ms, 0, o->station_n * sizeof(*gain_ms));
    memset(loss_ms, 0, o->station_n * sizeof(*loss_ms));
    for (uint32_t i = 0; i < o->view_n; i++)
        for (uint32_t place = 0; place < o->view[i].place_n; place++)
            if (o->view[i].weight[place] > 0)
                cost += see_place(o, &o->view[i], place, busy, at, gain_ms, loss_ms);
    for (uint32_t s = 0; s < o->station_n; s++) {
        gain_ms[s] /= STANDBY_ALL;
        loss_ms[s] /= STANDBY_ALL;
    }
    return cost / STANDBY_ALL;
}
