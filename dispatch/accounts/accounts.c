#include "dispatch/accounts/accounts.h"

#include "dispatch/accounts/accounts_impl.h"
#include "dispatch/must.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file: users, and tokens by the hash of the token. user_version is the format. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS user ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " role INTEGER NOT NULL, scope_id INTEGER NOT NULL, seat TEXT NOT NULL,"
    " password_hash TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,"
    " failures INTEGER NOT NULL DEFAULT 0, locked_until_ms INTEGER NOT NULL DEFAULT 0,"
    " changed_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS token ("
    " hash BLOB PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id),"
    " expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS token_user ON token (user_id);"
    /* Where a token's holder sits, and whether the seat is locked. */
    "CREATE TABLE IF NOT EXISTS session_seat ("
    " hash BLOB PRIMARY KEY REFERENCES token (hash) ON DELETE CASCADE,"
    " seat INTEGER NOT NULL DEFAULT 0, locked INTEGER NOT NULL DEFAULT 0);"
    "PRAGMA user_version = 2;"
    "COMMIT;";

enum { FORMAT = 2, WAIT_FOR_OTHERS_MS = 5000 };

void accounts_policy_defaults(struct accounts_policy *policy)
{
    *policy = (struct accounts_policy){
        .failures_max = 5,
        .lock_ms = 15 * 60 * 1000,
        .token_ms = 12 * 60 * 60 * 1000,
        .password_chars_min = 12,
        .password_distinct_min = 6,
        .argon2_ops = crypto_pwhash_OPSLIMIT_INTERACTIVE,
        .argon2_bytes = crypto_pwhash_MEMLIMIT_INTERACTIVE,
        .sign_ins_max = 32,
    };
}

/* ---- statements ---- */

int accounts_fail(struct accounts *accounts, const char *what)
{
    snprintf(accounts->errmsg, sizeof accounts->errmsg, "accounts %.120s: %s: %.80s",
             accounts->path, what, accounts->db ? sqlite3_errmsg(accounts->db) : "not open");
    return -1;
}

/* Binds by the letters of `kinds`: i int64, t text, h a token hash. */
static int bind_values(sqlite3_stmt *statement, const char *kinds, va_list values)
{
    int rc = SQLITE_OK;
    for (int i = 0; kinds[i] && rc == SQLITE_OK; i++) {
        if (kinds[i] == 'i') {
            rc = sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
        } else if (kinds[i] == 't') {
            rc = sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1,
                                   SQLITE_TRANSIENT);
        } else {
            must(kinds[i] == 'h');
            rc = sqlite3_bind_blob(statement, i + 1, va_arg(values, const uint8_t *),
                                   ACCOUNT_TOKEN_HASH, SQLITE_TRANSIENT);
        }
    }
    return rc;
}

int accounts_query(struct accounts *accounts, sqlite3_stmt **statement, const char *sql,
                   const char *kinds, ...)
{
    va_list values;
    if (sqlite3_prepare_v2(accounts->db, sql, -1, statement, NULL) != SQLITE_OK) {
        return accounts_fail(accounts, "prepare");
    }
    va_start(values, kinds);
    int rc = bind_values(*statement, kinds, values);
    va_end(values);
    if (rc != SQLITE_OK) {
        sqlite3_finalize(*statement);
        return accounts_fail(accounts, "bind");
    }
    return 0;
}

int accounts_run(struct accounts *accounts, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list values;
    if (sqlite3_prepare_v2(accounts->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        return accounts_fail(accounts, "prepare");
    }
    va_start(values, kinds);
    int rc = bind_values(statement, kinds, values);
    va_end(values);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        accounts_fail(accounts, "write");
        sqlite3_finalize(statement);
        return -1;
    }
    sqlite3_finalize(statement);
    return 0;
}

static void copy_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text ? (const char *)text : "");
}

void accounts_row(sqlite3_stmt *statement, struct account *account)
{
    memset(account, 0, sizeof *account);
    account->user_id = (uint32_t)sqlite3_column_int64(statement, 0);
    copy_text(statement, 1, account->login, sizeof account->login);
    copy_text(statement, 2, account->name, sizeof account->name);
    account->role = (enum account_role)sqlite3_column_int(statement, 3);
    account->scope_id = (uint32_t)sqlite3_column_int64(statement, 4);
    copy_text(statement, 5, account->seat, sizeof account->seat);
    account->disabled = sqlite3_column_int(statement, 6) != 0;
    account->failures = (uint32_t)sqlite3_column_int(statement, 7);
    account->locked_until_ms = sqlite3_column_int64(statement, 8);
}

/* ---- opening ---- */

static int check_format(struct accounts *accounts)
{
    sqlite3_stmt *statement;
    if (accounts_query(accounts, &statement, "PRAGMA user_version", "") < 0) {
        return -1;
    }
    int rc = sqlite3_step(statement);
    int format = rc == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
    sqlite3_finalize(statement);
    if (format < 0) {
        return accounts_fail(accounts, "read");
    }
    if (format > FORMAT) {
        snprintf(accounts->errmsg, sizeof accounts->errmsg,
                 "accounts %.120s: format %d is newer than this program's %d", accounts->path,
                 format, FORMAT);
        return -1;
    }
    return format;
}

/* The file is made before SQLite sees it, so that nobody else can read it at any time. One that is
 * there is never opened here: closing any descriptor of it would drop the locks that this process
 * holds through SQLite, and another program's change would then damage it. */
static int make_file(struct accounts *accounts)
{
    int fd = open(accounts->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) {
        snprintf(accounts->errmsg, sizeof accounts->errmsg, "accounts %.120s: %s", accounts->path,
                 strerror(errno));
        return -1;
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

int accounts_open(struct accounts *accounts, const char *path, const struct accounts_policy *policy)
{
    memset(accounts, 0, sizeof *accounts);
    accounts->policy = *policy;
    if (sodium_init() < 0 || strlen(path) >= sizeof accounts->path) {
        snprintf(accounts->errmsg, sizeof accounts->errmsg, "accounts: path too long or no sodium");
        return -1;
    }
    snprintf(accounts->path, sizeof accounts->path, "%s", path);
    if (make_file(accounts) < 0) {
        return -1;
    }
    if (sqlite3_open_v2(path, &accounts->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        accounts_fail(accounts, "open");
        goto out;
    }
    sqlite3_busy_timeout(accounts->db, WAIT_FOR_OTHERS_MS);
    if (sqlite3_exec(accounts->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA foreign_keys = ON;",
                     NULL, NULL, NULL) != SQLITE_OK) {
        accounts_fail(accounts, "open");
        goto out;
    }
    int format = check_format(accounts);
    if (format < 0) {
        goto out;
    }
    if (format < FORMAT && sqlite3_exec(accounts->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        accounts_fail(accounts, "create");
        goto out;
    }
    return 0;
out:
    sqlite3_close(accounts->db);
    accounts->db = NULL;
    return -1;
}

void accounts_close(struct accounts *accounts)
{
    must(accounts->sign_ins == 0);
    must(sqlite3_close(accounts->db) == SQLITE_OK);
    accounts->db = NULL;
}

/* ---- changes ---- */

static int hash_password(struct accounts *accounts, const char *password,
                         char hash[crypto_pwhash_STRBYTES])
{
    if (crypto_pwhash_str(hash, password, strlen(password), accounts->policy.argon2_ops,
                          accounts->policy.argon2_bytes) != 0) {
        snprintf(accounts->errmsg, sizeof accounts->errmsg, "accounts: no memory for argon2id");
        return -1;
    }
    return 0;
}

int accounts_add(struct accounts *accounts, const struct account *wanted, const char *password,
                 int64_t now_ms, uint32_t *user_id)
{
    char hash[crypto_pwhash_STRBYTES];
    struct account other;
    int refusal = account_check_form(wanted);
    if (refusal == ACCOUNT_DONE) {
        refusal = account_check_password(&accounts->policy, wanted->login, password);
    }
    if (refusal != ACCOUNT_DONE) {
        return refusal;
    }
    int rc = accounts_find(accounts, wanted->login, &other);
    if (rc != ACCOUNT_REFUSE_NO_USER) {
        return rc < 0 ? rc : ACCOUNT_REFUSE_LOGIN_TAKEN;
    }
    if (hash_password(accounts, password, hash) < 0 ||
        accounts_run(accounts,
                     "INSERT INTO user (login, name, role, scope_id, seat, password_hash,"
                     " changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "ttiitti", wanted->login, wanted->name, (int64_t)wanted->role,
                     (int64_t)wanted->scope_id, wanted->seat, hash, now_ms) < 0) {
        return sqlite3_extended_errcode(accounts->db) == SQLITE_CONSTRAINT_UNIQUE
                   ? ACCOUNT_REFUSE_LOGIN_TAKEN
                   : -1;
    }
    *user_id = (uint32_t)sqlite3_last_insert_rowid(accounts->db);
    return 0;
}

/* One change of a user, and the end of its tokens where asked, in one transaction. */
static int change(struct accounts *accounts, const char *login, const char *sql, const char *text,
                  int64_t now_ms, bool revoke)
{
    struct account account;
    if (accounts_run(accounts, "BEGIN IMMEDIATE", "") < 0) {
        return -1;
    }
    int rc = accounts_find(accounts, login, &account);
    if (rc == 0) {
        rc = accounts_run(accounts, sql, "iti", (int64_t)account.user_id, text, now_ms);
    }
    if (rc == 0 && revoke) {
        rc = accounts_run(accounts, "DELETE FROM token WHERE user_id = ?", "i",
                          (int64_t)account.user_id);
    }
    if (rc == 0) {
        rc = accounts_run(accounts, "COMMIT", "");
    }
    if (rc != 0) {
        sqlite3_exec(accounts->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc;
}

static int is_present_password(struct accounts *accounts, const char *login, const char *password)
{
    char hash[crypto_pwhash_STRBYTES];
    int rc = accounts_read_hash(accounts, login, hash);
    if (rc != 0) {
        return rc;
    }
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0
               ? ACCOUNT_REFUSE_PASSWORD_SAME
               : 0;
}

int accounts_set_password(struct accounts *accounts, const char *login, const char *password,
                          int64_t now_ms)
{
    char hash[crypto_pwhash_STRBYTES];
    int rc = account_check_password(&accounts->policy, login, password);
    if (rc == 0) {
        rc = is_present_password(accounts, login, password);
    }
    if (rc == 0) {
        rc = hash_password(accounts, password, hash);
    }
    return rc != 0 ? rc
                   : change(accounts, login,
                            "UPDATE user SET password_hash = ?2, changed_ms = ?3, failures = 0,"
                            " locked_until_ms = 0 WHERE id = ?1",
                            hash, now_ms, true);
}

int accounts_disable(struct accounts *accounts, const char *login, int64_t now_ms)
{
    return change(accounts, login,
                  "UPDATE user SET disabled = 1, changed_ms = ?3 WHERE id = ?1 AND ?2 = ''", "",
                  now_ms, true);
}

int accounts_enable(struct accounts *accounts, const char *login, int64_t now_ms)
{
    return change(accounts, login,
                  "UPDATE user SET disabled = 0, changed_ms = ?3 WHERE id = ?1 AND ?2 = ''", "",
                  now_ms, false);
}

int accounts_unlock(struct accounts *accounts, const char *login, int64_t now_ms)
{
    return change(accounts, login,
                  "UPDATE user SET failures = 0, locked_until_ms = 0, changed_ms = ?3"
                  " WHERE id = ?1 AND ?2 = ''",
                  "", now_ms, false);
}

/* ---- reading ---- */

int accounts_find(struct accounts *accounts, const char *login, struct account *found)
{
    sqlite3_stmt *statement;
    if (accounts_query(accounts, &statement, "SELECT " ACCOUNT_COLUMNS " FROM user WHERE login = ?",
                       "t", login) < 0) {
        return -1;
    }
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        accounts_row(statement, found);
        rc = 0;
    } else {
        rc = rc == SQLITE_DONE ? ACCOUNT_REFUSE_NO_USER : accounts_fail(accounts, "read");
    }
    sqlite3_finalize(statement);
    return rc;
}

int accounts_list(struct accounts *accounts, account_row_cb row_cb, void *user)
{
    sqlite3_stmt *statement;
    struct account account;
    if (accounts_query(accounts, &statement, "SELECT " ACCOUNT_COLUMNS " FROM user ORDER BY login",
                       "") < 0) {
        return -1;
    }
    int stop = 0;
    int rc = sqlite3_step(statement);
    while (rc == SQLITE_ROW && stop == 0) {
        accounts_row(statement, &account);
        stop = row_cb(user, &account);
        rc = stop ? rc : sqlite3_step(statement);
    }
    if (stop == 0 && rc != SQLITE_DONE) {
        stop = accounts_fail(accounts, "read");
    }
    sqlite3_finalize(statement);
    return stop;
}
