/* dispatchd: reads its configuration, opens the server, runs the loop until it is told to stop. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dispatch/base/log.h"
#include "dispatch/server/server.h"

static const char usage[] =
    "dispatchd: the server of a 120 dispatch centre\n"
    "usage: dispatchd [--config FILE] [--check | --print-config]\n"
    "  -c, --config FILE    settings (default /etc/mingdi/dispatch.conf)\n"
    "      --check          read the settings, say what is wrong, and exit\n"
    "      --print-config   print all settings with their meaning, and exit\n"
    "  -h, --help  -V, --version\n";

struct options {
    const char *config;
    bool check, print;
};

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
        {"print-config", no_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0}};
    int c;
    options->config = "/etc/mingdi/dispatch.conf";
    while ((c = getopt_long(argc, argv, "c:hV", names, NULL)) >= 0) {
        switch (c) {
        case 'c':
            options->config = optarg;
            break;
        case 'k':
            options->check = true;
            break;
        case 'p':
            options->print = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        case 'V':
            puts("dispatchd " MINGDI_VERSION);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    return -1;
}

struct program {
    uv_loop_t loop;
    struct config config;
    struct server server;
    uv_signal_t stop[2], reload;
    const char *config_path;
};

static void close_signals(struct program *p)
{
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&p->stop[i], NULL);
    uv_close((uv_handle_t *)&p->reload, NULL);
}

static void on_closed(struct server *server)
{
    log_info("stopped", "seq=%" PRIu64, server->pipeline.feed.durable);
    close_signals(server->loop->data);
}

static void on_stop(uv_signal_t *handle, int number)
{
    struct program *p = handle->data;
    log_info("stopping", "signal=%d", number);
    server_close(&p->server);
}

static void start_log(const struct config *config)
{
    log_set_level(log_level_of(config->log.level));
    log_set_rate((unsigned)config->log.per_second);
    log_set_file(config->log.file[0] ? config->log.file : NULL);
}

/* SIGHUP: what may change at run time changes; a bad file changes nothing. */
static void on_reload(uv_signal_t *handle, int number)
{
    struct program *p = handle->data;
    static char complaints[CONFIG_COMPLAINT_MAX], notes[CONFIG_COMPLAINT_MAX];
    (void)number;
    if (config_reload(&p->config, p->config_path, complaints, notes) < 0) {
        log_error("reload-refused", "why=%s", complaints);
        return;
    }
    start_log(&p->config);
    server_reload(&p->server);
    log_info("reloaded", "restart_for=%s", notes);
}

static void watch_signals(struct program *p)
{
    const int numbers[2] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&p->loop, &p->stop[i]);
        p->stop[i].data = p;
        uv_signal_start(&p->stop[i], on_stop, numbers[i]);
    }
    uv_signal_init(&p->loop, &p->reload);
    p->reload.data = p;
    uv_signal_start(&p->reload, on_reload, SIGHUP);
}

static int run(struct program *p)
{
    signal(SIGPIPE, SIG_IGN);
    umask(0077); /* what lies on disk is about people */
    start_log(&p->config);
    uv_loop_init(&p->loop);
    p->loop.data = p;
    watch_signals(p);
    if (server_open(&p->server, &p->config, &p->loop, on_closed) < 0) {
        fprintf(stderr, "dispatchd: %s\n", p->server.errmsg);
        return 1;
    }
    uv_run(&p->loop, UV_RUN_DEFAULT);
    if (p->server.failed)
        fprintf(stderr, "dispatchd: %s\n", p->server.errmsg);
    return uv_loop_close(&p->loop) == 0 && !p->server.failed ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct program program;
    static char complaints[CONFIG_COMPLAINT_MAX];
    struct options options = {0};
    int done = read_options(argc, argv, &options);
    if (done >= 0)
        return done;
    if (sodium_init() < 0)
        return 1;
    wire_init();
    config_defaults(&program.config);
    if (options.print) {
        config_print(&program.config, stdout);
        return 0;
    }
    program.config_path = options.config;
    if (config_load(&program.config, options.config, complaints) < 0) {
        fprintf(stderr, "%s\n", complaints);
        return 1;
    }
    if (options.check) {
        printf("%s: good\n", options.config);
        return 0;
    }
    return run(&program);
}
