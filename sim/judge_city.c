#include "sim/judge_city.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t judge_set(const struct judge_timing *timing, uint32_t n, int64_t now_ns)
{
    uint32_t at = 0;
    while (at + 1 < n && timing[at + 1].start_ns <= now_ns)
        at++;
    return timing[at].set;
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

void judge_city_close(struct judge_city *city)
{
    for (uint32_t r = 0; r < city->raster_n && city->cells; r++) {
        free(city->cells[r].x);
        free(city->cells[r].y);
        free(city->cells[r].weight);
    }
    ways_close(&city->ways);
    free(city->cells);
    free(city->station);
    free(city->hospital);
    free(city->unit_station);
    free(city->call);
}
