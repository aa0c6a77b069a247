#include "dispatch/accounts/accounts_impl.h"

#include <ctype.h>
#include <string.h>

static const char *const role_names[] = {
    [ACCOUNT_DISPATCHER] = "dispatcher",
    [ACCOUNT_SUPERVISOR] = "supervisor",
    [ACCOUNT_CREW] = "crew",
    [ACCOUNT_HOSPITAL] = "hospital",
    [ACCOUNT_GATEWAY] = "gateway",
    [ACCOUNT_OPERATOR] = "operator",
};

static const struct {
    const char *code;
    const char *english;
    const char *chinese;
} refusals[ACCOUNT_REFUSAL_COUNT] = {
    {"done", "done", "完成"},
#define REFUSAL(id, code, english, chinese) {code, english, chinese},
#include "dispatch/accounts/accounts.def"
#undef REFUSAL
};

const char *account_role_name(enum account_role role)
{
    return role >= ACCOUNT_DISPATCHER && role <= ACCOUNT_OPERATOR ? role_names[role] : "unknown";
}

int account_role_parse(const char *name, enum account_role *role)
{
    for (int i = ACCOUNT_DISPATCHER; i <= ACCOUNT_OPERATOR; i++) {
        if (strcmp(name, role_names[i]) == 0) {
            *role = (enum account_role)i;
            return 0;
        }
    }
    return -1;
}

static enum account_refusal known(enum account_refusal refusal)
{
    return refusal < ACCOUNT_REFUSAL_COUNT ? refusal : ACCOUNT_REFUSE_WRONG;
}

const char *account_refusal_code(enum account_refusal refusal)
{
    return refusals[known(refusal)].code;
}

const char *account_refusal_english(enum account_refusal refusal)
{
    return refusals[known(refusal)].english;
}

const char *account_refusal_chinese(enum account_refusal refusal)
{
    return refusals[known(refusal)].chinese;
}

/* Bytes of the UTF-8 character at `at` and its number; 0: not UTF-8, or longer than needed. */
static size_t utf8_step(const unsigned char *at, uint32_t *number)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = at[0] < 0x80       ? 1
                 : at[0] >> 5 == 6  ? 2
                 : at[0] >> 4 == 14 ? 3
                 : at[0] >> 3 == 30 ? 4
                                    : 0;
    if (len < 2) {
        *number = at[0];
        return len;
    }
    *number = at[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (at[i] >> 6 != 2) {
            return 0;
        }
        *number = *number << 6 | (at[i] & 0x3f);
    }
    bool surrogate = *number >= 0xd800 && *number < 0xe000;
    return *number < least[len] || *number > 0x10ffff || surrogate ? 0 : len;
}

static bool is_plain_text(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        uint32_t number;
        size_t len = utf8_step(at, &number);
        if (len == 0 || number < 0x20 || (number >= 0x7f && number < 0xa0)) {
            return false;
        }
        at += len;
    }
    return true;
}

/* Characters, and how many different ones. The text is UTF-8 of at most ACCOUNT_PASSWORD_MAX. */
static uint32_t count_chars(const char *text, uint32_t *distinct)
{
    uint32_t seen[ACCOUNT_PASSWORD_MAX];
    uint32_t count = 0;
    const unsigned char *at = (const unsigned char *)text;
    for (*distinct = 0; *at; count++) {
        uint32_t number, i = 0;
        at += utf8_step(at, &number);
        while (i < *distinct && seen[i] != number) {
            i++;
        }
        if (i == *distinct) {
            seen[(*distinct)++] = number;
        }
    }
    return count;
}

static bool is_login(const char *login)
{
    size_t len = strnlen(login, ACCOUNT_LOGIN_MAX + 1);
    return len >= 2 && len <= ACCOUNT_LOGIN_MAX && login[0] >= 'a' && login[0] <= 'z' &&
           strspn(login, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == len;
}

int account_check_form(const struct account *wanted)
{
    if (!is_login(wanted->login)) {
        return ACCOUNT_REFUSE_LOGIN_FORM;
    }
    if (!wanted->name[0] || !is_plain_text(wanted->name) || !is_plain_text(wanted->seat)) {
        return ACCOUNT_REFUSE_NAME_FORM;
    }
    if (wanted->role < ACCOUNT_DISPATCHER || wanted->role > ACCOUNT_OPERATOR) {
        return ACCOUNT_REFUSE_ROLE;
    }
    bool scoped = wanted->role == ACCOUNT_CREW || wanted->role == ACCOUNT_HOSPITAL;
    return scoped && wanted->scope_id == 0 ? ACCOUNT_REFUSE_SCOPE : ACCOUNT_DONE;
}

int account_check_password(const struct accounts_policy *policy, const char *login,
                           const char *password)
{
    uint32_t distinct;
    if (strnlen(password, ACCOUNT_PASSWORD_MAX + 1) > ACCOUNT_PASSWORD_MAX) {
        return ACCOUNT_REFUSE_PASSWORD_LONG;
    }
    if (!is_plain_text(password)) {
        return ACCOUNT_REFUSE_PASSWORD_FORM;
    }
    if (count_chars(password, &distinct) < policy->password_chars_min) {
        return ACCOUNT_REFUSE_PASSWORD_SHORT;
    }
    if (distinct < policy->password_distinct_min || (login[0] && strcasestr(password, login))) {
        return ACCOUNT_REFUSE_PASSWORD_SIMPLE;
    }
    return ACCOUNT_DONE;
}

/* 57 characters that are not taken for one another: more than 130 bits. */
void accounts_generate_password(const char *login, char password[ACCOUNT_GENERATED_CHARS + 1])
{
    static const char chars[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    struct accounts_policy policy;
    accounts_policy_defaults(&policy);
    do {
        for (int i = 0; i < ACCOUNT_GENERATED_CHARS; i++) {
            password[i] = chars[randombytes_uniform(sizeof chars - 1)];
        }
        password[ACCOUNT_GENERATED_CHARS] = '\0';
    } while (account_check_password(&policy, login, password) != ACCOUNT_DONE);
}
