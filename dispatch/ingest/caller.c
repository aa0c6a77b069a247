#include "dispatch/ingest/caller.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX (((json_int_t)1 << 53) - 1) /* the core's ids stay below 2^53 */

static const char *const kind_names[] = {"ringing", "answered", "ended", "silent", "location"};

const char *caller_kind_name(enum caller_kind kind)
{
    return kind_names[kind];
}

/* Where a complaint goes; the first one stays. */
struct complaint {
    char *text;
    size_t size;
};

static int complain(struct complaint c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(c.text, c.size, format, args);
    va_end(args);
    return -1;
}

/* 0 with a copy, or with "" if it is absent and may be. */
static int read_string(json_t *o, const char *key, bool needed, char *out, size_t size,
                       struct complaint c)
{
    json_t *value = json_object_get(o, key);
    out[0] = '\0';
    if (value == NULL)
        return needed ? complain(c, "\"%s\" is missing", key) : 0;
    if (!json_is_string(value))
        return complain(c, "\"%s\" is not a string", key);
    if (json_string_length(value) >= size)
        return complain(c, "\"%s\" is longer than %zu bytes", key, size - 1);
    memcpy(out, json_string_value(value), json_string_length(value) + 1);
    return 0;
}

static int read_time(json_t *o, const char *key, bool needed, int64_t *out, struct complaint c)
{
    json_t *value = json_object_get(o, key);
    if (value == NULL)
        return needed ? complain(c, "\"%s\" is missing", key) : 0;
    if (!json_is_integer(value) || json_integer_value(value) <= 0)
        return complain(c, "\"%s\" is not a time in ms since 1970", key);
    *out = json_integer_value(value);
    return 0;
}

/* `fallback` if absent. */
static int read_number(json_t *o, const char *key, double min, double max, double fallback,
                       double *out, struct complaint c)
{
    json_t *value = json_object_get(o, key);
    *out = fallback;
    if (value == NULL)
        return isnan(fallback) ? complain(c, "\"%s\" is missing", key) : 0;
    double number = json_number_value(value);
    if (!json_is_number(value) || number < min || number > max)
        return complain(c, "\"%s\" is not a number from %g to %g", key, min, max);
    *out = number;
    return 0;
}

static int read_kind(json_t *o, enum caller_kind *out, struct complaint c)
{
    const char *name = json_string_value(json_object_get(o, "event"));
    if (name == NULL)
        return complain(c, "\"event\" is missing");
    for (size_t i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *out = (enum caller_kind)i;
            return 0;
        }
    }
    return complain(c, "\"event\" is %.32s, not ringing, answered, ended, silent or location",
                    name);
}

static int set_place(struct caller_event *e, double lat, double lon, struct complaint c)
{
    struct point place;
    if (point_from_deg(lat, lon, &place) != 0)
        return complain(c, "the location is nowhere on Earth");
    place = datum_to_wgs84(e->datum, place);
    if (!point_valid(place))
        return complain(c, "the location is nowhere on Earth in its datum");
    e->place = place;
    e->has_location = true;
    return 0;
}

static int read_location(json_t *o, struct caller_event *e, struct complaint c)
{
    char datum[16];
    double lat, lon, accuracy_m, confidence;
    if (!json_is_object(o))
        return complain(c, "\"location\" is not an object");
    if (read_string(o, "datum", true, datum, sizeof datum, c) != 0 ||
        read_number(o, "lat", -90, 90, NAN, &lat, c) != 0 ||
        read_number(o, "lon", -180, 180, NAN, &lon, c) != 0 ||
        read_number(o, "accuracy_m", 0, 1e7, UINT32_MAX, &accuracy_m, c) != 0 ||
        read_number(o, "confidence", 0, 1, 0, &confidence, c) != 0 ||
        read_time(o, "at", false, &e->located_ms, c) != 0 ||
        read_string(o, "source", false, e->source, sizeof e->source, c) != 0 ||
        read_string(o, "address", false, e->address, sizeof e->address, c) != 0)
        return -1;
    if (datum_parse(datum, &e->datum) != 0)
        return complain(c, "datum \"%.15s\" is not wgs84, cgcs2000, gcj02 or bd09", datum);
    e->accuracy_m = (uint32_t)ceil(accuracy_m);
    e->confidence_pct = (uint8_t)lround(confidence * 100);
    return set_place(e, lat, lon, c);
}

static int read_key(json_t *o, struct caller_event *e, struct complaint c)
{
    json_t *client = json_object_get(o, "client"), *sequence = json_object_get(o, "sequence");
    if (client == NULL && sequence == NULL)
        return 0;
    json_int_t from = json_integer_value(client), count = json_integer_value(sequence);
    if (from < 1 || from > KEY_MAX || count < 1 || count > KEY_MAX)
        return complain(c, "\"client\" and \"sequence\" are whole numbers from 1, both or neither");
    e->client = (uint64_t)from;
    e->sequence = (uint64_t)count;
    return 0;
}

static int read_event(json_t *o, struct caller_event *e, struct complaint c)
{
    json_t *location = json_object_get(o, "location");
    if (!json_is_object(o))
        return complain(c, "not an object");
    if (read_kind(o, &e->kind, c) != 0 || read_key(o, e, c) != 0 ||
        read_string(o, "line", true, e->line, sizeof e->line, c) != 0 ||
        read_string(o, "number", false, e->number, sizeof e->number, c) != 0 ||
        read_time(o, "at", true, &e->at_ms, c) != 0)
        return -1;
    if (location == NULL || json_is_null(location))
        return e->kind == CALLER_LOCATION ? complain(c, "\"location\" is missing") : 0;
    return read_location(location, e, c);
}

int caller_read_json(const char *json, size_t n, struct caller_event *out, char *errmsg,
                     size_t size)
{
    struct complaint c = {errmsg, size};
    struct caller_event e = {.accuracy_m = UINT32_MAX};
    json_error_t error;
    json_t *o = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
    if (o == NULL)
        return complain(c, "line %d, column %d: %s", error.line, error.column, error.text);
    int result = read_event(o, &e, c);
    json_decref(o);
    if (result == 0)
        *out = e;
    return result;
}
