/* warn_keep: what the detectors know, in a file, so that a restart goes on where it was instead of
 * reading years of journal again.
 *
 *   head: mark, record it was kept at and its place in the chain, digest of the policy
 *   what was asked for and is not on record yet | watch_image | digest of all before it
 *
 * It is a copy, never the truth: one of another policy, journal or program, or a damaged one, is
 * not taken, and the journal says it all again. Which object stood where is not in it: that comes
 * from the journal's own snapshots. Replaced whole, mode 0600 (places of incidents are in it).
 * Owner: the caller. Thread: any. Errors: text in errmsg. Start here: warn_keep_put. */
#ifndef READERS_WARN_KEEP_H
#define READERS_WARN_KEEP_H

#include "dispatch/readers/warn_follow.h"

enum { WARN_PENDING_MAX = 1024 };

/* What the detectors asked for, until the journal has it: a ring. */
struct warn_pending {
    struct watch_action *row; /* [WARN_PENDING_MAX] */
    uint64_t first, last;
};

int warn_keep_put(const struct warn_follow *follow, const struct warn_pending *pending,
                  const char *path, char errmsg[static ERRMSG_MAX]);

/* 1: the detectors stand where the file says; 0: there is none; -1: it is not taken, and errmsg
 * says why. Then they stand before the first record. Requires: just opened, nothing pending. */
int warn_keep_get(struct warn_follow *follow, struct warn_pending *pending, const char *path,
                  char errmsg[static ERRMSG_MAX]);

#endif
