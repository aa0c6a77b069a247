/* hospital_choice: to which hospital with this patient?
 *
 * Capability and status first, then the minutes to definitive care: the drive plus what a crew now
 * waits there until it has handed over. A hospital on diversion comes behind every one that has
 * what the patient needs and accepts, one that lacks it behind both, a closed one not at all: a
 * diversion is a request, a missing capability a fact. Every row says why it stands where it does,
 * the first what spoke against a nearer one.
 *
 * Values only; decide_hospitals.c fills them from the state. Owner: the caller. Thread: any.
 * Units: seconds. Errors: none. Method: reference/decision.md B11.
 * Start here: hospital_wait_s, hospital_rank. */
#ifndef CORE_HOSPITAL_CHOICE_H
#define CORE_HOSPITAL_CHOICE_H

#include "dispatch/core/types.h"

/* The mean of a hospital's handovers moves as if of its last so many: what is
 * live, beside what is usual there (learned.h). */
enum { HANDOVERS_MAX = 10 };

/* Policy: data with its source. */
struct hospital_rules {
    uint32_t handover_weight; /* what is usual counts as so many of those seen lately */
    uint32_t bays;            /* crews that hand over at once */
    uint32_t switch_s;        /* a wait or drive that changes by less is no news */
    int64_t report_ms;        /* what a hospital says of its wait counts so long */
};

/* One hospital from one scene. */
struct hospital_way {
    uint64_t hospital;
    uint32_t kinds; /* bits of hospital_kind */
    enum hospital_status status;
    enum travel_source source;
    uint32_t drive_s, wait_s;
};

struct hospital_row {
    uint32_t way; /* which of them */
    enum hospital_why why;
};

/* What is known of one hospital's handovers. */
struct handovers {
    uint32_t usual_s; /* learned over months, or the default */
    uint32_t seen_n, mean_s; /* lately */
    uint32_t waiting_n;  /* crews that wait there now */
    uint32_t reported_s; /* by the hospital itself; 0: nothing, or too long ago */
};

/* The mean after one more. */
uint32_t hospital_mean_s(uint32_t mean_s, uint32_t seen_n, uint32_t took_s);

/* The expected wait of a crew that arrives: the mean handover there, as much again for every `bays`
 * crews that wait now, and no less than the hospital reports. */
uint32_t hospital_wait_s(const struct hospital_rules *rules, const struct handovers *known);

/* The best `max` of n, best first; how many there are. need: any of these kinds will do; 0: all. */
uint32_t hospital_rank(const struct hospital_way *way, uint32_t n, uint32_t need,
                       struct hospital_row *row, uint32_t max);

#endif
