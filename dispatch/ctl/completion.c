/* completion bash: a script made from the tables of subcommands and options. deploy/completion
 * holds what this prints. */
#include <string.h>

#include "dispatch/ctl/ctl.h"

static void put_options(const struct subcommand *subcommand)
{
    for (int i = 0; i < OPTION_KINDS; i++)
        if (subcommand->options & (UINT64_C(1) << i))
            printf(" --%s", option_row[i].name);
}

/* The first words of names, each once; rows of one first word stand together. */
static void put_first_words(void)
{
    size_t before_n = 0;
    const char *before = "";
    for (size_t i = 0; i < subcommand_count; i++) {
        const char *name = subcommands[i].name;
        size_t n = strcspn(name, " ");
        if (n != before_n || memcmp(name, before, n) != 0)
            printf(" %.*s", (int)n, name);
        before = name;
        before_n = n;
    }
}

/* What may follow a first word: the second words, or nothing. */
static void put_second_words(void)
{
    for (size_t i = 0; i < subcommand_count; i++) {
        const char *name = subcommands[i].name, *space = strchr(name, ' ');
        if (space)
            printf("    seconds[%.*s]+=' %s'\n", (int)(space - name), name, space + 1);
    }
}

static void put_file_options(void)
{
    fputs("    ", stdout);
    for (int i = 0; i < OPTION_KINDS; i++) {
        const char *argument = option_row[i].argument;
        if (argument && (strcmp(argument, "FILE") == 0 || strcmp(argument, "DIR") == 0))
            printf("--%s|", option_row[i].name);
    }
    puts("import|restore|backup|define)");
}

int completion_run(struct ctl *ctl)
{
    (void)ctl;
    puts("# bash completion of dispatchctl; made by `dispatchctl completion bash`.\n"
         "_dispatchctl() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    local -A seconds=() options=()");
    put_second_words();
    for (size_t i = 0; i < subcommand_count; i++) {
        printf("    options['%s']='", subcommands[i].name);
        put_options(&subcommands[i]);
        puts("'");
    }
    puts("    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        COMPREPLY=($(compgen -W '--help --version", stdout);
    put_first_words();
    puts("' -- \"$word\"))\n"
         "        return\n"
         "    fi\n"
         "    local name=${COMP_WORDS[1]}\n"
         "    if [ -n \"${seconds[$name]}\" ]; then\n"
         "        if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
         "            COMPREPLY=($(compgen -W \"${seconds[$name]}\" -- \"$word\"))\n"
         "            return\n"
         "        fi\n"
         "        name=\"$name ${COMP_WORDS[2]}\"\n"
         "    fi\n"
         "    case $before in");
    put_file_options();
    puts("        COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "        return ;;\n"
         "    esac\n"
         "    case $word in\n"
         "    -*) COMPREPLY=($(compgen -W \"${options[$name]}\" -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
         "    esac\n"
         "}\n"
         "complete -F _dispatchctl dispatchctl");
    return CTL_OK;
}
