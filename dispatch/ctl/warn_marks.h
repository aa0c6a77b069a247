/* warn_marks: what coverage and preparedness would have raised over a journal's minutes, under each
 * mark that they could have (trial.h), and the highest that keeps their part of the budget.
 * Owner: `dispatchctl warn tune`. Thread: one. Errors: none. Start here: warn_marks_init. */
#ifndef CTL_WARN_MARKS_H
#define CTL_WARN_MARKS_H

#include <stdio.h>

#include "dispatch/core/core.h"
#include "dispatch/warn/trial.h"

enum { WARN_MARKS = 101 }; /* of each: the one in force, then a hundred from low to high */

struct warn_marks {
    struct watch_numbers number;
    struct trial coverage[WARN_MARKS], preparedness[WARN_MARKS];
    uint64_t covered_min, prepared_min; /* in which it was known */
};

void warn_marks_init(struct warn_marks *marks, const struct watch_numbers *number);
void warn_marks_minute(struct warn_marks *marks, int64_t now_ms, const struct minute_passed *fact);
/* In words, for a journal of so many days. */
void warn_marks_print(const struct warn_marks *marks, double days, FILE *out);

#endif
