/* watch: all detectors at once, live. Events in; out: alerts to raise, to raise further, to clear.
 *
 *   watch_feed(watch, event)  ─►  watch->action[0 .. action_count)
 *
 * Incremental: what an event costs does not grow with the past. Deterministic: the same events in
 * the same order give the same actions, whatever the machine's clock or load; so a journal run
 * again gives its alerts again. The only work that does not belong on a loop, the null distribution
 * of a scan, is handed out (watch_fit_wanted) and comes back as an event, so that it too is on
 * record. It knows nothing of the core: whoever feeds it translates (dispatch/readers/warn.c from
 * the journal; a simulation or a file of calls from wherever they come).
 *
 *   OFFLINE   watch_make(); for every event watch_feed(), take the actions, and when
 *             watch_fit_wanted() answer at once with watch_fit_run() and its WATCH_FITTED event.
 *             WATCH_MINUTE every minute of the time that passes, or as coarsely as you like:
 *             windows are counted by the minute, hours are closed by whatever event comes first; an
 *             hour with no event at all counts as not watched. seq: any number that grows.
 *             A call is WATCH_OPENED, WATCH_PLACED, WATCH_DESCRIBED (card, patients) and
 *             WATCH_GRADED (determinant, grade) of one id; WATCH_DROPPED for a linked duplicate.
 *             Without WATCH_ARRIVED or WATCH_CLOSED every urgent call becomes a breach: set
 *             number.breach_on to 0, as any section's `on`, to run detectors alone.
 *             ids grow. Chance is tuned by number.level_… and …_looks_per_day; to run many years,
 *             lower scan_replicas and raise scan_refit_days. tests/unit/test_watch.c shows it all.
 *
 * What counts as one cause is one alert (watch_book.c): overlapping circles and windows of a
 * syndrome merge into an update; cases that a local alert explains no longer count city-wide, so
 * that the cluster swallows the window's alert.
 *
 * Owner: the caller; watch_close frees. Memory is taken at watch_make. Thread: one; a fit runs in
 * any. Units: ms since 1970 UTC, 1e-7 degrees, names say the rest. Errors: -1 when memory is short.
 * Start here: watch_policy.h for what is data; watch_feed. */
#ifndef WARN_WATCH_H
#define WARN_WATCH_H

#include <stddef.h>

#include "dispatch/warn/chance.h"
#include "dispatch/warn/watch_policy.h"

enum {
    WATCH_ACTIONS_MAX = 64,   /* of one event */
    WATCH_EVIDENCE_MAX = 64,  /* incidents listed in one alert; more are counted only */
    WATCH_SITES_MAX = 8,      /* zones of a case that rules may ask for */
    WATCH_LISTED_MAX = 64,    /* units in one of a minute's lists */
    WATCH_CASES = 65536,      /* incidents remembered; a power of two */
    WATCH_DEMANDS_MAX = 512,  /* townships whose calls are counted */
    WATCH_VERSION = 2,        /* of the detectors' arithmetic: stands in every alert and image */
};

/* --- events --- */

enum watch_kind {
    WATCH_OPENED,    /* id: incident; call; at_ms when it was reported */
    WATCH_PLACED,    /* id; lat_e7, lon_e7; township; site[]: zones it lies in, with kinds */
    WATCH_DESCRIBED, /* id; code: the card; patients */
    WATCH_GRADED,    /* id; code: the determinant; grade */
    WATCH_DROPPED,   /* id: a duplicate, or nothing at all: it no longer counts */
    WATCH_CLOSED,    /* id: over */
    WATCH_EXPECTED,  /* id: a unit is on its way; seconds: its travel time from now */
    WATCH_ARRIVED,   /* id: the first unit is at the scene; station: whose; at_ms */
    WATCH_CLOCK,     /* another clock stopped: clock, seconds, station */
    WATCH_HANDOVER,  /* id: an assignment; hospital; began: it came, else it left */
    WATCH_MINUTE,    /* a minute passed; `minute` if known, else NULL */
    WATCH_FITTED,    /* syndrome; gumbel */
    WATCH_SIGNALLED, /* code: an indicator, whose chart is out of control; signal */
    WATCH_PERIOD,    /* code: a sort of period, of which one was looked through, signals first */
    WATCH_OVER,      /* key: an alert of ours was cleared by somebody else */
};

enum watch_clock { WATCH_ANSWER, WATCH_TURNOUT };

struct watch_site {
    uint64_t zone;
    uint32_t kinds; /* bits, as rules have them */
};

/* Borrowed for the call. Shares in thousandths. */
struct watch_minute {
    uint32_t units_on, units_free;
    uint32_t silent, stuck, late; /* how many; the first of them are listed */
    const uint64_t *silent_unit, *stuck_unit, *late_unit;
    bool covered_known;
    uint32_t covered_permille;
    const uint32_t *prepared_milli; /* by zone of which it is known */
    uint32_t prepared;
    const uint64_t *inflow_hospital; /* those that told their free beds, room */
    const uint32_t *inflow_milli, *inflow_room;
    uint32_t inflow;
    uint32_t seats_on, seats_mute, terminals_lost, readers_down;
};

/* A point of a control chart; value and its centre line in the indicator's own unit. */
struct watch_signal {
    const char *period, *words;
    uint32_t period_n, words_n;
    enum watch_level level;
    int64_t from_ms, to_ms;
    double value, centre;
    uint32_t by_chance_h;
};

struct watch_event {
    enum watch_kind kind;
    uint64_t seq;   /* never goes back; becomes part of the key of what it causes */
    int64_t now_ms; /* never goes back */
    uint64_t id, call, station, hospital, township, key;
    int64_t at_ms;
    int32_t lat_e7, lon_e7;
    const char *code;
    uint32_t code_n, patients, grade, seconds, site_count;
    struct watch_site site[WATCH_SITES_MAX];
    enum watch_clock clock;
    bool began;
    const struct watch_minute *minute;
    struct watch_signal signal;
    uint32_t syndrome; /* its row in the policy */
    struct gumbel gumbel;
};

/* --- actions --- */

enum watch_detector {
#define DETECTOR(NAME, name, zh, en) WATCH_BY_##NAME,
#include "dispatch/warn/detector.def"
#undef DETECTOR
    WATCH_DETECTORS
};
extern const char *const watch_detector_name[WATCH_DETECTORS];

/* What an alert is about, beside its syndrome and circle. */
enum watch_subject {
    WATCH_CITY,
    WATCH_CIRCLE,
    WATCH_ZONE,
    WATCH_HOSPITAL,
    WATCH_STATION,
    WATCH_INCIDENT,
    WATCH_GRADE,
    WATCH_INDICATOR
};

enum { WATCH_NO_SYNDROME = WATCH_SYNDROMES_MAX };

struct watch_alert {
    uint64_t key; /* the caller's name for it: number of its raise */
    enum watch_detector detector;
    enum watch_level level;
    uint32_t syndrome; /* row, or WATCH_NO_SYNDROME */
    enum watch_subject subject;
    uint64_t subject_id;
    bool has_place;
    int32_t lat_e7, lon_e7;
    uint32_t radius_m;
    int64_t from_ms, to_ms;
    uint64_t evidence[WATCH_EVIDENCE_MAX];
    uint32_t evidence_count;
    double observed, expected;
    uint32_t by_chance_h; /* 0: a rule, not chance */
    bool confirmed;       /* scan: the permutation scan agrees */
    char plan[WATCH_CODE_MAX];
    char words[WATCH_WORDS_MAX];
    /* the book's */
    int64_t seen_ms;   /* when its condition last held */
    int64_t raised_ms;
    bool open;
};

enum watch_act { WATCH_RAISE, WATCH_UPDATE, WATCH_CLEAR };

struct watch_action {
    enum watch_act act;
    uint64_t number; /* grows over all actions; an alert's key is that of its raise */
    uint64_t cause_seq;
    int64_t at_ms;
    uint64_t merged_into; /* CLEAR: key of the alert that explains it, or 0 */
    struct watch_alert alert;
};

/* --- the engine --- */

struct watch_state; /* watch_impl.h */

struct watch {
    struct watch_state *state;
    struct watch_action action[WATCH_ACTIONS_MAX]; /* of the last event, in order */
    uint32_t action_count;
    uint64_t dropped; /* actions or alerts for which there was no room, ever */
};

/* The policy is copied. 0, or -1 when memory is short. */
int watch_make(struct watch *watch, const struct watch_policy *policy);
void watch_close(struct watch *watch);

/* Requires: seq and now_ms not less than before. */
void watch_feed(struct watch *watch, const struct watch_event *event);

/* The open alert with this key, or NULL. */
const struct watch_alert *watch_open_alert(const struct watch *watch, uint64_t key);

/* How many cases of a syndrome to expect in the running hour (ahead 0), the next (1), … */
struct watch_outlook {
    double mean, phi;
    bool known;
};
struct watch_outlook watch_ahead(const struct watch *watch, uint32_t syndrome, uint32_t ahead);

/* Calls a week of a township over the complete weeks that were watched, as one place; no place
 * where there were none of late. */
struct watch_demand {
    uint64_t township;
    int32_t lat_e7, lon_e7;
    uint32_t calls_a_week, weeks;
};
/* Returns how many rows; none until so many weeks are known as policy asks for. */
uint32_t watch_demand(const struct watch *watch, struct watch_demand row[WATCH_DEMANDS_MAX]);

/* --- what it knows, to go on from --- */

/* The bytes are for the same program and the same policy only. */
size_t watch_image_bytes(const struct watch *watch);
void watch_image_keep(const struct watch *watch, unsigned char *bytes, size_t n);
/* Into one that has just been made with that policy. -1: they are not such bytes, and it is to be
 * closed. */
int watch_image_take(struct watch *watch, const unsigned char *bytes, size_t n);

/* --- the null distribution of the scan --- */

struct watch_fit; /* one job: what a worker needs, copied */

/* A syndrome whose null is older than refit_days, or NULL. The caller runs and frees it, and
 * answers with WATCH_FITTED; until then the same syndrome is not asked for again. */
struct watch_fit *watch_fit_wanted(struct watch *watch);
uint32_t watch_fit_syndrome(const struct watch_fit *fit);
/* Any thread. false: memory was short, or the fit has nothing to say. */
bool watch_fit_run(struct watch_fit *fit, struct gumbel *gumbel);
void watch_fit_free(struct watch_fit *fit);
/* It failed: it may be asked for again after refit_days. */
void watch_fit_failed(struct watch *watch, uint32_t syndrome);

#endif
