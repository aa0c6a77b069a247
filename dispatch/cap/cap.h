/* cap: an alert as a document of OASIS CAP 1.2 (Common Alerting Protocol), in two languages.
 *
 *   raised: Alert     raised further: Update     cleared: Cancel     each refers to the one before
 *
 * What is said of an alert is counted: notice 1, 2, 3. The same notice is the same document, word
 * for word, whoever asks for it, so its identifier is a key: <stem>.W<alert>.<notice>.
 * Nothing about persons: no words that somebody wrote, no number, no call, no incident; the place
 * is a circle on a grid of a thousandth of a degree, never smaller than [cap] radius_min_m.
 *
 * Owner: the caller. Thread: any. Units: ms since 1970. Errors: -1 when there is no memory.
 * Start here: cap_init, cap_write; what levels and syndromes become: cap.def. */
#ifndef CAP_CAP_H
#define CAP_CAP_H

#include "dispatch/base/config.h"
#include "dispatch/core/state.h"
#include "dispatch/journal/journal.h"
#include "dispatch/wire/buffer.h"

enum { CAP_KEY_MAX = 192 };

struct cap {
    const struct config *config; /* borrowed; [cap], [server] */
    bool exercise;               /* a driven clock: nothing of it is real */
    char stem[128];              /* first part of every identifier */
    char sender[80];
};

/* One thing to be told of an alert. */
struct cap_notice {
    const struct alert *alert; /* as of then */
    uint32_t number;
    int64_t sent_ms, before_ms; /* this one and the one before (0: there is none) */
    bool over;
};

void cap_init(struct cap *cap, const struct config *config, const struct journal_head *journal);

/* Whether an alert leaves the house: of [cap] level or above, and named in cap.def. */
bool cap_leaves(const struct cap *cap, const struct alert *alert);

/* The notice that stands: what the alert is now. */
struct cap_notice cap_notice_of(const struct alert *alert);

void cap_identifier(const struct cap *cap, uint64_t alert, uint32_t number,
                    char out[static CAP_KEY_MAX]);

/* "2026-11-22T08:31:02+08:00" at the offset of [server] utc_offset_min. */
enum { CAP_TIME_MAX = 40 };
void cap_time(const struct cap *cap, int64_t ms, char out[static CAP_TIME_MAX]);

/* The event's name: zh, else English. */
const char *cap_event(const struct alert *alert, bool zh);

/* Appends the document. 0 or -1. */
int cap_write(const struct cap *cap, const struct cap_notice *notice, struct buffer *out);

/* Appends an Atom feed of the alerts that leave and are kept, newest first, each with a link to its
 * document alerts/W<alert>.cap (cap_feed.c). 0 or -1. */
int cap_feed(const struct cap *cap, const struct state *state, struct buffer *out);

#endif
