/* alarm: how soon the detectors of early warning find what is hidden among ordinary calls, and how
 * often they ring for nothing.
 *
 *   outbreak (cases of a seed) ─► watch_feed, one detector at a time ─► when, and how unlikely
 *
 * Every seed is a city of its own time: weeks to learn from, weeks in which nothing happens, then
 * one outbreak after another. All detectors are compared at the same rate of false alarms: each
 * gets the threshold ("by chance once in so many hours") at which it would have rung once a month
 * while nothing happened. The rules of places have no such threshold and stand as they are.
 * And the whole as it is delivered, over years of ordinary days: what chance alone raises, beside
 * the budget of each level.
 * Owner: the caller. One thread. Errors: -1, errmsg. Start here: alarm_command. */
#ifndef SIM_ALARM_H
#define SIM_ALARM_H

#include "dispatch/base/os.h"

struct alarm_options {
    const char *city, *deploy, *out; /* out: a CSV of the table, or NULL */
    uint64_t seed;
    uint32_t seeds, years; /* either may be 0: left out */
};

int alarm_command(const struct alarm_options *options, char errmsg[static ERRMSG_MAX]);

#endif
