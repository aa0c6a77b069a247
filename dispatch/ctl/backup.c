/* backup, restore: a centre as a directory (bundle.h), or its journal alone as a file. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "dispatch/ctl/bundle.h"

static bool is_file_name(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".db") == 0;
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* When the last back-up was made, for `doctor`. */
static void leave_note(const struct ctl *ctl, const struct bundle *bundle)
{
    char path[CONFIG_TEXT_MAX + 32], note[CONFIG_TEXT_MAX + 64];
    snprintf(path, sizeof(path), "%s/last-backup", ctl->config.server.data_dir);
    int n = snprintf(note, sizeof(note), "%" PRIu64 " %s\n", bundle->head.seq, bundle->dir);
    int rc = os_replace_file(path, note, (size_t)n, 0600);
    if (rc < 0)
        ctl_fail(0, "%s: %s (only `doctor` misses it)", path, strerror(-rc));
}

static int backup_journal(const struct ctl *ctl)
{
    char errmsg[ERRMSG_MAX];
    if (journal_backup(ctl_journal_dir(ctl), ctl->argv[0], errmsg) < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    printf("%s: 日志备份 backup of %s\n", ctl->argv[0], ctl_journal_dir(ctl));
    return CTL_OK;
}

int backup_run(struct ctl *ctl)
{
    static struct bundle bundle;
    umask(0077);
    if (is_file_name(ctl->argv[0]))
        return backup_journal(ctl);
    if (bundle_write(&bundle, ctl, ctl->argv[0]) < 0)
        return ctl_fail(CTL_FAILED, "%s", bundle.errmsg);
    leave_note(ctl, &bundle);
    printf("%s: 备份完整 whole backup up to record %" PRIu64 ", %" PRIu32 " files verified\n",
           bundle.dir, bundle.head.seq, bundle.files);
    return CTL_OK;
}

int restore_run(struct ctl *ctl)
{
    static struct bundle bundle;
    char question[1200];
    const char *from = ctl->argv[0], *dir = ctl_journal_dir(ctl);
    umask(0077);
    snprintf(question, sizeof(question),
             "用 %.500s 替换 %.500s 中的日志 / replace the journal (the old one is kept beside it)",
             from, dir);
    if (!ctl_confirm(ctl, question))
        return CTL_FAILED;
    int rc = is_dir(from) ? bundle_restore(&bundle, ctl, from)
                          : journal_restore(dir, from, bundle.errmsg);
    if (rc < 0)
        return ctl_fail(CTL_FAILED, "%s", bundle.errmsg);
    printf("%s: 已恢复 restored from %s; its readers will rebuild\n", dir, from);
    return CTL_OK;
}
