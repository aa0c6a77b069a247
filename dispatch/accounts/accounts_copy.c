/* A copy of the accounts for a back-up, while the server goes on using them. */
#include "dispatch/accounts/accounts_impl.h"

#include <stdio.h>
#include <unistd.h>

#include "dispatch/base/os.h"

/* Nobody shall be signed in by a back-up that is put in place. */
static int drop_tokens(struct accounts *accounts, const char *path)
{
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK)
        rc =
            sqlite3_exec(copy,
                         "PRAGMA secure_delete=ON; DELETE FROM session_seat; DELETE FROM token;"
                         " PRAGMA integrity_check",
                         NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        snprintf(accounts->errmsg, sizeof(accounts->errmsg), "%.120s: %.100s", path,
                 sqlite3_errmsg(copy));
    sqlite3_close(copy);
    return rc == SQLITE_OK && os_sync_file(path) == 0 ? 0 : -1;
}

int accounts_copy(struct accounts *accounts, const char *path)
{
    if (access(path, F_OK) == 0) {
        snprintf(accounts->errmsg, sizeof(accounts->errmsg), "%.200s exists and is not overwritten",
                 path);
        return -1;
    }
    if (accounts_run(accounts, "VACUUM INTO ?", "t", path) < 0)
        return -1;
    return drop_tokens(accounts, path);
}
