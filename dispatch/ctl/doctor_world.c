/* What runs, here and beside: the server, Redis, PostGIS, the clock, the system's services. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include "dispatch/atlas/atlas.h"
#include "dispatch/ctl/dial.h"
#include "dispatch/ctl/doctor.h"

enum { LAG_MAX = 1000, CLOCK_BEHIND_MS_MAX = 2000, SPARE_DESCRIPTORS = 256 };

/* --- the server and its ports --- */

static struct address address_of(const struct config_addr *addr)
{
    struct address address;
    snprintf(address.host, sizeof(address.host), "%s", addr->host);
    snprintf(address.port, sizeof(address.port), "%u", addr->port);
    return address;
}

static bool somebody_listens(const struct config_addr *addr)
{
    char errmsg[ERRMSG_MAX];
    struct address address = address_of(addr);
    int fd = dial(&address, errmsg);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void look_at_ports(struct doctor *d)
{
    const struct config *c = &d->ctl->config;
    const struct {
        const char *name;
        const struct config_addr *addr;
    } ports[] = {{"http", &c->server.http},
                 {"tcp", &c->server.tcp},
                 {"jt808", &c->server.jt808},
                 {"osmand", &c->server.osmand}};
    unsigned taken = 0;
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        if (ports[i].addr->host[0] && somebody_listens(ports[i].addr)) {
            taken++;
            doctor_say(d, FINDING_FAIL,
                       "%s %s:%u is taken by another program → end it, or change "
                       "[server] %s",
                       ports[i].name, ports[i].addr->host, ports[i].addr->port, ports[i].name);
        }
    if (!taken)
        doctor_say(d, FINDING_WARN, "not running, its ports are free → systemctl start dispatchd");
}

static json_int_t member(const json_t *health, const char *object, const char *name)
{
    const json_t *inner = object ? json_object_get(health, object) : health;
    const json_t *value = json_object_get(inner, name);
    return json_is_true(value) ? 1 : json_integer_value(value);
}

static void say_health(struct doctor *d)
{
    json_t *health = json_loads(d->health, 0, NULL);
    const char *mode = json_string_value(json_object_get(health, "mode"));
    const char *version = json_string_value(json_object_get(health, "version"));
    bool low = member(health, NULL, "disk_low");
    if (!health || !mode || !version)
        doctor_say(d, FINDING_FAIL, "its /healthz is not understood: %.200s", d->health);
    else
        doctor_say(d, low ? FINDING_FAIL : FINDING_OK, "dispatchd %s, mode %s, record %lld%s",
                   version, mode, (long long)member(health, NULL, "seq"),
                   low ? "; it refuses commands for want of disk → RUNBOOK: disk full" : "");
    json_decref(health);
}

void doctor_server(struct doctor *d)
{
    struct address address = address_of(&d->ctl->config.server.http);
    struct http_answer answer;
    char errmsg[ERRMSG_MAX];
    const char *set = ctl_setting(d->ctl, OPTION_HTTP, "MINGDI_HTTP");
    if (set && address_parse(set, &address) < 0) {
        doctor_say(d, FINDING_FAIL, "%s is no address", set);
        return;
    }
    int fd =
        dial(&address, errmsg); /* looked at first: a program that never answers has the port */
    if (fd >= 0)
        close(fd);
    if (fd < 0) {
        look_at_ports(d);
        return;
    }
    if (http_ask(&address, "GET", "/healthz", NULL, NULL, &answer, errmsg) < 0) {
        doctor_say(d, FINDING_FAIL, "%s → another program has the port, or dispatchd hangs",
                   errmsg);
        return;
    }
    d->health = answer.body;
    if (answer.status == 200)
        say_health(d);
    else
        doctor_say(d, FINDING_FAIL,
                   "/healthz answers %d: it is starting or ending, or it is not "
                   "dispatchd",
                   answer.status);
}

/* --- Redis and PostGIS: dispatch goes on without them --- */

static void say_lag(struct doctor *d, const char *reader)
{
    json_t *health = d->health ? json_loads(d->health, 0, NULL) : NULL;
    json_int_t lag = member(health, reader, "lag");
    bool up = member(health, reader, "up");
    if (health)
        doctor_say(d, !up || lag > LAG_MAX ? FINDING_WARN : FINDING_OK,
                   "the server's copy %s, %lld records behind",
                   up ? "is written" : "is not written", (long long)lag);
    json_decref(health);
}

/* The value of "name:value" in what INFO answers. */
static void info_value(const char *info, const char *name, char *out, size_t size)
{
    const char *at = strstr(info, name);
    size_t n = at ? strcspn(at + strlen(name), "\r\n") : 0;
    snprintf(out, size, "%.*s", (int)n, at ? at + strlen(name) : "");
}

static int ask_redis(const struct address *address, char *answer, size_t size)
{
    char errmsg[ERRMSG_MAX];
    static const char question[] = "INFO server\r\n";
    size_t n = 0;
    int fd = dial(address, errmsg);
    if (fd < 0)
        return -1;
    ssize_t got = send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL);
    answer[0] = 0;
    while (got > 0 && n + 1 < size && !strstr(answer, "redis_version:") &&
           dial_wait(fd, DIAL_MS) > 0) {
        got = recv(fd, answer + n, size - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
        answer[n] = 0;
    }
    close(fd);
    return strstr(answer, "redis_version:") ? 0 : -1;
}

void doctor_redis(struct doctor *d)
{
    const struct config_addr *addr = &d->ctl->config.redis.address;
    struct address address = address_of(addr);
    char answer[8192], version[40];
    if (!addr->host[0]) {
        doctor_say(d, FINDING_OK, "switched off");
        return;
    }
    if (ask_redis(&address, answer, sizeof(answer)) < 0) {
        doctor_say(d, FINDING_WARN,
                   "%s:%s is not a Redis that answers → start it; dispatch goes on "
                   "without, the copy is made anew",
                   address.host, address.port);
        return;
    }
    info_value(answer, "redis_version:", version, sizeof(version));
    doctor_say(d, strtol(version, NULL, 10) >= 7 ? FINDING_OK : FINDING_WARN, "Redis %s%s", version,
               strtol(version, NULL, 10) >= 7 ? "" : " → 7 or newer");
    say_lag(d, "redis");
}

void doctor_postgis(struct doctor *d)
{
    const char *conninfo = d->ctl->config.postgres.conninfo;
    struct atlas atlas;
    char version[ATLAS_VERSION_MAX];
    if (!*conninfo) {
        doctor_say(d, FINDING_OK, "switched off");
        return;
    }
    if (atlas_open(&atlas, conninfo) < 0) {
        doctor_say(d, FINDING_WARN,
                   "%.*s → start it; dispatch goes on without, the mirror catches "
                   "up",
                   (int)strcspn(atlas.errmsg, "\n\t"), atlas.errmsg);
        return;
    }
    if (atlas_version(&atlas, version) < 0)
        doctor_say(d, FINDING_FAIL, "%s → apply deploy/sql (deploy/pg)", atlas.errmsg);
    else
        doctor_say(d, FINDING_OK, "%s", version);
    atlas_close(&atlas);
    say_lag(d, "postgres");
}

/* --- the machine --- */

void doctor_clock(struct doctor *d)
{
    struct timex timex = {0};
    char now[LOCAL_TIME_MAX];
    int64_t behind_ms = d->last_ms - os_wall_ms();
    ctl_local_time(d->ctl, os_wall_ms(), now);
    if (behind_ms > CLOCK_BEHIND_MS_MAX)
        doctor_say(d, FINDING_FAIL,
                   "%s is %" PRId64 " s before the journal's last record → set the "
                   "clock; until it has caught up, times stand still (RUNBOOK: clock)",
                   now, behind_ms / 1000);
    else if (adjtimex(&timex) == TIME_ERROR || (timex.status & STA_UNSYNC))
        doctor_say(d, FINDING_WARN, "%s, not synchronised → chrony or systemd-timesyncd", now);
    else
        doctor_say(d, FINDING_OK, "%s, synchronised", now);
}

void doctor_descriptors(struct doctor *d)
{
    const struct config *c = &d->ctl->config;
    struct rlimit limit = {0};
    uint64_t wanted =
        (uint64_t)c->gate.clients * 2 + (uint64_t)c->limits.terminals + SPARE_DESCRIPTORS;
    getrlimit(RLIMIT_NOFILE, &limit);
    bool enough = limit.rlim_cur >= wanted;
    doctor_say(d, enough ? FINDING_OK : FINDING_WARN,
               "%" PRIu64 " here, %" PRIu64 " wanted by [gate] clients and [limits] terminals%s",
               (uint64_t)limit.rlim_cur, wanted,
               enough ? "" : " → LimitNOFILE in dispatchd.service (this shell's may differ)");
}

static bool is_there(const char *const *paths)
{
    for (; *paths; paths++)
        if (access(*paths, R_OK) == 0)
            return true;
    return false;
}

void doctor_installed(struct doctor *d)
{
    static const char *const unit[] = {"/etc/systemd/system/dispatchd.service",
                                       "/lib/systemd/system/dispatchd.service", NULL};
    static const char *const edge[] = {"/etc/nginx/mingdi.conf", "/etc/nginx/conf.d/mingdi.conf",
                                       NULL};
    bool has_unit = is_there(unit), has_edge = is_there(edge);
    doctor_say(d, has_unit ? FINDING_OK : FINDING_WARN, "systemd: dispatchd.service %s",
               has_unit ? "is installed" : "is not installed → deploy/systemd");
    doctor_say(d, has_edge ? FINDING_OK : FINDING_WARN, "nginx: mingdi.conf %s",
               has_edge ? "is installed" : "is not installed: no TLS edge here → deploy/nginx");
}
