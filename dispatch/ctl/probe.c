/* probe: one command along the whole line, as a console's would go: connected, acknowledged (so
 * durable), heard on the stream, in Redis and in PostGIS. A timer runs it every minute: whatever
 * stops the line without a word is told within one (lesson of Intrado 2014, FIELD.md section 7).
 * Its command is a sign-in, so that no dispatcher's screen moves. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/ctl/board.h"

enum { COPY_WAIT_MS = 15000, COPY_ASK_MS = 100, HEAR_MS = 15000 };

struct probe {
    struct ctl *ctl;
    struct session session;
    uint64_t began_ms, seq;
};

static void passed(const struct probe *p, const char *station)
{
    printf("%-12s ok  %" PRIu64 " ms\n", station, os_mono_ns() / 1000000 - p->began_ms);
    fflush(stdout);
}

static int acknowledged(struct probe *p)
{
    struct command command = {.kind = COMMAND_SIGN_IN};
    struct stream_reply reply;
    command.sign_in.name = TEXT("probe");
    int code = online_do(&p->session, &command, &reply, "acknowledged");
    p->seq = reply.seq;
    return code;
}

/* A second console that was there just before hears the record itself. */
static int heard(struct probe *p)
{
    struct session second;
    struct server_frame frame = {0};
    struct stream_hello hello = {
        .journal_id = {p->session.journal_id, (uint32_t)strlen(p->session.journal_id)},
        .epoch = p->session.welcome.epoch,
        .last_seq = p->seq - 1,
        .want_facts = true,
    };
    int code = online_hello(p->ctl, &second, &hello);
    while (code == CTL_OK && !(frame.kind == SERVER_FACTS && frame.facts.upto_seq >= p->seq)) {
        int got = session_receive(&second, &frame, HEAR_MS);
        if (got <= 0)
            code = got < 0 ? online_lost(&second, got)
                           : ctl_fail(CTL_FAILED, "stream: the record is not heard");
    }
    session_close(&second);
    return code;
}

/* Whether the copy is not configured, or has the record. -1: the answer is not understood. */
static int has_record(const json_t *health, const char *copy, uint64_t seq, bool *configured)
{
    json_int_t lag, at;
    int set;
    if (json_unpack((json_t *)(uintptr_t)health, "{s:I, s:{s:b, s:I}}", "seq", &at, copy,
                    "configured", &set, "lag", &lag) < 0)
        return -1;
    *configured = set;
    return !set || (uint64_t)at >= seq + (uint64_t)lag;
}

static int copied(struct probe *p, const char *copy, bool *configured)
{
    uint64_t until_ms = os_mono_ns() / 1000000 + COPY_WAIT_MS;
    for (;;) {
        char *text = NULL;
        int code = board_ask(&p->session, "health", &text);
        if (code != CTL_OK)
            return code;
        json_t *health = json_loads(text, 0, NULL);
        int has = health ? has_record(health, copy, p->seq, configured) : -1;
        json_decref(health);
        free(text);
        if (has == 1)
            return CTL_OK;
        if (has < 0)
            return ctl_fail(CTL_FAILED, "%s: the server's health is not understood", copy);
        if (os_mono_ns() / 1000000 >= until_ms)
            return ctl_fail(CTL_FAILED, "%s: record %" PRIu64 " is not there after %d s", copy,
                            p->seq, COPY_WAIT_MS / 1000);
        usleep(COPY_ASK_MS * 1000);
    }
}

static int look_at_copies(struct probe *p)
{
    static const char *const copies[] = {"redis", "postgres"};
    int worst = CTL_OK;
    for (size_t i = 0; i < 2; i++) {
        bool configured = false;
        int code = copied(p, copies[i], &configured);
        if (code != CTL_OK)
            worst = code;
        else if (configured)
            passed(p, copies[i]);
        else
            printf("%-12s --  not configured\n", copies[i]);
    }
    return worst;
}

int probe_run(struct ctl *ctl)
{
    static struct probe probe;
    probe = (struct probe){.ctl = ctl, .began_ms = os_mono_ns() / 1000000};
    int code = online_open(ctl, &probe.session);
    if (code == CTL_OK) {
        passed(&probe, "connected");
        code = acknowledged(&probe);
    }
    if (code == CTL_OK) {
        passed(&probe, "acknowledged");
        code = heard(&probe);
    }
    if (code == CTL_OK) {
        passed(&probe, "heard");
        code = look_at_copies(&probe);
    }
    session_close(&probe.session);
    return code;
}
