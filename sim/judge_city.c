#include "sim/judge_city.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/dice.h"

uint32_t judge_set(const struct judge_timing *timing, uint32_t n, int64_t now_ns)
{
    uint32_t low = 0, high = n; /* the row lies in low … high - 1 */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (timing[middle].start_ns <= now_ns)
            low = middle;
        else
            high = middle;
    }
    return timing[low].set;
}

int judge_always(struct judge_city *city)
{
    city->travel = calloc(1, sizeof(*city->travel));
    city->demand = calloc(1, sizeof(*city->demand));
    city->travel_n = city->demand_n = 1;
    return city->travel && city->demand ? 0 : -1;
}

uint32_t judge_mode(const struct judge_city *city, uint32_t priority, int64_t now_ns)
{
    return city->mode_of[judge_set(city->travel, city->travel_n, now_ns)][priority];
}

uint32_t judge_response_mode(const struct judge_city *city, uint32_t priority, int64_t now_ns)
{
    return judge_mode(city, city->travels_as[priority], now_ns);
}

void judge_join(const struct judge_city *city, struct judge_place *place)
{
    place->node = ways_nearest(&city->ways, place->x, place->y, &place->off_km);
}

int judge_set_units(struct judge_city *city, uint32_t n)
{
    uint32_t *station = malloc((n + 1) * sizeof(*station));
    if (!station || n == 0) {
        free(station);
        snprintf(city->errmsg, sizeof(city->errmsg), "there must be a unit");
        return -1;
    }
    for (uint32_t u = 0; u < n; u++)
        station[u] = city->unit_station[u % city->unit_n];
    free(city->unit_station);
    city->unit_station = station;
    city->unit_n = n;
    return 0;
}

/* first[d]: the first call of day d, days + 1 of them. */
static void index_days(const struct judge_city *city, const struct judge_call *file, uint32_t n,
                       uint32_t *first, uint32_t days)
{
    uint32_t at = 0;
    for (uint32_t d = 0; d <= days; d++) {
        while (at < n && file[at].arrival_ns < city->start_ns + d * JUDGE_DAY)
            at++;
        first[d] = d == days ? n : at;
    }
}

int judge_redraw(struct judge_city *city, const struct judge_call *file, uint32_t n, uint64_t seed)
{
    uint32_t days = (uint32_t)((file[n - 1].arrival_ns - city->start_ns) / JUDGE_DAY) + 1;
    uint32_t *first = malloc((days + 1) * sizeof(*first)), *drawn = malloc(days * sizeof(*drawn));
    struct dice dice = dice_make(seed, "days of calls");
    uint32_t calls = 0;
    if (first && drawn)
        index_days(city, file, n, first, days);
    for (uint32_t d = 0; d < days && first && drawn; d++) {
        drawn[d] = dice_below(&dice, days);
        calls += first[drawn[d] + 1] - first[drawn[d]];
    }
    free(city->call);
    city->call = first && drawn ? malloc((calls + 1) * sizeof(*city->call)) : NULL;
    city->call_n = 0;
    city->places_checked = false;
    for (uint32_t d = 0; d < days && city->call; d++)
        for (uint32_t c = first[drawn[d]]; c < first[drawn[d] + 1]; c++) {
            struct judge_call *call = &city->call[city->call_n++];
            *call = file[c];
            call->arrival_ns += ((int64_t)d - drawn[d]) * JUDGE_DAY;
        }
    free(first);
    free(drawn);
    if (city->call && city->call_n)
        return 0;
    snprintf(city->errmsg, sizeof(city->errmsg), "out of memory, or days without calls");
    return -1;
}

void judge_city_close(struct judge_city *city)
{
    for (uint32_t r = 0; r < city->raster_n && city->cells; r++) {
        free(city->cells[r].x);
        free(city->cells[r].y);
        free(city->cells[r].weight);
    }
    ways_close(&city->ways);
    free(city->travel);
    free(city->demand);
    free(city->cells);
    free(city->station);
    free(city->hospital);
    free(city->unit_station);
    free(city->call);
}
