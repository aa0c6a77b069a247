#include "dispatch/ctl/ctl.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/mingdi/dispatch.conf"

#define O(NAME) (UINT64_C(1) << OPTION_##NAME)
#define CONNECT (O(SERVER) | O(HTTP) | O(TOKEN_FILE) | O(LOGIN) | O(PASSWORD_FILE))
#define RETRY (O(CLIENT) | O(NUMBER))
#define JOURNAL O(DATA)
#define RANGE (O(FROM) | O(TO))
#define EVERYWHERE (O(CONFIG) | O(HELP))

const struct option_row option_row[OPTION_KINDS] = {
#define OPTION(NAME, name, argument, zh, en) {name, argument, zh, en},
#include "dispatch/ctl/option.def"
#undef OPTION
};

const struct subcommand subcommands[] = {
#define SUBCOMMAND(name, arguments, least, most, options, run, zh, en)                             \
    {name, arguments, least, most, EVERYWHERE | (options), run, zh, en},
#include "dispatch/ctl/subcommand.def"
#undef SUBCOMMAND
};
const size_t subcommand_count = sizeof(subcommands) / sizeof(subcommands[0]);

int ctl_fail(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("dispatchctl: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

void ctl_help(FILE *out, const struct subcommand *subcommand)
{
    fprintf(out, "usage: dispatchctl %s%s%s [options]\n\n%s\n%s\n\n", subcommand->name,
            *subcommand->arguments ? " " : "", subcommand->arguments, subcommand->zh,
            subcommand->en);
    for (int i = 0; i < OPTION_KINDS; i++) {
        const struct option_row *row = &option_row[i];
        if (subcommand->options & (UINT64_C(1) << i))
            fprintf(out, "  --%s%s%s\n      %s\n      %s\n", row->name, row->argument ? " " : "",
                    row->argument ? row->argument : "", row->zh, row->en);
    }
    fputs("\nexit: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 server not reached\n", out);
}

/* --- the command line --- */

/* How many words of argv name the subcommand: 2, 1 or 0. */
static int matches(const struct subcommand *subcommand, int argc, char **argv)
{
    const char *space = strchr(subcommand->name, ' ');
    if (argc < 2)
        return 0;
    if (!space)
        return strcmp(subcommand->name, argv[1]) == 0;
    size_t n = (size_t)(space - subcommand->name);
    return argc > 2 && strlen(argv[1]) == n && memcmp(argv[1], subcommand->name, n) == 0 &&
                   strcmp(argv[2], space + 1) == 0
               ? 2
               : 0;
}

static int find_subcommand(struct ctl *ctl, int argc, char **argv)
{
    for (size_t i = 0; i < subcommand_count; i++) {
        int words = matches(&subcommands[i], argc, argv);
        if (words) {
            ctl->subcommand = &subcommands[i];
            return words;
        }
    }
    ctl_fail(CTL_USAGE, "there is no \"%s\"; see dispatchctl --help", argc > 1 ? argv[1] : "");
    return 0;
}

static int take_options(struct ctl *ctl, int argc, char **argv)
{
    struct option options[OPTION_KINDS + 1] = {{0}};
    int at;
    for (int i = 0; i < OPTION_KINDS; i++)
        options[i] = (struct option){option_row[i].name,
                                     option_row[i].argument ? required_argument : no_argument, NULL,
                                     'A' + i};
    optind = 1;
    while ((at = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (at < 'A' || at >= 'A' + OPTION_KINDS)
            return -1;
        at -= 'A';
        if (!(ctl->subcommand->options & (UINT64_C(1) << at)))
            return ctl_fail(-1, "%s takes no --%s", ctl->subcommand->name, option_row[at].name);
        ctl->option[at] = optarg ? optarg : "";
    }
    ctl->argc = argc - optind;
    ctl->argv = argv + optind;
    return 0;
}

static int check_arguments(const struct ctl *ctl)
{
    const struct subcommand *s = ctl->subcommand;
    if (ctl->argc >= s->least && (s->most < 0 || ctl->argc <= s->most))
        return 0;
    return ctl_fail(-1, "usage: dispatchctl %s%s%s [options]", s->name, *s->arguments ? " " : "",
                    s->arguments);
}

static int load_config(struct ctl *ctl)
{
    char complaints[CONFIG_COMPLAINT_MAX];
    const char *path = ctl_setting(ctl, OPTION_CONFIG, "MINGDI_CONFIG");
    config_defaults(&ctl->config);
    if (!path && access(DEFAULT_CONFIG, R_OK) == 0)
        path = DEFAULT_CONFIG;
    if (path && config_load(&ctl->config, path, complaints) < 0) {
        fputs(complaints, stderr);
        return -1;
    }
    if (ctl->option[OPTION_DATA]) {
        snprintf(ctl->config.server.data_dir, CONFIG_TEXT_MAX, "%s", ctl->option[OPTION_DATA]);
        ctl->config.journal.dir[0] = 0;
    }
    return 0;
}

int ctl_parse(struct ctl *ctl, int argc, char **argv, bool *done)
{
    *done = false;
    memset(ctl, 0, sizeof(*ctl));
    int words = find_subcommand(ctl, argc, argv);
    if (words == 0)
        return CTL_USAGE;
    argv[words] = argv[0]; /* getopt names the program by the word before the options */
    if (take_options(ctl, argc - words, argv + words) < 0)
        return CTL_USAGE;
    if (ctl->option[OPTION_HELP]) {
        ctl_help(stdout, ctl->subcommand);
        *done = true;
        return CTL_OK;
    }
    return check_arguments(ctl) < 0 ? CTL_USAGE : load_config(ctl) < 0 ? CTL_FAILED : CTL_OK;
}

/* --- values --- */

const char *ctl_setting(const struct ctl *ctl, enum ctl_option option, const char *variable)
{
    const char *value = ctl->option[option] ? ctl->option[option] : getenv(variable);
    return value && *value ? value : NULL;
}

static int whole_number(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number >= ID_MAX)
        return -1;
    *value = number;
    return 0;
}

int ctl_number(const struct ctl *ctl, enum ctl_option option, uint64_t *value)
{
    const char *text = ctl->option[option];
    if (!text || whole_number(text, value) == 0)
        return 0;
    return ctl_fail(-1, "--%s %s is not a whole number", option_row[option].name, text);
}

int ctl_id(const char *text, char letter, uint64_t *id)
{
    if (whole_number(*text == letter ? text + 1 : text, id) == 0 && *id > 0)
        return 0;
    return ctl_fail(-1, "\"%s\" is not an id like %c12", text, letter);
}

const char *ctl_journal_dir(const struct ctl *ctl)
{
    return ctl->config.journal.dir[0] ? ctl->config.journal.dir : ctl->config.server.data_dir;
}

bool ctl_confirm(const struct ctl *ctl, const char *question)
{
    char answer[16];
    if (ctl->option[OPTION_YES])
        return true;
    if (!isatty(STDIN_FILENO)) {
        ctl_fail(0, "%s? Nobody is there to answer: give --yes", question);
        return false;
    }
    printf("%s? [yes/no] ", question);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

/* --- local time --- */

static int64_t offset_ms(const struct ctl *ctl)
{
    return ctl->config.server.utc_offset_min * INT64_C(60000);
}

const char *ctl_local_time(const struct ctl *ctl, int64_t ms, char out[static LOCAL_TIME_MAX])
{
    int64_t local_ms = ms + offset_ms(ctl);
    time_t seconds = local_ms / 1000;
    struct tm tm;
    if (local_ms < 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 8099) {
        snprintf(out, LOCAL_TIME_MAX, "%" PRId64 " ms", ms);
        return out;
    }
    size_t n = strftime(out, LOCAL_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(out + n, LOCAL_TIME_MAX - n, ".%03d", (int)(local_ms % 1000));
    return out;
}

int ctl_parse_time(const struct ctl *ctl, const char *text, int64_t *ms)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);
        if (end && *end == 0) {
            *ms = (int64_t)timegm(&tm) * 1000 - offset_ms(ctl);
            return 0;
        }
    }
    return -1;
}

int64_t ctl_midnight_ms(const struct ctl *ctl, int64_t ms)
{
    int64_t local_ms = ms + offset_ms(ctl);
    return local_ms - local_ms % 86400000 - offset_ms(ctl);
}
