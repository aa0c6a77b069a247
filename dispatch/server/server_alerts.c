/* Alerts for other houses: /alerts.atom lists them, /alerts/W12.cap is one as a CAP document. With
 * a token of the desk, an operator or a gateway. What is shown is durable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/server/server_impl.h"

enum { FEED_BYTES_MAX = 8 * 1024 * 1024, PATH_PREFIX = sizeof("/alerts/W") - 1 };

/* An answer that waits until what it shows is durable. */
struct late_answer {
    struct server *server;
    uint64_t request;
    const char *type;
    struct buffer body;
};

static void on_durable(void *context, uint64_t tag, const struct reply *reply)
{
    struct late_answer *answer = context;
    (void)tag;
    (void)reply;
    gate_answer(&answer->server->gate, answer->request, 200, answer->type, answer->body.bytes,
                answer->body.n);
    buffer_close(&answer->body);
    free(answer);
}

/* Takes the body. */
static void answer_later(struct server *s, uint64_t request, const char *type, struct buffer *body,
                         bool written)
{
    struct late_answer *answer = written ? malloc(sizeof(*answer)) : NULL;
    if (answer) {
        *answer = (struct late_answer){s, request, type, *body};
        if (pipeline_when_durable(&s->pipeline, on_durable, answer, 0, 0) == 0)
            return;
    }
    free(answer);
    buffer_close(body);
    server_answer_error(s, request, 503, "busy", "try again later", "请稍后再试");
}

static bool may_read(struct server *s, const struct gate_request *request)
{
    struct account account;
    if (!server_authorised(s, request, &account))
        return false;
    enum role role = stream_actor(&account).role;
    if (role == ROLE_DISPATCHER || role == ROLE_SUPERVISOR || role == ROLE_OPERATOR ||
        role == ROLE_GATEWAY)
        return true;
    const struct refusal_text *text = &refusal_text[REFUSE_NOT_ALLOWED];
    server_answer_error(s, request->id, 403, text->name, text->en, text->zh);
    return false;
}

static void get_feed(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct buffer body;
    if (!may_read(s, request))
        return;
    buffer_init(&body, FEED_BYTES_MAX);
    bool written = cap_feed(&s->cap, &s->pipeline.core.state, &body) == 0;
    answer_later(s, request->id, "application/atom+xml; charset=utf-8", &body, written);
}

/* "/alerts/W12.cap" is alert 12; 0: no such path. */
static uint64_t alert_of_path(const char *path)
{
    char *end = NULL;
    if (strlen(path) <= PATH_PREFIX || strncmp(path, "/alerts/W", PATH_PREFIX) != 0 ||
        path[PATH_PREFIX] < '0' || path[PATH_PREFIX] > '9')
        return 0;
    uint64_t id = strtoull(path + PATH_PREFIX, &end, 10);
    return strcmp(end, ".cap") == 0 ? id : 0;
}

static void get_document(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct buffer body;
    if (!may_read(s, request))
        return;
    const struct alert *alert = state_alert(&s->pipeline.core.state, alert_of_path(request->path));
    if (!alert || !cap_leaves(&s->cap, alert)) {
        const struct refusal_text *text = &refusal_text[REFUSE_NO_ALERT];
        server_answer_error(s, request->id, 404, text->name, text->en, text->zh);
        return;
    }
    struct cap_notice notice = cap_notice_of(alert);
    buffer_init(&body, WEBHOOK_DOCUMENT_MAX);
    bool written = cap_write(&s->cap, &notice, &body) == 0;
    answer_later(s, request->id, "application/cap+xml; charset=utf-8", &body, written);
}

int server_alert_routes(struct server *s)
{
    struct journal_head head;
    if (journal_read_head(s->pipeline.reader, &head) < 0)
        return server_fail(s, "%s", journal_reader_errmsg(s->pipeline.reader));
    cap_init(&s->cap, s->config, &head);
    if (gate_route(&s->gate, GATE_GET, "/alerts.atom", get_feed, s) < 0 ||
        gate_route(&s->gate, GATE_GET, "/alerts", get_document, s) < 0)
        return server_fail(s, "%s", s->gate.errmsg);
    return 0;
}
