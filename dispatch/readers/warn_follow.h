/* warn_follow: the live detectors behind a journal: every record becomes what the detectors
 * understand, and what they say becomes commands.
 *
 *   record ─► core (what stood where, at that record) ─► watch_event ─► watch ─► action_cb
 *                                                                        └─ then ─► record_cb
 *
 * What people said in words is never looked at, so that a journal gives the same actions when what
 * was sealed in it can no longer be opened. Used by the server's reader (warn.h), which lets it
 * read the journal, and by whoever holds a journal against its alerts, record by record. Records of
 * WARN_CLIENT are the detectors' own and change nothing. Owner: the caller. Thread: one.
 * Errors: -1, text in errmsg. Start here: warn_follow_open, then warn_follow_record or
 * warn_follow_read; a fact that detectors should hear of is a case in warn_event.c. */
#ifndef READERS_WARN_FOLLOW_H
#define READERS_WARN_FOLLOW_H

#include "dispatch/line/fold.h"
#include "dispatch/warn/watch.h"

/* The idempotency key of what the detectors ask for: this client, and the number of the action. */
#define WARN_CLIENT (ID_MAX - 120)

struct warn_follow {
    struct core core;
    void *memory;
    struct limits limits;
    struct policy core_policy;
    struct fold fold;
    struct watch watch;
    struct watch_policy policy;
    uint32_t site_kinds; /* that some rule asks for */
    bool mute;           /* records are folded, and nobody hears of them */
    void (*action_cb)(void *context, const struct watch_action *action);
    void (*record_cb)(void *context, const struct record *record); /* may be NULL */
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* Both policies are copied; journal is borrowed. action_cb and context are set by the caller. */
int warn_follow_open(struct warn_follow *follow, const struct limits *limits,
                     const struct policy *core_policy, const struct watch_policy *policy,
                     struct journal_reader *journal);
void warn_follow_close(struct warn_follow *follow);

static inline uint64_t warn_follow_seq(const struct warn_follow *follow)
{
    return follow->core.state.head->seq;
}

/* Requires: record->seq is warn_follow_seq + 1. */
void warn_follow_record(struct warn_follow *follow, const struct record *record);

/* The journal's records up to this one. */
int warn_follow_read(struct warn_follow *follow, uint64_t upto_seq);

/* What stood where after this record (UINT64_MAX: at the newest snapshot), from the newest snapshot
 * before it; the detectors hear nothing. Requires: before the first record. */
int warn_follow_begin(struct warn_follow *follow, uint64_t seq);

/* Before the first record again; detectors that know nothing. */
int warn_follow_reset(struct warn_follow *follow);

/* The events of one fact of a record that was just applied to `state` (warn_event.c). */
uint32_t warn_event(const struct warn_follow *follow, const struct record *record,
                    const struct fact *fact, struct watch_event event[static 2],
                    struct watch_minute *minute);

/* What an action asks of the core. The command borrows from the action, the policy and `lists`.
 * false: the alert that it is about is not there any more. */
struct warn_lists {
    uint64_t call[WATCH_EVIDENCE_MAX];
    char words[2 * WATCH_WORDS_MAX + 8];
};
bool warn_command(const struct warn_follow *follow, const struct watch_action *action,
                  struct warn_lists *lists, struct command *command);

#endif
