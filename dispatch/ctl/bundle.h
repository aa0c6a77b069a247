/* bundle: a centre's back-up as one directory, made beside a running server.
 *
 *   journal.db        every record, verified as it lies there; the keys of personal data are in it
 *   sealed/           its older days, where they are beside it
 *   accounts.db       people and their password hashes, no tokens
 *   terminal.secret   what terminals sign in with
 *   road.bin zones.geojson   as the server reads them
 *   detectors.kept    what the detectors know (readers/warn_keep.h)
 *   settings/         the settings in force, and the cards, plans, detectors' policy, speeds and
 *                     buttons they name
 *   ABOUT             what this is, for people
 *   SHA256SUMS        every file above, as `sha256sum --check` reads it
 *
 * Not in it: the master key (keep it elsewhere, or the back-up opens itself), the spool, Redis, and
 * PostGIS (its facts are made anew from the journal; its fixes, roads and zones need pg_dump).
 * A directory that bears its name is whole: it is written as NAME.part and renamed last.
 * Owner: the caller. Thread: any. Errors: -1, text in errmsg. Start here: bundle_write. */
#ifndef CTL_BUNDLE_H
#define CTL_BUNDLE_H

#include "dispatch/ctl/ctl.h"
#include "dispatch/journal/journal.h"

struct bundle {
    const struct ctl *ctl;
    char dir[CONFIG_TEXT_MAX];
    struct journal_head head; /* of its journal */
    uint32_t files;
    char errmsg[ERRMSG_MAX * 2];
};

int bundle_write(struct bundle *bundle, const struct ctl *ctl, const char *dir);

/* Reads every file again: the first that is missing or is not what was written is named. */
int bundle_check(struct bundle *bundle, const struct ctl *ctl, const char *dir);

/* Checks it, then puts the journal in place (journal_restore: a new epoch, refused beside a running
 * server) and those of the other files that are missing; what is there stays, and is told. */
int bundle_restore(struct bundle *bundle, const struct ctl *ctl, const char *dir);

/* Where the settings say that a file of the data directory is. */
enum data_file { DATA_ACCOUNTS, DATA_SECRET, DATA_ROAD, DATA_ZONES, DATA_KEPT, DATA_FILES };
enum { DATA_PATH_MAX = CONFIG_TEXT_MAX + 64 };
const char *data_file_name(enum data_file file);
void data_file_path(const struct ctl *ctl, enum data_file file, char path[static DATA_PATH_MAX]);

#endif
