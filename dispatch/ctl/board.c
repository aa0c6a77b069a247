#include "dispatch/ctl/board.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/line/pipeline.h"

enum { ASK_EVERY_MS = 300, ASK_AGAIN_MS = 5000 };

static int restore(struct board *board, const struct stream_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct wire_object *object = &snapshot->object[i];
        if (!state_restore(&board->state, object->kind, object->body))
            return ctl_fail(CTL_FAILED,
                            "the server's %s table is larger than ours: give its "
                            "settings with --config",
                            object_schema(object->kind)->name);
    }
    return CTL_OK;
}

static int receive(struct session *session, struct server_frame *frame)
{
    int got = session_receive(session, frame, SESSION_ANSWER_MS);
    if (got < 0)
        return online_lost(session, got);
    return got ? CTL_OK : ctl_fail(CTL_UNREACHABLE, "the server does not answer");
}

static int read_snapshot(struct board *board, struct session *session)
{
    struct server_frame frame = {0};
    int code = CTL_OK;
    while (code == CTL_OK && !(frame.kind == SERVER_SNAPSHOT && frame.snapshot.last)) {
        code = receive(session, &frame);
        if (code == CTL_OK && frame.kind == SERVER_SNAPSHOT)
            code = restore(board, &frame.snapshot);
        board->seq = frame.as_of_seq;
    }
    return code;
}

/* Hears what followed the snapshot until we came: is it still the state? */
static int is_current(const struct board *board, struct session *session, bool *current)
{
    struct server_frame frame;
    uint64_t seq = board->seq;
    int code = CTL_OK;
    *current = true;
    while (code == CTL_OK && seq < session->welcome.seq) {
        code = receive(session, &frame);
        if (code != CTL_OK || frame.kind != SERVER_FACTS)
            continue;
        seq = frame.facts.upto_seq;
        if (frame.facts.record_count)
            *current = false;
    }
    return code;
}

static int take(struct board *board, struct ctl *ctl, struct session *session, bool *current)
{
    struct stream_hello hello = {.want_facts = true};
    struct limits limits;
    int code = online_hello(ctl, session, &hello);
    if (code != CTL_OK)
        return code;
    pipeline_limits(&ctl->config, &limits);
    board->memory = malloc(state_bytes(&limits));
    board->now_ms = session->welcome.now_ms;
    if (!board->memory)
        return ctl_fail(CTL_FAILED, "no memory");
    state_init(&board->state, board->memory, &limits);
    code = read_snapshot(board, session);
    return code == CTL_OK ? is_current(board, session, current) : code;
}

int board_open(struct board *board, struct ctl *ctl, struct session *session)
{
    int64_t end_ms = os_mono_ms() + ASK_AGAIN_MS;
    for (;;) {
        bool current = false;
        int code = take(board, ctl, session, &current);
        if (code != CTL_OK || current)
            return code;
        if (os_mono_ms() > end_ms) {
            fprintf(stderr, "dispatchctl: as of record %" PRIu64 "; more has happened since\n",
                    board->seq);
            return CTL_OK;
        }
        board_close(board);
        session_close(session);
        poll(NULL, 0, ASK_EVERY_MS);
    }
}

void board_close(struct board *board)
{
    free(board->memory);
    board->memory = NULL;
}

int board_ask(struct session *session, const char *what, char **json)
{
    const struct client_frame question = {
        .kind = CLIENT_QUERY,
        .query = {.number = 1, .what = {what, (uint32_t)strlen(what)}},
    };
    struct server_frame frame = {0};
    int end = session_send(session, &question);
    if (end < 0)
        return online_lost(session, end);
    while (frame.kind != SERVER_REPORT) {
        int code = receive(session, &frame);
        if (code != CTL_OK)
            return code;
    }
    if (frame.report.error.n)
        return ctl_fail(CTL_REFUSED, "%s: %.*s", what, (int)frame.report.error.n,
                        frame.report.error.p);
    *json = strndup(frame.report.json.p, frame.report.json.n);
    return *json ? CTL_OK : ctl_fail(CTL_FAILED, "no memory");
}
