#include "dispatch/ctl/online.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "dispatch/accounts/accounts.h"

/* --- where --- */

static int address_of(const struct ctl *ctl, enum ctl_option option, const char *variable,
                      const struct config_addr *fallback, struct address *address)
{
    const char *text = ctl_setting(ctl, option, variable);
    if (text)
        return address_parse(text, address) == 0 ? 0
                                                 : ctl_fail(-1, "\"%s\" is not HOST:PORT", text);
    snprintf(address->host, sizeof(address->host), "%s", fallback->host);
    snprintf(address->port, sizeof(address->port), "%u", (unsigned)fallback->port);
    return 0;
}

/* --- who --- */

/* The first line of a file, without its end. */
static int read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "r");
    bool got = file && fgets(line, (int)size, file);
    if (!got)
        ctl_fail(0, "%s: %s", path, file ? "empty" : strerror(errno));
    if (file)
        fclose(file);
    if (got)
        line[strcspn(line, "\r\n")] = 0;
    return got ? 0 : -1;
}

static int ask_password(const char *login, char *password, size_t size)
{
    struct termios before, silent;
    FILE *terminal = fopen("/dev/tty", "r+");
    if (!terminal || tcgetattr(fileno(terminal), &before) < 0) {
        if (terminal)
            fclose(terminal);
        return ctl_fail(-1, "no terminal to ask for the password on: give --password-file");
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(terminal, "口令 password of %s: ", login);
    fflush(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    bool got = fgets(password, (int)size, terminal) != NULL;
    tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    fputc('\n', terminal);
    fclose(terminal);
    if (!got)
        return ctl_fail(-1, "no password was given");
    password[strcspn(password, "\r\n")] = 0;
    return 0;
}

/* The server's answer to a sign-in as a token or a refusal. */
static int take_sign_in(const struct http_answer *answer, char token[static ONLINE_TOKEN_MAX])
{
    json_t *json = json_loadb(answer->body, answer->n, 0, NULL);
    const char *text = NULL, *en = "not understood", *zh = "";
    int code = CTL_FAILED;
    if (answer->status == 200 && json_unpack(json, "{s:s}", "token", &text) == 0) {
        snprintf(token, ONLINE_TOKEN_MAX, "%s", text);
        code = CTL_OK;
    } else {
        json_unpack(json, "{s?s, s?s}", "en", &en, "zh", &zh);
        code = ctl_fail(CTL_REFUSED, "sign-in refused: %s / %s", zh, en);
    }
    json_decref(json);
    return code;
}

static int post_sign_in(const struct address *http, const char *login, const char *password,
                        char token[static ONLINE_TOKEN_MAX])
{
    struct http_answer answer;
    char errmsg[ERRMSG_MAX];
    json_t *json = json_pack("{s:s, s:s}", "login", login, "password", password);
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!body)
        return ctl_fail(CTL_FAILED, "login and password must be UTF-8");
    int rc = http_ask(http, "POST", "/api/sign-in", NULL, body, &answer, errmsg);
    explicit_bzero(body, strlen(body));
    free(body);
    if (rc < 0)
        return ctl_fail(CTL_UNREACHABLE, "%s", errmsg);
    int code = take_sign_in(&answer, token);
    free(answer.body);
    return code;
}

static int sign_in(struct ctl *ctl, const char *login, char token[static ONLINE_TOKEN_MAX])
{
    struct address http;
    char password[ACCOUNT_PASSWORD_MAX + 2];
    const char *file = ctl->option[OPTION_PASSWORD_FILE];
    if (address_of(ctl, OPTION_HTTP, "MINGDI_HTTP", &ctl->config.server.http, &http) < 0)
        return CTL_USAGE;
    if ((file ? read_line(file, password, sizeof(password))
              : ask_password(login, password, sizeof(password))) < 0)
        return CTL_FAILED;
    int code = post_sign_in(&http, login, password, token);
    explicit_bzero(password, sizeof(password));
    return code;
}

/* Found once: who reconnects is not asked again. */
static int find_token(struct ctl *ctl, char token[static ONLINE_TOKEN_MAX])
{
    const char *login = ctl_setting(ctl, OPTION_LOGIN, "MINGDI_LOGIN");
    const char *file = ctl->option[OPTION_TOKEN_FILE];
    if (!file && !ctl->option[OPTION_LOGIN])
        file = ctl_setting(ctl, OPTION_TOKEN_FILE, "MINGDI_TOKEN_FILE");
    if (file)
        return read_line(file, token, ONLINE_TOKEN_MAX) < 0 ? CTL_FAILED : CTL_OK;
    if (login)
        return sign_in(ctl, login, token);
    return ctl_fail(CTL_USAGE, "who are you? Give --token-file FILE or --login NAME "
                               "(`dispatchctl sign-in` makes a token file)");
}

int sign_in_run(struct ctl *ctl)
{
    char token[ONLINE_TOKEN_MAX + 1];
    const char *login = ctl_setting(ctl, OPTION_LOGIN, "MINGDI_LOGIN");
    const char *out = ctl->option[OPTION_OUT];
    if (!login || !out)
        return ctl_fail(CTL_USAGE, "sign-in needs --login NAME and --out FILE");
    int code = sign_in(ctl, login, token);
    if (code != CTL_OK)
        return code;
    size_t n = strlen(token);
    token[n++] = '\n';
    int rc = os_replace_file(out, token, n, 0600);
    explicit_bzero(token, sizeof(token));
    if (rc < 0)
        return ctl_fail(CTL_FAILED, "%s: %s", out, strerror(-rc));
    printf("%s: token of %s\n", out, login);
    return CTL_OK;
}

/* --- sessions and commands --- */

int online_lost(const struct session *session, int end)
{
    static const enum ctl_exit code[] = {[-SESSION_LOST] = CTL_UNREACHABLE,
                                         [-SESSION_TURNED] = CTL_REFUSED,
                                         [-SESSION_BROKEN] = CTL_FAILED};
    return ctl_fail((int)code[-end], "%s", session->errmsg);
}

/* The idempotency key of a retry. */
static int take_key(const struct ctl *ctl, struct session *session)
{
    uint64_t first = 1;
    if (ctl_number(ctl, OPTION_CLIENT, &session->client) < 0 ||
        ctl_number(ctl, OPTION_NUMBER, &first) < 0)
        return -1;
    if (session->client == 0 || first == 0)
        return ctl_fail(-1, "--client and --number begin at 1");
    session->number = first - 1;
    return 0;
}

int online_hello(struct ctl *ctl, struct session *session, struct stream_hello *hello)
{
    static char token[ONLINE_TOKEN_MAX];
    struct address server;
    memset(session, 0, sizeof(*session));
    session->fd = -1;
    if (address_of(ctl, OPTION_SERVER, "MINGDI_SERVER", &ctl->config.server.tcp, &server) < 0)
        return CTL_USAGE;
    int code = token[0] ? CTL_OK : find_token(ctl, token);
    if (code != CTL_OK)
        return code;
    hello->token = (struct text){token, (uint32_t)strlen(token)};
    hello->version = TEXT("dispatchctl " MINGDI_VERSION);
    wire_init();
    int end = session_open(session, &server, hello);
    if (end < 0)
        return online_lost(session, end);
    return take_key(ctl, session) < 0 ? CTL_USAGE : CTL_OK;
}

int online_open(struct ctl *ctl, struct session *session)
{
    struct stream_hello hello = {0};
    return online_hello(ctl, session, &hello);
}

int online_do(struct session *session, struct command *command, struct stream_reply *reply,
              const char *where)
{
    int end = session_command(session, command, reply);
    if (end < 0)
        return online_lost(session, end);
    if (reply->refusal == REFUSE_NONE)
        return CTL_OK;
    return ctl_fail(CTL_REFUSED, "%s%s%s: %.*s / %.*s", where ? where : "", where ? ": " : "",
                    refusal_text[reply->refusal].name, (int)reply->zh.n, reply->zh.p,
                    (int)reply->en.n, reply->en.p);
}
