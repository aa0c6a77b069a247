#include "dispatch/ctl/export_zones.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/atlas/atlas.h"
#include "dispatch/wire/wire_json.h"

enum { WKB_POLYGON = 3, WKB_MULTIPOLYGON = 6, FILE_MAX = 256 * 1024 * 1024 };

/* --- WKB --- */

struct wkb {
    const unsigned char *p;
    size_t left;
    bool bad;
};

static const unsigned char *take(struct wkb *wkb, size_t n)
{
    const unsigned char *at = wkb->p;
    if (wkb->bad || wkb->left < n) {
        wkb->bad = true;
        return NULL;
    }
    wkb->p += n;
    wkb->left -= n;
    return at;
}

static uint32_t take_u32(struct wkb *wkb)
{
    const unsigned char *p = take(wkb, 4);
    return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

static double take_double(struct wkb *wkb)
{
    const unsigned char *p = take(wkb, 8);
    uint64_t bits = 0;
    double value;
    for (int i = 7; p && i >= 0; i--)
        bits = bits << 8 | p[i];
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Byte order and type. */
static uint32_t take_type(struct wkb *wkb)
{
    const unsigned char *order = take(wkb, 1);
    if (order && *order != 1)
        wkb->bad = true;
    return take_u32(wkb);
}

static void put_ring(struct wkb *wkb, struct buffer *out)
{
    uint32_t n = take_u32(wkb);
    buffer_add_text(out, "[");
    for (uint32_t i = 0; i < n && !wkb->bad; i++) {
        double lon = take_double(wkb), lat = take_double(wkb);
        if (!isfinite(lon) || !isfinite(lat))
            wkb->bad = true;
        else if (!wkb->bad)
            buffer_print(out, "%s[%.7f,%.7f]", i ? "," : "", lon, lat);
    }
    buffer_add_text(out, "]");
}

static void put_polygon(struct wkb *wkb, struct buffer *out)
{
    uint32_t rings = take_u32(wkb);
    buffer_add_text(out, "[");
    for (uint32_t i = 0; i < rings && !wkb->bad; i++) {
        buffer_add_text(out, i ? "," : "");
        put_ring(wkb, out);
    }
    buffer_add_text(out, "]");
}

static void put_multipolygon(struct wkb *wkb, struct buffer *out)
{
    uint32_t polygons = take_u32(wkb);
    for (uint32_t i = 0; i < polygons && !wkb->bad; i++) {
        if (take_type(wkb) != WKB_POLYGON)
            wkb->bad = true;
        buffer_add_text(out, i ? "," : "");
        put_polygon(wkb, out);
    }
}

int wkb_to_geojson(const void *bytes, size_t size, struct buffer *out)
{
    struct wkb wkb = {bytes, size, false};
    uint32_t type = take_type(&wkb);
    buffer_add_text(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    if (type == WKB_POLYGON)
        put_polygon(&wkb, out);
    else if (type == WKB_MULTIPOLYGON)
        put_multipolygon(&wkb, out);
    else
        wkb.bad = true;
    buffer_add_text(out, "]}");
    return wkb.bad || wkb.left ? -1 : 0;
}

/* --- the file --- */

struct exporting {
    struct buffer out;
    bool first;
};

static void put_member(struct buffer *out, const char *name, const char *value)
{
    buffer_print(out, ",\"%s\":", name);
    wire_json_text(out, (struct text){value, (uint32_t)strlen(value)});
}

static int put_zone(void *context, const struct atlas_zone *zone)
{
    struct exporting *e = context;
    buffer_print(&e->out, "%s\n{\"type\":\"Feature\",\"properties\":{\"id\":%llu",
                 e->first ? "" : ",", (unsigned long long)zone->id);
    put_member(&e->out, "code", zone->code);
    put_member(&e->out, "name", zone->name);
    put_member(&e->out, "kind", zone->kind);
    buffer_add_text(&e->out, "},\"geometry\":");
    e->first = false;
    int rc = wkb_to_geojson(zone->wkb, zone->wkb_size, &e->out);
    buffer_add_text(&e->out, "}");
    return rc;
}

static int write_zones(struct atlas *atlas, struct exporting *e, const char *path,
                       char errmsg[static ERRMSG_MAX])
{
    buffer_add_text(&e->out, "{\"type\":\"FeatureCollection\",\"features\":[");
    int n = atlas_zones(atlas, put_zone, e);
    buffer_add_text(&e->out, "\n]}\n");
    if (n < 0 || e->out.full) {
        snprintf(errmsg, ERRMSG_MAX, "%s", n < 0 ? atlas->errmsg : "too many zones for one file");
        return -1;
    }
    int rc = os_replace_file(path, e->out.bytes, e->out.n, 0644);
    if (rc < 0) {
        snprintf(errmsg, ERRMSG_MAX, "%.400s: %s", path, strerror(-rc));
        return -1;
    }
    return n;
}

int ctl_export_zones(const char *conninfo, const char *path, char errmsg[static ERRMSG_MAX])
{
    struct exporting e = {.first = true};
    struct atlas atlas;
    if (atlas_open(&atlas, conninfo) < 0) {
        snprintf(errmsg, ERRMSG_MAX, "%s", atlas.errmsg);
        return -1;
    }
    buffer_init(&e.out, FILE_MAX);
    int n = write_zones(&atlas, &e, path, errmsg);
    buffer_close(&e.out);
    atlas_close(&atlas);
    return n;
}
