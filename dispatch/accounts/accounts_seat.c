/* Seats: which one a token's holder sits at, and whether it is locked. */
#include "dispatch/accounts/accounts_impl.h"

enum { SEAT_NUMBER_MAX = 9999 };

/* Whether a live token of somebody else has the seat. */
static int is_taken(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                    uint32_t seat, int64_t now_ms)
{
    sqlite3_stmt *statement;
    if (accounts_query(accounts, &statement,
                       "SELECT 1 FROM session_seat s JOIN token t ON t.hash = s.hash"
                       " WHERE s.seat = ? AND t.expires_ms > ? AND t.user_id <>"
                       " (SELECT user_id FROM token WHERE hash = ?)",
                       "iih", (int64_t)seat, now_ms, token_hash) < 0)
        return -1;
    int rc = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW    ? ACCOUNT_REFUSE_SEAT_TAKEN
           : rc == SQLITE_DONE ? 0
                               : accounts_fail(accounts, "read");
}

static int vacate(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                  uint32_t seat)
{
    return accounts_run(accounts,
                        "DELETE FROM token WHERE hash IN (SELECT hash FROM session_seat"
                        " WHERE seat = ?) AND user_id <>"
                        " (SELECT user_id FROM token WHERE hash = ?)",
                        "ih", (int64_t)seat, token_hash);
}

static int sit(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
               uint32_t seat, bool take, int64_t now_ms)
{
    int rc =
        take ? vacate(accounts, token_hash, seat) : is_taken(accounts, token_hash, seat, now_ms);
    return rc ? rc
              : accounts_run(accounts,
                             "INSERT INTO session_seat (hash, seat) VALUES (?, ?)"
                             " ON CONFLICT (hash) DO UPDATE SET seat = excluded.seat",
                             "hi", token_hash, (int64_t)seat);
}

int accounts_sit(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                 uint32_t seat, bool take, int64_t now_ms)
{
    if (seat == 0 || seat > SEAT_NUMBER_MAX)
        return ACCOUNT_REFUSE_SEAT_FORM;
    if (accounts_run(accounts, "BEGIN IMMEDIATE", "") < 0)
        return -1;
    int rc = sit(accounts, token_hash, seat, take, now_ms);
    if (rc == 0)
        rc = accounts_run(accounts, "COMMIT", "");
    if (rc != 0)
        sqlite3_exec(accounts->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int accounts_lock_seat(struct accounts *accounts, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                       bool locked)
{
    return accounts_run(accounts,
                        "INSERT INTO session_seat (hash, locked) VALUES (?, ?)"
                        " ON CONFLICT (hash) DO UPDATE SET locked = excluded.locked",
                        "hi", token_hash, (int64_t)locked);
}
