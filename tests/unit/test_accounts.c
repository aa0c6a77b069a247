/* Accounts: rules, lock-out, tokens, two programs on one file; time is the test's. */
#include "dispatch/accounts/accounts.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_MS = 1000000, MINUTE_MS = 60000 };

static const char good[] = "correct horse battery";
static char path[64];
static struct accounts accounts;
static struct accounts_policy policy;
static char token[ACCOUNT_TOKEN_CHARS + 1];
static struct account who;

static int start(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/accounts-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(unlink(path), 0);
    accounts_policy_defaults(&policy);
    policy.argon2_ops = crypto_pwhash_OPSLIMIT_MIN;
    policy.argon2_bytes = crypto_pwhash_MEMLIMIT_MIN;
    if (accounts_open(&accounts, path, &policy) < 0) {
        fail_msg("%s", accounts.errmsg);
    }
    return 0;
}

static int stop(void **state)
{
    char other[80];
    (void)state;
    accounts_close(&accounts);
    unlink(path);
    snprintf(other, sizeof other, "%s-wal", path);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", path);
    unlink(other);
    return 0;
}

static struct account dispatcher(const char *login)
{
    struct account wanted = {.role = ACCOUNT_DISPATCHER, .name = "李调度", .seat = "3"};
    snprintf(wanted.login, sizeof wanted.login, "%s", login);
    return wanted;
}

static void add(const char *login)
{
    struct account wanted = dispatcher(login);
    uint32_t user_id;
    assert_int_equal(accounts_add(&accounts, &wanted, good, NOW_MS, &user_id), 0);
}

static int sign_in(const char *login, const char *password, int64_t now_ms)
{
    return accounts_sign_in(&accounts, login, password, now_ms, &who, token);
}

static int count_row(void *user, const struct account *account)
{
    (void)account;
    return ++*(int *)user < 0;
}

static void a_new_store_has_nobody(void **state)
{
    int rows = 0;
    struct stat info;
    (void)state;
    assert_int_equal(accounts_list(&accounts, count_row, &rows), 0);
    assert_int_equal(rows, 0);
    assert_int_equal(sign_in("admin", "admin", NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void the_right_password_gives_a_token(void **state)
{
    struct account found;
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    assert_int_equal(strlen(token), ACCOUNT_TOKEN_CHARS);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), 0);
    assert_string_equal(found.login, "li.ming");
    assert_string_equal(found.name, "李调度");
    assert_string_equal(found.seat, "3");
    assert_int_equal(found.role, ACCOUNT_DISPATCHER);
    assert_int_equal(found.user_id, who.user_id);
    assert_int_equal(found.expires_ms, NOW_MS + policy.token_ms);
    assert_int_equal(accounts_check_session(&accounts, found.token_hash, NOW_MS, &found), 0);
}

static void wrong_passwords_and_logins_are_refused_alike(void **state)
{
    char longest[400];
    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    add("li.ming");
    assert_int_equal(sign_in("li.ming", "correct horse batterx", NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("li.ming", "", NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("nobody", good, NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("' OR 1=1 --", good, NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in(longest, good, NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("li.ming", longest, NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
}

static void failures_lock_until_the_time_has_passed(void **state)
{
    (void)state;
    add("li.ming");
    add("wang");
    for (uint32_t i = 0; i < policy.failures_max; i++) {
        assert_int_equal(sign_in("li.ming", "wrong", NOW_MS), ACCOUNT_REFUSE_WRONG);
    }
    assert_int_equal(sign_in("li.ming", good, NOW_MS), ACCOUNT_REFUSE_LOCKED);
    assert_int_equal(sign_in("li.ming", good, NOW_MS + 15 * MINUTE_MS - 1), ACCOUNT_REFUSE_LOCKED);
    assert_int_equal(sign_in("wang", good, NOW_MS), 0); /* nobody else */
    assert_int_equal(sign_in("li.ming", "wrong", NOW_MS + 15 * MINUTE_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("li.ming", good, NOW_MS + 15 * MINUTE_MS), 0); /* counted anew */
}

static void success_forgets_failures(void **state)
{
    (void)state;
    add("li.ming");
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i + 1 < policy.failures_max; i++) {
            assert_int_equal(sign_in("li.ming", "wrong", NOW_MS), ACCOUNT_REFUSE_WRONG);
        }
        assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    }
}

static void lock_out_leaves_sessions_and_unlock_opens(void **state)
{
    struct account found;
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    for (uint32_t i = 0; i < policy.failures_max; i++) {
        char other[ACCOUNT_TOKEN_CHARS + 1];
        accounts_sign_in(&accounts, "li.ming", "wrong", NOW_MS, &found, other);
    }
    assert_int_equal(accounts_find(&accounts, "li.ming", &found), 0);
    assert_int_equal(found.failures, policy.failures_max);
    assert_int_equal(found.locked_until_ms, NOW_MS + policy.lock_ms);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), 0);
    assert_int_equal(accounts_unlock(&accounts, "li.ming", NOW_MS), 0);
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
}

static void tokens_expire_and_are_purged(void **state)
{
    struct account found;
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    int64_t end_ms = NOW_MS + policy.token_ms;
    assert_int_equal(accounts_check_token(&accounts, token, end_ms - 1, &found), 0);
    assert_int_equal(accounts_check_token(&accounts, token, end_ms, &found), ACCOUNT_REFUSE_TOKEN);
    assert_int_equal(accounts_purge(&accounts, end_ms - 1), 0);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), 0);
    assert_int_equal(accounts_purge(&accounts, end_ms), 0);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), ACCOUNT_REFUSE_TOKEN);
}

static void other_tokens_are_refused(void **state)
{
    struct account found;
    char other[ACCOUNT_TOKEN_CHARS + 2];
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    for (int i = 0; i < ACCOUNT_TOKEN_CHARS; i++) {
        memcpy(other, token, sizeof token);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(accounts_check_token(&accounts, other, NOW_MS, &found),
                         ACCOUNT_REFUSE_TOKEN);
    }
    snprintf(other, sizeof other, "%sA", token);
    assert_int_equal(accounts_check_token(&accounts, other, NOW_MS, &found), ACCOUNT_REFUSE_TOKEN);
    assert_int_equal(accounts_check_token(&accounts, "", NOW_MS, &found), ACCOUNT_REFUSE_TOKEN);
    assert_int_equal(accounts_revoke_token(&accounts, other), 0);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), 0);
    assert_int_equal(accounts_revoke_token(&accounts, token), 0);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), ACCOUNT_REFUSE_TOKEN);
}

static void a_renewed_token_sits_where_the_old_one_sat(void **state)
{
    struct account found, again;
    char fresh[ACCOUNT_TOKEN_CHARS + 1];
    const int64_t later_ms = NOW_MS + 3600000;
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    assert_int_equal(accounts_check_token(&accounts, token, later_ms, &found), 0);
    assert_int_equal(accounts_sit(&accounts, found.token_hash, 7, false, later_ms), 0);
    assert_int_equal(accounts_lock_seat(&accounts, found.token_hash, true), 0);
    assert_int_equal(accounts_renew(&accounts, later_ms, &found, fresh), 0);
    assert_int_equal(found.expires_ms, later_ms + accounts.policy.token_ms);
    assert_int_equal(accounts_check_token(&accounts, fresh, later_ms, &again), 0);
    assert_memory_equal(again.token_hash, found.token_hash, ACCOUNT_TOKEN_HASH);
    assert_string_equal(again.seat, "7");
    assert_true(again.locked);
    assert_int_equal(accounts_check_token(&accounts, token, later_ms + 59999, &again), 0);
    assert_int_equal(accounts_check_token(&accounts, token, later_ms + 60000, &again),
                     ACCOUNT_REFUSE_TOKEN);
    assert_int_equal(accounts_check_token(&accounts, fresh, NOW_MS + accounts.policy.token_ms + 1,
                                          &again),
                     0);
}

static void a_new_password_ends_sessions(void **state)
{
    static const char next[] = "another long password";
    struct account found;
    (void)state;
    add("li.ming");
    add("wang");
    assert_int_equal(sign_in("wang", good, NOW_MS), 0);
    char wang[ACCOUNT_TOKEN_CHARS + 1];
    memcpy(wang, token, sizeof wang);
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    assert_int_equal(accounts_set_password(&accounts, "li.ming", good, NOW_MS),
                     ACCOUNT_REFUSE_PASSWORD_SAME);
    assert_int_equal(accounts_set_password(&accounts, "li.ming", "short", NOW_MS),
                     ACCOUNT_REFUSE_PASSWORD_SHORT);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), 0);
    assert_int_equal(accounts_set_password(&accounts, "li.ming", next, NOW_MS), 0);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), ACCOUNT_REFUSE_TOKEN);
    assert_int_equal(accounts_check_token(&accounts, wang, NOW_MS, &found), 0);
    assert_int_equal(sign_in("li.ming", good, NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(sign_in("li.ming", next, NOW_MS), 0);
    assert_int_equal(accounts_set_password(&accounts, "nobody", next, NOW_MS),
                     ACCOUNT_REFUSE_NO_USER);
}

static void a_disabled_account_is_out_at_once(void **state)
{
    struct account found;
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    assert_int_equal(accounts_disable(&accounts, "li.ming", NOW_MS), 0);
    assert_int_equal(accounts_check_session(&accounts, who.token_hash, NOW_MS, &found),
                     ACCOUNT_REFUSE_TOKEN);
    assert_int_equal(sign_in("li.ming", good, NOW_MS), ACCOUNT_REFUSE_WRONG);
    assert_int_equal(accounts_enable(&accounts, "li.ming", NOW_MS), 0);
    assert_int_equal(accounts_check_session(&accounts, who.token_hash, NOW_MS, &found),
                     ACCOUNT_REFUSE_TOKEN); /* the old session stays ended */
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    assert_int_equal(accounts_disable(&accounts, "nobody", NOW_MS), ACCOUNT_REFUSE_NO_USER);
}

static int try_add(const char *login, const char *name, enum account_role role, uint32_t scope_id,
                   const char *password)
{
    struct account wanted = {.role = role, .scope_id = scope_id};
    uint32_t user_id;
    snprintf(wanted.login, sizeof wanted.login, "%s", login);
    snprintf(wanted.name, sizeof wanted.name, "%s", name);
    return accounts_add(&accounts, &wanted, password, NOW_MS, &user_id);
}

static void forms_are_checked(void **state)
{
    static const char *const logins[] = {"", "a", "1a", ".a", "Li", "li ming", "li'", "李明"};
    (void)state;
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        assert_int_equal(try_add(logins[i], "n", ACCOUNT_OPERATOR, 0, good),
                         ACCOUNT_REFUSE_LOGIN_FORM);
    }
    assert_int_equal(try_add("ok", "", ACCOUNT_OPERATOR, 0, good), ACCOUNT_REFUSE_NAME_FORM);
    assert_int_equal(try_add("ok", "a\nb", ACCOUNT_OPERATOR, 0, good), ACCOUNT_REFUSE_NAME_FORM);
    assert_int_equal(try_add("ok", "\xff", ACCOUNT_OPERATOR, 0, good), ACCOUNT_REFUSE_NAME_FORM);
    assert_int_equal(try_add("ok", "n", 99, 0, good), ACCOUNT_REFUSE_ROLE);
    assert_int_equal(try_add("ok", "n", ACCOUNT_CREW, 0, good), ACCOUNT_REFUSE_SCOPE);
    assert_int_equal(try_add("ok", "n", ACCOUNT_HOSPITAL, 0, good), ACCOUNT_REFUSE_SCOPE);
    assert_int_equal(try_add("ok", "n", ACCOUNT_CREW, 7, good), 0);
    assert_int_equal(try_add("ok", "n", ACCOUNT_CREW, 7, good), ACCOUNT_REFUSE_LOGIN_TAKEN);
}

static void passwords_are_checked(void **state)
{
    char longest[ACCOUNT_PASSWORD_MAX + 2];
    (void)state;
    memset(longest, 0, sizeof longest);
    for (size_t i = 0; i < sizeof longest - 1; i++) {
        longest[i] = (char)('a' + i % 20);
    }
#define GIVES(password, refusal)                                                                   \
    assert_int_equal(try_add("li.ming", "n", ACCOUNT_OPERATOR, 0, password), refusal)
    GIVES("", ACCOUNT_REFUSE_PASSWORD_SHORT);
    GIVES("elevenchars", ACCOUNT_REFUSE_PASSWORD_SHORT);
    GIVES("救护车呼叫接警调度员", ACCOUNT_REFUSE_PASSWORD_SHORT); /* 10 characters, 30 bytes */
    GIVES("aaaaaaaaaaaaaaaa", ACCOUNT_REFUSE_PASSWORD_SIMPLE);
    GIVES("abababababababab", ACCOUNT_REFUSE_PASSWORD_SIMPLE);
    GIVES("xx-LI.ming-2026", ACCOUNT_REFUSE_PASSWORD_SIMPLE);
    GIVES("tab\tin the password", ACCOUNT_REFUSE_PASSWORD_FORM);
    GIVES("\xc0\xaf overlong form", ACCOUNT_REFUSE_PASSWORD_FORM);
    GIVES("half a char \xe6\x95", ACCOUNT_REFUSE_PASSWORD_FORM);
    GIVES(longest, ACCOUNT_REFUSE_PASSWORD_LONG);
    longest[ACCOUNT_PASSWORD_MAX] = '\0';
    GIVES(longest, 0);
#undef GIVES
    assert_int_equal(sign_in("li.ming", longest, NOW_MS), 0);
}

static void generated_passwords_pass_and_differ(void **state)
{
    char first[ACCOUNT_GENERATED_CHARS + 1], second[ACCOUNT_GENERATED_CHARS + 1];
    (void)state;
    accounts_generate_password("u7", first);
    accounts_generate_password("u7", second);
    assert_string_not_equal(first, second);
    assert_int_equal(try_add("u7", "n", ACCOUNT_OPERATOR, 0, first), 0);
    assert_int_equal(sign_in("u7", first, NOW_MS), 0);
    for (int i = 0; i < 200; i++) { /* however short the login is */
        accounts_generate_password("u", first);
        assert_null(strchr(first, 'u'));
    }
}

static void nothing_secret_is_in_the_file(void **state)
{
    static char bytes[1 << 20];
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    accounts_close(&accounts);
    FILE *file = fopen(path, "r");
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_non_null(memmem(bytes, len, "li.ming", 7));
    assert_non_null(memmem(bytes, len, "$argon2id$", 10));
    assert_null(memmem(bytes, len, good, strlen(good)));
    assert_null(memmem(bytes, len, token, ACCOUNT_TOKEN_CHARS));
    assert_int_equal(accounts_open(&accounts, path, &policy), 0);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &who), 0); /* a restart */
}

/* dispatchctl works on the file while the server holds it open. */
static void another_program_changes_are_seen(void **state)
{
    struct accounts other;
    struct account found;
    (void)state;
    add("li.ming");
    assert_int_equal(sign_in("li.ming", good, NOW_MS), 0);
    assert_int_equal(accounts_open(&other, path, &policy), 0);
    assert_int_equal(accounts_disable(&other, "li.ming", NOW_MS), 0);
    accounts_close(&other);
    assert_int_equal(accounts_check_token(&accounts, token, NOW_MS, &found), ACCOUNT_REFUSE_TOKEN);
}

static void a_bad_file_is_refused_with_its_name(void **state)
{
    struct accounts other;
    char bad[80];
    (void)state;
    snprintf(bad, sizeof bad, "%s.bad", path);
    FILE *file = fopen(bad, "w");
    fprintf(file, "this is not a database, it is a text of some length that says so\n");
    fclose(file);
    assert_true(accounts_open(&other, bad, &policy) < 0);
    assert_non_null(strstr(other.errmsg, bad));
    unlink(bad);
    assert_true(accounts_open(&other, "/nowhere/accounts", &policy) < 0);
    assert_non_null(strstr(other.errmsg, "/nowhere/accounts"));
}

/* ---- the worker ---- */

static struct account_sign_in results[8];
static int result_count;

static void signed_in(void *user, const struct account_sign_in *result)
{
    assert_ptr_equal(user, &results);
    results[result_count++] = *result;
}

static void sign_ins_work_beside_the_loop(void **state)
{
    uv_loop_t loop;
    (void)state;
    add("li.ming");
    result_count = 0;
    accounts.policy.sign_ins_max = 2;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(
        accounts_sign_in_start(&accounts, &loop, "li.ming", good, NOW_MS, signed_in, &results), 0);
    assert_int_equal(
        accounts_sign_in_start(&accounts, &loop, "nobody", good, NOW_MS, signed_in, &results), 0);
    assert_int_equal(
        accounts_sign_in_start(&accounts, &loop, "li.ming", good, NOW_MS, signed_in, &results),
        ACCOUNT_REFUSE_BUSY);
    assert_int_equal(result_count, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(result_count, 2);
    const struct account_sign_in *done = results[0].status == 0 ? &results[0] : &results[1];
    const struct account_sign_in *refused = results[0].status == 0 ? &results[1] : &results[0];
    assert_int_equal(done->status, 0);
    assert_int_equal(refused->status, ACCOUNT_REFUSE_WRONG);
    assert_int_equal(accounts_check_token(&accounts, done->token, NOW_MS, &who), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* As many guesses at once as there are workers do not get more tries than one after another. */
static void guesses_at_the_same_time_all_count(void **state)
{
    uv_loop_t loop;
    struct account found;
    (void)state;
    add("li.ming");
    result_count = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(accounts_sign_in_start(&accounts, &loop, "li.ming", "wrong", NOW_MS,
                                                signed_in, &results),
                         0);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    int wrong = 0, locked = 0;
    for (int i = 0; i < result_count; i++) {
        wrong += results[i].status == ACCOUNT_REFUSE_WRONG;
        locked += results[i].status == ACCOUNT_REFUSE_LOCKED;
    }
    assert_int_equal(wrong, 5);
    assert_int_equal(locked, 3);
    assert_int_equal(accounts_find(&accounts, "li.ming", &found), 0);
    assert_int_equal(found.failures, 5);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void words_exist_for_everything(void **state)
{
    enum account_role role = ACCOUNT_CREW;
    (void)state;
    for (int i = 0; i < ACCOUNT_REFUSAL_COUNT; i++) {
        assert_true(strlen(account_refusal_code((enum account_refusal)i)) > 0);
        assert_true(strlen(account_refusal_english((enum account_refusal)i)) > 0);
        assert_true(strlen(account_refusal_chinese((enum account_refusal)i)) > 0);
    }
    for (int i = ACCOUNT_DISPATCHER; i <= ACCOUNT_OPERATOR; i++) {
        assert_int_equal(account_role_parse(account_role_name((enum account_role)i), &role), 0);
        assert_int_equal(role, i);
    }
    assert_true(account_role_parse("admin", &role) < 0);
    assert_int_equal(role, ACCOUNT_OPERATOR);
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_new_store_has_nobody),
        T(the_right_password_gives_a_token),
        T(wrong_passwords_and_logins_are_refused_alike),
        T(failures_lock_until_the_time_has_passed),
        T(success_forgets_failures),
        T(lock_out_leaves_sessions_and_unlock_opens),
        T(tokens_expire_and_are_purged),
        T(other_tokens_are_refused),
        T(a_renewed_token_sits_where_the_old_one_sat),
        T(a_new_password_ends_sessions),
        T(a_disabled_account_is_out_at_once),
        T(forms_are_checked),
        T(passwords_are_checked),
        T(generated_passwords_pass_and_differ),
        T(nothing_secret_is_in_the_file),
        T(another_program_changes_are_seen),
        T(a_bad_file_is_refused_with_its_name),
        T(sign_ins_work_beside_the_loop),
        T(guesses_at_the_same_time_all_count),
        T(words_exist_for_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
