#include "dispatch/travel/preparedness.h"

#include "dispatch/must.h"

enum { HOURS_A_WEEK = 168, HOUR_S = 3600, SOONEST_S = 60 };

uint32_t preparedness_milli(const struct preparedness_rule *rule, const uint32_t *eta_s,
                            uint32_t calls_a_week)
{
    double sum = 0, weight = 1;
    must(calls_a_week > 0);
    for (uint32_t i = 0; i < rule->units && eta_s[i] != TRAVEL_NO_WAY; i++) {
        sum += weight * HOUR_S / (eta_s[i] < SOONEST_S ? SOONEST_S : eta_s[i]);
        weight *= rule->next_pct / 100.0;
    }
    double milli = 1000 * sum * HOURS_A_WEEK / calls_a_week;
    return milli < UINT32_MAX ? (uint32_t)milli : UINT32_MAX;
}

void preparedness_gather(struct preparedness *p, const struct state *state,
                         struct travel_near *near)
{
    uint32_t n = 0;
    must(p->rule.units <= PREPAREDNESS_UNITS_MAX);
    EACH (state, ZONE_NAME, zone_name, it) {
        if (!p->rule.units || !it->calls_a_week || n == PREPAREDNESS_ZONES_MAX)
            continue;
        p->zone[n] = it->zone.v;
        p->calls_a_week[n] = it->calls_a_week;
        p->at[n++] = (struct point){it->lat_e7, it->lon_e7};
    }
    *near = (struct travel_near){
        .at = p->at, .n = n, .each = p->rule.units, .eta_s = p->eta_s, .known = false};
}

bool preparedness_of(const struct preparedness *p, const struct travel_near *near, uint64_t zone,
                     uint32_t *milli)
{
    for (uint32_t i = 0; near->known && i < near->n; i++)
        if (p->zone[i] == zone) {
            *milli = preparedness_milli(&p->rule, &near->eta_s[i * near->each], p->calls_a_week[i]);
            return true;
        }
    return false;
}
