#include "dispatch/server/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/core/types.h"
#include "dispatch/wire/buffer.h"

static const char *const reports[] = {
    "tiles", "hours",   "week",  "funnel",    "stage", "day",
    "days",  "quality", "chart", "detectors", "audit", "positions", "due",
    "overrides",
};

enum { REPORT_COUNT = sizeof(reports) / sizeof(*reports) };

struct report_ask {
    const char *name;
    char ask[REPORT_ASK_MAX + 1];
    int64_t now_ms;
    report_done_cb done_cb;
    void *context;
    enum report_status status; /* REPORT_AWAY until the database has said something */
    char *answer;
    size_t answer_n;
    struct report_ask *next;
};

static const char *find_name(const char *name)
{
    for (int i = 0; i < REPORT_COUNT; i++)
        if (strcmp(reports[i], name) == 0)
            return reports[i];
    return NULL;
}

static void end_first(struct report *report)
{
    struct report_ask *ask = report->first;
    report->first = ask->next;
    report->count--;
    report->asking = false;
    ask->done_cb(ask->context, ask->status, ask->answer ? ask->answer : "", ask->answer_n);
    free(ask->answer);
    free(ask);
}

static void end_all(struct report *report)
{
    while (report->first)
        end_first(report);
}

static void ask_first(struct report *report)
{
    const struct report_ask *ask = report->first;
    char now[32], clock[32];
    if (!report->ready || report->asking || !ask)
        return;
    snprintf(now, sizeof(now), "%" PRId64, ask->now_ms);
    snprintf(clock, sizeof(clock), "%d min", report->config->server.utc_offset_min);
    const char *const value[] = {ask->ask, now, clock};
    report->asking = true;
    mirror_link_send(&report->link, ask->name, 3, value);
    mirror_link_sync(&report->link);
}

static void keep_answer(struct report_ask *ask, enum report_status status, const char *text,
                        size_t n)
{
    if (ask->answer || !(ask->answer = malloc(n + 1)))
        return;
    memcpy(ask->answer, text, n);
    ask->answer[n] = 0;
    ask->answer_n = n;
    ask->status = status;
}

/* --- the database's side --- */

static void on_up(void *context)
{
    struct report *report = context;
    const struct config *config = report->config;
    bool keeps = report->use == REPORT_QUALITY;
    int timeout_ms = keeps ? config->postgres.quality_timeout_ms : config->postgres.timeout_ms;
    char sql[160];
    report->link.timeout_ms = (uint64_t)timeout_ms;
    snprintf(sql, sizeof(sql), "set default_transaction_read_only = %s", keeps ? "off" : "on");
    mirror_link_query(&report->link, sql);
    snprintf(sql, sizeof(sql), "set statement_timeout = %d",
             timeout_ms / 10 * 9); /* the link outlives a slow report */
    mirror_link_query(&report->link, sql);
    mirror_link_query(&report->link, "set client_connection_check_interval = '1s'");
    for (int i = 0; i < REPORT_COUNT; i++) {
        snprintf(sql, sizeof(sql),
                 "select report_%s($1::jsonb, at_ms($2::bigint), $3::interval)::text", reports[i]);
        mirror_link_prepare(&report->link, reports[i], sql);
    }
    mirror_link_sync(&report->link);
}

static void on_result(void *context, const PGresult *result)
{
    struct report *report = context;
    struct report_ask *ask = report->asking ? report->first : NULL;
    ExecStatusType status = PQresultStatus(result);
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (status == PGRES_FATAL_ERROR) {
        log_warn("report-refused", "report=%s why=%s", ask ? ask->name : "", why ? why : "");
        if (ask && why)
            keep_answer(ask, REPORT_REFUSED, why, strlen(why));
    } else if (ask && status == PGRES_TUPLES_OK && PQntuples(result) == 1) {
        keep_answer(ask, REPORT_DONE, PQgetvalue(result, 0, 0),
                    (size_t)PQgetlength(result, 0, 0));
    }
}

static void on_synced(void *context)
{
    struct report *report = context;
    if (report->ready)
        end_first(report);
    report->ready = true;
    ask_first(report);
}

static void on_down(void *context)
{
    struct report *report = context;
    report->ready = false;
    report->link.timeout_ms = (uint64_t)report->config->postgres.timeout_ms; /* to connect */
    end_all(report);
}

static void on_closed(void *context)
{
    struct report *report = context;
    end_all(report);
    report->closed_cb(report->context);
}

/* --- from outside --- */

void report_open(struct report *report, uv_loop_t *loop, const struct config *config,
                 enum report_use use)
{
    *report = (struct report){.config = config, .use = use};
    if (!config->postgres.conninfo[0])
        return;
    report->opened = true;
    report->link = (struct mirror_link){.name = use == REPORT_QUALITY ? "mingdi-quality"
                                                               : "mingdi-report",
                                        .conninfo = config->postgres.conninfo,
                                        .timeout_ms = (uint64_t)config->postgres.timeout_ms,
                                        .context = report,
                                        .up_cb = on_up,
                                        .result_cb = on_result,
                                        .synced_cb = on_synced,
                                        .down_cb = on_down,
                                        .closed_cb = on_closed};
    mirror_link_open(&report->link, loop);
}

void report_close(struct report *report, void (*closed_cb)(void *context), void *context)
{
    report->closed_cb = closed_cb;
    report->context = context;
    if (report->opened)
        mirror_link_close(&report->link);
    else
        closed_cb(context);
}

static struct report_ask *make_ask(const char *name, const char *ask, int64_t now_ms)
{
    struct report_ask *made = strlen(ask) <= REPORT_ASK_MAX ? calloc(1, sizeof(*made)) : NULL;
    if (!made)
        return NULL;
    made->name = name;
    made->now_ms = now_ms;
    made->status = REPORT_AWAY;
    memcpy(made->ask, ask, strlen(ask) + 1);
    return made;
}

void report_begin(struct report *report, const char *name, const char *ask, int64_t now_ms,
                  report_done_cb done_cb, void *context)
{
    static const char none[] = "no such report";
    const char *known = find_name(name);
    struct report_ask *made = NULL, **last = &report->first;
    if (!known) {
        done_cb(context, REPORT_REFUSED, none, strlen(none));
        return;
    }
    if (report->ready && report->count < REPORT_WAITING_MAX)
        made = make_ask(known, ask, now_ms);
    if (!made) {
        done_cb(context, report->ready ? REPORT_BUSY : REPORT_AWAY, "", 0);
        return;
    }
    made->done_cb = done_cb;
    made->context = context;
    while (*last)
        last = &(*last)->next;
    *last = made;
    report->count++;
    ask_first(report);
}
