#include "dispatch/ctl/board.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/pipeline.h"

static int restore(struct board *board, const struct stream_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct wire_object *object = &snapshot->object[i];
        if (!state_restore(&board->state, object->kind, object->body))
            return ctl_fail(CTL_FAILED, "the server's %s table is larger than ours: give its "
                            "settings with --config", object_schema(object->kind)->name);
    }
    return CTL_OK;
}

int board_take(struct board *board, const struct ctl *ctl, struct session *session)
{
    struct limits limits;
    struct server_frame frame = {0};
    int code = CTL_OK;
    pipeline_limits(&ctl->config, &limits);
    board->memory = malloc(state_bytes(&limits));
    board->now_ms = session->welcome.now_ms;
    if (!board->memory)
        return ctl_fail(CTL_FAILED, "no memory");
    state_init(&board->state, board->memory, &limits);
    while (code == CTL_OK && !(frame.kind == SERVER_SNAPSHOT && frame.snapshot.last)) {
        int got = session_receive(session, &frame, SESSION_ANSWER_MS);
        if (got < 0)
            return online_lost(session, got);
        if (got == 0)
            return ctl_fail(CTL_UNREACHABLE, "the server's snapshot does not come");
        if (frame.kind == SERVER_SNAPSHOT)
            code = restore(board, &frame.snapshot);
        board->seq = frame.as_of_seq;
    }
    return code;
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
        int got = session_receive(session, &frame, SESSION_ANSWER_MS);
        if (got < 0)
            return online_lost(session, got);
        if (got == 0)
            return ctl_fail(CTL_UNREACHABLE, "the server does not answer");
    }
    if (frame.report.error.n)
        return ctl_fail(CTL_REFUSED, "%s: %.*s", what, (int)frame.report.error.n,
                        frame.report.error.p);
    *json = strndup(frame.report.json.p, frame.report.json.n);
    return *json ? CTL_OK : ctl_fail(CTL_FAILED, "no memory");
}
