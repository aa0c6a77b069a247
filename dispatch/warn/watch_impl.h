/* watch_impl: what the files watch*.c share. Only for them.
 *
 *   watch_feed ─► watch_case.c   the incident changes; what it newly belongs to is counted
 *                 ├► watch_place.c   rules of places, on this case
 *                 ├► watch_count.c   windows at once; CUSUM by the hour, EARS by the day
 *                 ├► watch_scan.c    circles that contain this case (watch_fit.c: their null)
 *                 ├► watch_service.c lateness, breaches, coverage, hospitals, units, seats
 *                 ├► watch_quality.c control charts of indicators
 *                 ├► watch_demand.c  calls a week by township, for others to ask
 *                        └► watch_book.c   one alert per cause ─► actions */
#ifndef WARN_WATCH_IMPL_H
#define WARN_WATCH_IMPL_H

#include <stdio.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/warn/forecast.h"
#include "dispatch/warn/lateness.h"
#include "dispatch/warn/watch.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

enum {
    DAY_MINUTES = 1440,
    WINDOWS = 3,
    MEANS = 26,            /* hours whose expectation is kept: the running one and a day back */
    EARS_DAYS = 40,
    BOOK_MAX = 256,        /* alerts open or lately cleared */
    CELLS_MAX = 4096,
    CELL_HASH = 16384,
    NO_CELL = UINT32_MAX,
    REACH_MAX = 16,        /* squares from a circle's middle to its rim */
    OFFSETS_MAX = (2 * REACH_MAX + 1) * (2 * REACH_MAX + 1),
    BOX_MAX = 4 * REACH_MAX + 1, /* squares of all circles that contain one square */
    HOURS_MAX = 24,
    TENTH_MIN = 10,        /* minutes of a slot of the ground's counts */
    SLOTS = HOURS_MAX * 60 / TENTH_MIN,
    STATIONS_MAX = 128,
    HOSPITALS_MAX = 128,
    WAITING_MAX = 64,      /* units at one hospital */
    CHARTS_MAX = 256,      /* indicators by sort of period */
    DEMAND_SLOTS = 27,     /* weeks: the running one, and as many as policy may ask for */
    OPEN_MAX = 4096,       /* incidents that wait for their first unit */
};

struct watch_case {
    uint64_t incident, call;
    int64_t at_ms;
    int64_t expected_ms;      /* arrival of its first unit; 0: none on its way */
    int32_t lat_e7, lon_e7;
    uint32_t by_card, by_determinant; /* syndromes */
    uint32_t syndromes;       /* it belongs to now */
    uint32_t rolled, learned; /* … ever; their rolls and shares have it */
    uint32_t explained;       /* by an alert about its place: no longer counted city-wide */
    uint32_t grounded;        /* syndromes in which its square counts it */
    uint32_t patients, grade, site_count;
    struct watch_site site[WATCH_SITES_MAX];
    uint64_t township;
    int64_t demand_week; /* in which the township counts it; 0: it does not */
    uint32_t cell;
    bool placed, dropped, arrived, closed, breached;
};

/* The cases of a syndrome as they joined it. */
struct watch_rolled {
    uint64_t incident;
    int64_t joined_ms;
};
struct watch_roll {
    struct watch_rolled *entry; /* [WATCH_CASES], a ring */
    uint64_t count;             /* ever */
};

/* The counts of a syndrome in time. */
struct watch_series {
    uint16_t minute[DAY_MINUTES]; /* by minute of the clock, a ring */
    uint32_t sum[WINDOWS];
    struct forecast forecast;
    struct expectation mean[MEANS]; /* [0] the running hour, [i] the one i hours back */
    uint32_t hour_count, day_count;
    double cusum;
    double day[EARS_DAYS]; /* complete days, the last is days - 1 */
    uint32_t days;
};

/* Where cases come from: squares of the ground, made as they are needed. */
struct watch_cell {
    int32_t x, y;
    uint32_t count[WATCH_SYNDROMES_MAX];
};

struct watch_ground {
    double metres_per_e7_north, metres_per_e7_east;
    struct watch_cell cell[CELLS_MAX];
    uint32_t cells;
    uint32_t hash[CELL_HASH];            /* row + 1 */
    uint64_t count[WATCH_SYNDROMES_MAX]; /* all cells together */
    int32_t offset_x[OFFSETS_MAX], offset_y[OFFSETS_MAX]; /* nearest first */
    uint32_t offset_far[OFFSETS_MAX];    /* squared distance: equal ones enter together */
    uint32_t offsets;
    int32_t reach;
    bool anchored;
    int64_t slot;                        /* the running one, since 1970 */
    uint16_t *slots[WATCH_SYNDROMES_MAX]; /* [CELLS_MAX * SLOTS] of the scanned, by square: rings */
    /* work of one scan: the squares round the case, their counts summed back from now */
    uint32_t box_cases[BOX_MAX * BOX_MAX * HOURS_MAX];
    double box_share[BOX_MAX * BOX_MAX];
};

struct watch_null {
    struct gumbel gumbel;
    bool known, asked;
    int64_t day; /* it was asked for or fitted */
};

struct watch_waiting {
    uint64_t assignment;
    int64_t since_ms;
};
struct watch_hospital {
    uint64_t hospital;
    struct watch_waiting unit[WAITING_MAX];
    uint32_t units;
    uint32_t inflow_min; /* minutes in a row that more come than there is room for */
};

/* Of a grade, a station or a clock. */
struct watch_late {
    uint64_t id;
    struct lateness lateness;
    uint32_t seen, late; /* since its alert, or since it last was as usual */
};

struct watch_service {
    struct watch_late grade[6], clock[2], station[STATIONS_MAX];
    uint32_t stations;
    struct watch_hospital hospital[HOSPITALS_MAX];
    uint32_t hospitals;
    uint64_t open[OPEN_MAX]; /* incidents */
    uint32_t open_count;
    uint32_t uncovered_min, unprepared_min, unit_min, seat_min; /* minutes in a row */
};

struct watch_chart {
    char indicator[WATCH_CODE_MAX], period[WATCH_CODE_MAX];
    bool out; /* in the period that is being told */
};

struct watch_quality {
    struct watch_chart chart[CHARTS_MAX];
    uint32_t charts;
};

/* Calls of a week, and their places added up. */
struct watch_week {
    uint32_t calls;
    int64_t lat_e7, lon_e7;
};

struct watch_township {
    uint64_t township;
    struct watch_week week[DEMAND_SLOTS]; /* a ring */
};

struct watch_demands {
    int64_t week, hour;           /* the running ones, since 1970 */
    uint32_t hours[DEMAND_SLOTS]; /* of each week, in which something was heard */
    struct watch_township row[WATCH_DEMANDS_MAX];
    uint32_t townships;
};

struct watch_state {
    struct watch_policy policy;
    const struct watch_event *event;
    uint64_t seq, next_index; /* of the actions that this seq has caused so far */
    int64_t minute, hour, day; /* the running ones, since 1970; -1 before the first event */
    int64_t window_min[WINDOWS];
    struct watch_case *cases; /* [WATCH_CASES], by incident modulo */
    struct watch_roll roll[WATCH_SYNDROMES_MAX];
    struct watch_series series[WATCH_SYNDROMES_MAX];
    struct watch_ground ground;
    struct watch_null null[WATCH_SYNDROMES_MAX];
    struct watch_service service;
    struct watch_quality quality;
    struct watch_demands demands;
    struct watch_alert book[BOOK_MAX];
    int64_t quiet_ms[BOOK_MAX], cleared_ms[BOOK_MAX];
    double told[BOOK_MAX]; /* what the last action said was observed */
    uint32_t booked;
};

/* --- watch_case.c --- */

struct watch_case *case_find(const struct watch_state *state, uint64_t incident);
void case_event(struct watch *watch, const struct watch_event *event);
/* It no longer counts city-wide for these syndromes. */
void case_explain(struct watch_state *state, struct watch_case *c);

/* The i-th newest of a syndrome that still belongs to it, joined at or after since_ms; walk with
 * `at` from 0. NULL: no more. */
struct watch_case *roll_back(const struct watch_state *state, uint32_t syndrome, int64_t since_ms,
                             uint64_t *at, int64_t *joined_ms);

/* --- watch_place.c --- */

/* The rules of these syndromes, round this case. */
void place_check(struct watch *watch, const struct watch_case *c, uint32_t news);
double metres_between(const struct watch_case *a, const struct watch_case *b);

/* --- watch_count.c --- */

int count_make(struct watch_state *state);
void count_close(struct watch_state *state);
/* Minutes, hours and days up to now_ms are closed. */
void count_pass(struct watch *watch, int64_t now_ms);
void count_add(struct watch_state *state, uint32_t syndrome, int64_t at_ms, int by);
void count_check(struct watch *watch, uint32_t syndrome);
/* Hours between two such counts by chance; 0: nothing unusual. window: row of sum[]. */
uint32_t count_by_chance_h(const struct watch_state *state, uint32_t syndrome, uint32_t window,
                           double *expected);
/* Cases to expect in the last `minutes`, the running one among them. */
struct expectation count_expected(const struct watch_state *state, uint32_t syndrome,
                                  int64_t minutes);

/* --- watch_scan.c --- */

int ground_make(struct watch_state *state);
void ground_close(struct watch_state *state);
/* The slots up to now_ms begin empty. */
void ground_pass(struct watch_state *state, int64_t now_ms);
/* Its square counts this case of the syndrome, or no longer does. */
void ground_count(struct watch_state *state, struct watch_case *c, uint32_t syndrome, bool on);
/* The square with this place; NO_CELL: no room. */
uint32_t ground_cell(struct watch_state *state, int32_t lat_e7, int32_t lon_e7);
uint32_t ground_find(const struct watch_ground *ground, int32_t x, int32_t y);
/* Its squares can be found again after they were copied in. */
void ground_index(struct watch_ground *ground);
/* Share of a syndrome's cases that come from the square. */
double ground_share(const struct watch_state *state, uint32_t cell, uint32_t syndrome);
void scan_check(struct watch *watch, const struct watch_case *c, uint32_t syndrome);

/* Whether the most likely cluster of the permutation scan of the last days contains this square,
 * and is unlikely enough. */
bool stp_confirms(const struct watch_state *state, uint32_t syndrome, uint32_t cell);

/* --- watch_service.c --- */

void service_make(struct watch_state *state);
void service_event(struct watch *watch, const struct watch_event *event);
void service_opened(struct watch_state *state, uint64_t incident);

/* --- watch_quality.c --- */

void quality_event(struct watch *watch, const struct watch_event *event);

/* --- watch_demand.c --- */

/* The running hour was heard in; weeks up to it begin empty. */
void demand_pass(struct watch_state *state);
/* Its township counts this case, or no longer does. */
void demand_count(struct watch_state *state, struct watch_case *c, bool on);

/* --- watch_book.c --- */

/* An alert without its texts: the caller fills in what it rests on. */
struct watch_alert book_finding(const struct watch_state *state, enum watch_detector detector,
                                uint32_t syndrome);
enum watch_level book_level(const struct watch_policy *policy, uint32_t by_chance_h);
/* It is the case now; it is over when it has not been reported for quiet_ms (0: until book_end). */
void book_report(struct watch *watch, const struct watch_alert *finding, int64_t quiet_ms);
/* The condition has ended, or another alert says it all. */
void book_end(struct watch *watch, enum watch_detector detector, enum watch_subject subject,
              uint64_t subject_id, uint64_t merged_into);
/* Key of the open alert of this detector about a subject of this sort, or 0. */
uint64_t book_key(const struct watch_state *state, enum watch_detector detector,
                  enum watch_subject subject);
/* How many times as many of the syndrome as usual there are, city-wide, by the open alerts; at
 * least 1. */
double book_rise(const struct watch_state *state, uint32_t syndrome);
void book_pass(struct watch *watch);
void book_over(struct watch *watch, uint64_t key);

#endif
