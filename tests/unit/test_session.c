/* session: what waits for an answer is asked for again on the next connection and gets its first
 * answer, also when a whole window was on its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/session.h"
#include "tests/lib/centre.h"

enum { NOTES = 500, BREAKS = 3 };

static struct centre centre;

struct asker {
    struct session session;
    uint64_t seq[NOTES + 1]; /* of the answer to each number */
    uint32_t answered, welcomed, window;
    bool closed;
};

static void on_ready(void *user, const struct stream_welcome *welcome)
{
    struct asker *asker = user;
    asker->welcomed++;
    asker->window = welcome->command_window;
}

static void on_reply(void *user, const struct stream_reply *reply)
{
    struct asker *asker = user;
    assert_in_range(reply->number, 1, NOTES);
    assert_int_equal(reply->refusal, REFUSE_NONE);
    assert_int_equal(asker->seq[reply->number], 0); /* never twice */
    asker->seq[reply->number] = reply->seq;
    asker->answered++;
}

static void on_down(void *user, const char *why)
{
    (void)user;
    (void)why;
}

static void on_closed(struct session *session)
{
    struct asker *asker = session->user;
    asker->closed = true;
}

static void start_asking(struct asker *asker)
{
    struct session_config config = {.client = 77, .retry_ms = 1};
    struct session_events events = {asker, on_ready, on_reply, NULL, on_down};
    snprintf(config.address.host, sizeof(config.address.host), "127.0.0.1");
    config.address.port = gate_tcp_port(&centre.server.gate);
    centre_token(&centre, ACCOUNT_DISPATCHER, 0, config.token);
    memset(asker, 0, sizeof(*asker));
    assert_int_equal(session_init(&asker->session, &centre.edge.loop, &config, &events), 0);
    asker->session.user = asker;
}

/* Ends every connection of the session while a window of its commands is applied or on its way. */
static void break_connection(void)
{
    for (struct console *c = centre.server.stream.first; c; c = c->next)
        gate_cut(c->client, GATE_CLOSE_GOING_AWAY, "test");
}

static void test_full_window_over_a_break(void **state)
{
    static struct asker asker;
    struct command note = {.kind = COMMAND_ADD_NOTE};
    uint64_t number, seq;
    (void)state;
    centre.server.stream.requests_per_s = 100000;
    assert_int_equal(centre_do(&centre, ROLE_DISPATCHER, "open_incident words=x").made, 1);
    start_asking(&asker);
    note.add_note.incident.v = 1;
    note.add_note.words = TEXT("n");
    for (int i = 0; i < NOTES; i++)
        assert_int_equal(session_send(&asker.session, &note, &number), 0);
    for (uint32_t i = 0; i < BREAKS; i++) {
        centre_until(&centre, asker.welcomed == i + 1);
        seq = pipeline_seq(&centre.server.pipeline);
        centre_until(&centre, pipeline_seq(&centre.server.pipeline) > seq + 8 ||
                                  session_waiting(&asker.session) == 0);
        break_connection();
    }
    centre_until(&centre, session_waiting(&asker.session) == 0);
    assert_int_equal(asker.window, CLIENT_WINDOW);
    assert_int_equal(asker.welcomed, BREAKS + 1);
    assert_int_equal(asker.answered, NOTES);
    assert_true(centre.server.metrics.value[METRIC_DUPLICATE_COMMANDS] > 0);
    for (int i = 1; i < NOTES; i++)
        assert_true(asker.seq[i] < asker.seq[i + 1]); /* each once, in the order they were asked */
    session_close(&asker.session, on_closed);
    centre_until(&centre, asker.closed);
}

static int start(void **state)
{
    (void)state;
    centre_begin(&centre);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    centre_end(&centre);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full_window_over_a_break, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
