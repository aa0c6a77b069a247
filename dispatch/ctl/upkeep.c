/* backup, restore, cut: the journal as a whole. */
#include <inttypes.h>

#include "dispatch/ctl/ctl.h"
#include "dispatch/journal.h"

int backup_run(struct ctl *ctl)
{
    char errmsg[ERRMSG_MAX];
    if (journal_backup(ctl_journal_dir(ctl), ctl->argv[0], errmsg) < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    printf("%s: backup of %s\n", ctl->argv[0], ctl_journal_dir(ctl));
    return CTL_OK;
}

int restore_run(struct ctl *ctl)
{
    char question[1200], errmsg[ERRMSG_MAX];
    const char *dir = ctl_journal_dir(ctl);
    snprintf(question, sizeof(question),
             "用 %.500s 替换 %.500s 中的日志 / replace the journal (the old one is kept beside it)",
             ctl->argv[0], dir);
    if (!ctl_confirm(ctl, question))
        return CTL_FAILED;
    if (journal_restore(dir, ctl->argv[0], errmsg) < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    printf("%s: restored from %s; its readers will rebuild\n", dir, ctl->argv[0]);
    return CTL_OK;
}

int cut_run(struct ctl *ctl)
{
    char question[1200], errmsg[ERRMSG_MAX];
    const char *dir = ctl_journal_dir(ctl);
    uint64_t after_seq = 0;
    if (!ctl->option[OPTION_AFTER])
        return ctl_fail(CTL_USAGE, "cut needs --after SEQ, the last record that is kept");
    if (ctl_number(ctl, OPTION_AFTER, &after_seq) < 0)
        return CTL_USAGE;
    snprintf(question, sizeof(question),
             "截去 %.500s 中第 %" PRIu64 " 条之后的全部记录 / drop every record after %" PRIu64
             " (the old journal is kept beside it)", dir, after_seq, after_seq);
    if (!ctl_confirm(ctl, question))
        return CTL_FAILED;
    if (journal_cut(dir, after_seq, errmsg) < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    printf("%s: ends with record %" PRIu64 " now; its readers will rebuild\n", dir, after_seq);
    return CTL_OK;
}
