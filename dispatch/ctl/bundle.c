#include "dispatch/ctl/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch/accounts/accounts.h"

enum { PATH_ROOM = CONFIG_TEXT_MAX * 3, SUM_HEX = 64, SUMS_BYTES_MAX = 1024 * 1024 };

__attribute__((format(printf, 2, 3))) static int fail(struct bundle *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(b->errmsg, sizeof(b->errmsg), format, args);
    va_end(args);
    return -1;
}

/* --- the files of a data directory --- */

const char *data_file_name(enum data_file file)
{
    static const char *const names[DATA_FILES] = {"accounts.db", "terminal.secret", "road.bin",
                                                  "zones.geojson", "detectors.kept"};
    return names[file];
}

void data_file_path(const struct ctl *ctl, enum data_file file, char path[static DATA_PATH_MAX])
{
    const char *set = file == DATA_ROAD    ? ctl->config.server.road_file
                      : file == DATA_ZONES ? ctl->config.server.zones_file
                                           : "";
    if (*set)
        snprintf(path, DATA_PATH_MAX, "%s", set);
    else
        snprintf(path, DATA_PATH_MAX, "%s/%s", ctl->config.server.data_dir, data_file_name(file));
}

/* --- copying and summing --- */

static int write_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno != EINTR)
            return -errno;
        bytes += written > 0 ? written : 0;
        n -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

/* Reads `from` to its end, into `to` (-1: nowhere), and sums it up. */
static int pump(int from, int to, char sum[static SUM_HEX + 1])
{
    static unsigned char bytes[256 * 1024];
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    ssize_t n;
    crypto_hash_sha256_init(&state);
    while ((n = read(from, bytes, sizeof(bytes))) != 0) {
        int rc = n < 0 ? (errno == EINTR ? 0 : -errno) : 0;
        if (n > 0) {
            crypto_hash_sha256_update(&state, bytes, (unsigned long long)n);
            rc = to < 0 ? 0 : write_all(to, bytes, (size_t)n);
        }
        if (rc < 0)
            return rc;
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(sum, SUM_HEX + 1, digest, sizeof(digest));
    return to >= 0 && fsync(to) < 0 ? -errno : 0;
}

static int sum_file(const char *path, char sum[static SUM_HEX + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = pump(fd, -1, sum);
    close(fd);
    return rc;
}

/* A new file; never over one that is there. */
static int copy_file(const char *from, const char *to)
{
    char sum[SUM_HEX + 1];
    int in = open(from, O_RDONLY | O_CLOEXEC), out;
    if (in < 0)
        return -errno;
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = out < 0 ? -errno : pump(in, out, sum);
    close(in);
    if (out >= 0 && close(out) < 0 && rc == 0)
        rc = -errno;
    if (rc < 0 && out >= 0)
        unlink(to);
    return rc;
}

/* --- writing --- */

struct writing {
    struct bundle *bundle;
    char part[CONFIG_TEXT_MAX + 8];
    FILE *sums;
};

static void place(const struct writing *w, const char *name, char path[static PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/%s", w->part, name);
}

/* Its line in SHA256SUMS, read back from the disk. */
static int enter(struct writing *w, const char *name)
{
    char path[PATH_ROOM], sum[SUM_HEX + 1];
    place(w, name, path);
    int rc = sum_file(path, sum);
    if (rc < 0)
        return fail(w->bundle, "%s: %s", path, strerror(-rc));
    w->bundle->files++;
    return fprintf(w->sums, "%s  %s\n", sum, name) > 0 ? 0 : fail(w->bundle, "the disk is full");
}

/* `optional`: a file that is not there is left out. */
static int take(struct writing *w, const char *from, const char *name, bool optional)
{
    char path[PATH_ROOM];
    place(w, name, path);
    int rc = copy_file(from, path);
    if (rc == -ENOENT && optional)
        return 0;
    return rc < 0 ? fail(w->bundle, "%s: %s", from, strerror(-rc)) : enter(w, name);
}

static int take_journal(struct writing *w)
{
    struct bundle *b = w->bundle;
    struct journal_reader *reader = NULL;
    char path[PATH_ROOM], why[ERRMSG_MAX];
    uint64_t bad_seq = 0;
    place(w, "journal.db", path);
    if (journal_backup(ctl_journal_dir(b->ctl), path, why) < 0 ||
        journal_reader_open(&reader, w->part, why) < 0)
        return fail(b, "%s", why);
    int rc = journal_verify_file(reader, &bad_seq);
    if (rc == 0)
        rc = journal_read_head(reader, &b->head);
    if (rc < 0)
        fail(b, "%s", journal_reader_errmsg(reader));
    journal_reader_close(reader);
    return rc < 0 ? -1 : enter(w, "journal.db");
}

static int take_accounts(struct writing *w)
{
    struct bundle *b = w->bundle;
    struct accounts accounts;
    struct accounts_policy policy;
    char from[DATA_PATH_MAX], path[PATH_ROOM];
    data_file_path(b->ctl, DATA_ACCOUNTS, from);
    if (access(from, F_OK) < 0)
        return 0;
    accounts_policy_defaults(&policy);
    if (accounts_open(&accounts, from, &policy) < 0)
        return fail(b, "%s", accounts.errmsg);
    place(w, "accounts.db", path);
    int rc = accounts_copy(&accounts, path);
    if (rc < 0)
        fail(b, "%s", accounts.errmsg);
    accounts_close(&accounts);
    return rc < 0 ? -1 : enter(w, "accounts.db");
}

static int make_dir(struct writing *w, const char *name)
{
    char path[PATH_ROOM];
    place(w, name, path);
    return mkdir(path, 0700) < 0 ? fail(w->bundle, "%s: %s", path, strerror(errno)) : 0;
}

/* The plain files of a directory, not of those below it. */
static int take_dir(struct writing *w, const char *from, const char *name)
{
    DIR *dir = opendir(from);
    struct dirent *entry;
    int rc = make_dir(w, name);
    while (rc == 0 && dir && (entry = readdir(dir))) {
        char path[PATH_ROOM], to[CONFIG_TEXT_MAX];
        struct stat st;
        snprintf(path, sizeof(path), "%s/%s", from, entry->d_name);
        snprintf(to, sizeof(to), "%s/%s", name, entry->d_name);
        if (entry->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            rc = take(w, path, to, false);
    }
    if (dir)
        closedir(dir);
    return rc;
}

/* Sealed files are whole since they were made, and say themselves what they hold. */
static int take_sealed(struct writing *w)
{
    char dir[PATH_ROOM];
    snprintf(dir, sizeof(dir), "%s/sealed", ctl_journal_dir(w->bundle->ctl));
    return access(dir, F_OK) < 0 ? 0 : take_dir(w, dir, "sealed");
}

static int take_settings(struct writing *w)
{
    const struct config *config = &w->bundle->ctl->config;
    char path[PATH_ROOM];
    if (make_dir(w, "settings") < 0)
        return -1;
    place(w, "settings/dispatch.conf", path);
    FILE *file = fopen(path, "we");
    if (!file)
        return fail(w->bundle, "%s: %s", path, strerror(errno));
    config_print(config, file);
    if (fclose(file) != 0 || os_sync_file(path) < 0)
        return fail(w->bundle, "%s: the disk is full", path);
    return enter(w, "settings/dispatch.conf") < 0 ||
                   take(w, config->server.buttons_file, "settings/buttons.conf", true) < 0 ||
                   take(w, config->server.speeds_file, "settings/speeds.conf", true) < 0 ||
                   take_dir(w, config->server.cards_dir, "settings/cards") < 0 ||
                   take_dir(w, config->server.plans_dir, "settings/plans") < 0 ||
                   take_dir(w, config->server.warn_dir, "settings/warn") < 0
               ? -1
               : 0;
}

static int write_about(struct writing *w)
{
    const struct bundle *b = w->bundle;
    char path[PATH_ROOM], now[LOCAL_TIME_MAX], last[LOCAL_TIME_MAX], text[2048], id[33];
    sodium_bin2hex(id, sizeof(id), b->head.journal_id, JOURNAL_ID_SIZE);
    snprintf(
        text, sizeof(text),
        "鸣笛备份 back-up of Mingdi %s\n中心 centre %s\n时间 made %s\n"
        "日志 journal %s epoch %" PRIu64 ", 至 up to record %" PRIu64 " (%s)\n"
        "恢复 restore: stop dispatchd, then dispatchctl restore THIS_DIRECTORY\n"
        "不含 not inside: master key, spool, Redis, PostGIS (see RUNBOOK.md)\n"
        "含个人信息与口令摘要，须加密保存。Personal data and password hashes: keep it encrypted.\n",
        MINGDI_VERSION, b->ctl->config.server.centre, ctl_local_time(b->ctl, os_wall_ms(), now), id,
        b->head.epoch, b->head.seq, ctl_local_time(b->ctl, b->head.at_ms, last));
    place(w, "ABOUT", path);
    int rc = os_replace_file(path, text, strlen(text), 0600);
    return rc < 0 ? fail(w->bundle, "%s: %s", path, strerror(-rc)) : enter(w, "ABOUT");
}

/* Before the journal, so that what the detectors know is of records that are in it. */
static int take_data(struct writing *w)
{
    int rc = 0;
    for (int file = DATA_SECRET; rc == 0 && file < DATA_FILES; file++) {
        char from[DATA_PATH_MAX];
        data_file_path(w->bundle->ctl, (enum data_file)file, from);
        rc = take(w, from, data_file_name((enum data_file)file), true);
    }
    return rc;
}

static int take_all(struct writing *w)
{
    char path[PATH_ROOM];
    place(w, "SHA256SUMS", path);
    w->sums = fopen(path, "wxe");
    if (!w->sums)
        return fail(w->bundle, "%s: %s", path, strerror(errno));
    int rc = take_data(w);
    if (rc == 0)
        rc = take_journal(w);
    if (rc == 0)
        rc = take_sealed(w);
    if (rc == 0)
        rc = take_accounts(w);
    if (rc == 0)
        rc = take_settings(w);
    if (rc == 0)
        rc = write_about(w);
    if (fclose(w->sums) != 0 && rc == 0)
        rc = fail(w->bundle, "%s: the disk is full", path);
    return rc == 0 && os_sync_file(path) < 0 ? fail(w->bundle, "%s: cannot be synced", path) : rc;
}

int bundle_write(struct bundle *b, const struct ctl *ctl, const char *dir)
{
    struct writing w = {.bundle = b};
    *b = (struct bundle){.ctl = ctl};
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n >= sizeof(b->dir))
        return fail(b, "the back-up's name is too long");
    snprintf(b->dir, sizeof(b->dir), "%.*s", (int)n, dir);
    snprintf(w.part, sizeof(w.part), "%s.part", b->dir);
    if (access(b->dir, F_OK) == 0)
        return fail(b, "%s exists and is not overwritten", b->dir);
    if (mkdir(w.part, 0700) < 0)
        return fail(b, "%s: %s%s", w.part, strerror(errno),
                    errno == EEXIST ? "; a back-up that did not end: remove it" : "");
    if (take_all(&w) < 0)
        return -1;
    if (rename(w.part, b->dir) < 0)
        return fail(b, "%s: %s", b->dir, strerror(errno));
    if (os_sync_file(b->dir) < 0)
        return fail(b, "%s: cannot be synced", b->dir);
    struct bundle written; /* what lies there now, read once more */
    return bundle_check(&written, ctl, b->dir) < 0 ? fail(b, "%s", written.errmsg) : 0;
}

/* --- checking --- */

/* "<64 hexadecimal digits>  <a name below this directory>" */
static bool is_sum_line(const char *line)
{
    const char *name = line + SUM_HEX + 2;
    return strspn(line, "0123456789abcdef") == SUM_HEX && line[SUM_HEX] == ' ' &&
           line[SUM_HEX + 1] == ' ' && *name && *name != '/' && !strstr(name, "..") &&
           strlen(name) < CONFIG_TEXT_MAX;
}

static int check_line(struct bundle *b, const char *line)
{
    char path[PATH_ROOM], sum[SUM_HEX + 1];
    if (!is_sum_line(line))
        return fail(b, "%s/SHA256SUMS is damaged: \"%.100s\"; nothing was changed", b->dir, line);
    snprintf(path, sizeof(path), "%s/%s", b->dir, line + SUM_HEX + 2);
    int rc = sum_file(path, sum);
    if (rc < 0)
        return fail(b, "%s: %s; nothing was changed", path, strerror(-rc));
    if (memcmp(sum, line, SUM_HEX) != 0)
        return fail(b, "%s is damaged: it is not what the back-up wrote; nothing was changed",
                    path);
    b->files++;
    return 0;
}

int bundle_check(struct bundle *b, const struct ctl *ctl, const char *dir)
{
    unsigned char *sums;
    size_t size;
    char path[PATH_ROOM], *next = NULL;
    bool has_journal = false;
    *b = (struct bundle){.ctl = ctl};
    snprintf(b->dir, sizeof(b->dir), "%s", dir);
    snprintf(path, sizeof(path), "%s/SHA256SUMS", dir);
    int rc = os_read_file(path, SUMS_BYTES_MAX, &sums, &size);
    if (rc < 0)
        return fail(b, "%s: %s; this is no whole back-up", path, strerror(-rc));
    for (char *line = strtok_r((char *)sums, "\n", &next); line && rc == 0;
         line = strtok_r(NULL, "\n", &next)) {
        rc = check_line(b, line);
        has_journal |= rc == 0 && strcmp(line + SUM_HEX + 2, "journal.db") == 0;
    }
    free(sums);
    return rc == 0 && !has_journal ? fail(b, "%s names no journal.db: nothing was changed", path)
                                   : rc;
}

/* --- restoring --- */

/* First beside its place, so that it is there whole or not at all. */
static int put_back(struct bundle *b, const char *from, const char *to)
{
    char fresh[PATH_ROOM + 8];
    if (access(from, F_OK) < 0)
        return 0;
    if (access(to, F_OK) == 0) {
        printf("%s: 保留现有文件 the present one stays (remove it first to have the back-up's)\n",
               to);
        return 0;
    }
    snprintf(fresh, sizeof(fresh), "%s.new", to);
    unlink(fresh);
    int rc = copy_file(from, fresh);
    if (rc == 0 && rename(fresh, to) < 0)
        rc = -errno;
    if (rc == 0)
        rc = os_sync_file(to);
    if (rc < 0)
        return fail(b, "%s: %s; the journal is in place: repeat when this is mended", to,
                    strerror(-rc));
    printf("%s: 已恢复 restored\n", to);
    return 0;
}

static int put_data_back(struct bundle *b, enum data_file file)
{
    char from[PATH_ROOM], to[DATA_PATH_MAX];
    snprintf(from, sizeof(from), "%s/%s", b->dir, data_file_name(file));
    data_file_path(b->ctl, file, to);
    return put_back(b, from, to);
}

static int put_sealed_back(struct bundle *b)
{
    char from[PATH_ROOM], to[PATH_ROOM], dir[CONFIG_TEXT_MAX + 8], home[CONFIG_TEXT_MAX + 8];
    struct dirent *entry;
    snprintf(dir, sizeof(dir), "%s/sealed", b->dir);
    snprintf(home, sizeof(home), "%s/sealed", ctl_journal_dir(b->ctl));
    DIR *all = opendir(dir);
    int rc = all && os_make_dirs(home) < 0 ? fail(b, "%s: cannot be made", home) : 0;
    while (rc == 0 && all && (entry = readdir(all))) {
        snprintf(from, sizeof(from), "%s/%s", dir, entry->d_name);
        snprintf(to, sizeof(to), "%s/%s", home, entry->d_name);
        if (entry->d_name[0] != '.')
            rc = put_back(b, from, to);
    }
    if (all)
        closedir(all);
    return rc;
}

int bundle_restore(struct bundle *b, const struct ctl *ctl, const char *dir)
{
    char path[PATH_ROOM], why[ERRMSG_MAX];
    if (bundle_check(b, ctl, dir) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/journal.db", dir);
    if (journal_restore(ctl_journal_dir(ctl), path, why) < 0)
        return fail(b, "%s", why);
    if (os_make_dirs(ctl->config.server.data_dir) < 0)
        return fail(b, "%s: cannot be made", ctl->config.server.data_dir);
    for (int file = 0; file < DATA_FILES; file++)
        if (put_data_back(b, (enum data_file)file) < 0)
            return -1;
    return put_sealed_back(b);
}
