/* warn_journal: the detectors over a journal, with the policy of the settings; what `warn replay`
 * and `warn tune` make of what they say is theirs.
 * Owner: the caller. Thread: one. Errors: an enum ctl_exit, said. Start here: warn_journal_run. */
#ifndef CTL_WARN_JOURNAL_H
#define CTL_WARN_JOURNAL_H

#include "dispatch/ctl/ctl.h"
#include "dispatch/readers/warn_follow.h"

struct warn_journal {
    struct warn_follow follow; /* during the run */
    struct watch_policy policy;
};

/* Every record of --from to --to goes to record_cb, which hands it on to warn_follow_record; what
 * the detectors then say goes to action_cb. */
int warn_journal_run(struct ctl *ctl, struct warn_journal *journal,
                     void (*action_cb)(void *context, const struct watch_action *action),
                     void (*record_cb)(void *context, const struct record *record), void *context);

#endif
