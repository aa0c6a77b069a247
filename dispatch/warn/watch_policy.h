/* watch_policy: everything about the live detectors that is policy: syndromes, rules of places,
 * special days and the numbers of watch.def. Plain data, read from deploy/warn (warnfile.h).
 *
 * Owner: the caller. Thread: any. Units: names say them; times of rules in ms. */
#ifndef WARN_WATCH_POLICY_H
#define WARN_WATCH_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WATCH_SYNDROMES_MAX = 24, /* the first row is every incident */
    WATCH_MATCHES_MAX = 256,
    WATCH_RULES_MAX = 48,
    WATCH_DAYS_MAX = 256,
    WATCH_CODE_MAX = 48,
    WATCH_WORDS_MAX = 256,
};

/* In the order of urgency, as the core has them. */
enum watch_level { WATCH_NONE, WATCH_BLUE, WATCH_YELLOW, WATCH_ORANGE, WATCH_RED };

struct watch_syndrome {
    char code[WATCH_CODE_MAX];
    char zh[WATCH_WORDS_MAX], en[WATCH_WORDS_MAX];
    char plan[WATCH_CODE_MAX]; /* that its alerts propose; "" none */
    bool counted;              /* windows, CUSUM and EARS run on it */
    bool scanned;
};

/* A determinant ("poisoning.3-gas") or a card ("poisoning", all its determinants and every incident
 * that is described with it) belongs to the syndrome. */
struct watch_match {
    char code[WATCH_CODE_MAX];
    uint32_t syndrome;
};

/* So many in one place within so long a time. */
struct watch_rule {
    char code[WATCH_CODE_MAX];
    char zh[WATCH_WORDS_MAX], en[WATCH_WORDS_MAX];
    char plan[WATCH_CODE_MAX];
    char source[WATCH_WORDS_MAX];
    uint32_t syndrome;
    bool patients;       /* counts patients; otherwise incidents */
    uint32_t at_least;
    uint32_t radius_m;   /* 0: within one site */
    uint32_t site_kinds; /* zone kinds, bits */
    int64_t within_ms;
    enum watch_level level;
};

/* A day that is not like others. kind: 1 … ; the same kind learns together. */
struct watch_day {
    int64_t day; /* since 1970, local */
    uint32_t kind;
};

struct watch_numbers {
#define NUMBER(section, key, low, high) uint32_t section##_##key;
#include "dispatch/warn/watch.def"
#undef NUMBER
};

struct watch_policy {
    struct watch_syndrome syndrome[WATCH_SYNDROMES_MAX];
    uint32_t syndrome_count;
    struct watch_match match[WATCH_MATCHES_MAX];
    uint32_t match_count;
    struct watch_rule rule[WATCH_RULES_MAX];
    uint32_t rule_count;
    struct watch_day day[WATCH_DAYS_MAX]; /* in order */
    uint32_t day_count;
    uint32_t utc_offset_min; /* of local days */
    struct watch_numbers number;
};

#endif
