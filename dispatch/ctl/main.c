/* dispatchctl: the operators' command line. What it can do stands in subcommand.def. */
#include <string.h>

#include "dispatch/ctl/ctl.h"

static void overview(FILE *out)
{
    fputs("usage: dispatchctl SUBCOMMAND [options]\n"
          "鸣笛急救调度的命令行工具：查看与指挥运行中的服务器，查阅日志，管理账号与数据。\n"
          "Looks at and commands a running dispatchd, reads its journal, keeps accounts and data.\n"
          "\n",
          out);
    for (size_t i = 0; i < subcommand_count; i++) {
        const struct subcommand *s = &subcommands[i];
        fprintf(out, "  %s %s\n      %s · %s\n", s->name, s->arguments, s->zh, s->en);
    }
    fputs("\n`dispatchctl SUBCOMMAND --help` tells its options.\n", out);
}

int main(int argc, char **argv)
{
    static struct ctl ctl;
    bool done;

    if (argc < 2) {
        overview(stderr);
        return CTL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        overview(stdout);
        return CTL_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("dispatchctl " MINGDI_VERSION);
        return CTL_OK;
    }
    int code = ctl_parse(&ctl, argc, argv, &done);
    if (code == CTL_OK && !done)
        code = ctl.subcommand->run(&ctl);
    if (fflush(stdout) != 0 && code == CTL_OK)
        code = ctl_fail(CTL_FAILED, "standard output could not be written");
    return code;
}
