/* watch: facts as they become durable. A lost connection is taken up again where it broke off, so
 * that no fact is missed. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/ctl/fact_line.h"
#include "dispatch/ctl/online.h"

enum { RETRY_S = 1, SILENT_MS = 60000 }; /* heartbeats come more often */

struct watch {
    struct session session;
    struct fact_how how;
    char journal_id[SESSION_JOURNAL_ID_MAX];
    uint64_t epoch, seq; /* where to resume; seq 0: nothing heard yet */
    uint64_t lines_left; /* 0: no end */
    enum stream_mode mode;
};

/* Personal data leaves with this on record. */
static int record_export(struct watch *w)
{
    struct command command = {.kind = COMMAND_EXPORT};
    struct stream_reply reply;
    command.export.what = TEXT("facts");
    command.export.cause = TEXT("dispatchctl watch --personal");
    return online_do(&w->session, &command, &reply, NULL);
}

/* False: enough lines. */
static bool print_facts(struct watch *w, const struct stream_facts *facts)
{
    for (uint32_t i = 0; i < facts->record_count; i++) {
        for (uint32_t f = 0; f < facts->record[i].fact_count; f++) {
            fact_line(&w->how, &facts->record[i], &facts->record[i].fact[f]);
            if (w->lines_left && --w->lines_left == 0)
                return false;
        }
    }
    w->seq = facts->upto_seq;
    return true;
}

static void print_condition(struct watch *w, const struct stream_degraded *d)
{
    if (d->mode == w->mode)
        return;
    w->mode = d->mode;
    fprintf(stderr, "-- %.*s / %.*s\n", (int)d->zh.n, d->zh.p, (int)d->en.n, d->en.p);
}

/* CTL_OK at the wanted end, else why the session ended. */
static int listen(struct watch *w)
{
    struct server_frame frame;
    for (;;) {
        int got = session_receive(&w->session, &frame, SILENT_MS);
        if (got < 0)
            return online_lost(&w->session, got);
        if (got == 0)
            return ctl_fail(CTL_UNREACHABLE, "nothing heard for %d s", SILENT_MS / 1000);
        if (frame.kind == SERVER_FACTS && !print_facts(w, &frame.facts))
            return CTL_OK;
        if (frame.kind == SERVER_SNAPSHOT && frame.snapshot.last)
            w->seq = frame.as_of_seq;
        if (frame.kind == SERVER_DEGRADED)
            print_condition(w, &frame.degraded);
        fflush(stdout);
    }
}

/* Says hello, after a break with the place where it broke off. */
static int connect_watch(struct watch *w, struct ctl *ctl)
{
    struct stream_hello hello = {
        .journal_id = {w->journal_id, (uint32_t)strlen(w->journal_id)},
        .epoch = w->epoch,
        .last_seq = w->seq,
        .want_facts = true,
    };
    return online_hello(ctl, &w->session, &hello);
}

static int listen_once(struct watch *w)
{
    int code = CTL_OK;
    snprintf(w->journal_id, sizeof(w->journal_id), "%s", w->session.journal_id);
    w->epoch = w->session.welcome.epoch;
    if (w->seq && !w->session.welcome.resumes)
        fprintf(stderr,
                "-- facts after record %" PRIu64 " are not to be had here: see "
                "`dispatchctl facts`\n",
                w->seq);
    if (w->how.personal)
        code = record_export(w);
    return code == CTL_OK ? listen(w) : code;
}

int watch_run(struct ctl *ctl)
{
    static struct watch watch;
    watch.how = (struct fact_how){ctl, ctl->option[OPTION_JSON] != NULL,
                                  ctl->option[OPTION_PERSONAL] != NULL};
    if (ctl_number(ctl, OPTION_COUNT, &watch.lines_left) < 0)
        return CTL_USAGE;
    int code = connect_watch(&watch, ctl);
    if (code == CTL_OK)
        code = listen_once(&watch);
    while (code == CTL_UNREACHABLE && watch.journal_id[0]) {
        session_close(&watch.session);
        sleep(RETRY_S);
        code = connect_watch(&watch, ctl);
        if (code == CTL_OK)
            code = listen_once(&watch);
    }
    session_close(&watch.session);
    return code;
}
