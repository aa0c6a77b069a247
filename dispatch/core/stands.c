#include "dispatch/core/stands.h"

#include <string.h>

enum {
    CELLS_MAX = 1 << 17,  /* drives between places and stations */
    NEVER_S = 3600,       /* a drive of an hour or more, or no road at all */
    NO_PLACE = UINT32_MAX /* a zone without calls */
};

size_t stands_bytes(const struct limits *limits)
{
    size_t stations = limits->max[OBJECT_STATION], zones = limits->max[OBJECT_ZONE_NAME];
    size_t cells = stations * zones < CELLS_MAX ? stations * zones : CELLS_MAX;
    return cells * (sizeof(int64_t) + 2 * sizeof(uint32_t)) + stations * 8 * sizeof(int64_t) +
           zones * 4 * sizeof(int64_t) + 128;
}

bool stands_pending(const struct deciding *d, const struct unit *unit)
{
    return unit->move_to.v && d->now_ms - unit->move_ms < d->core->policy.move.life_ms;
}

uint64_t stands_at(const struct deciding *d, const struct unit *unit)
{
    if (stands_pending(d, unit))
        return unit->move_to.v;
    return unit->post.v ? unit->post.v : unit->station.v;
}

/* --- numbers --- */

static bool is_there(const struct table *table, uint32_t at, uint64_t id)
{
    return at < table->count && memcmp(table_at(table, at), &id, sizeof(id)) == 0;
}

bool stands_number(const struct table *table, uint64_t id, uint32_t *at)
{
    uint32_t low = 0, high = table->count;
    if (is_there(table, *at, id))
        return true;
    if (is_there(table, *at + 1, id)) { /* columns are mostly in the order of the table */
        ++*at;
        return true;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t there;
        memcpy(&there, table_at(table, middle), sizeof(there));
        if (there < id)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return is_there(table, low, id);
}

/* --- what is there --- */

static uint32_t count_places(const struct deciding *d, uint32_t calls_min)
{
    uint32_t n = 0;
    EACH (d->state, ZONE_NAME, zone_name, it)
        n += it->calls_a_week >= calls_min;
    return n;
}

/* The fewest calls with which a zone is a place. */
static uint32_t find_calls_min(const struct deciding *d, uint32_t stations)
{
    uint32_t calls_min = 1;
    while ((uint64_t)count_places(d, calls_min) * stations > CELLS_MAX)
        calls_min *= 2;
    return calls_min;
}

/* place_of[zone], NO_PLACE where it is none. */
static uint32_t *gather_places(struct deciding *d, struct stands *s)
{
    uint32_t calls_min = find_calls_min(d, s->standby.station_n), at = 0;
    uint32_t *place_of = scratch(d, d->state->table[OBJECT_ZONE_NAME].count * sizeof(*place_of));
    int64_t *weight, all = 0;
    s->place_n = count_places(d, calls_min);
    s->zone = scratch(d, s->place_n * sizeof(const struct zone_name *));
    weight = scratch(d, s->place_n * sizeof(*weight));
    EACH (d->state, ZONE_NAME, zone_name, it) {
        place_of[it_i] = it->calls_a_week >= calls_min ? at : NO_PLACE;
        if (place_of[it_i] == NO_PLACE)
            continue;
        all += it->calls_a_week;
        s->zone[at++] = it;
    }
    for (uint32_t i = 0; i < s->place_n; i++)
        weight[i] = s->zone[i]->calls_a_week * STANDBY_ALL / all;
    s->view.weight = weight;
    return place_of;
}

static void gather_drives(struct deciding *d, struct stands *s, const uint32_t *place_of)
{
    const struct propose_moves *c = s->command;
    const struct table *zones = &d->state->table[OBJECT_ZONE_NAME];
    size_t cells = (size_t)s->place_n * s->standby.station_n;
    uint32_t station = 0, zone = 0;
    s->drive_s = scratch(d, cells * sizeof(*s->drive_s));
    for (size_t i = 0; i < cells; i++)
        s->drive_s[i] = NEVER_S;
    for (uint32_t i = 0; i < c->reach_s.n; i++) {
        if (!stands_number(s->station, c->reach_from.v[i], &station) ||
            !stands_number(zones, c->reach_zone.v[i], &zone) || place_of[zone] == NO_PLACE)
            continue;
        uint32_t *drive_s = &s->drive_s[(size_t)place_of[zone] * s->standby.station_n + station];
        if (c->reach_s.v[i] < *drive_s)
            *drive_s = c->reach_s.v[i];
    }
}

static void gather_units(struct deciding *d, struct stands *s)
{
    uint32_t station = 0;
    s->at = scratch(d, s->standby.station_n * sizeof(*s->at));
    memset(s->at, 0, s->standby.station_n * sizeof(*s->at));
    EACH (d->state, UNIT, unit, it) {
        if (!core_unit_is_free(it))
            continue;
        s->pending += stands_pending(d, it);
        if (stands_number(s->station, stands_at(d, it), &station))
            s->at[station]++;
    }
}

/* --- prices --- */

/* By what drives are priced. */
struct prices {
    int64_t second_ms, late_ms, far_ms; /* a second; being late; a second beyond cover_s again */
};

/* But for being late. */
static int64_t price_ms(const struct stands *s, struct prices of, uint32_t drive_s)
{
    uint32_t cover_s = s->rules->cover_s;
    return of.second_ms * drive_s + (drive_s > cover_s ? of.far_ms * (drive_s - cover_s) : 0);
}

/* When nobody is free: until somebody is, late and from anywhere. */
static int64_t none_ms(const struct stands *s, struct prices of, const uint32_t *drive_s)
{
    int64_t sum_ms = 0;
    for (uint32_t n = 0; n < s->standby.station_n; n++)
        sum_ms += price_ms(s, of, drive_s[n]);
    return of.second_ms * s->rules->none_s + of.late_ms + sum_ms / s->standby.station_n;
}

/* Nobody drives for longer than it takes until another is free. */
static void set_prices(struct stands *s, struct prices of)
{
    uint32_t stations = s->standby.station_n;
    for (uint32_t i = 0; i < s->place_n; i++) {
        const uint32_t *drive_s = &s->drive_s[(size_t)i * stations];
        int64_t *ms = &s->price_ms[(size_t)i * stations];
        s->none_ms[i] = none_ms(s, of, drive_s);
        for (uint32_t n = 0; n < stations; n++) {
            ms[n] = price_ms(s, of, drive_s[n]) + (drive_s[n] > s->rules->cover_s ? of.late_ms : 0);
            if (ms[n] > s->none_ms[i])
                ms[n] = s->none_ms[i];
        }
    }
}

/* Drives, and lateness by how scarce units are: where they are plenty, by how much. */
static void set_real_prices(struct stands *s)
{
    const struct move_rules *r = s->rules;
    int64_t scarcity = standby_scarcity_permille(r->busy_permille, r->scarce_permille);
    set_prices(s, (struct prices){1000, r->late_s * scarcity, r->far_times * (1000 - scarcity)});
}

/* By the drive alone: then they are in order by any price of it. */
static void sort_stations(struct deciding *d, struct stands *s)
{
    size_t stations = s->standby.station_n;
    uint32_t *order = scratch(d, s->place_n * stations * sizeof(*order));
    for (size_t i = 0; i < s->place_n * stations; i++)
        s->price_ms[i] = s->drive_s[i];
    for (size_t i = 0; i < s->place_n; i++)
        standby_sort(&s->price_ms[i * stations], &order[i * stations], (uint32_t)stations);
    s->view.order = order;
}

void stands_gather(struct deciding *d, struct stands *s)
{
    const struct move_rules *r = &d->core->policy.move;
    uint32_t stations = d->state->table[OBJECT_STATION].count;
    uint32_t busy = r->busy_permille < r->gone_permille ? r->busy_permille : r->gone_permille;
    *s = (struct stands){.rules = r,
                         .command = &d->command->propose_moves,
                         .station = &d->state->table[OBJECT_STATION],
                         .standby = {.view_n = 1, .station_n = stations, .busy_permille = busy}};
    gather_drives(d, s, gather_places(d, s));
    gather_units(d, s);
    s->price_ms = scratch(d, (size_t)s->place_n * stations * sizeof(*s->price_ms));
    s->none_ms = scratch(d, s->place_n * sizeof(*s->none_ms));
    s->standby.wait_ms = scratch(d, (stations + (size_t)1) * sizeof(*s->standby.wait_ms));
    s->spare_ms = scratch(d, 2 * stations * sizeof(*s->spare_ms));
    s->gain_ms = scratch(d, stations * sizeof(*s->gain_ms));
    s->loss_ms = scratch(d, stations * sizeof(*s->loss_ms));
    sort_stations(d, s);
    s->view.price_ms = s->price_ms;
    s->view.none_ms = s->none_ms;
    s->view.place_n = s->place_n;
    s->standby.view = &s->view;
}

/* --- what comes of it --- */

void stands_see(struct stands *s)
{
    set_real_prices(s);
    standby_see(&s->standby, s->at, s->gain_ms, s->loss_ms);
}

static int64_t mean(struct stands *s, struct prices of)
{
    set_prices(s, of);
    return standby_see(&s->standby, s->at, s->spare_ms, s->spare_ms + s->standby.station_n);
}

struct stands_figures stands_figure(struct stands *s)
{
    struct stands_figures figures = {.drive_ms = mean(s, (struct prices){1000, 0, 0})};
    int64_t late = mean(s, (struct prices){0, 1000000, 0}); /* in millionths */
    figures.covered_permille = 1000 - (uint32_t)((late + 500) / 1000);
    return figures;
}

/* What one place gains of a unit more, every call being its. */
static int64_t place_gain_ms(struct stands *s, uint32_t place, uint32_t station)
{
    const int64_t all = STANDBY_ALL;
    size_t first = (size_t)place * s->standby.station_n;
    const struct standby_view view = {s->price_ms + first, s->view.order + first,
                                      s->none_ms + place, &all, 1};
    struct standby one = s->standby;
    one.view = &view;
    standby_see(&one, s->at, s->spare_ms, s->spare_ms + one.station_n);
    return s->spare_ms[station];
}

const struct zone_name *stands_zone(struct stands *s, uint32_t station)
{
    const struct zone_name *best = NULL;
    int64_t most = 0;
    set_real_prices(s);
    for (uint32_t i = 0; i < s->place_n; i++) {
        int64_t gain = place_gain_ms(s, i, station) * s->zone[i]->calls_a_week;
        if (gain <= most)
            continue;
        most = gain;
        best = s->zone[i];
    }
    return best;
}
