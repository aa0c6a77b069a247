/* cut: the journal's end. */
#include <inttypes.h>

#include "dispatch/ctl/ctl.h"
#include "dispatch/journal/journal.h"

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
             " (the old journal is kept beside it)",
             dir, after_seq, after_seq);
    if (!ctl_confirm(ctl, question))
        return CTL_FAILED;
    if (journal_cut(dir, after_seq, errmsg) < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    printf("%s: ends with record %" PRIu64 " now; its readers will rebuild\n", dir, after_seq);
    return CTL_OK;
}
