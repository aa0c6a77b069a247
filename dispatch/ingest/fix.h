/* fix: one position of one unit, as every source hands it on and as the spool stores it.
 * Plain data, owned by whoever holds it; any thread. Times are UTC milliseconds, places are
 * WGS-84 in 1e-7 degrees (converted from GCJ-02 by the source, which then sets FIX_FROM_GCJ02).
 * A mark says what is odd about a fix; odd fixes are kept and counted, never dropped.
 * New kind of oddness: add a mark here and its name in fix.c. */
#ifndef INGEST_FIX_H
#define INGEST_FIX_H

#include <stdbool.h>
#include <stdint.h>

enum fix_source {
    FIX_JT808 = 1,
    FIX_OSMAND = 2,
};

enum fix_mark {
    FIX_FUTURE = 1 << 0,     /* later than the server's clock allows */
    FIX_ANCIENT = 1 << 1,    /* older than the oldest fix that history takes as plausible */
    FIX_JUMP = 1 << 2,       /* impossible speed since the previous fix */
    FIX_NO_LOCK = 1 << 3,    /* the terminal itself says it has no valid position */
    FIX_NO_PLACE = 1 << 4,   /* coordinates that do not exist */
    FIX_NO_TIME = 1 << 5,    /* time that does not exist; at_ms is the time of receipt */
    FIX_REUPLOAD = 1 << 6,   /* sent later, out of a blind area */
    FIX_FROM_GCJ02 = 1 << 7, /* arrived in GCJ-02 */
    FIX_BAD_ITEMS = 1 << 8,  /* additional items could not be read; the fixed part is good */
    FIX_STALE = 1 << 9,      /* live state only: loaded from the spool after a restart */
    FIX_MOCK = 1 << 10,      /* the phone says the position is simulated */
};
enum { FIX_MARKS = 11 };

/* A fix with one of these never becomes the live position. */
enum {
    FIX_NOT_LIVE =
        FIX_FUTURE | FIX_ANCIENT | FIX_JUMP | FIX_NO_LOCK | FIX_NO_PLACE | FIX_NO_TIME | FIX_MOCK,
};

struct fix {
    uint64_t unit; /* unit id */
    int64_t at_ms;
    int64_t received_ms;
    int32_t lat_e7;
    int32_t lon_e7;
    uint32_t alarm;      /* JT/T 808 alarm bits; bit 0 is SOS for every source */
    uint32_t status;     /* JT/T 808 status bits; 0 from other sources */
    uint16_t speed_dkmh; /* 0.1 km/h; UINT16_MAX unknown */
    uint16_t course_deg; /* 0..359; UINT16_MAX unknown */
    int16_t altitude_m;  /* INT16_MIN unknown */
    uint16_t accuracy_m; /* UINT16_MAX unknown */
    uint16_t marks;      /* enum fix_mark */
    uint8_t source;      /* enum fix_source */
};

/* "jump", "future", … of the mark 1 << bit; bit < FIX_MARKS. */
const char *fix_mark_name(int bit);

#endif
