#include "dispatch/readers/positions.h"

#include <stdlib.h>

void positions_put(struct positions *positions, const struct track *track)
{
    struct position_list *list = malloc(sizeof(*list) + track->count * sizeof(list->at[0]));
    if (!list)
        return;
    list->count = 0;
    for (uint32_t i = 0; i < track->count; i++) {
        const struct track_unit *unit = &track->units[i];
        if (unit->has_live)
            list->at[list->count++] =
                (struct position){unit->unit, unit->live.lat_e7, unit->live.lon_e7};
    }
    free(atomic_exchange(&positions->newest, list));
}

struct position_list *positions_take(struct positions *positions)
{
    return atomic_exchange(&positions->newest, NULL);
}

void positions_close(struct positions *positions)
{
    free(positions_take(positions));
}
