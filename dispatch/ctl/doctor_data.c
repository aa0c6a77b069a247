/* What lies on this machine: files, rights, room. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch/accounts/accounts.h"
#include "dispatch/ctl/bundle.h"
#include "dispatch/ctl/doctor.h"
#include "dispatch/journal/journal.h"
#include "dispatch/journal/vault.h"
#include "dispatch/policy/card_check.h"
#include "dispatch/policy/cardfile.h"
#include "dispatch/policy/warnfile.h"
#include "dispatch/travel/zones.h"
#include "dispatch/upkeep/minute.h"
#include "geo/load.h"

enum {
    DAY_MS = 86400000,
    BACKUP_AGE_MS_MAX = 2 * DAY_MS,
    BOARD_AGE_MS_MAX = 180000,
    MIB = 1 << 20
};

/* --- settings and rights --- */

void doctor_settings(struct doctor *d)
{
    const char *path = ctl_setting(d->ctl, OPTION_CONFIG, "MINGDI_CONFIG");
    if (!path && access("/etc/mingdi/dispatch.conf", R_OK) < 0)
        doctor_say(d, FINDING_WARN,
                   "no file, the defaults are in force → write "
                   "/etc/mingdi/dispatch.conf (dispatchd --print-config) or give --config");
    else
        doctor_say(d, FINDING_OK, "%s is good", path ? path : "/etc/mingdi/dispatch.conf");
}

/* What everybody may read although it is about people. */
static const char *too_open(const struct ctl *ctl, char path[static PATH_MAX])
{
    static const char *const names[] = {"",
                                        "/journal.db",
                                        "/journal.db-wal",
                                        "/accounts.db",
                                        "/terminal.secret",
                                        "/board/board.html"};
    struct stat st;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, PATH_MAX, "%s%s", ctl->config.server.data_dir, names[i]);
        if (stat(path, &st) == 0 && (st.st_mode & S_IRWXO))
            return path;
    }
    return NULL;
}

void doctor_directory(struct doctor *d)
{
    char path[PATH_MAX];
    const char *dir = d->ctl->config.server.data_dir;
    struct stat st;
    if (stat(dir, &st) < 0)
        doctor_say(d, FINDING_FAIL, "%s: %s → make it, owned by the server's user, mode 0750", dir,
                   strerror(errno));
    else if (access(dir, R_OK | W_OK | X_OK) < 0)
        doctor_say(d, FINDING_FAIL,
                   "%s belongs to user %u and we may not write it → run this as "
                   "the server's user",
                   dir, (unsigned)st.st_uid);
    else if (too_open(d->ctl, path))
        doctor_say(d, FINDING_WARN, "%s can be read by everybody → chmod o= it", path);
    else
        doctor_say(d, FINDING_OK, "%s, for its owner only", dir);
}

void doctor_space(struct doctor *d)
{
    const char *dir = ctl_journal_dir(d->ctl);
    uint64_t free_bytes, reserve = (uint64_t)d->ctl->config.journal.reserve;
    int rc = os_free_bytes(dir, &free_bytes);
    if (rc < 0)
        doctor_say(d, FINDING_FAIL, "%s: %s", dir, strerror(-rc));
    else if (free_bytes < reserve)
        doctor_say(d, FINDING_FAIL,
                   "%" PRIu64 " MiB free, less than the reserve of %" PRIu64
                   " MiB: commands are refused → make room now (RUNBOOK: disk full)",
                   free_bytes / MIB, reserve / MIB);
    else
        doctor_say(d, free_bytes < 3 * reserve ? FINDING_WARN : FINDING_OK,
                   "%" PRIu64 " MiB free, reserve %" PRIu64 " MiB%s", free_bytes / MIB,
                   reserve / MIB, free_bytes < 3 * reserve ? " → make room soon" : "");
}

/* --- the journal --- */

struct day {
    uint64_t since_ms, records, bytes;
};

static bool count_day(void *context, const struct journal_record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct day *day = context;
    (void)hash;
    if ((uint64_t)record->at_ms >= day->since_ms) {
        day->records++;
        day->bytes += record->size;
    }
    return true;
}

static uint64_t size_of(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* By what the last day wrote: how long the disk will take it. */
static void say_growth(struct doctor *d, const char *dir, const struct day *day)
{
    uint64_t file_bytes = size_of(dir, "journal.db") + size_of(dir, "journal.db-wal");
    uint64_t reserve = (uint64_t)d->ctl->config.journal.reserve, free_bytes = 0;
    uint64_t room =
        os_free_bytes(dir, &free_bytes) == 0 && free_bytes > reserve ? free_bytes - reserve : 0;
    uint64_t hours = day->bytes ? room / ((day->bytes + 23) / 24) : UINT64_MAX;
    bool soon = hours < (uint64_t)d->ctl->config.journal.alarm_hours;
    doctor_say(d, soon ? FINDING_WARN : FINDING_OK,
               "%" PRIu64 " MiB; %" PRIu64 " records, %" PRIu64 " KiB in the last day%s",
               file_bytes / MIB, day->records, day->bytes / 1024,
               soon ? "; the disk is full in less than [journal] alarm_hours → a larger disk" : "");
}

static void look_at_chain(struct doctor *d, struct journal_reader *reader)
{
    struct journal_head head;
    struct journal_snapshot snapshot;
    char time[LOCAL_TIME_MAX];
    uint64_t bad_seq = 0;
    if (journal_read_head(reader, &head) < 0 ||
        journal_read_snapshot(reader, UINT64_MAX, &snapshot) < 0) {
        doctor_say(d, FINDING_FAIL, "%s", journal_reader_errmsg(reader));
        return;
    }
    uint64_t from = snapshot.seq;
    journal_snapshot_free(&snapshot);
    d->last_ms = head.at_ms;
    if (journal_verify_chain(reader, from, &bad_seq) < 0)
        doctor_say(d, FINDING_FAIL, "%s → RUNBOOK: journal damaged", journal_reader_errmsg(reader));
    else
        doctor_say(d, FINDING_OK,
                   "epoch %" PRIu64 ", up to record %" PRIu64 " (%s), chain whole "
                   "since the snapshot of record %" PRIu64,
                   head.epoch, head.seq, ctl_local_time(d->ctl, head.at_ms, time), from);
}

void doctor_journal(struct doctor *d)
{
    struct journal_reader *reader = NULL;
    struct day day = {.since_ms = (uint64_t)(os_wall_ms() - DAY_MS)};
    char errmsg[ERRMSG_MAX];
    const char *dir = ctl_journal_dir(d->ctl);
    if (!size_of(dir, "journal.db")) {
        doctor_say(d, FINDING_WARN, "none in %s yet → the first start makes it, or restore one",
                   dir);
        return;
    }
    if (journal_reader_open(&reader, dir, errmsg) < 0) {
        doctor_say(d, FINDING_FAIL, "%s → RUNBOOK: journal damaged", errmsg);
        return;
    }
    look_at_chain(d, reader);
    if (journal_read(reader, 0, UINT64_MAX, count_day, &day) < 0)
        doctor_say(d, FINDING_FAIL, "%s", journal_reader_errmsg(reader));
    else
        say_growth(d, dir, &day);
    journal_reader_close(reader);
}

void doctor_backup(struct doctor *d)
{
    char path[DATA_PATH_MAX], note[CONFIG_TEXT_MAX + 64] = "";
    struct stat st;
    snprintf(path, sizeof(path), "%s/last-backup", d->ctl->config.server.data_dir);
    FILE *file = stat(path, &st) == 0 ? fopen(path, "re") : NULL;
    if (!file || !fgets(note, sizeof(note), file))
        doctor_say(d, FINDING_WARN,
                   "none was ever made → dispatchctl backup DIR, daily: "
                   "deploy/systemd/mingdi-backup.timer");
    else {
        note[strcspn(note, "\n")] = 0;
        bool old = os_wall_ms() - (int64_t)st.st_mtime * 1000 > BACKUP_AGE_MS_MAX;
        doctor_say(d, old ? FINDING_WARN : FINDING_OK, "the last one is of record %s%s", note,
                   old ? ", older than two days → look after mingdi-backup.timer" : "");
    }
    if (file)
        fclose(file);
}

void doctor_master_key(struct doctor *d)
{
    const struct config *config = &d->ctl->config;
    const char *path = config->privacy.master_key_file;
    struct stat st;
    if (!config->privacy.encrypt)
        doctor_say(d, FINDING_WARN, "[privacy] encrypt is off: nobody can be forgotten");
    else if (!*path)
        doctor_say(d, FINDING_WARN, "none: keys lie beside the data → [privacy] master_key_file");
    else if (stat(path, &st) < 0)
        doctor_say(d, FINDING_FAIL, "%s: %s → put it back, without it nothing personal can be read",
                   path, strerror(errno));
    else if (st.st_size != VAULT_SECRET_SIZE || os_check_private(path) < 0)
        doctor_say(d, FINDING_FAIL, "%s is not 32 bytes with mode 0600", path);
    else
        doctor_say(d, FINDING_OK, "%s; keep a copy away from the backups", path);
}

/* --- people --- */

static int count_role(void *user, const struct account *account)
{
    unsigned *count = user;
    if (!account->disabled && account->role <= ACCOUNT_OPERATOR)
        count[account->role]++;
    return 0;
}

void doctor_accounts(struct doctor *d)
{
    struct accounts accounts;
    struct accounts_policy policy;
    unsigned count[ACCOUNT_OPERATOR + 1] = {0};
    char path[DATA_PATH_MAX];
    data_file_path(d->ctl, DATA_ACCOUNTS, path);
    accounts_policy_defaults(&policy);
    if (access(path, F_OK) < 0) {
        doctor_say(d, FINDING_FAIL, "none → dispatchctl users add LOGIN --role dispatcher");
        return;
    }
    int rc = accounts_open(&accounts, path, &policy);
    if (rc == 0) {
        rc = accounts_list(&accounts, count_role, count);
        accounts_close(&accounts);
    }
    if (rc < 0)
        doctor_say(d, FINDING_FAIL, "%s", accounts.errmsg);
    else if (!count[ACCOUNT_DISPATCHER] || !count[ACCOUNT_SUPERVISOR])
        doctor_say(d, count[ACCOUNT_DISPATCHER] ? FINDING_WARN : FINDING_FAIL,
                   "%u dispatchers, %u supervisors: at least one of each is needed → dispatchctl "
                   "users add",
                   count[ACCOUNT_DISPATCHER], count[ACCOUNT_SUPERVISOR]);
    else
        doctor_say(d, FINDING_OK,
                   "%u dispatchers, %u supervisors, %u crews, %u hospitals, "
                   "%u gateways, %u operators",
                   count[ACCOUNT_DISPATCHER], count[ACCOUNT_SUPERVISOR], count[ACCOUNT_CREW],
                   count[ACCOUNT_HOSPITAL], count[ACCOUNT_GATEWAY], count[ACCOUNT_OPERATOR]);
}

/* --- what decisions are made from --- */

void doctor_cards(struct doctor *d)
{
    static struct card_set set;
    static struct complaints complaints;
    char plans[CONFIG_TEXT_MAX + 16];
    const char *cards = d->ctl->config.server.cards_dir;
    snprintf(plans, sizeof(plans), "%s/response.yaml", d->ctl->config.server.plans_dir);
    if (cardfile_load(cards, plans, &set, &complaints) < 0 || card_check(&set, &complaints) < 0)
        doctor_say(d, FINDING_FAIL, "%u complaints, the first: %.*s → dispatchctl check-cards",
                   complaints.count, (int)strcspn(complaints.text, "\n"), complaints.text);
    else
        doctor_say(d, FINDING_OK, "%u cards and %u plans proved", (unsigned)set.card_count,
                   (unsigned)set.plan_count);
}

void doctor_warn(struct doctor *d)
{
    static struct watch_policy policy;
    static struct complaints complaints;
    const char *dir = d->ctl->config.server.warn_dir;
    uint32_t utc_offset_min = (uint32_t)d->ctl->config.server.utc_offset_min;
    if (!dir[0] || access(dir, F_OK) < 0)
        doctor_say(d, FINDING_WARN, "off: there is no %s → [server] warn_dir",
                   dir[0] ? dir : "warn_dir");
    else if (warnfile_load(dir, utc_offset_min, &policy, &complaints) < 0)
        doctor_say(d, FINDING_FAIL, "%u complaints, the first: %.*s → dispatchctl check-warn",
                   complaints.count, (int)strcspn(complaints.text, "\n"), complaints.text);
    else
        doctor_say(d, FINDING_OK, "%u syndromes and %u rules of %s", policy.syndrome_count,
                   policy.rule_count, dir);
}

void doctor_road(struct doctor *d)
{
    static struct road road;
    char path[DATA_PATH_MAX], errmsg[ROAD_ERRMSG_MAX];
    data_file_path(d->ctl, DATA_ROAD, path);
    if (access(path, F_OK) < 0)
        doctor_say(d, FINDING_WARN,
                   "%s is missing: ETAs are as the crow flies → dispatchctl "
                   "import-osm FILE.osm.pbf --out %s",
                   path, path);
    else if (road_load(&road, path, errmsg) < 0)
        doctor_say(d, FINDING_FAIL, "%s → dispatchctl import-osm again", errmsg);
    else {
        doctor_say(d, FINDING_OK, "%s loads", path);
        road_close(&road);
    }
}

void doctor_zones(struct doctor *d)
{
    static struct zones zones;
    char path[DATA_PATH_MAX];
    data_file_path(d->ctl, DATA_ZONES, path);
    if (access(path, F_OK) < 0)
        doctor_say(d, FINDING_WARN,
                   "%s is missing: no place lies in any zone → dispatchctl zones "
                   "export --out %s",
                   path, path);
    else if (zones_load(&zones, path) < 0)
        doctor_say(d, FINDING_FAIL, "%s", zones.errmsg);
    else {
        doctor_say(d, FINDING_OK, "%s loads", path);
        zones_close(&zones);
    }
}

void doctor_board(struct doctor *d)
{
    char dir[CONFIG_TEXT_MAX + 32], path[CONFIG_TEXT_MAX + 64];
    struct stat st;
    minute_board_dir(&d->ctl->config, dir);
    snprintf(path, sizeof(path), "%s/board.html", dir);
    if (stat(path, &st) < 0) {
        doctor_say(d, d->health ? FINDING_FAIL : FINDING_WARN, "%s: %s → dispatchctl board DIR",
                   path, strerror(errno));
        return;
    }
    int64_t age_ms = os_wall_ms() - (int64_t)st.st_mtime * 1000;
    bool old = age_ms > BOARD_AGE_MS_MAX;
    doctor_say(d,
               !old        ? FINDING_OK
               : d->health ? FINDING_FAIL
                           : FINDING_WARN,
               "%s, %" PRId64 " s old%s", path, age_ms / 1000,
               !old        ? ""
               : d->health ? " although the server runs → its log says why (board-not-written)"
                           : ": the server is not writing it");
}
