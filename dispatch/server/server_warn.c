/* Early warning in the server: its policy, the reader that watches, and the minute that is put on
 * record for it. Without a good policy there are no detectors, and dispatch goes on: an alert of
 * its own says so. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dispatch/base/log.h"
#include "dispatch/line/ring.h"
#include "dispatch/policy/warnfile.h"
#include "dispatch/server/server_impl.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DEMANDS_A_MINUTE = 64 };

/* Too large for a stack, needed once. */
struct reading {
    struct watch_policy policy;
    struct complaints complaints;
};

static void say_off(struct server *s, const char *why)
{
    log_error("early-warning-off", "why=\"%s\"", why);
    ring_alarm(&s->pipeline, ALARM_EARLY_WARNING, 0);
}

static void propose_plan(void *server, struct command *command)
{
    server_fill_plan(server, command);
}

static struct preparedness_rule rule_of(const struct watch_numbers *n)
{
    return (struct preparedness_rule){.units = n->preparedness_on ? n->preparedness_units : 0,
                                      .next_pct = n->preparedness_next_pct,
                                      .low_milli = n->preparedness_enter_milli};
}

void server_warn_open(struct server *s)
{
    const struct config *c = s->config;
    struct stat st;
    if (!c->server.warn_dir[0] || stat(c->server.warn_dir, &st) < 0) {
        log_warn("early-warning-off", "dir=%s", c->server.warn_dir);
        return;
    }
    struct reading *r = calloc(1, sizeof(*r));
    if (!r)
        say_off(s, "no memory");
    else if (warnfile_load(c->server.warn_dir, (uint32_t)c->server.utc_offset_min, &r->policy,
                           &r->complaints) < 0)
        say_off(s, r->complaints.text);
    else if (warn_open(&s->warn, s->loop, c, &r->policy, &s->pipeline) < 0)
        say_off(s, s->warn.errmsg);
    if (s->warn.open)
        s->coverage.preparedness.rule = rule_of(&s->warn.follow.policy.number);
    s->warn.prepare_cb = propose_plan;
    s->warn.idle_cb = server_idle;
    s->warn.server = s;
    s->minute_ms = pipeline_now_ms(&s->pipeline) + MINUTE_MS;
    free(r);
}

static uint32_t seats_on(const struct stream *stream)
{
    uint32_t n = 0;
    for (const struct console *c = stream->first; c; c = c->next)
        n += c->greeted && (c->actor.role == ROLE_DISPATCHER || c->actor.role == ROLE_SUPERVISOR);
    return n;
}

/* Of the next 60 minutes: the rest of the running hour and the beginning of the next. While the
 * detectors read, what they said before holds. */
static void hear_forecast(struct server *s)
{
    const struct watch *watch = &s->warn.follow.watch;
    double over = (double)(pipeline_now_ms(&s->pipeline) % HOUR_MS) / HOUR_MS;
    if (s->warn.busy)
        return;
    struct watch_outlook now = watch_ahead(watch, 0, 0), next = watch_ahead(watch, 0, 1);
    s->health.calls_known = now.known && next.known;
    s->health.calls = (1 - over) * now.mean + over * next.mean;
}

/* --- demand, where no operator has said it --- */

/* What is said of other zones is what townships would be counted for once more. */
static bool is_said_otherwise(const struct state *state)
{
    EACH (state, ZONE_NAME, zone_name, it)
        if (core_demand_is_said(it) && !(it->kind_mask & KIND_BIT(ZONE_KIND_TOWNSHIP)))
            return true;
    return false;
}

static bool is_known_so(const struct zone_name *zone, const struct watch_demand *row)
{
    return zone->calls_a_week == row->calls_a_week && zone->demand_weeks == row->weeks &&
           (!row->calls_a_week || (zone->lat_e7 == row->lat_e7 && zone->lon_e7 == row->lon_e7));
}

/* Where nobody called of late, the place stays. */
static struct command demand_command(const struct zone_name *zone, const struct watch_demand *row)
{
    struct command command = {.kind = COMMAND_COUNT_DEMAND};
    bool placed = row->calls_a_week > 0;
    command.count_demand = (struct count_demand){.zone = zone->zone,
                                                 .lat_e7 = placed ? row->lat_e7 : zone->lat_e7,
                                                 .lon_e7 = placed ? row->lon_e7 : zone->lon_e7,
                                                 .calls_a_week = row->calls_a_week,
                                                 .demand_weeks = row->weeks};
    return command;
}

/* Once a week all of them have changed: some a minute. */
static void count_demand(struct server *s)
{
    static struct watch_demand row[WATCH_DEMANDS_MAX];
    const struct state *state = &s->pipeline.core.state;
    uint32_t n = s->warn.busy || is_said_otherwise(state)
                     ? 0
                     : watch_demand(&s->warn.follow.watch, row);
    for (uint32_t i = 0, told = 0; i < n && told < DEMANDS_A_MINUTE; i++) {
        const struct zone_name *zone = state_zone_name(state, row[i].township);
        if (!zone || core_demand_is_said(zone) || is_known_so(zone, &row[i]))
            continue;
        struct command command = demand_command(zone, &row[i]);
        pipeline_submit_own(&s->pipeline, &command);
        told++;
    }
}

/* --- the minute --- */

static void pass_minute(struct server *s)
{
    struct command command = {.kind = COMMAND_PASS_MINUTE};
    struct condition_report report = server_condition(s);
    hear_forecast(s);
    health_minute(&s->health, &s->pipeline.core.state, &s->track, &s->warn.follow.policy.number,
                  pipeline_now_ms(&s->pipeline), &command.pass_minute);
    command.pass_minute.seats_on = seats_on(&s->stream);
    command.pass_minute.readers_down = report.redis_down + report.postgres_down;
    pipeline_submit_own(&s->pipeline, &command);
    count_demand(s);
    if (s->travel.has_road)
        coverage_ask(&s->coverage, (struct coverage_ask){0});
}

void server_warn_second(struct server *s)
{
    int64_t now_ms = pipeline_now_ms(&s->pipeline);
    if (!s->warn.open || !s->warn.speaks || now_ms < s->minute_ms)
        return;
    s->minute_ms = now_ms + MINUTE_MS;
    pass_minute(s);
}

/* --- coverage, for the next minute --- */

static bool read_zone(const json_t *row, struct health_zone *zone)
{
    json_int_t id = 0, cells = 0, within = 0;
    if (json_unpack((json_t *)(uintptr_t)row, "{s:I,s:I,s:I}", "zone", &id, "cells", &cells,
                    "within", &within) < 0)
        return false;
    const json_t *milli = json_object_get(row, "prepared_milli");
    *zone = (struct health_zone){.zone = (uint64_t)id,
                                 .cells = (uint32_t)cells,
                                 .within = (uint32_t)within,
                                 .prepared = json_is_integer(milli),
                                 .prepared_milli = (uint32_t)json_integer_value(milli)};
    return true;
}

void server_warn_covered(struct server *s, const struct buffer *answer)
{
    struct health_zone zone[HEALTH_ZONES_MAX];
    uint32_t n = 0;
    json_t *root = answer ? json_loadb((const char *)answer->bytes, answer->n, 0, NULL) : NULL;
    const json_t *zones = json_object_get(root, "zones");
    for (size_t i = 0; i < json_array_size(zones) && n < HEALTH_ZONES_MAX; i++)
        n += read_zone(json_array_get(zones, i), &zone[n]);
    health_cover(&s->health, &s->pipeline.core.state, zone, n);
    json_decref(root);
}
