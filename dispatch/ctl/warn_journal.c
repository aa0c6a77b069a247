#include "dispatch/ctl/warn_journal.h"

#include "dispatch/ctl/archive.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/policy/warnfile.h"

static int load_policy(const struct ctl *ctl, struct watch_policy *policy)
{
    static struct complaints complaints;
    if (warnfile_load(ctl->config.server.warn_dir, (uint32_t)ctl->config.server.utc_offset_min,
                      policy, &complaints) == 0)
        return CTL_OK;
    return ctl_fail(CTL_FAILED, "%s", complaints.text);
}

static int follow_open(const struct ctl *ctl, struct warn_journal *journal,
                       struct journal_reader *reader)
{
    struct limits limits;
    struct policy policy;
    pipeline_limits(&ctl->config, &limits);
    pipeline_policy(&ctl->config, &policy);
    if (warn_follow_open(&journal->follow, &limits, &policy, &journal->policy, reader) == 0)
        return CTL_OK;
    return ctl_fail(CTL_FAILED, "%s", journal->follow.errmsg);
}

int warn_journal_run(struct ctl *ctl, struct warn_journal *journal,
                     void (*action_cb)(void *context, const struct watch_action *action),
                     void (*record_cb)(void *context, const struct record *record), void *context)
{
    struct archive archive;
    int code = archive_open(&archive, ctl);
    if (code == CTL_OK)
        code = load_policy(ctl, &journal->policy);
    if (code == CTL_OK)
        code = follow_open(ctl, journal, archive.reader);
    if (code == CTL_OK) {
        journal->follow.action_cb = action_cb;
        journal->follow.context = context;
        code = archive_read(&archive, record_cb, context) < 0 ? CTL_FAILED : CTL_OK;
        warn_follow_close(&journal->follow);
    }
    archive_close(&archive);
    return code;
}
