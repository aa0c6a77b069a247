#include "dispatch/core/chance.h"

enum { SLICES = 16, ONE = 10000, Z_STEPS = 40 };

/* The middle of each sixteenth of a normal distribution, in thousandths of its sd. */
static const int64_t middle[SLICES] = {-1863, -1318, -1010, -776, -579, -402, -237, -78,
                                       78,    237,   402,   579,  776,  1010, 1318, 1863};

/* Ten thousand times the share of a normal distribution below 0.1 i sd. */
static const int64_t below[Z_STEPS + 1] = {
    5000, 5398, 5793, 6179, 6554, 6915, 7257, 7580, 7881, 8159, 8413, 8643,  8849, 9032,
    9192, 9332, 9452, 9554, 9641, 9713, 9772, 9821, 9861, 9893, 9918, 9938,  9953, 9965,
    9974, 9981, 9987, 9990, 9993, 9995, 9997, 9998, 9998, 9999, 9999, 10000, 10000};

static int64_t share_below(int64_t z_milli)
{
    int64_t z = z_milli < 0 ? -z_milli : z_milli, i = z / 100;
    int64_t share = i >= Z_STEPS ? ONE : below[i] + (below[i + 1] - below[i]) * (z % 100) / 100;
    return z_milli < 0 ? ONE - share : share;
}

/* That it arrives later than at at_ms. */
static int64_t later(const struct arrival *a, int64_t at_ms)
{
    if (a->sd_ms <= 0)
        return a->mean_ms > at_ms ? ONE : a->mean_ms == at_ms ? ONE / 2 : 0;
    int64_t apart_ms = a->mean_ms - at_ms, most_ms = 5 * a->sd_ms;
    apart_ms = apart_ms > most_ms ? most_ms : apart_ms < -most_ms ? -most_ms : apart_ms;
    return share_below(apart_ms * 1000 / a->sd_ms);
}

uint32_t chance_first_pct(const struct arrival *arrival, uint32_t n)
{
    int64_t sum = 0;
    for (int slice = 0; slice < SLICES; slice++) {
        int64_t at_ms = arrival[0].mean_ms + arrival[0].sd_ms * middle[slice] / 1000;
        int64_t all_later = ONE;
        for (uint32_t i = 1; i < n; i++)
            all_later = all_later * later(&arrival[i], at_ms) / ONE;
        sum += all_later;
    }
    return (uint32_t)((sum * 100 / SLICES + ONE / 2) / ONE);
}
