/* The calls of a JEMSS calls file, with all that chance decides about them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/judge_jemss.h"

enum { CALLS_MAX = 20000000 };

enum column {
    COLUMN_INDEX,
    COLUMN_PRIORITY,
    COLUMN_X,
    COLUMN_Y,
    COLUMN_ARRIVAL,
    COLUMN_DELAY,
    COLUMN_SCENE,
    COLUMN_HOSPITAL,
    COLUMN_TRANSPORT,
    COLUMN_HANDOVER,
    COLUMN_TRANSFER,          /* the older name of transport */
    COLUMN_TRANSFER_DURATION, /* the older name of handoverDuration */
    COLUMNS
};

static const char *const names[COLUMNS] = {
    "index",
    "priority",
    "x",
    "y",
    "arrivalTime",
    "dispatchDelay",
    "onSceneDuration",
    "hospitalIndex",
    "transport?",
    "handoverDuration?",
    "transfer?",
    "transferDuration?",
};

static int take_days(struct sheet_csv *csv, int column, int64_t *ns)
{
    double days;
    if (sheet_number(csv, column, 0, 1e5, &days) < 0)
        return -1;
    *ns = jemss_ns(days);
    return 0;
}

static int take_hospital(const struct judge_city *city, struct sheet_csv *csv, int column,
                         struct judge_call *call)
{
    double number;
    if (sheet_number(csv, column, -1, city->hospital_n, &number) < 0)
        return -1;
    if (number != floor(number) || number == 0)
        return sheet_fail(csv, "there is no hospital %g", number);
    call->hospital = number < 0 ? JUDGE_NOBODY : (int32_t)number - 1;
    return 0;
}

static int take_call(struct judge_city *city, struct sheet_csv *csv, const int *column,
                     struct judge_call *call)
{
    uint32_t priority;
    double transport;
    int transport_at =
        column[COLUMN_TRANSPORT] >= 0 ? column[COLUMN_TRANSPORT] : column[COLUMN_TRANSFER];
    int handover_at =
        column[COLUMN_HANDOVER] >= 0 ? column[COLUMN_HANDOVER] : column[COLUMN_TRANSFER_DURATION];
    if (jemss_index(csv, column[COLUMN_INDEX], city->call_n) < 0 ||
        sheet_count(csv, column[COLUMN_PRIORITY], 1, JUDGE_PRIORITIES, &priority) < 0 ||
        sheet_number(csv, column[COLUMN_X], -1e9, 1e9, &call->at.x) < 0 ||
        sheet_number(csv, column[COLUMN_Y], -1e9, 1e9, &call->at.y) < 0 ||
        take_days(csv, column[COLUMN_ARRIVAL], &call->arrival_ns) < 0 ||
        take_days(csv, column[COLUMN_DELAY], &call->delay_ns) < 0 ||
        take_days(csv, column[COLUMN_SCENE], &call->scene_ns) < 0 ||
        sheet_number(csv, transport_at, 0, 1, &transport) < 0 ||
        take_hospital(city, csv, column[COLUMN_HOSPITAL], call) < 0)
        return -1;
    call->transport = transport != 0;
    if (call->transport && take_days(csv, handover_at, &call->handover_ns) < 0)
        return -1;
    call->priority = priority - 1;
    judge_join(city, &call->at);
    return 0;
}

static int read_start(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const start[] = {"startTime"};
    int column[1];
    if (sheet_find(csv, "miscData", start, column, 1) < 0)
        return -1;
    int got = sheet_row(csv);
    if (got <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "miscData has no row");
    return take_days(csv, column[0], &city->start_ns);
}

static int read_calls(struct judge_city *city, struct sheet_csv *csv)
{
    int column[COLUMNS], got;
    if (read_start(city, csv) < 0 || sheet_find(csv, "calls", names, column, COLUMNS) < 0)
        return -1;
    int64_t last_ns = city->start_ns;
    while ((got = sheet_row(csv)) > 0) {
        struct judge_call call = {0};
        if (city->call_n == CALLS_MAX)
            return sheet_fail(csv, "more than %d calls", CALLS_MAX);
        if (take_call(city, csv, column, &call) < 0)
            return -1;
        if (call.arrival_ns < last_ns)
            return sheet_fail(csv, "calls must be in order of arrival, none before startTime");
        last_ns = call.arrival_ns;
        if (!(city->call = jemss_grow(city->call, city->call_n, sizeof(call))))
            return sheet_fail(csv, "out of memory");
        city->call[city->call_n++] = call;
    }
    return got == 0 && city->call_n == 0 ? sheet_fail(csv, "there are no calls") : got;
}

int judge_jemss_calls(struct judge_city *city, const char *path)
{
    return jemss_read_file(city, path, read_calls);
}
