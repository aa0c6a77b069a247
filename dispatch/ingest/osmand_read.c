/* What a phone says about itself: the query form of OsmAnd and the JSON form of the newer Traccar
 * Client. Phones give WGS-84. Unknown keys are passed over; a known key whose value cannot be read
 * refuses the report by name; a value that says "unknown" (−1) is unknown. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dispatch/ingest/form.h"
#include "dispatch/ingest/osmand.h"
#include "geo/point.h"

static const double dkmh_per_knot = 18.52, dkmh_per_mps = 36.0;

static void report_init(struct osmand_report *r, bool json)
{
    *r = (struct osmand_report){.json = json};
    r->fix = (struct fix){
        .speed_dkmh = UINT16_MAX,
        .course_deg = UINT16_MAX,
        .altitude_m = INT16_MIN,
        .accuracy_m = UINT16_MAX,
        .source = FIX_OSMAND,
    };
}

/* Negative means unknown. */
static uint16_t rounded_u16(double value)
{
    if (value < 0)
        return UINT16_MAX;
    return value > UINT16_MAX - 1 ? UINT16_MAX - 1 : (uint16_t)lround(value);
}

static void set_course(struct fix *fix, double deg)
{
    if (deg >= 0)
        fix->course_deg = (uint16_t)(lround(fmod(deg, 360)) % 360);
}

static void set_altitude(struct fix *fix, double m)
{
    fix->altitude_m = (int16_t)lround(fmax(INT16_MIN + 1, fmin(INT16_MAX, m)));
}

static void set_place(struct osmand_report *r, double lat, double lon)
{
    struct point place = {0, 0};
    r->has_place = true;
    if (point_from_deg(lat, lon, &place) != 0)
        r->fix.marks |= FIX_NO_PLACE;
    r->fix.lat_e7 = place.lat_e7;
    r->fix.lon_e7 = place.lon_e7;
}

static bool set_id(struct osmand_report *r, const char *id)
{
    size_t n = strlen(id);
    if (n == 0 || n >= sizeof r->id)
        return false;
    memcpy(r->id, id, n + 1);
    return true;
}

/* Seconds below 2^31, milliseconds above, or a date. */
static bool set_time(struct osmand_report *r, const char *text)
{
    int64_t value;
    r->has_time = true;
    if (form_time(text, &r->fix.at_ms))
        return true;
    if (!form_integer(text, 0, INT64_MAX / 2000, &value))
        return false;
    r->fix.at_ms = value < 1ll << 31 ? value * 1000 : value;
    return true;
}

/* --- query form ---------------------------------------------------------------------------- */

struct query {
    struct osmand_report *report;
    double lat, lon;
    bool has_lat, has_lon;
};

static bool query_location(struct query *q, const char *value)
{
    char lat[32];
    const char *comma = strchr(value, ',');
    size_t n = comma == NULL ? sizeof lat : (size_t)(comma - value);
    if (n >= sizeof lat)
        return false;
    memcpy(lat, value, n);
    lat[n] = '\0';
    q->has_lat = form_number(lat, -1e6, 1e6, &q->lat);
    q->has_lon = form_number(comma + 1, -1e6, 1e6, &q->lon);
    return q->has_lat && q->has_lon;
}

static bool query_number(struct fix *fix, const char *key, const char *text)
{
    double value;
    if (!form_number(text, -1e6, 1e9, &value))
        return false;
    if (strcmp(key, "speed") == 0)
        fix->speed_dkmh = rounded_u16(value * dkmh_per_knot);
    else if (strcmp(key, "altitude") == 0)
        set_altitude(fix, value);
    else if (strcmp(key, "accuracy") == 0)
        fix->accuracy_m = rounded_u16(value);
    else
        set_course(fix, value);
    return true;
}

static bool is_one_of(const char *key, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(key, *names) == 0)
            return true;
    }
    return false;
}

/* False if the value of a key we know cannot be read. */
static bool query_pair(struct query *q, const char *key, const char *value)
{
    static const char *const ids[] = {"id", "deviceid", NULL};
    static const char *const numbers[] = {"speed",    "bearing",  "heading",
                                          "altitude", "accuracy", NULL};
    struct osmand_report *r = q->report;
    if (is_one_of(key, ids))
        return set_id(r, value);
    if (strcmp(key, "timestamp") == 0)
        return set_time(r, value);
    if (strcmp(key, "lat") == 0)
        return q->has_lat = form_number(value, -1e6, 1e6, &q->lat);
    if (strcmp(key, "lon") == 0)
        return q->has_lon = form_number(value, -1e6, 1e6, &q->lon);
    if (strcmp(key, "location") == 0)
        return query_location(q, value);
    if (is_one_of(key, numbers))
        return query_number(&r->fix, key, value);
    if (strcmp(key, "valid") == 0 && (strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0))
        r->fix.marks |= FIX_NO_LOCK;
    if (strcmp(key, "mock") == 0 && (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0))
        r->fix.marks |= FIX_MOCK;
    if (strcmp(key, "alarm") == 0 && strcasecmp(value, "sos") == 0)
        r->fix.alarm |= 1;
    return true;
}

static int query_read(const char *text, size_t n, struct osmand_report *r, char *errmsg,
                      size_t size)
{
    struct query q = {.report = r};
    struct form form = {text, n};
    struct form_pair pair;
    int more;
    while ((more = form_next(&form, &pair)) == 1) {
        if (query_pair(&q, pair.key, pair.value))
            continue;
        snprintf(errmsg, size, "the value of %s cannot be read", pair.key);
        return -1;
    }
    if (more < 0 || q.has_lat != q.has_lon) {
        snprintf(errmsg, size, "%s",
                 more < 0 ? "not application/x-www-form-urlencoded" : "lat without lon");
        return -1;
    }
    if (q.has_lat)
        set_place(r, q.lat, q.lon);
    return 0;
}

/* --- JSON form ----------------------------------------------------------------------------- */

/* False if it is there and no number; *out is `fallback` if it is absent or null. */
static bool json_double(json_t *o, const char *key, double fallback, double *out)
{
    json_t *value = json_object_get(o, key);
    *out = json_is_number(value) ? json_number_value(value) : fallback;
    return value == NULL || json_is_null(value) || json_is_number(value);
}

/* NULL or the key that cannot be read. */
static const char *json_coords(json_t *coords, struct osmand_report *r)
{
    double lat, lon, accuracy_m, speed_mps, heading_deg, altitude_m;
    if (!json_is_object(coords))
        return "coords";
    if (!json_double(coords, "latitude", NAN, &lat) || isnan(lat))
        return "latitude";
    if (!json_double(coords, "longitude", NAN, &lon) || isnan(lon))
        return "longitude";
    if (!json_double(coords, "accuracy", -1, &accuracy_m))
        return "accuracy";
    if (!json_double(coords, "speed", -1, &speed_mps))
        return "speed";
    if (!json_double(coords, "heading", -1, &heading_deg))
        return "heading";
    if (!json_double(coords, "altitude", NAN, &altitude_m))
        return "altitude";
    set_place(r, lat, lon);
    set_course(&r->fix, heading_deg);
    r->fix.accuracy_m = rounded_u16(accuracy_m);
    r->fix.speed_dkmh = rounded_u16(speed_mps * dkmh_per_mps);
    if (!isnan(altitude_m))
        set_altitude(&r->fix, altitude_m);
    return NULL;
}

static bool json_is_sos(json_t *o)
{
    const char *alarm = json_string_value(json_object_get(o, "alarm"));
    return alarm != NULL && strcasecmp(alarm, "sos") == 0;
}

static const char *json_report(json_t *root, struct osmand_report *r)
{
    json_t *location = json_object_get(root, "location");
    const char *id = json_string_value(json_object_get(root, "device_id"));
    const char *time = json_string_value(json_object_get(location, "timestamp"));
    if (id == NULL || !set_id(r, id))
        return "device_id";
    if (location == NULL || json_is_null(location))
        return NULL;
    if (!json_is_object(location))
        return "location";
    if (time == NULL ? json_object_get(location, "timestamp") != NULL : !set_time(r, time))
        return "timestamp";
    if (json_is_true(json_object_get(location, "mock")))
        r->fix.marks |= FIX_MOCK;
    if (json_is_sos(location) || json_is_sos(json_object_get(location, "extras")))
        r->fix.alarm |= 1;
    return json_coords(json_object_get(location, "coords"), r);
}

static int json_read(const char *body, size_t n, struct osmand_report *r, char *errmsg, size_t size)
{
    json_error_t error;
    json_t *root = json_loadb(body, n, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        snprintf(errmsg, size, "line %d, column %d: %s", error.line, error.column, error.text);
        return -1;
    }
    const char *wrong = json_report(root, r);
    json_decref(root);
    if (wrong != NULL)
        snprintf(errmsg, size, "the value of %s cannot be read", wrong);
    return wrong == NULL ? 0 : -1;
}

int osmand_read(const char *target, const char *content_type, const char *body, size_t n,
                struct osmand_report *out, char *errmsg, size_t size)
{
    const char *query = strchr(target, '?');
    bool json = strncasecmp(content_type, "application/json", 16) == 0;
    struct osmand_report r;
    report_init(&r, json && query == NULL);
    int error = r.json          ? json_read(body, n, &r, errmsg, size)
                : query != NULL ? query_read(query + 1, strlen(query + 1), &r, errmsg, size)
                                : query_read(body, n, &r, errmsg, size);
    if (error != 0)
        return -1;
    if (r.id[0] == '\0') {
        snprintf(errmsg, size, "no id");
        return -1;
    }
    *out = r;
    return 0;
}
