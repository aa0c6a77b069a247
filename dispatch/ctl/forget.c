/* forget: a closed incident's personal data is destroyed. The journal is read first, beside the
 * server: it alone knows the calls of an incident that the server has archived. */
#include <inttypes.h>
#include <string.h>

#include "dispatch/ctl/archive.h"
#include "dispatch/ctl/concern.h"
#include "dispatch/ctl/online.h"

enum { CALLS_AT_ONCE = 60 }; /* of archived calls in one command */

static void learn_record(void *context, const struct record *record)
{
    for (uint32_t i = 0; i < record->fact_count; i++)
        concern_learn(context, &record->fact[i]);
}

static int learn(struct ctl *ctl, struct concern *concern)
{
    struct archive archive;
    int code = archive_open(&archive, ctl);
    if (code == CTL_OK && archive_read(&archive, learn_record, concern) < 0)
        code = CTL_FAILED;
    archive_close(&archive);
    if (code == CTL_OK && concern->count == CONCERN_MAX)
        code = ctl_fail(CTL_FAILED, "I%" PRIu64 " has too many calls and orders to find them all",
                        concern->incident);
    return code;
}

/* The next calls of the concern, from `*at` on; their number. */
static uint32_t take_calls(const struct concern *concern, uint32_t *at, uint64_t *call)
{
    uint32_t n = 0;
    for (; *at < concern->count && n < CALLS_AT_ONCE; (*at)++)
        if (concern->known[*at].letter == LETTER_call)
            call[n++] = concern->known[*at].id;
    return n;
}

static int forget_all(struct session *session, const struct concern *concern, const char *reason)
{
    uint64_t call[CALLS_AT_ONCE];
    struct stream_reply reply;
    uint32_t at = 0;
    int code;
    do {
        struct command command = {.kind = COMMAND_FORGET_INCIDENT};
        command.forget_incident.incident.v = concern->incident;
        command.forget_incident.call.n = take_calls(concern, &at, call);
        command.forget_incident.call.v = call;
        command.forget_incident.cause = (struct text){reason, (uint32_t)strlen(reason)};
        code = online_do(session, &command, &reply, NULL);
    } while (code == CTL_OK && at < concern->count);
    if (code == CTL_OK)
        printf("ok record %" PRIu64 ": I%" PRIu64 " 的个人信息已删除 is forgotten; back-ups made"
               " before still hold it until they are deleted\n",
               reply.seq, concern->incident);
    return code;
}

int forget_run(struct ctl *ctl)
{
    struct concern concern = {0};
    struct session session;
    const char *reason = ctl->option[OPTION_REASON];
    if (ctl_id(ctl->argv[0], LETTER_incident, &concern.incident) < 0)
        return CTL_USAGE;
    if (!reason)
        return ctl_fail(CTL_USAGE, "forget needs --reason");
    int code = learn(ctl, &concern);
    if (code != CTL_OK)
        return code;
    code = online_open(ctl, &session);
    if (code == CTL_OK)
        code = forget_all(&session, &concern, reason);
    session_close(&session);
    return code;
}
