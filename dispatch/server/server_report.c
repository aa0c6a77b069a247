/* Reports: what the supervisor's page asks of PostGIS over the stream. A query `report` carries a
 * JSON object whose "report" says which (report.h); "forecast" is report `hours` with a worker's
 * arithmetic behind it (outlook.h). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/server/outlook.h"
#include "dispatch/server/server_impl.h"

enum { ANSWER_MAX = WIRE_SERVER_FRAME_MAX - 4096 };

struct asked_report {
    struct server *server;
    uint64_t client, number;
    bool foretell;
    char *hours; /* of a forecast: what it is made from */
    size_t hours_n;
    int code;
    uv_work_t work;
    struct buffer answer;
};

static void end_report(struct asked_report *r, const char *error)
{
    if (r->answer.full)
        error = "too_large";
    stream_report(&r->server->stream, r->client, r->number, error, &r->answer);
    buffer_close(&r->answer);
    free(r->hours);
    free(r);
}

/* --- the worker's part --- */

static void foretell(uv_work_t *work)
{
    struct asked_report *r = work->data;
    r->code = outlook_write(r->hours, r->hours_n, &r->answer);
}

static void on_foretold(uv_work_t *work, int status)
{
    struct asked_report *r = work->data;
    struct server *s = r->server;
    s->foretelling--;
    if (s->closing) {
        buffer_close(&r->answer);
        free(r->hours);
        free(r);
        server_part_closed(s);
        return;
    }
    end_report(r, status < 0 || r->code < 0 ? "no_calls" : "");
}

static void begin_foretelling(struct asked_report *r, const char *text, size_t n)
{
    if (!(r->hours = malloc(n + 1))) {
        end_report(r, "busy");
        return;
    }
    memcpy(r->hours, text, n + 1);
    r->hours_n = n;
    r->work.data = r;
    must(uv_queue_work(r->server->loop, &r->work, foretell, on_foretold) == 0);
    r->server->foretelling++;
}

/* --- asking --- */

static void on_report(void *context, enum report_status status, const char *text, size_t n)
{
    struct asked_report *r = context;
    if (status == REPORT_DONE && r->foretell && !r->server->closing) {
        begin_foretelling(r, text, n);
        return;
    }
    if (status == REPORT_DONE)
        buffer_add(&r->answer, text, n);
    end_report(r, status == REPORT_AWAY   ? "database_away"
                  : status == REPORT_BUSY ? "busy"
                                          : (status == REPORT_REFUSED ? text : ""));
}

/* What is asked, and its "report"; NULL when it is no such object. The caller's to decref. */
static json_t *read_ask(const struct stream_query *query, char ask[static REPORT_ASK_MAX + 1],
                        const char **name)
{
    if (query->words.n > REPORT_ASK_MAX)
        return NULL;
    json_t *root = json_loadb(query->words.p, query->words.n, JSON_REJECT_DUPLICATES, NULL);
    *name = json_string_value(json_object_get(root, "report"));
    if (!*name) {
        json_decref(root);
        return NULL;
    }
    memcpy(ask, query->words.p, query->words.n);
    ask[query->words.n] = 0;
    return root;
}

const char *server_report(struct server *s, const struct console *console,
                          const struct stream_query *query)
{
    char ask[REPORT_ASK_MAX + 1];
    const char *name;
    json_t *root = read_ask(query, ask, &name);
    if (!root)
        return "words: a JSON object of at most 500 bytes with \"report\"";
    struct asked_report *r = calloc(1, sizeof(*r));
    if (!r) {
        json_decref(root);
        return "no memory";
    }
    *r = (struct asked_report){.server = s,
                               .client = console->client->id,
                               .number = query->number,
                               .foretell = strcmp(name, "forecast") == 0};
    buffer_init(&r->answer, ANSWER_MAX);
    report_begin(&s->report, r->foretell ? "hours" : name, ask, pipeline_now_ms(&s->pipeline),
                 on_report, r);
    json_decref(root);
    return NULL;
}
