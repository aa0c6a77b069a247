/* What `citysim site` found: tables, GeoJSON and a drawing of before and after. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"
#include "sim/site.h"

static FILE *begin(struct site *site, const char *dir, const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    if (!out)
        snprintf(site->errmsg, sizeof(site->errmsg), "%.200s: %s", path, strerror(errno));
    return out;
}

static int end(struct site *site, FILE *out, const char *name)
{
    bool whole = !ferror(out);
    if (fclose(out) == 0 && whole)
        return 0;
    snprintf(site->errmsg, sizeof(site->errmsg), "%s could not be written", name);
    return -1;
}

static bool is_shown(const struct site_place *place)
{
    return place->is_station || place->units[SITE_AFTER] > 0;
}

/* ---- tables ---- */

static int write_places(struct site *site, const char *dir)
{
    FILE *out = begin(site, dir, "sites.csv");
    if (!out)
        return -1;
    fputs("name,lat,lon,station,units_before,units_after\n", out);
    for (uint32_t i = 0; i < site->place_n; i++) {
        const struct site_place *place = &site->place[i];
        if (!is_shown(place))
            continue;
        csv_put(out, place->name);
        fprintf(out, ",%.7f,%.7f,%s,%u,%u\n", place->at.lat_e7 / 1e7, place->at.lon_e7 / 1e7,
                place->is_station ? "existing" : "new", place->units[SITE_BEFORE],
                place->units[SITE_AFTER]);
    }
    return end(site, out, "sites.csv");
}

static int write_towns(struct site *site, const char *dir)
{
    FILE *out = begin(site, dir, "townships.csv");
    if (!out)
        return -1;
    fputs("township,urban,calls_a_day,norm_km,mean_km_before,mean_km_after,p95_km_before,"
          "p95_km_after,in_radius_before,in_radius_after,in_reach_before,in_reach_after,"
          "expected_before,expected_after\n",
          out);
    for (uint32_t t = 0; t < site->town_n; t++) {
        const struct site_town *town = &site->town[t];
        csv_put(out, town->name);
        fprintf(out, ",%s,%.2f,%.1f", town->urban ? "yes" : "no", town->calls_day, town->norm_km);
        fprintf(out, ",%.2f,%.2f,%.2f,%.2f", town->mean_km[0], town->mean_km[1], town->far_km[0],
                town->far_km[1]);
        fprintf(out, ",%.4f,%.4f,%.4f,%.4f,%.4f,%.4f\n", town->in_radius[0], town->in_radius[1],
                town->in_reach[0], town->in_reach[1], town->expected[0], town->expected[1]);
    }
    return end(site, out, "townships.csv");
}

/* ---- GeoJSON ---- */

static void put_json(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            putc(*text, out);
    }
    putc('"', out);
}

static void put_point(FILE *out, struct point at)
{
    fprintf(out, "[%.7f,%.7f]", at.lon_e7 / 1e7, at.lat_e7 / 1e7);
}

static const struct city_zone *zone_of_town(const struct site *site, const struct site_town *town)
{
    for (size_t z = 0; z < site->own.city.zone_n; z++)
        if (site->own.city.zone[z].name == town->name)
            return &site->own.city.zone[z];
    return NULL;
}

static void put_town(FILE *out, const struct site_town *town, const struct city_zone *zone)
{
    fputs(",\n{\"type\":\"Feature\",\"properties\":{\"kind\":\"township\",\"name\":", out);
    put_json(out, town->name);
    fprintf(out,
            ",\"calls_a_day\":%.2f,\"norm_km\":%.1f,\"p95_km_before\":%.2f,\"p95_km_after\":%.2f,"
            "\"in_reach_before\":%.4f,\"in_reach_after\":%.4f},"
            "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[",
            town->calls_day, town->norm_km, town->far_km[0], town->far_km[1], town->in_reach[0],
            town->in_reach[1]);
    for (size_t i = 0; i <= zone->ring_n; i++) {
        put_point(out, zone->ring[i % zone->ring_n]);
        if (i < zone->ring_n)
            putc(',', out);
    }
    fputs("]]}}", out);
}

static int write_geojson(struct site *site, const char *dir)
{
    FILE *out = begin(site, dir, "sites.geojson");
    bool first = true;
    if (!out)
        return -1;
    fputs("{\"type\":\"FeatureCollection\",\"features\":[", out);
    for (uint32_t i = 0; i < site->place_n; i++) {
        const struct site_place *place = &site->place[i];
        if (!is_shown(place))
            continue;
        fprintf(out, "%s\n{\"type\":\"Feature\",\"properties\":{\"kind\":\"site\",\"name\":",
                first ? "" : ",");
        put_json(out, place->name);
        fprintf(out,
                ",\"station\":\"%s\",\"units_before\":%u,\"units_after\":%u},"
                "\"geometry\":{\"type\":\"Point\",\"coordinates\":",
                place->is_station ? "existing" : "new", place->units[SITE_BEFORE],
                place->units[SITE_AFTER]);
        put_point(out, place->at);
        fputs("}}", out);
        first = false;
    }
    for (uint32_t t = 0; t < site->town_n; t++) {
        const struct city_zone *zone = zone_of_town(site, &site->town[t]);
        if (zone)
            put_town(out, &site->town[t], zone);
    }
    fputs("\n]}\n", out);
    return end(site, out, "sites.geojson");
}

/* ---- the drawing ---- */

enum { SIDE = 620, MARGIN = 20, TOP = 60 };

struct view {
    struct plane plane;
    double west_m, north_m, scale; /* pixels a metre */
    double left;                   /* of the panel */
};

static struct view view_of(const struct site *site)
{
    struct view v = {.plane = site->own.plane, .west_m = INFINITY, .north_m = -INFINITY};
    double east_m = -INFINITY, south_m = INFINITY;
    for (uint32_t i = 0; i < site->spot_n; i++) {
        double x, y;
        plane_xy(&v.plane, site->spot[i], &x, &y);
        v.west_m = fmin(v.west_m, x);
        east_m = fmax(east_m, x);
        south_m = fmin(south_m, y);
        v.north_m = fmax(v.north_m, y);
    }
    v.scale = (SIDE - 2 * MARGIN) / fmax(fmax(east_m - v.west_m, v.north_m - south_m), 1);
    return v;
}

static void put_xy(FILE *out, const struct view *v, struct point at)
{
    double x, y;
    plane_xy(&v->plane, at, &x, &y);
    fprintf(out, "%.1f,%.1f ", v->left + MARGIN + (x - v->west_m) * v->scale,
            TOP + MARGIN + (v->north_m - y) * v->scale);
}

/* From red (nobody in reach) to green (all). */
static void draw_towns(FILE *out, const struct site *site, const struct view *v, int when)
{
    for (uint32_t t = 0; t < site->town_n; t++) {
        const struct site_town *town = &site->town[t];
        const struct city_zone *zone = zone_of_town(site, town);
        if (!zone)
            continue;
        fputs("<polygon points='", out);
        for (size_t i = 0; i < zone->ring_n; i++)
            put_xy(out, v, zone->ring[i]);
        fprintf(out, "' fill='hsl(%.0f,60%%,80%%)' stroke='#999'/>\n", 120 * town->in_reach[when]);
    }
}

static void draw_roads(FILE *out, const struct site *site, const struct view *v)
{
    const struct road *road = &site->own.drive.road;
    for (uint32_t a = 0; a < road->arc_n; a++) {
        const struct road_arc *arc = &road->arc[a];
        bool twice = arc->twin != ROAD_NONE && arc->twin < a;
        if (arc->class > ROAD_SECONDARY || arc->original != a || twice)
            continue;
        fputs("<polyline points='", out);
        put_xy(out, v, road_arc_point(road, a, 0));
        put_xy(out, v, road_arc_point(road, a, arc->shape_n - 1));
        fputs("' fill='none' stroke='#777' stroke-width='0.7'/>\n", out);
    }
}

static void draw_places(FILE *out, const struct site *site, const struct view *v, int when)
{
    for (uint32_t i = 0; i < site->place_n; i++) {
        const struct site_place *place = &site->place[i];
        double x, y;
        if (!(place->is_station || place->units[when]))
            continue;
        plane_xy(&v->plane, place->at, &x, &y);
        x = v->left + MARGIN + (x - v->west_m) * v->scale;
        y = TOP + MARGIN + (v->north_m - y) * v->scale;
        if (place->is_station)
            fprintf(out, "<circle cx='%.1f' cy='%.1f' r='7' fill='#1f4e8c'/>", x, y);
        else
            fprintf(out, "<rect x='%.1f' y='%.1f' width='14' height='14' fill='#b00040'/>", x - 7,
                    y - 7);
        fprintf(out, "<text x='%.1f' y='%.1f' text-anchor='middle' fill='white'>%u</text>\n", x,
                y + 4, place->units[when]);
    }
}

static void draw_panel(FILE *out, const struct site *site, struct view v, int when)
{
    const struct site_town *all = &site->town[site->town_n - 1];
    v.left = when * SIDE;
    fprintf(out,
            "<text x='%.0f' y='24' font-size='16'>%s</text><text x='%.0f' y='44'>"
            "%.1f %% of calls in reach, %.1f %% within the radius, 95 %% within %.1f km</text>\n",
            v.left + MARGIN, when == SITE_BEFORE ? "现状 before" : "规划 after", v.left + MARGIN,
            100 * all->in_reach[when], 100 * all->in_radius[when], all->far_km[when]);
    draw_towns(out, site, &v, when);
    draw_roads(out, site, &v);
    draw_places(out, site, &v, when);
}

static int write_map(struct site *site, const char *dir)
{
    FILE *out = begin(site, dir, "map.svg");
    struct view v = view_of(site);
    if (!out)
        return -1;
    fprintf(out,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' "
            "font-size='10' font-family='sans-serif'>\n<rect width='100%%' height='100%%' "
            "fill='white'/>\n",
            2 * SIDE, TOP + SIDE + 40, 2 * SIDE);
    draw_panel(out, site, v, SITE_BEFORE);
    draw_panel(out, site, v, SITE_AFTER);
    fprintf(out,
            "<text x='%d' y='%d'>圆 circle: station there is; 方 square: to be opened; number: "
            "units; colour: share of calls within reach, red 0 to green 100 %%</text>\n</svg>\n",
            MARGIN, TOP + SIDE + 20);
    return end(site, out, "map.svg");
}

int site_write(struct site *site, const char *dir)
{
    if (os_make_dirs(dir) < 0) {
        snprintf(site->errmsg, sizeof(site->errmsg), "%.200s cannot be made", dir);
        return -1;
    }
    if (write_places(site, dir) < 0 || write_towns(site, dir) < 0 || write_geojson(site, dir) < 0)
        return -1;
    return write_map(site, dir);
}

/* ---- for people ---- */

static void say_town(FILE *out, const struct site_town *t)
{
    fprintf(out, "%8.1f %6.1f  %6.1f > %6.1f  %6.1f > %6.1f  %6.1f > %6.1f  %6.1f > %6.1f  %s\n",
            t->calls_day, t->norm_km, t->far_km[0], t->far_km[1], 100 * t->in_radius[0],
            100 * t->in_radius[1], 100 * t->in_reach[0], 100 * t->in_reach[1], 100 * t->expected[0],
            100 * t->expected[1], t->name);
}

static void say_judged(FILE *out, const struct site *site)
{
    for (int p = 0; p < JUDGE_PRIORITIES; p++) {
        const struct judge_figures *a = &site->stats[SITE_BEFORE].priority[p],
                                   *b = &site->stats[SITE_AFTER].priority[p];
        fprintf(out, "priority %d: in time %.1f > %.1f %%, mean %.0f > %.0f s, P90 %.0f > %.0f s\n",
                p + 1, 100 * a->in_time, 100 * b->in_time, a->mean_s, b->mean_s, a->p90_s,
                b->p90_s);
    }
}

void site_say(const struct site *site, FILE *out)
{
    fprintf(out, "%u station(s) to open, units placed with %.1f %% of their time taken\n",
            site->opened, 100 * site->stats[SITE_BEFORE].busy);
    for (uint32_t i = 0; i < site->place_n; i++) {
        const struct site_place *p = &site->place[i];
        if (is_shown(p) && (!p->is_station || p->units[SITE_BEFORE] != p->units[SITE_AFTER]))
            fprintf(out, "  %s %.5f,%.5f: %u > %u units  %s\n", p->is_station ? "station" : "NEW",
                    p->at.lat_e7 / 1e7, p->at.lon_e7 / 1e7, p->units[SITE_BEFORE],
                    p->units[SITE_AFTER], p->name);
    }
    fputs("calls/day norm km  P95 km by road   % in radius      % in reach       % expected\n",
          out);
    for (uint32_t t = 0; t < site->town_n; t++)
        say_town(out, &site->town[t]);
    fputs("the judge, same calls before and after, policy ours:\n", out);
    say_judged(out, site);
}
