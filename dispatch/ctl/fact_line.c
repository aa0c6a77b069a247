#include "dispatch/ctl/fact_line.h"

#include <inttypes.h>

#include "dispatch/core/print.h"
#include "dispatch/wire/wire_json.h"

enum { LINE_BYTES = 64 * 1024 };

const char *actor_text(struct actor actor, char out[static ACTOR_TEXT_MAX])
{
    const char *role = words_name(&role_words, (int)actor.role);
    size_t n = 0;
    if (actor.user.v)
        n = (size_t)snprintf(out, ACTOR_TEXT_MAX, "D%" PRIu64 " ", actor.user.v);
    n += (size_t)snprintf(out + n, ACTOR_TEXT_MAX - n, "%s", role ? role : "?");
    if (actor.seat)
        snprintf(out + n, ACTOR_TEXT_MAX - n, " seat %u", actor.seat);
    return out;
}

static void fact_json(const struct fact_how *how, const struct record *record,
                      const struct fact *fact)
{
    struct buffer out;
    buffer_init(&out, 4 * 1024 * 1024);
    buffer_print(&out, "{\"seq\":%" PRIu64 ",\"now_ms\":%" PRId64 ",\"user\":%" PRIu64 ",\"fact\":",
                 record->seq, record->now_ms, record->actor.user.v);
    wire_json_fact(&out, fact, how->personal);
    if (!out.full)
        printf("%.*s}\n", (int)out.n, (const char *)out.bytes);
    buffer_close(&out);
}

/* Alerts stand out: their level is a word that a person looks for. */
static const char *mark_of(const struct fact *fact)
{
    return fact->kind == FACT_ALERT_RAISED ? level_words.word[fact->alert_raised.level].zh : "";
}

void fact_line(const struct fact_how *how, const struct record *record, const struct fact *fact)
{
    static char line[LINE_BYTES];
    char time[LOCAL_TIME_MAX], actor[ACTOR_TEXT_MAX];
    if (how->json) {
        fact_json(how, record, fact);
        return;
    }
    fact_print(line, sizeof(line), fact, (struct print_how){how->personal, 0});
    const char *mark = mark_of(fact);
    printf("%8" PRIu64 " %s %-16s %s%s%s%s\n", record->seq,
           ctl_local_time(how->ctl, record->now_ms, time), actor_text(record->actor, actor),
           *mark ? "[" : "", mark, *mark ? "] " : "", line);
}
