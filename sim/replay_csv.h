/* replay_csv: recorded calls and unit time points, read from a CSV and put into order of entry.
 *
 * The file: UTF-8, a header line, one row for each unit response; rows of one call stand together
 * or apart, and must agree on what belongs to the call. A row without a unit is a call that nobody
 * was sent to. Columns, in any order, by these names; an unknown one is refused:
 *
 *   call         required   any text, unique for each call
 *   received     required   when it rang
 *   opened                  when the call taker had it on screen; counts as answered. Empty:
 * received kind                    medical | traffic | fire | other; empty: medical complaint in
 * words outcome                 a word of enum outcome (core/enum.def); empty: treated if a unit
 * came to a hospital, else cancelled lat, lon                degrees WGS-84, both or neither place
 * in words unit, unit_kind         code of the unit, and what it is (MEDIC, ENGINE …) base,
 * base_lat, base_lon  where the unit is stationed ordered      required for a row with a unit
 *   acknowledged departed at_scene at_patient left_scene at_hospital handed_over completed
 *
 * Times: 2016-12-31T00:01:04-08:00 (or Z), or ms since 1970; empty: not recorded.
 *
 * What is odd in the recording is kept and entered as a correction, never dropped:
 *   out of order   a time point before one that stands above it on the ladder
 *   overlap        a unit ordered while its assignment before has a later end: that one is ended
 * when the new order is given, and its later time points are corrected afterwards unfinished     an
 * assignment without an end: ended (cancelled, or an empty run from the scene) at its last time
 * point
 *
 * Owner: the caller; replay_csv_close. One thread. Errors: -1, "file:line: …" in errmsg.
 * Start here: struct replay_event. */
#ifndef SIM_REPLAY_CSV_H
#define SIM_REPLAY_CSV_H

#include <stdio.h>

#include "dispatch/base/os.h"
#include "dispatch/core/types.h"
#include "geo/point.h"

enum incident_sort { SORT_MEDICAL, SORT_TRAFFIC, SORT_FIRE, SORT_OTHER, INCIDENT_SORTS };

enum { REPLAY_CODE_MAX = 32, REPLAY_WORDS_MAX = 120 };

struct replay_call {
    char code[REPLAY_CODE_MAX];
    char complaint[REPLAY_WORDS_MAX], place[REPLAY_WORDS_MAX];
    enum incident_sort sort;
    enum outcome outcome; /* OUTCOME_NONE: by what happened */
    bool has_place;
    struct point at;
    int64_t received_ms, opened_ms;
    uint32_t line;
    uint32_t responses;
};

struct replay_unit {
    char code[REPLAY_CODE_MAX], kind[REPLAY_CODE_MAX];
    uint32_t base; /* index in base, or UINT32_MAX */
};

struct replay_base {
    char code[REPLAY_CODE_MAX];
    struct point at;
};

struct replay_response {
    uint32_t call, unit, line;
    int64_t at_ms[STEP_COMPLETED + 1]; /* 0: not recorded */
};

/* What to enter, in order. A step enters at its own time, but not before its order; an order not
 * before its call was opened. At one moment the kinds go in this order. */
enum replay_event_kind {
    REPLAY_STEP,
    REPLAY_CALL,
    REPLAY_OPEN,
    REPLAY_ORDER,
    REPLAY_EARLY_STEP, /* of the order's own moment, or recorded before it */
    REPLAY_UNFINISHED, /* the recording says no more of this response: end it */
};

struct replay_event {
    int64_t enter_ms;
    enum replay_event_kind kind;
    enum step step;
    uint32_t row; /* of call for REPLAY_CALL and REPLAY_OPEN, else of response */
};

struct replay_counts {
    uint32_t calls, responses, points;
    uint32_t out_of_order; /* responses with a time point before one that stands above it */
    uint32_t negative;     /* pairs of neighbouring recorded points that go backwards */
    uint32_t overlaps;     /* orders given to a unit before its recorded end */
    uint32_t unfinished;   /* responses without an end */
};

struct replay_csv {
    struct replay_call *call;
    struct replay_unit *unit;
    struct replay_base *base;
    struct replay_response *response;
    struct replay_event *event;
    size_t call_n, unit_n, base_n, response_n, event_n;
    size_t call_cap, unit_cap, base_cap, response_cap;
    struct replay_counts counts;
    char errmsg[ERRMSG_MAX];
};

/* `name` is the file's name in complaints. */
int replay_csv_read(struct replay_csv *csv, FILE *in, const char *name);
int replay_csv_load(struct replay_csv *csv, const char *path);
void replay_csv_close(struct replay_csv *csv);

extern const char *const incident_sort_names[INCIDENT_SORTS];

#endif
