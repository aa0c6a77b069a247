/* caller: what telephony tells about a call, read from JSON and from AML. Pure; any thread.
 * The gate's HTTP end points hand the bytes in; what comes out is one struct caller_event with
 * its datum named and its place already in WGS-84. No sockets here, nothing is kept.
 *
 * JSON (UTF-8; unknown members are ignored):
 *   {"event": "ringing" | "answered" | "ended" | "silent" | "location",
 *    "client": 5, "sequence": 81,
 *    "line": "3", "number": "13900001111", "at": 1700000000000,
 *    "location": {"lat": 39.0, "lon": 106.4, "datum": "wgs84" | "cgcs2000" | "gcj02" | "bd09",
 *                 "accuracy_m": 14, "confidence": 0.68, "source": "carrier",
 *                 "at": 1700000000000, "address": "…"}}
 * `event`, `line` and `at` must be there; "location" needs `location`; a location needs lat, lon
 * and datum: a place without a datum is 400 m of doubt, so it is refused, not guessed.
 * `client` (which switch) and `sequence` (its own count of events, upwards) come together or not at
 * all: they are the event's key, and sent again with the same key it has no second effect.
 * AML: the SMS of ETSI TS 103 625 and the HTTPS form fields (reference: caller_aml.c). */
#ifndef INGEST_CALLER_H
#define INGEST_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/datum.h"

enum caller_kind {
    CALLER_RINGING,
    CALLER_ANSWERED,
    CALLER_ENDED,
    CALLER_SILENT,
    CALLER_LOCATION,
};
const char *caller_kind_name(enum caller_kind kind);

struct caller_event {
    enum caller_kind kind;
    uint64_t client, sequence; /* idempotency; 0: none was given */
    char line[32];   /* trunk or seat; "" from AML */
    char number[32]; /* E.164 or national; "" when withheld */
    int64_t at_ms;   /* 0: not said (AML without a time) */
    bool has_location;
    enum datum datum;       /* in which it arrived */
    struct point place;     /* WGS-84 in any case */
    uint32_t accuracy_m;    /* radius; UINT32_MAX unknown */
    uint8_t confidence_pct; /* that the caller is within it; 0 unknown */
    int64_t located_ms;     /* 0 unknown */
    char source[16];        /* "carrier", "gnss", "wifi", "cell", …; "" unknown */
    char address[256];
};

/* 0, or negative with what is wrong in errmsg; *out only on success. */
int caller_read_json(const char *json, size_t n, struct caller_event *out, char *errmsg,
                     size_t size);
/* The text of an AML SMS, `A"ML=1;…`. An AML without a position (N) is an event without one. */
int caller_read_aml_sms(const char *text, size_t n, const char *number, struct caller_event *out,
                        char *errmsg, size_t size);
/* application/x-www-form-urlencoded. Every field is optional in the standard: an empty form is an
 * event without a location, not an error. */
int caller_read_aml_form(const char *form, size_t n, struct caller_event *out, char *errmsg,
                         size_t size);

#endif
