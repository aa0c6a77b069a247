/* random_day: a pipeline with a real journal on a clock the test drives, and a small town in which
 * anything may happen next, by dice. Commands are meant to make sense most of the time; what the
 * core refuses is journalled as well. Wall time is not used; incidents leave the memory after an
 * hour.
 * Owner: the test. Thread: one, which turns the loop. Aborts on errors. Start here:
 * random_day_make, random_day_open.
 */
#ifndef TESTS_LIB_RANDOM_DAY_H
#define TESTS_LIB_RANDOM_DAY_H

#include "dispatch/line/pipeline.h"

struct random_day {
    struct config config; /* may be changed before it opens */
    uv_loop_t loop;
    struct pipeline pipeline;
    struct metrics metrics;
    uint64_t dice;
    uint64_t number;
    int64_t now_ms;
    bool opened, closed;
};

/* What a process needs, and settings with the data in `dir`; NULL: for the journal in memory. */
void random_day_make(struct random_day *day, const char *dir);

/* Opens the journal there is, or founds the town in a new one. May be closed and opened again. */
void random_day_open(struct random_day *day, uint64_t seed);
/* When all is durable. Nothing else may be open on the loop any more. */
void random_day_close(struct random_day *day);

#define random_day_until(day, cond)                                                                \
    do {                                                                                           \
        while (!(cond))                                                                            \
            uv_run(&(day)->loop, UV_RUN_ONCE);                                                     \
    } while (0)
void random_day_settle(struct random_day *day); /* until all is durable */

/* One command in the grammar of core/print.h, by a supervisor. */
void random_day_do(struct random_day *day, const char *line);
/* So many random ones, turning the loop now and then. */
void random_day_pass(struct random_day *day, uint32_t commands);

#endif
