/* define: a city's file, one command of the grammar a line, '#' begins a comment. The whole file is
 * checked before anything is sent; defining again changes nothing or what differs, so the same file
 * may be sent any number of times. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/core/print.h"
#include "dispatch/ctl/online.h"
#include "dispatch/ctl/read_text.h"

enum { CITY_BYTES_MAX = 64 * 1024 * 1024, STORE_BYTES = 64 * 1024 };

struct city_file {
    const char *path;
    char *text;
    const char *at; /* the next line */
    unsigned line;
    struct command command;
    char store[STORE_BYTES] __attribute__((aligned(8)));
    char why[256];
};

static bool may_stand_here(enum command_kind kind)
{
    return (kind >= COMMAND_DEFINE_STATION && kind <= COMMAND_DEFINE_ZONE) ||
           kind == COMMAND_SET_DUTY || kind == COMMAND_SET_HOSPITAL_STATUS ||
           kind == COMMAND_SET_DEMAND;
}

static int complain(const struct city_file *file)
{
    return ctl_fail(-1, "%s:%u: %s", file->path, file->line, file->why);
}

/* 1 with a command, 0 at the end of the file, -1 for a line that is none (said). */
static int next_command(struct city_file *file)
{
    while (*file->at) {
        const char *line = file->at;
        size_t n = strcspn(line, "\r\n"), blank = strspn(line, " \t");
        file->at += n + strspn(line + n, "\r");
        file->at += *file->at == '\n';
        file->line++;
        if (blank >= n || line[blank] == '#')
            continue;
        file->command = (struct command){0};
        if (command_parse(&file->command, line, n, 0, file->store, sizeof(file->store), file->why,
                          sizeof(file->why)) < 0)
            return complain(file);
        if (may_stand_here(file->command.kind))
            return 1;
        snprintf(file->why, sizeof(file->why), "%s has no place in a city's file",
                 command_schema(file->command.kind)->name);
        return complain(file);
    }
    return 0;
}

static void rewind_file(struct city_file *file)
{
    file->at = file->text;
    file->line = 0;
}

/* Every complaint, not only the first. */
static int check(struct city_file *file)
{
    int got, bad = 0;
    rewind_file(file);
    while ((got = next_command(file)) != 0)
        bad += got < 0;
    return bad ? ctl_fail(-1, "%s: %d bad line%s, nothing was sent", file->path, bad,
                          bad > 1 ? "s" : "")
               : 0;
}

/* --- sending --- */

struct counts {
    unsigned sent[COMMAND_KIND_COUNT], same, refused;
};

/* The server closes a session of more commands a second than it is set to; a gateway may be
 * faster. */
static void pace(const struct ctl *ctl, const struct session *session)
{
    long per_s = ctl->config.gate.requests_per_s;
    struct timespec pause = {0, 1200000000L / (per_s < 2 ? 2 : per_s)};
    if (session->welcome.actor.role != ROLE_GATEWAY)
        nanosleep(&pause, NULL);
}

static int send_one(struct session *session, struct city_file *file, struct counts *counts)
{
    struct stream_reply reply;
    char where[300];
    int end = session_command(session, &file->command, &reply);
    if (end < 0)
        return online_lost(session, end);
    counts->sent[file->command.kind]++;
    if (reply.refusal == REFUSE_DUTY_SAME) {
        counts->same++;
    } else if (reply.refusal != REFUSE_NONE) {
        counts->refused++;
        snprintf(where, sizeof(where), "%.250s:%u", file->path, file->line);
        ctl_fail(0, "%s: %s: %.*s / %.*s", where, refusal_text[reply.refusal].name, (int)reply.zh.n,
                 reply.zh.p, (int)reply.en.n, reply.en.p);
    }
    return CTL_OK;
}

static int send_all(struct ctl *ctl, struct city_file *file, struct counts *counts)
{
    struct session session;
    int code = online_open(ctl, &session);
    rewind_file(file);
    while (code == CTL_OK && next_command(file) > 0) {
        code = send_one(&session, file, counts);
        pace(ctl, &session);
    }
    session_close(&session);
    return code;
}

static void print_counts(const struct city_file *file, const struct counts *counts)
{
    printf("%s:", file->path);
    for (int kind = 0; kind < COMMAND_KIND_COUNT; kind++)
        if (counts->sent[kind])
            printf(" %s %u", command_schema((enum command_kind)kind)->name, counts->sent[kind]);
    printf(", unchanged %u, refused %u\n", counts->same, counts->refused);
}

int define_run(struct ctl *ctl)
{
    static struct city_file file;
    static struct counts counts;
    file.path = ctl->argv[0];
    file.text = read_text(file.path, CITY_BYTES_MAX);
    if (!file.text)
        return ctl_fail(CTL_FAILED, "%s: %s", file.path, strerror(errno));
    int code = check(&file) < 0 ? CTL_FAILED : send_all(ctl, &file, &counts);
    if (code == CTL_OK) {
        print_counts(&file, &counts);
        code = counts.refused ? CTL_REFUSED : CTL_OK;
    }
    free(file.text);
    return code;
}
