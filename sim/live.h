/* live: the city against a running dispatchd: callers call, a simulated dispatcher may answer,
 * units speak JT/T 808 and live their orders to the end, hospitals queue. One libuv loop.
 *
 * The clock: with drive false it is the machine's, and so must be the server's. With drive true the
 * server runs with clock=driven and this process is its clock, `speed` times as fast as time.
 * Stops on SIGINT and SIGTERM, or with `once` when one call has gone from ringing to a crew's
 * acknowledgement on its terminal (evidence lines on standard output).
 *
 * The token file has lines "gateway TOKEN" and "dispatcher TOKEN"; the second is needed only for
 * the simulated dispatcher. Owner: the caller; one thread. Errors: negative, errmsg. Start here:
 * live_run. */
#ifndef SIM_LIVE_H
#define SIM_LIVE_H

#include "sim/session.h"

struct live_config {
    struct session_address server, jt808;
    char gateway_token[SESSION_TOKEN_MAX], dispatcher_token[SESSION_TOKEN_MAX];
    const char *city_dir, *speeds_path, *buttons_path, *demand_path, *crew_path;
    const char *cards_dir, *plans_path;
    uint64_t seed;
    double speed;         /* 1: as time goes; others need drive */
    double calls_per_day; /* 0: as the demand file says */
    int utc_offset_s;
    bool drive, auto_dispatch, once;
};

int live_read_tokens(struct live_config *config, const char *path, char errmsg[static ERRMSG_MAX]);

/* 0 when stopped or done. */
int live_run(const struct live_config *config, char errmsg[static ERRMSG_MAX]);

#endif
