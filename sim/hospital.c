#include "sim/hospital.h"

#include <string.h>

void hospital_init(struct emergency_room *room, const struct city_hospital *of,
                   const struct crew_config *config, uint64_t seed)
{
    memset(room, 0, sizeof(*room));
    room->of = of;
    room->dice = dice_make(seed, of->code);
    room->handover_s = config->handover_s;
    room->bays = (uint32_t)(of->beds * config->bays_per_ten_beds / 10);
    if (room->bays < 1)
        room->bays = 1;
    if (room->bays > HOSPITAL_BAYS_MAX)
        room->bays = HOSPITAL_BAYS_MAX;
}

/* Whoever stands in front and has no bay yet begins. */
static void fill_bays(struct emergency_room *room, int64_t now_ms)
{
    for (size_t i = 0; i < room->guest_n && i < room->bays; i++)
        if (room->guest[i].done_ms == INT64_MAX)
            room->guest[i].done_ms =
                now_ms +
                (int64_t)(1000 * (room->handover_s / 3 +
                                  dice_exponential(&room->dice, room->handover_s * 2 / 3)));
}

bool hospital_arrive(struct emergency_room *room, uint64_t unit, int64_t now_ms)
{
    if (room->guest_n == HOSPITAL_QUEUE_MAX)
        return false;
    room->guest[room->guest_n++] = (struct hospital_guest){unit, INT64_MAX};
    fill_bays(room, now_ms);
    return true;
}

uint64_t hospital_leave(struct emergency_room *room, int64_t now_ms)
{
    for (size_t i = 0; i < room->guest_n; i++) {
        uint64_t unit = room->guest[i].unit;
        if (room->guest[i].done_ms > now_ms)
            continue;
        memmove(&room->guest[i], &room->guest[i + 1],
                (room->guest_n - i - 1) * sizeof(room->guest[0]));
        room->guest_n--;
        fill_bays(room, now_ms);
        return unit;
    }
    return 0;
}

uint32_t hospital_wait_s(const struct emergency_room *room, int64_t now_ms)
{
    double ahead_s = 0;

    for (size_t i = 0; i < room->guest_n; i++) {
        int64_t done_ms = room->guest[i].done_ms;
        ahead_s += done_ms == INT64_MAX ? room->handover_s
                   : done_ms > now_ms   ? (double)(done_ms - now_ms) / 1000
                                        : 0;
    }
    bool free_bay = room->guest_n < room->bays;
    return (uint32_t)((free_bay ? 0 : ahead_s / room->bays) + room->handover_s);
}

enum hospital_status hospital_status_of(const struct emergency_room *room)
{
    if (room->guest_n < room->bays)
        return HOSPITAL_OPEN;
    return room->guest_n < 2 * (size_t)room->bays ? HOSPITAL_BUSY : HOSPITAL_DIVERT;
}
