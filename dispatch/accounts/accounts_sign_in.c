#include "dispatch/accounts/accounts_impl.h"
#include "dispatch/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tokens ---- */

enum { RENEWED_MS = 60000 };

static void hash_token(const char *token, uint8_t hash[ACCOUNT_TOKEN_HASH])
{
    crypto_generichash(hash, ACCOUNT_TOKEN_HASH, (const unsigned char *)token, strlen(token), NULL,
                       0);
}

static int make_token(struct accounts *accounts, uint32_t user_id, int64_t expires_ms,
                      uint8_t hash[ACCOUNT_TOKEN_HASH], char token[ACCOUNT_TOKEN_CHARS + 1])
{
    uint8_t bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(token, ACCOUNT_TOKEN_CHARS + 1, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
    hash_token(token, hash);
    return accounts_run(accounts, "INSERT INTO token (hash, user_id, expires_ms) VALUES (?, ?, ?)",
                        "hii", hash, (int64_t)user_id, expires_ms);
}

/* The index is searched for a hash of what was offered, which tells an observer of time nothing
 * about tokens; the row found is compared again in constant time. */
int accounts_check_session(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                           int64_t now_ms, struct account *account)
{
    sqlite3_stmt *statement;
    if (accounts_query(accounts, &statement,
                       "SELECT " ACCOUNT_COLUMNS ", expires_ms, token.hash, at.seat, at.locked"
                       " FROM token JOIN user ON user.id = user_id"
                       " LEFT JOIN session_seat at ON at.hash = token.hash"
                       " WHERE token.hash = ? AND disabled = 0",
                       "h", token_hash) < 0) {
        return -1;
    }
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && sqlite3_column_int64(statement, 9) > now_ms &&
        sqlite3_column_bytes(statement, 10) == ACCOUNT_TOKEN_HASH &&
        sodium_memcmp(sqlite3_column_blob(statement, 10), token_hash, ACCOUNT_TOKEN_HASH) == 0) {
        accounts_row(statement, account);
        account->expires_ms = sqlite3_column_int64(statement, 9);
        memcpy(account->token_hash, token_hash, ACCOUNT_TOKEN_HASH);
        if (sqlite3_column_int(statement, 11) > 0) {
            snprintf(account->seat, sizeof account->seat, "%d", sqlite3_column_int(statement, 11));
        }
        account->locked = sqlite3_column_int(statement, 12) != 0;
        rc = 0;
    } else {
        rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? ACCOUNT_REFUSE_TOKEN
                                                   : accounts_fail(accounts, "read");
    }
    sqlite3_finalize(statement);
    return rc;
}

int accounts_check_token(struct accounts *accounts, const char *token, int64_t now_ms,
                         struct account *account)
{
    uint8_t hash[ACCOUNT_TOKEN_HASH];
    if (strnlen(token, ACCOUNT_TOKEN_CHARS + 1) != ACCOUNT_TOKEN_CHARS) {
        return ACCOUNT_REFUSE_TOKEN;
    }
    hash_token(token, hash);
    return accounts_check_session(accounts, hash, now_ms, account);
}

static int renew(struct accounts *accounts, int64_t now_ms, struct account *account,
                 char token[ACCOUNT_TOKEN_CHARS + 1])
{
    uint8_t old[ACCOUNT_TOKEN_HASH];
    memcpy(old, account->token_hash, sizeof old);
    account->expires_ms = now_ms + accounts->policy.token_ms;
    int rc =
        make_token(accounts, account->user_id, account->expires_ms, account->token_hash, token);
    if (rc == 0) {
        rc = accounts_run(accounts,
                          "INSERT INTO session_seat (hash, seat, locked)"
                          " SELECT ?, seat, locked FROM session_seat WHERE hash = ?",
                          "hh", account->token_hash, old);
    }
    if (rc == 0) {
        rc = accounts_run(accounts,
                          "UPDATE token SET expires_ms = min(expires_ms, ?) WHERE hash = ?", "ih",
                          now_ms + RENEWED_MS, old);
    }
    return rc;
}

int accounts_renew(struct accounts *accounts, int64_t now_ms, struct account *account,
                   char token[ACCOUNT_TOKEN_CHARS + 1])
{
    struct account fresh = *account;
    char made[ACCOUNT_TOKEN_CHARS + 1];
    if (accounts_run(accounts, "BEGIN IMMEDIATE", "") < 0) {
        return -1;
    }
    int rc = renew(accounts, now_ms, &fresh, made);
    if (rc == 0) {
        rc = accounts_run(accounts, "COMMIT", "");
    }
    if (rc != 0) {
        sqlite3_exec(accounts->db, "ROLLBACK", NULL, NULL, NULL);
        return rc;
    }
    *account = fresh;
    memcpy(token, made, sizeof made);
    return 0;
}

int accounts_revoke_token(struct accounts *accounts, const char *token)
{
    uint8_t hash[ACCOUNT_TOKEN_HASH];
    hash_token(token, hash);
    return accounts_run(accounts, "DELETE FROM token WHERE hash = ?", "h", hash);
}

int accounts_purge(struct accounts *accounts, int64_t now_ms)
{
    return accounts_run(accounts, "DELETE FROM token WHERE expires_ms <= ?", "i", now_ms);
}

/* ---- passwords ---- */

int accounts_read_hash(struct accounts *accounts, const char *login,
                       char hash[crypto_pwhash_STRBYTES])
{
    sqlite3_stmt *statement;
    if (accounts_query(accounts, &statement, "SELECT password_hash FROM user WHERE login = ?", "t",
                       login) < 0) {
        return -1;
    }
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        snprintf(hash, crypto_pwhash_STRBYTES, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        rc = 0;
    } else {
        rc = rc == SQLITE_DONE ? ACCOUNT_REFUSE_NO_USER : accounts_fail(accounts, "read");
    }
    sqlite3_finalize(statement);
    return rc;
}

/* Counts a failure before the password is checked, so that guesses made at the same time count
 * as many as they are; a right password takes them all back. */
static int begin_attempt(struct accounts *accounts, const char *login, int64_t now_ms,
                         struct account *account)
{
    const struct accounts_policy *policy = &accounts->policy;
    if (accounts_run(accounts, "BEGIN IMMEDIATE", "") < 0) {
        return -1;
    }
    int rc = accounts_find(accounts, login, account);
    if (rc == 0 && account->locked_until_ms > now_ms) {
        rc = ACCOUNT_REFUSE_LOCKED;
    }
    if (rc == 0) {
        uint32_t failures = account->locked_until_ms ? 1 : account->failures + 1;
        int64_t locked_until_ms = failures >= policy->failures_max ? now_ms + policy->lock_ms : 0;
        rc =
            accounts_run(accounts, "UPDATE user SET failures = ?, locked_until_ms = ? WHERE id = ?",
                         "iii", (int64_t)failures, locked_until_ms, (int64_t)account->user_id);
    }
    if (rc == 0) {
        rc = accounts_run(accounts, "COMMIT", "");
    }
    if (rc != 0) {
        sqlite3_exec(accounts->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc;
}

/* As slow for a login nobody has as for a wrong password. */
static void waste_time(const struct accounts *accounts, const char *password)
{
    char hash[crypto_pwhash_STRBYTES];
    (void)!crypto_pwhash_str(hash, password, strlen(password), accounts->policy.argon2_ops,
                             accounts->policy.argon2_bytes);
}

/* The password may have been changed, the account disabled, while argon2id worked: the token is
 * made only if the hash is still the one that was checked. */
static int finish_attempt(struct accounts *accounts, struct account *account, const char *hash,
                          int64_t now_ms, char token[ACCOUNT_TOKEN_CHARS + 1])
{
    if (accounts_run(accounts, "BEGIN IMMEDIATE", "") < 0) {
        return -1;
    }
    int rc = accounts_run(accounts,
                          "UPDATE user SET failures = 0, locked_until_ms = 0"
                          " WHERE id = ? AND password_hash = ? AND disabled = 0",
                          "it", (int64_t)account->user_id, hash);
    if (rc == 0 && sqlite3_changes(accounts->db) == 0) {
        rc = ACCOUNT_REFUSE_WRONG;
    }
    account->expires_ms = now_ms + accounts->policy.token_ms;
    if (rc == 0) {
        rc =
            make_token(accounts, account->user_id, account->expires_ms, account->token_hash, token);
    }
    if (rc == 0) {
        rc = accounts_run(accounts, "COMMIT", "");
    }
    if (rc != 0) {
        sqlite3_exec(accounts->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc;
}

int accounts_sign_in(struct accounts *accounts, const char *login, const char *password,
                     int64_t now_ms, struct account *account, char token[ACCOUNT_TOKEN_CHARS + 1])
{
    char hash[crypto_pwhash_STRBYTES];
    char made[ACCOUNT_TOKEN_CHARS + 1];
    struct account found;
    if (strnlen(password, ACCOUNT_PASSWORD_MAX + 1) > ACCOUNT_PASSWORD_MAX ||
        strnlen(login, ACCOUNT_LOGIN_MAX + 1) > ACCOUNT_LOGIN_MAX) {
        return ACCOUNT_REFUSE_WRONG;
    }
    int rc = begin_attempt(accounts, login, now_ms, &found);
    if (rc == 0) {
        rc = accounts_read_hash(accounts, login, hash);
    }
    if (rc == ACCOUNT_REFUSE_NO_USER) {
        waste_time(accounts, password);
        return ACCOUNT_REFUSE_WRONG;
    }
    if (rc == 0 && crypto_pwhash_str_verify(hash, password, strlen(password)) != 0) {
        rc = ACCOUNT_REFUSE_WRONG;
    }
    if (rc == 0) {
        rc = finish_attempt(accounts, &found, hash, now_ms, made);
    }
    if (rc == 0) {
        found.failures = 0;
        found.locked_until_ms = 0;
        *account = found;
        memcpy(token, made, sizeof made);
    }
    return rc;
}

/* ---- in a worker ---- */

struct sign_in_work {
    uv_work_t work;
    struct accounts *accounts; /* of the loop: only counted in */
    struct accounts_policy policy;
    char path[sizeof((struct accounts *)0)->path];
    char login[ACCOUNT_LOGIN_MAX + 1];
    char password[ACCOUNT_PASSWORD_MAX + 1];
    char fresh[ACCOUNT_PASSWORD_MAX + 1]; /* the new one, or "" */
    int64_t now_ms;
    account_signed_in_cb done_cb;
    void *user;
    struct account_sign_in result;
};

/* The old password is checked like any other, wrong ones counted; the change takes all tokens. */
static int change_password(struct accounts *own, struct sign_in_work *job)
{
    int rc = accounts_set_password(own, job->login, job->fresh, job->now_ms);
    return rc ? rc
              : accounts_sign_in(own, job->login, job->fresh, job->now_ms, &job->result.account,
                                 job->result.token);
}

static void work(uv_work_t *handle)
{
    struct sign_in_work *job = handle->data;
    struct accounts own;
    int rc = accounts_open(&own, job->path, &job->policy);
    if (rc == 0) {
        rc = accounts_sign_in(&own, job->login, job->password, job->now_ms, &job->result.account,
                              job->result.token);
        if (rc == 0 && job->fresh[0]) {
            accounts_revoke_token(&own, job->result.token);
            rc = change_password(&own, job);
        }
        accounts_close(&own);
    }
    if (rc < 0) {
        snprintf(job->result.errmsg, sizeof job->result.errmsg, "%s", own.errmsg);
    }
    job->result.status = rc;
    sodium_memzero(job->password, sizeof job->password);
    sodium_memzero(job->fresh, sizeof job->fresh);
}

static void worked(uv_work_t *handle, int status)
{
    struct sign_in_work *job = handle->data;
    if (status < 0) {
        job->result.status = -1;
        snprintf(job->result.errmsg, sizeof job->result.errmsg, "accounts: %s",
                 uv_strerror(status));
    }
    job->accounts->sign_ins--;
    job->done_cb(job->user, &job->result);
    sodium_memzero(job, sizeof *job);
    free(job);
}

static int start(struct accounts *accounts, uv_loop_t *loop, const char *login,
                 const char *password, const char *fresh, int64_t now_ms,
                 account_signed_in_cb done_cb, void *user)
{
    if (strnlen(password, ACCOUNT_PASSWORD_MAX + 1) > ACCOUNT_PASSWORD_MAX ||
        strnlen(login, ACCOUNT_LOGIN_MAX + 1) > ACCOUNT_LOGIN_MAX) {
        return ACCOUNT_REFUSE_WRONG;
    }
    if (accounts->sign_ins >= accounts->policy.sign_ins_max) {
        return ACCOUNT_REFUSE_BUSY;
    }
    struct sign_in_work *job = calloc(1, sizeof *job);
    if (!job) {
        return ACCOUNT_REFUSE_BUSY;
    }
    job->work.data = job;
    job->accounts = accounts;
    job->policy = accounts->policy;
    snprintf(job->path, sizeof job->path, "%s", accounts->path);
    snprintf(job->login, sizeof job->login, "%s", login);
    snprintf(job->password, sizeof job->password, "%s", password);
    snprintf(job->fresh, sizeof job->fresh, "%s", fresh);
    job->now_ms = now_ms;
    job->done_cb = done_cb;
    job->user = user;
    accounts->sign_ins++;
    must(uv_queue_work(loop, &job->work, work, worked) == 0); /* fails only without a function */
    return 0;
}

int accounts_sign_in_start(struct accounts *accounts, uv_loop_t *loop, const char *login,
                           const char *password, int64_t now_ms, account_signed_in_cb done_cb,
                           void *user)
{
    return start(accounts, loop, login, password, "", now_ms, done_cb, user);
}

int accounts_password_start(struct accounts *accounts, uv_loop_t *loop, const char *login,
                            const char *password, const char *fresh, int64_t now_ms,
                            account_signed_in_cb done_cb, void *user)
{
    if (strnlen(fresh, ACCOUNT_PASSWORD_MAX + 1) > ACCOUNT_PASSWORD_MAX) {
        return ACCOUNT_REFUSE_PASSWORD_LONG;
    }
    if (!fresh[0]) {
        return ACCOUNT_REFUSE_PASSWORD_SHORT;
    }
    return start(accounts, loop, login, password, fresh, now_ms, done_cb, user);
}
