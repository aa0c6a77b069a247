#include "dispatch/ctl/warn_option.h"

#include <errno.h>
#include <string.h>

#include "dispatch/base/csv.h"

static bool is_one_of(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, word, n) == 0 && (at[n] == '|' || at[n] == 0))
            return true;
    return false;
}

static int take(const struct warn_option *o, const char *value)
{
    if (o->word) {
        if (o->words && !is_one_of(o->words, value))
            return ctl_fail(CTL_USAGE, "%s=%s: one of %s", o->name, value, o->words);
        *o->word = value;
        return CTL_OK;
    }
    double number;
    if (csv_number(value, &number) < 0 || number < o->least || number > o->most)
        return ctl_fail(CTL_USAGE, "%s=%s: a number from %g to %g", o->name, value, o->least,
                        o->most);
    *o->number = number;
    return CTL_OK;
}

static int take_argument(const char *argument, const struct warn_option *option, size_t options)
{
    char known[256] = "";
    for (size_t i = 0; i < options; i++) {
        size_t n = strlen(option[i].name);
        if (strncmp(argument, option[i].name, n) == 0 && argument[n] == '=')
            return take(&option[i], argument + n + 1);
        size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, " %s=", option[i].name);
    }
    return ctl_fail(CTL_USAGE, "'%s' is none of%s", argument, known);
}

int warn_options_take(const struct ctl *ctl, const struct warn_option *option, size_t options)
{
    for (int i = 0; i < ctl->argc; i++) {
        int code = take_argument(ctl->argv[i], option, options);
        if (code != CTL_OK)
            return code;
    }
    return CTL_OK;
}

int warn_files_open(const struct ctl *ctl, struct csv_table *in, FILE **out)
{
    const char *path = ctl->option[OPTION_IN], *to = ctl->option[OPTION_OUT];
    if (csv_table_read(in, path ? path : "-") < 0) {
        int code = warn_table_fail(in);
        csv_table_close(in);
        return code;
    }
    *out = to ? fopen(to, "w") : stdout;
    if (*out)
        return CTL_OK;
    csv_table_close(in);
    return ctl_fail(CTL_FAILED, "%s: %s", to, strerror(errno));
}

int warn_files_close(struct csv_table *in, FILE *out, int code)
{
    bool bad = fflush(out) != 0 || ferror(out);
    if (out != stdout)
        bad |= fclose(out) != 0;
    csv_table_close(in);
    return bad && code == CTL_OK ? ctl_fail(CTL_FAILED, "the output could not be written") : code;
}

int warn_table_fail(const struct csv_table *table)
{
    return ctl_fail(CTL_FAILED, "%s", table->errmsg);
}
