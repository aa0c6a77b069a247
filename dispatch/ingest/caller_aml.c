/* AML, Advanced Mobile Location (ETSI TS 103 625): what an emergency call makes a phone send.
 *   SMS    A"ML=1;lt=+51.53321;lg=-0.12601;rd=14;top=20220131171748;lc=68;pm=W;si=…;ei=…;ml=126
 *          top UTC; pm W wifi, G gnss, C cell, N none; ml is the text's own length
 *   HTTPS  location_latitude=…&location_longitude=…&location_accuracy=…&device_number=…&…
 * Its datum is WGS-84 by the standard. IMSI and IMEI are passed over: nobody here needs them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/ingest/caller.h"
#include "dispatch/ingest/form.h"

enum { SMS_MAX = 512 };

/* The fields of either form, as text and number, before they are an event. */
struct aml {
    bool has_lat, has_lon;
    double lat, lon;
    struct caller_event event;
    const char *wrong; /* the key whose value cannot be read */
};

static void aml_init(struct aml *a)
{
    *a = (struct aml){0};
    a->event.kind = CALLER_LOCATION;
    a->event.datum = DATUM_WGS84;
    a->event.accuracy_m = UINT32_MAX;
}

static bool aml_accuracy(struct aml *a, const char *value)
{
    double accuracy_m;
    if (!form_number(value, 0, 1e7, &accuracy_m))
        return false;
    a->event.accuracy_m = (uint32_t)ceil(accuracy_m);
    return true;
}

static bool aml_text(const char *value, char *out, size_t size)
{
    size_t n = strlen(value);
    if (n >= size)
        return false;
    memcpy(out, value, n + 1);
    return true;
}

static int aml_finish(struct aml *a, struct caller_event *out, char *errmsg, size_t size)
{
    if (a->wrong != NULL) {
        snprintf(errmsg, size, "AML: the value of \"%s\" cannot be read", a->wrong);
        return -1;
    }
    if (a->has_lat != a->has_lon) {
        snprintf(errmsg, size, "AML: a latitude without a longitude, or the other way round");
        return -1;
    }
    a->event.has_location = a->has_lat;
    if (a->has_lat && point_from_deg(a->lat, a->lon, &a->event.place) != 0) {
        snprintf(errmsg, size, "AML: the location is nowhere on Earth");
        return -1;
    }
    if (!a->has_lat)
        a->event.accuracy_m = UINT32_MAX;
    *out = a->event;
    return 0;
}

/* YYYYMMDDhhmmss, UTC. */
static bool aml_top(const char *value, int64_t *out_ms)
{
    char iso[32];
    if (strlen(value) != 14 || strspn(value, "0123456789") != 14)
        return false;
    snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", value, value + 4, value + 6,
             value + 8, value + 10, value + 12);
    return form_time(iso, out_ms);
}

static bool sms_mode(struct aml *a, const char *value)
{
    static const char *const modes[][2] = {
        {"W", "wifi"}, {"G", "gnss"}, {"C", "cell"}, {"N", "none"}};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(value, modes[i][0]) == 0)
            return aml_text(modes[i][1], a->event.source, sizeof a->event.source);
    }
    return false;
}

static bool sms_confidence(struct aml *a, const char *value)
{
    double percent;
    if (!form_number(value, 0, 100, &percent))
        return false;
    a->event.confidence_pct = (uint8_t)lround(percent);
    return true;
}

/* False if the value cannot be read; keys we do not use are fine. */
static bool sms_field(struct aml *a, const char *key, const char *value)
{
    if (strcmp(key, "lt") == 0)
        return a->has_lat = form_number(value, -90, 90, &a->lat);
    if (strcmp(key, "lg") == 0)
        return a->has_lon = form_number(value, -180, 180, &a->lon);
    if (strcmp(key, "rd") == 0)
        return strcmp(value, "N") == 0 || aml_accuracy(a, value);
    if (strcmp(key, "top") == 0)
        return aml_top(value, &a->event.located_ms);
    if (strcmp(key, "lc") == 0)
        return sms_confidence(a, value);
    if (strcmp(key, "pm") == 0)
        return sms_mode(a, value);
    return true;
}

int caller_read_aml_sms(const char *text, size_t n, const char *number, struct caller_event *out,
                        char *errmsg, size_t size)
{
    static const char start[] = "A\"ML=";
    char copy[SMS_MAX], *rest = NULL;
    struct aml a;
    if (n < sizeof start || n >= sizeof copy || memcmp(text, start, sizeof start - 1) != 0 ||
        memchr(text, '\0', n) != NULL) {
        snprintf(errmsg, size, "AML: the text does not begin with A\"ML= or is too long");
        return -1;
    }
    memcpy(copy, text, n);
    copy[n] = '\0';
    aml_init(&a);
    if (!aml_text(number, a.event.number, sizeof a.event.number))
        a.wrong = "number";
    char *field = strtok_r(copy, ";\r\n", &rest);
    while ((field = strtok_r(NULL, ";\r\n", &rest)) != NULL && a.wrong == NULL) {
        char *equals = strchr(field, '=');
        if (equals == NULL) {
            a.wrong = field;
            break;
        }
        *equals = '\0';
        if (!sms_field(&a, field, equals + 1))
            a.wrong = field;
    }
    if (strcmp(a.event.source, "none") == 0)
        a.has_lat = a.has_lon = false;
    a.event.at_ms = a.event.located_ms;
    return aml_finish(&a, out, errmsg, size);
}

static bool form_field(struct aml *a, const char *key, const char *value)
{
    double confidence;
    if (value[0] == '\0')
        return true;
    if (strcmp(key, "location_latitude") == 0)
        return a->has_lat = form_number(value, -90, 90, &a->lat);
    if (strcmp(key, "location_longitude") == 0)
        return a->has_lon = form_number(value, -180, 180, &a->lon);
    if (strcmp(key, "location_accuracy") == 0)
        return aml_accuracy(a, value);
    if (strcmp(key, "location_time") == 0)
        return form_integer(value, 1, INT64_MAX / 2, &a->event.located_ms);
    if (strcmp(key, "time") == 0)
        return form_integer(value, 1, INT64_MAX / 2, &a->event.at_ms);
    if (strcmp(key, "location_source") == 0)
        return aml_text(value, a->event.source, sizeof a->event.source);
    if (strcmp(key, "device_number") == 0)
        return aml_text(value, a->event.number, sizeof a->event.number);
    if (strcmp(key, "location_confidence") == 0) {
        bool good = form_number(value, 0, 1, &confidence);
        a->event.confidence_pct = good ? (uint8_t)lround(confidence * 100) : 0;
        return good;
    }
    return true;
}

int caller_read_aml_form(const char *form, size_t n, struct caller_event *out, char *errmsg,
                         size_t size)
{
    struct form f = {form, n};
    struct form_pair pair;
    struct aml a;
    int more = 0;
    aml_init(&a);
    while (a.wrong == NULL && (more = form_next(&f, &pair)) == 1) {
        if (!form_field(&a, pair.key, pair.value))
            a.wrong = pair.key;
    }
    if (more < 0) {
        snprintf(errmsg, size, "AML: not application/x-www-form-urlencoded");
        return -1;
    }
    return aml_finish(&a, out, errmsg, size);
}
