#include "dispatch/upkeep/growth.h"

uint32_t growth_hours_left(struct growth *growth, int64_t mono_ms, uint64_t room_bytes)
{
    growth->sample[growth->next].at_ms = mono_ms;
    growth->sample[growth->next].room_bytes = room_bytes;
    growth->next = (growth->next + 1) % GROWTH_SAMPLES;
    if (growth->count < GROWTH_SAMPLES)
        growth->count++;
    uint32_t oldest = (growth->next + GROWTH_SAMPLES - growth->count) % GROWTH_SAMPLES;
    int64_t span_ms = mono_ms - growth->sample[oldest].at_ms;
    uint64_t before = growth->sample[oldest].room_bytes;
    if (span_ms < GROWTH_SPAN_MS_MIN || before <= room_bytes)
        return GROWTH_HOURS_MAX;
    double filled_per_ms = (double)(before - room_bytes) / (double)span_ms;
    double hours = (double)room_bytes / filled_per_ms / 3600000.0;
    return hours < GROWTH_HOURS_MAX ? (uint32_t)hours : GROWTH_HOURS_MAX;
}
