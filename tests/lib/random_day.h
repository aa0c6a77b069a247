/* random_day: a pipeline with a real journal on a clock the test drives, and a small town in which
 * anything may happen next, by dice. Commands are meant to make sense most of the time; what the
 * core refuses is journalled as well. Wall time is not used; incidents leave the memory after an
 * hour.
 * Owner: the test. Thread: one. Aborts on errors. Start here: random_day_config, random_day_open.
 */
#ifndef TESTS_LIB_RANDOM_DAY_H
#define TESTS_LIB_RANDOM_DAY_H

#include "dispatch/pipeline.h"

struct random_day {
    uv_loop_t *loop;
    struct pipeline pipeline;
    struct metrics metrics;
    uint64_t dice;
    uint64_t number;
    int64_t now_ms;
    bool opened, closed;
};

/* A configuration for it, with its data in `dir`. */
void random_day_config(struct config *config, const char *dir);

/* Opens the journal there is, or founds the town in a new one; turns the loop meanwhile. */
void random_day_open(struct random_day *day, uv_loop_t *loop, const struct config *config,
                     uint64_t seed);
void random_day_close(struct random_day *day);

/* One command in the grammar of core/print.h, by a supervisor. */
void random_day_do(struct random_day *day, const char *line);
/* So many random ones, turning the loop now and then. */
void random_day_pass(struct random_day *day, uint32_t commands);

#endif
