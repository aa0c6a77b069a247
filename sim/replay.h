/* replay: a recording (replay_csv.h) through a running dispatchd on its driven clock, as fast as it
 * goes, over one gateway connection.
 *
 * The server runs with clock=driven, empty or of this replay only: units and stations are defined
 * under ids from 1. Each time point becomes a command at its recorded time with that time claimed:
 *   received       ring_call                  opened   answer_call, open_incident
 *   ordered        order_unit                 each later point   report_step
 *   out of order   correct_step               the last end of a call   close_incident
 * Commands go out in the order of replay_order; one that needs an id waits for the answer that
 * gives it. Nothing is left out silently: what the server refuses is listed with its line, and what
 * hangs on it is counted.
 *
 * Owner: the caller; one thread, its own loop until replay_run returns. Errors: negative, errmsg.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "sim/replay_csv.h"
#include "sim/session.h"

struct replay_result {
    uint64_t commands, refused;
    uint64_t reported;  /* time points as report_step */
    uint64_t corrected; /* time points as correct_step */
    uint64_t overlaps;  /* assignments ended early because their unit was ordered again */
    uint64_t ended;     /* unfinished assignments ended at their last time point */
    uint64_t skipped;   /* events that hang on something refused */
    uint64_t closed;    /* incidents */
};

/* 0: everything entered; 1: something was refused (listed on standard error); negative: error. */
int replay_run(const struct replay_csv *csv, const struct session_config *config,
               struct replay_result *result, char errmsg[static ERRMSG_MAX]);

void replay_print(FILE *out, const struct replay_csv *csv, const struct replay_result *result);

#endif
