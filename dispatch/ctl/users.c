/* users: the accounts of the data directory; the server sees a change at once. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/accounts/accounts.h"
#include "dispatch/base/os.h"
#include "dispatch/ctl/ctl.h"

/* Only the first `users add` makes the file: a wrong --data is told, not filled. */
static int open_accounts(const struct ctl *ctl, struct accounts *accounts, bool make)
{
    struct accounts_policy policy;
    char path[CONFIG_TEXT_MAX + 16];
    const char *dir = ctl->config.server.data_dir;
    int rc = make ? os_make_dirs(dir) : 0;
    snprintf(path, sizeof(path), "%s/accounts.db", dir);
    if (rc == 0 && !make && access(path, F_OK) < 0)
        rc = -errno;
    if (rc < 0)
        return ctl_fail(CTL_FAILED, "%s: %s", make ? dir : path, strerror(-rc));
    accounts_policy_defaults(&policy);
    if (accounts_open(accounts, path, &policy) < 0)
        return ctl_fail(CTL_FAILED, "%s", accounts->errmsg);
    return CTL_OK;
}

/* What an accounts_… call gave, as an exit code. */
static int answer(const struct accounts *accounts, int rc)
{
    if (rc == 0)
        return CTL_OK;
    if (rc < 0)
        return ctl_fail(CTL_FAILED, "%s", accounts->errmsg);
    return ctl_fail(CTL_REFUSED, "%s / %s", account_refusal_chinese((enum account_refusal)rc),
                    account_refusal_english((enum account_refusal)rc));
}

/* --- list --- */

static int print_account(void *user, const struct account *account)
{
    const struct ctl *ctl = user;
    char time[LOCAL_TIME_MAX];
    bool locked = account->locked_until_ms > os_wall_ms();
    printf("D%-5u %-16s %-11s %6u %-6s %s%s%s%s\n", account->user_id, account->login,
           account_role_name(account->role), account->scope_id, account->seat, account->name,
           account->disabled ? " [停用 disabled]" : "", locked ? " [锁定至 locked until] " : "",
           locked ? ctl_local_time(ctl, account->locked_until_ms, time) : "");
    return 0;
}

int users_list_run(struct ctl *ctl)
{
    struct accounts accounts;
    int code = open_accounts(ctl, &accounts, false);
    if (code != CTL_OK)
        return code;
    puts("user   login            role         scope seat   name");
    code = answer(&accounts, accounts_list(&accounts, print_account, ctl));
    accounts_close(&accounts);
    return code;
}

/* --- add and change --- */

/* From --password-file, or made up; then it is to be shown. */
static int choose_password(const struct ctl *ctl, const char *login,
                           char password[ACCOUNT_PASSWORD_MAX + 2])
{
    const char *path = ctl->option[OPTION_PASSWORD_FILE];
    if (!path) {
        accounts_generate_password(login, password);
        return 0;
    }
    FILE *file = fopen(path, "r");
    bool got = file && fgets(password, ACCOUNT_PASSWORD_MAX + 2, file);
    if (!got)
        ctl_fail(0, "%s: %s", path, file ? "empty" : strerror(errno));
    if (file)
        fclose(file);
    if (got)
        password[strcspn(password, "\r\n")] = 0;
    return got ? 0 : -1;
}

static void show_password(const struct ctl *ctl, const char *password)
{
    if (!ctl->option[OPTION_PASSWORD_FILE])
        printf("口令（仅显示一次）password, shown once: %s\n", password);
}

static int keep_text(char *out, size_t size, const char *text, const char *what)
{
    if (!text)
        return 0;
    return (size_t)snprintf(out, size, "%s", text) < size ? 0
                                                          : ctl_fail(-1, "%s is too long", what);
}

/* "U7" of a crew, "H2" of a hospital, "S1" of anybody. */
static int take_scope(const struct ctl *ctl, struct account *account)
{
    const char *text = ctl->option[OPTION_SCOPE];
    char letter = account->role == ACCOUNT_CREW       ? LETTER_unit
                  : account->role == ACCOUNT_HOSPITAL ? LETTER_hospital
                                                      : LETTER_station;
    uint64_t id;
    if (!text)
        return 0;
    if (ctl_id(text, letter, &id) < 0)
        return -1;
    if (id > UINT32_MAX)
        return ctl_fail(-1, "--scope %s is too large", text);
    account->scope_id = (uint32_t)id;
    return 0;
}

static int take_account(const struct ctl *ctl, struct account *account)
{
    const char *role = ctl->option[OPTION_ROLE], *name = ctl->option[OPTION_NAME];
    if (!role || account_role_parse(role, &account->role) != 0)
        return ctl_fail(-1, "users add needs --role, one of dispatcher supervisor crew hospital "
                            "gateway operator");
    if (keep_text(account->login, sizeof(account->login), ctl->argv[0], "the login") < 0 ||
        keep_text(account->name, sizeof(account->name), name ? name : ctl->argv[0], "--name") < 0 ||
        keep_text(account->seat, sizeof(account->seat), ctl->option[OPTION_SEAT], "--seat") < 0)
        return -1;
    return take_scope(ctl, account);
}

int users_add_run(struct ctl *ctl)
{
    struct accounts accounts;
    struct account account = {0};
    char password[ACCOUNT_PASSWORD_MAX + 2];
    uint32_t user_id;
    if (take_account(ctl, &account) < 0)
        return CTL_USAGE;
    int code = open_accounts(ctl, &accounts, true);
    if (code != CTL_OK)
        return code;
    code = choose_password(ctl, account.login, password) < 0
               ? CTL_FAILED
               : answer(&accounts,
                        accounts_add(&accounts, &account, password, os_wall_ms(), &user_id));
    accounts_close(&accounts);
    if (code == CTL_OK) {
        printf("D%u %s %s\n", user_id, account.login, account_role_name(account.role));
        show_password(ctl, password);
    }
    explicit_bzero(password, sizeof(password));
    return code;
}

int users_password_run(struct ctl *ctl)
{
    struct accounts accounts;
    char password[ACCOUNT_PASSWORD_MAX + 2];
    int code = open_accounts(ctl, &accounts, false);
    if (code != CTL_OK)
        return code;
    code = choose_password(ctl, ctl->argv[0], password) < 0
               ? CTL_FAILED
               : answer(&accounts,
                        accounts_set_password(&accounts, ctl->argv[0], password, os_wall_ms()));
    accounts_close(&accounts);
    if (code == CTL_OK) {
        printf("%s: new password; signed out everywhere\n", ctl->argv[0]);
        show_password(ctl, password);
    }
    explicit_bzero(password, sizeof(password));
    return code;
}

int users_change_run(struct ctl *ctl)
{
    const char *what = strchr(ctl->subcommand->name, ' ') + 1;
    struct accounts accounts;
    int code = open_accounts(ctl, &accounts, false);
    if (code != CTL_OK)
        return code;
    int (*change)(struct accounts *, const char *, int64_t) =
        strcmp(what, "disable") == 0  ? accounts_disable
        : strcmp(what, "enable") == 0 ? accounts_enable
                                      : accounts_unlock;
    code = answer(&accounts, change(&accounts, ctl->argv[0], os_wall_ms()));
    if (code == CTL_OK)
        printf("%s: %s done\n", ctl->argv[0], what);
    accounts_close(&accounts);
    return code;
}
