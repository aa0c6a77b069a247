/* accounts_impl: what the files of accounts share; nobody else includes it.
 * accounts.c: the store and its users; accounts_sign_in.c: passwords checked, tokens made and
 * checked; accounts_rules.c: what a login, a name and a password may be, and the words for it. */
#ifndef ACCOUNTS_ACCOUNTS_IMPL_H
#define ACCOUNTS_ACCOUNTS_IMPL_H

#include "dispatch/accounts/accounts.h"

#include <sodium.h>
#include <sqlite3.h>

/* What accounts_row reads, in its order. */
#define ACCOUNT_COLUMNS                                                                            \
    "user.id, login, name, role, scope_id, user.seat, disabled, failures, locked_until_ms"

int accounts_fail(struct accounts *accounts, const char *what); /* errmsg; gives -1 */

/* kinds: i int64_t, t text, h token hash. The caller finalizes what accounts_query prepared. */
int accounts_query(struct accounts *accounts, sqlite3_stmt **statement, const char *sql,
                   const char *kinds, ...);
int accounts_run(struct accounts *accounts, const char *sql, const char *kinds, ...);
void accounts_row(sqlite3_stmt *statement, struct account *account);
int accounts_read_hash(struct accounts *accounts, const char *login,
                       char hash[crypto_pwhash_STRBYTES]);

/* enum account_refusal */
int account_check_form(const struct account *wanted);
int account_check_password(const struct accounts_policy *policy, const char *login,
                           const char *password);

#endif
