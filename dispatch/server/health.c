#include "dispatch/server/health.h"

#include <string.h>

static void add(uint64_t *list, uint32_t *n, uint64_t unit)
{
    if (*n < HEALTH_UNITS_MAX)
        list[(*n)++] = unit;
}

static bool is_in(const uint64_t *list, uint32_t n, uint64_t unit)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == unit)
            return true;
    return false;
}

static bool drives(const struct assignment *a)
{
    return a->step == STEP_DEPARTED || a->step == STEP_LEFT_SCENE;
}

static bool is_late(const struct assignment *a, const struct watch_numbers *n, int64_t now_ms)
{
    int64_t said_ms = a->eta_s * INT64_C(1000) * n->units_late_pct / 100;
    return a->step >= STEP_ORDERED && a->step < STEP_AT_SCENE && a->eta_s && a->ordered_ms &&
           now_ms > a->ordered_ms + said_ms;
}

static void look_at_units(struct health *h, const struct state *state, const struct track *track,
                          const struct watch_numbers *n, int64_t now_ms, struct pass_minute *m)
{
    uint64_t slow[HEALTH_UNITS_MAX];
    uint32_t slow_n = 0;
    EACH (state, UNIT, unit, it) {
        const struct track_unit *seen = track_get(track, it->unit.v);
        const struct assignment *a = state_assignment(state, it->assignment.v);
        if (it->duty != DUTY_ON)
            continue;
        m->units_on++;
        m->units_free += core_unit_is_free(it);
        if (seen && seen->silent)
            add(h->silent, &m->silent_unit.n, it->unit.v);
        if (a && is_late(a, n, now_ms))
            add(h->late, &m->late_unit.n, it->unit.v);
        if (!a || !drives(a) || !seen || !seen->has_live || seen->silent ||
            seen->live.speed_dkmh >= n->units_stuck_kmh * 10)
            continue;
        add(slow, &slow_n, it->unit.v);
        if (is_in(h->slow, h->slow_n, it->unit.v))
            add(h->stuck, &m->stuck_unit.n, it->unit.v);
    }
    memcpy(h->slow, slow, slow_n * sizeof *slow);
    h->slow_n = slow_n;
}

void health_minute(struct health *h, const struct state *state, const struct track *track,
                   const struct watch_numbers *n, int64_t now_ms,
                   struct pass_minute *m)
{
    *m = (struct pass_minute){.covered_known = h->covered_known,
                              .covered_permille = h->covered_permille,
                              .by_demand = h->by_demand};
    m->silent_unit.v = h->silent;
    m->stuck_unit.v = h->stuck;
    m->late_unit.v = h->late;
    m->covered_zone = (struct u64s){h->zone, h->zones};
    m->zone_permille = (struct u32s){h->permille, h->zones};
    m->prepared_zone = (struct u64s){h->prepared_zone, h->prepared};
    m->prepared_milli = (struct u32s){h->prepared_milli, h->prepared};
    inflow_find(&h->inflow, state, now_ms, h->calls_known ? h->calls : -1);
    m->inflow_hospital = (struct u64s){h->inflow.hospital, h->inflow.n};
    m->inflow_milli = (struct u32s){h->inflow.milli, h->inflow.n};
    m->inflow_room = (struct u32s){h->inflow.room, h->inflow.n};
    look_at_units(h, state, track, n, now_ms, m);
    EACH (state, SEAT, seat, it)
        m->seats_mute += !it->sounds;
    EACH (state, TERMINAL, terminal, it)
        m->terminals_lost += it->lost;
}

/* --- coverage --- */

void health_cover(struct health *h, const struct state *state, const struct health_zone *zone,
                  uint32_t n)
{
    uint64_t cells = 0, within = 0, demand = 0, reached = 0;
    h->zones = h->prepared = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct zone_name *name = state_zone_name(state, zone[i].zone);
        if (!name || !(name->kind_mask & KIND_BIT(ZONE_KIND_TOWNSHIP)) || !zone[i].cells ||
            h->zones == HEALTH_ZONES_MAX)
            continue;
        uint32_t permille = (uint32_t)(zone[i].within * UINT64_C(1000) / zone[i].cells);
        h->zone[h->zones] = zone[i].zone;
        h->permille[h->zones++] = permille;
        if (zone[i].prepared) {
            h->prepared_zone[h->prepared] = zone[i].zone;
            h->prepared_milli[h->prepared++] = zone[i].prepared_milli;
        }
        cells += zone[i].cells;
        within += zone[i].within;
        demand += name->calls_a_week;
        reached += (uint64_t)name->calls_a_week * permille;
    }
    h->covered_known = cells > 0;
    h->by_demand = demand > 0;
    h->covered_permille = demand  ? (uint32_t)(reached / demand)
                          : cells ? (uint32_t)(within * 1000 / cells)
                                  : 0;
}
