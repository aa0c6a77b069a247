/* accounts: who may come in. Users, their passwords (argon2id) and their tokens, in a small
 * SQLite file of its own: none of it ever enters the journal.
 *
 * dispatchd and dispatchctl open the same file at once; every change is one short transaction.
 * There is no default account. A token is 256 random bits, shown once, stored hashed.
 * A password change or a disabled account revokes its tokens; holders of a struct account check
 * again with accounts_check_session (every minute will do).
 *
 * Owner: the caller. Thread: a struct accounts stays in one thread; every call that takes a
 * password is slow on purpose and must not run in the loop: there, use accounts_sign_in_start,
 * which works in a libuv worker with a connection of its own.
 * Units: milliseconds; `now_ms` is the caller's wall clock.
 * Errors: 0 done, positive enum account_refusal, negative error with the text in errmsg;
 * out-parameters are written only on 0. Start here: accounts_open. */
#ifndef ACCOUNTS_ACCOUNTS_H
#define ACCOUNTS_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct sqlite3;

enum {
    ACCOUNT_LOGIN_MAX = 32,
    ACCOUNT_NAME_MAX = 64,
    ACCOUNT_SEAT_MAX = 16,
    ACCOUNT_PASSWORD_MAX = 128,
    ACCOUNT_TOKEN_CHARS = 43,     /* base64url of 32 bytes */
    ACCOUNT_TOKEN_HASH = 32,
    ACCOUNT_GENERATED_CHARS = 24, /* of a generated password */
};

enum account_role {
    ACCOUNT_DISPATCHER = 1,
    ACCOUNT_SUPERVISOR,
    ACCOUNT_CREW,                 /* scope: its unit */
    ACCOUNT_HOSPITAL,             /* scope: its hospital */
    ACCOUNT_GATEWAY,
    ACCOUNT_OPERATOR,
};

enum account_refusal {
    ACCOUNT_DONE,
#define REFUSAL(id, code, english, chinese) ACCOUNT_REFUSE_##id,
#include "dispatch/accounts/accounts.def"
#undef REFUSAL
    ACCOUNT_REFUSAL_COUNT
};

struct accounts_policy {
    uint32_t failures_max;        /* then the account is locked */
    int64_t lock_ms;
    int64_t token_ms;            /* a token's life */
    uint32_t password_chars_min;
    uint32_t password_distinct_min;
    uint64_t argon2_ops;
    size_t argon2_bytes;
    uint32_t sign_ins_max;        /* working and waiting at once */
};

struct account {
    uint32_t user_id;
    enum account_role role;
    uint32_t scope_id;            /* unit, hospital or station; 0: none */
    char login[ACCOUNT_LOGIN_MAX + 1];
    char name[ACCOUNT_NAME_MAX + 1];
    char seat[ACCOUNT_SEAT_MAX + 1];
    bool disabled;
    bool locked;                  /* the seat of the token it was reached by */
    uint32_t failures;
    int64_t locked_until_ms;     /* 0: not locked */
    int64_t expires_ms;          /* of the token it was reached by; 0 in lists */
    uint8_t token_hash[ACCOUNT_TOKEN_HASH]; /* the same; keep it to check the session again */
};

struct accounts {
    struct sqlite3 *db;
    struct accounts_policy policy;
    char path[512];
    uint32_t sign_ins;            /* running */
    char errmsg[256];
};

void accounts_policy_defaults(struct accounts_policy *policy);

/* Makes the file (mode 0600) when it is missing. */
int accounts_open(struct accounts *accounts, const char *path,
                  const struct accounts_policy *policy);

/* No sign-in may be running. */
void accounts_close(struct accounts *accounts);

/* Uses login, name, role, scope_id and seat of `wanted`. Slow. */
int accounts_add(struct accounts *accounts, const struct account *wanted, const char *password,
                 int64_t now_ms, uint32_t *user_id);
int accounts_set_password(struct accounts *accounts, const char *login, const char *password,
                          int64_t now_ms); /* slow */
int accounts_disable(struct accounts *accounts, const char *login, int64_t now_ms);
int accounts_enable(struct accounts *accounts, const char *login, int64_t now_ms);
int accounts_unlock(struct accounts *accounts, const char *login, int64_t now_ms);
int accounts_find(struct accounts *accounts, const char *login, struct account *found);

/* Calls row_cb for each user by login; a nonzero return of it stops and is returned. */
typedef int (*account_row_cb)(void *user, const struct account *account);
int accounts_list(struct accounts *accounts, account_row_cb row_cb, void *user);

/* Checks the password, counts failures, locks; on success makes a token. Slow. */
int accounts_sign_in(struct accounts *accounts, const char *login, const char *password,
                     int64_t now_ms, struct account *account,
                     char token[ACCOUNT_TOKEN_CHARS + 1]);

/* The same in a libuv worker. done_cb runs in the loop with what accounts_sign_in gave (token and
 * account are valid for 0 only, errmsg for negative). Negative or a refusal at once: no call. */
struct account_sign_in {
    int status;
    struct account account;
    char token[ACCOUNT_TOKEN_CHARS + 1];
    char errmsg[256];
};
typedef void (*account_signed_in_cb)(void *user, const struct account_sign_in *result);
int accounts_sign_in_start(struct accounts *accounts, uv_loop_t *loop, const char *login,
                           const char *password, int64_t now_ms, account_signed_in_cb done_cb,
                           void *user);

/* The same for a new password in place of the one that is right: all tokens go, one is made. */
int accounts_password_start(struct accounts *accounts, uv_loop_t *loop, const char *login,
                            const char *password, const char *fresh, int64_t now_ms,
                            account_signed_in_cb done_cb, void *user);

/* The token's holder sits down: 1 to 9999. Refusal: somebody else sits there, unless `take`; then
 * that one's tokens go. Quick. */
int accounts_sit(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                 uint32_t seat, bool take, int64_t now_ms);
/* A locked seat's commands are refused, its connections stay. Quick. */
int accounts_lock_seat(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                       bool locked);

/* Quick, one indexed read. Refusal: ACCOUNT_REFUSE_TOKEN. */
int accounts_check_token(struct accounts *accounts, const char *token, int64_t now_ms,
                         struct account *account);
int accounts_check_session(struct accounts *accounts,
                           const uint8_t token_hash[ACCOUNT_TOKEN_HASH], int64_t now_ms,
                           struct account *account);

/* A fresh token at the same seat for whoever is at work; the old one, reached by *account, still
 * holds for a minute, for an answer that got lost. Quick. */
int accounts_renew(struct accounts *accounts, int64_t now_ms, struct account *account,
                   char token[ACCOUNT_TOKEN_CHARS + 1]);

/* Signs out; an unknown token is no error. */
int accounts_revoke_token(struct accounts *accounts, const char *token);

/* Everything but the tokens into a new file, beside whoever uses the accounts (a back-up). */
int accounts_copy(struct accounts *accounts, const char *path);

/* Forgets expired tokens. */
int accounts_purge(struct accounts *accounts, int64_t now_ms);

/* A random password that meets the rules for this login. */
void accounts_generate_password(const char *login, char password[ACCOUNT_GENERATED_CHARS + 1]);

const char *account_role_name(enum account_role role);  /* "dispatcher" */
int account_role_parse(const char *name, enum account_role *role);
const char *account_refusal_code(enum account_refusal refusal);
const char *account_refusal_english(enum account_refusal refusal);
const char *account_refusal_chinese(enum account_refusal refusal);

#endif
