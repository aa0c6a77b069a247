/* The query `coverage` (dispatch/travel/coverage.h): asked over the stream, answered when known. */
#include "dispatch/server/server_impl.h"

static void on_coverage(void *context, uint64_t client, uint64_t number,
                        const struct buffer *answer, const char *error)
{
    static const struct buffer none;
    struct server *s = context;
    if (client == 0) { /* asked by the house */
        server_warn_covered(s, answer);
        return;
    }
    stream_report(&s->stream, client, number, error ? error : "", answer ? answer : &none);
}

int server_coverage_open(struct server *s)
{
    if (coverage_open(&s->coverage, s->config, &s->travel, &s->zones, on_coverage, s) < 0)
        return server_fail(s, "%s", s->coverage.errmsg);
    return 0;
}

void server_coverage(struct server *s, const struct console *console, uint64_t number,
                     uint64_t without)
{
    coverage_ask(&s->coverage,
                 (struct coverage_ask){
                     .without = without, .client = console->client->id, .number = number});
}
