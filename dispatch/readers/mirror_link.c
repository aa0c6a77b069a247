#include "dispatch/readers/mirror_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/must.h"

static void on_time(uv_timer_t *timer);
static void on_poll(uv_poll_t *poll, int status, int events);

/* --- the socket's watch --- */

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

/* Before libpq may close or change the socket. */
static void unwatch(struct mirror_link *link)
{
    if (!link->poll)
        return;
    uv_poll_stop(link->poll);
    uv_close((uv_handle_t *)link->poll, free_poll);
    link->poll = NULL;
}

static int watch(struct mirror_link *link, int events)
{
    if (!link->poll) {
        uv_poll_t *poll = malloc(sizeof(*poll));
        if (!poll || uv_poll_init(link->loop, poll, PQsocket(link->conn)) < 0) {
            free(poll);
            return -1;
        }
        poll->data = link;
        link->poll = poll;
    }
    return uv_poll_start(link->poll, events, on_poll);
}

static void expect_within(struct mirror_link *link, uint64_t wait_ms)
{
    must(uv_timer_start(&link->timer, on_time, wait_ms, 0) == 0);
}

void mirror_link_drop(struct mirror_link *link, const char *why)
{
    if (!link->conn)
        return;
    log_warn("mirror-down", "link=%s why=%s", link->name, why);
    unwatch(link);
    PQfinish(link->conn);
    link->conn = NULL;
    link->up = link->broken = false;
    link->syncs = 0;
    expect_within(link, backoff_ms(&link->backoff));
    link->down_cb(link->context);
}

/* libpq's text without its line ends. */
static void drop_for(struct mirror_link *link)
{
    char why[ERRMSG_MAX];
    snprintf(why, sizeof(why), "%s", PQerrorMessage(link->conn));
    why[strcspn(why, "\n")] = 0;
    mirror_link_drop(link, why[0] ? why : "no connection in time");
}

/* --- connecting --- */

/* In the thread that dials, too, when the link may be gone: only its name is touched. */
static void quiet(void *context, const char *message)
{
    const char *name = context;
    log_debug("mirror-notice", "link=%s text=%.*s", name, (int)strcspn(message, "\n"), message);
}

static void go_up(struct mirror_link *link)
{
    if (PQsetnonblocking(link->conn, 1) < 0 || !PQenterPipelineMode(link->conn) ||
        watch(link, UV_READABLE) < 0) {
        drop_for(link);
        return;
    }
    uv_timer_stop(&link->timer);
    link->up = true;
    mirror_link_query(link, "set synchronous_commit = off");
    link->up_cb(link->context);
}

static void on_dialled(void *context, PGconn *conn)
{
    struct mirror_link *link = context;
    link->dial = NULL;
    link->conn = conn;
    if (PQstatus(conn) == CONNECTION_OK)
        go_up(link);
    else
        drop_for(link);
}

static void connect_now(struct mirror_link *link)
{
    static const char *const keys[] = {"dbname", "application_name", "client_encoding", NULL};
    const char *const values[] = {link->conninfo, link->name, "UTF8", NULL};
    PGconn *conn = PQconnectStartParams(keys, values, 1);
    if (conn) {
        PQsetNoticeProcessor(conn, quiet, (void *)(uintptr_t)link->name);
        link->dial = mirror_dial_begin(link->loop, conn, link->timeout_ms, link, on_dialled);
    }
    if (link->dial)
        return;
    PQfinish(conn);
    expect_within(link, backoff_ms(&link->backoff));
}

static void on_time(uv_timer_t *timer)
{
    struct mirror_link *link = timer->data;
    if (!link->conn)
        connect_now(link);
    else
        mirror_link_drop(link,
                         link->broken ? "a command could not be sent" : "no answer in time");
}

/* --- talking --- */

static void flush(struct mirror_link *link)
{
    int more = PQflush(link->conn);
    if (more < 0 || watch(link, more ? UV_READABLE | UV_WRITABLE : UV_READABLE) < 0)
        drop_for(link);
}

static void take_result(struct mirror_link *link, PGresult *result)
{
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        link->syncs--;
        link->backoff = (struct backoff){0};
        if (link->syncs == 0)
            uv_timer_stop(&link->timer);
        PQclear(result);
        link->synced_cb(link->context);
        return;
    }
    if (PQresultStatus(result) != PGRES_PIPELINE_ABORTED)
        link->result_cb(link->context, result);
    PQclear(result);
}

static void take_results(struct mirror_link *link)
{
    const PGconn *conn = link->conn;
    while (link->conn == conn && link->syncs > 0 && !PQisBusy(link->conn)) {
        PGresult *result = PQgetResult(link->conn);
        if (result)
            take_result(link, result);
        else if (PQstatus(link->conn) == CONNECTION_BAD)
            drop_for(link);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct mirror_link *link = poll->data;
    (void)status; /* libpq finds out what is wrong with its socket */
    (void)events;
    if (!PQconsumeInput(link->conn)) {
        drop_for(link);
        return;
    }
    if (link->syncs > 0)
        expect_within(link, link->timeout_ms); /* it is alive */
    take_results(link);
    if (link->up)
        flush(link);
}

static void sent(struct mirror_link *link, int ok)
{
    if (!ok)
        link->broken = true; /* told by the timer, so that no caller loses its link in mid-work */
}

void mirror_link_prepare(struct mirror_link *link, const char *name, const char *sql)
{
    sent(link, PQsendPrepare(link->conn, name, sql, 0, NULL));
}

void mirror_link_query(struct mirror_link *link, const char *sql)
{
    sent(link, PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0));
}

void mirror_link_send(struct mirror_link *link, const char *prepared, int count,
                      const char *const *value)
{
    sent(link, PQsendQueryPrepared(link->conn, prepared, count, value, NULL, NULL, 0));
}

void mirror_link_sync(struct mirror_link *link)
{
    sent(link, PQpipelineSync(link->conn));
    link->syncs++;
    expect_within(link, link->broken ? 0 : link->timeout_ms);
    if (!link->broken && (PQflush(link->conn) < 0 || watch(link, UV_READABLE | UV_WRITABLE) < 0)) {
        link->broken = true;
        expect_within(link, 0);
    }
}

bool mirror_link_refused(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state && state[0] == '2' && (state[1] == '2' || state[1] == '3');
}

/* --- life --- */

static const char *option(const PQconninfoOption *all, const char *keyword)
{
    while (strcmp(all->keyword, keyword) != 0)
        all++;
    return all->val ? all->val : "";
}

int mirror_link_check(const char *conninfo, char errmsg[static ERRMSG_MAX])
{
    char *why = NULL;
    PQconninfoOption *all = PQconninfoParse(conninfo, &why);

    if (!all) {
        snprintf(errmsg, ERRMSG_MAX, "[postgres] conninfo: %s", why ? why : "no memory");
        PQfreemem(why);
        return -1;
    }
    const char *host = option(all, "host");
    bool waits = host[0] && host[0] != '/' && !option(all, "hostaddr")[0] && !os_is_ip(host);
    if (waits)
        snprintf(errmsg, ERRMSG_MAX,
                 "[postgres] conninfo: %s is no IP address; a name is looked up at every "
                 "connection, and dispatch would wait for it: add hostaddr=ADDRESS",
                 host);
    PQconninfoFree(all);
    return waits ? -1 : 0;
}

void mirror_link_open(struct mirror_link *link, uv_loop_t *loop)
{
    link->loop = loop;
    must(uv_timer_init(loop, &link->timer) == 0);
    link->timer.data = link;
    expect_within(link, 0);
}

static void on_closed(uv_handle_t *handle)
{
    struct mirror_link *link = handle->data;
    link->closed_cb(link->context);
}

void mirror_link_close(struct mirror_link *link)
{
    must(!link->closing);
    link->closing = true;
    if (link->dial)
        mirror_dial_give_up(link->dial);
    unwatch(link);
    PQfinish(link->conn);
    link->conn = NULL;
    link->up = false;
    uv_close((uv_handle_t *)&link->timer, on_closed);
}
