#include "dispatch/server/server.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/base/os_notify.h"
#include "dispatch/line/ring.h"
#include "dispatch/server/server_impl.h"

enum { LOOP_LAG_US_MAX = 500000 };

int server_fail(struct server *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->errmsg, sizeof(s->errmsg), format, args);
    va_end(args);
    return -1;
}

/* --- before a command is decided --- */

static void fill_travel_time(struct server *s, uint64_t incident, uint64_t unit, uint32_t *eta_s,
                             enum travel_source *source)
{
    const struct travel_time *time = travel_find(&s->travel, incident, unit);
    *eta_s = time ? time->eta_s : 0; /* never taken from outside */
    *source = time ? time->source : SOURCE_NONE;
}

void server_prepare(void *context, struct command *command)
{
    struct server *s = context;
    zones_fill(&s->zones, command);
    server_fill_plan(s, command);
    switch (command->kind) {
    case COMMAND_ORDER_UNIT:
        fill_travel_time(s, command->order_unit.incident.v, command->order_unit.unit.v,
                         &command->order_unit.eta_s, &command->order_unit.source);
        break;
    case COMMAND_RESERVE_UNIT:
        fill_travel_time(s, command->reserve_unit.incident.v, command->reserve_unit.unit.v,
                         &command->reserve_unit.eta_s, &command->reserve_unit.source);
        break;
    case COMMAND_DIVERT_UNIT:
        fill_travel_time(s, command->divert_unit.incident.v, command->divert_unit.unit.v,
                         &command->divert_unit.eta_s, &command->divert_unit.source);
        break;
    default:
        break;
    }
}

/* --- a driven clock --- */

bool server_clock(void *context)
{
    struct server *s = context;
    return travel_tick(&s->travel) || opinion_busy(&s->opinion) || warn_is_behind(&s->warn);
}

void server_idle(void *context)
{
    struct server *s = context;
    if (!s->travel.busy)
        opinion_next(&s->opinion);
    if (!s->travel.busy && !opinion_busy(&s->opinion) && !warn_is_behind(&s->warn))
        stream_answer_clocks(&s->stream);
}

/* --- condition --- */

/* What is durable is asked after the cursor, which only grows. */
static uint64_t lag_of(const struct server *s, uint64_t cursor)
{
    return journal_durable_seq(s->pipeline.journal) - cursor;
}

struct condition_report server_condition(const struct server *s)
{
    const struct copies *copies = &s->copies;
    struct condition_report report = {.mode = s->travel.has_road ? MODE_FULL : MODE_CROW_FLIGHT,
                                      .disk_low = !s->pipeline.space_ok};
    if (copies->has_redis) {
        report.redis_down = atomic_load(&copies->redis_copy.down);
        report.redis_lag = lag_of(s, atomic_load(&copies->redis_copy.cursor));
    }
    if (copies->has_postgres) {
        report.postgres_down = atomic_load(&copies->postgres_copy.down);
        report.postgres_lag = lag_of(s, atomic_load(&copies->postgres_copy.cursor));
    }
    return report;
}

static uint32_t fullest_table_pct(const struct state *state)
{
    size_t used = state->text_bytes - state_text_room(state);
    uint64_t fullest = (uint64_t)used * 100 / state->text_bytes;
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++) {
        const struct table *table = &state->table[kind];
        bool rolls = kind == OBJECT_CLIENT || kind == OBJECT_HEAD; /* these make room themselves */
        if (!rolls && table->max && table->count * UINT64_C(100) / table->max > fullest)
            fullest = table->count * UINT64_C(100) / table->max;
    }
    return (uint32_t)fullest;
}

static void watch_limits(struct server *s, uint32_t pct)
{
    bool over = pct > (uint32_t)s->config->limits.alarm_pct;
    if (over && !s->table_alarm)
        ring_alarm(&s->pipeline, ALARM_CAPACITY, 0);
    s->table_alarm = over;
}

static void measure(struct server *s)
{
    const struct state *state = &s->pipeline.core.state;
    struct condition_report report = server_condition(s);
    const uint64_t lag[] = {lag_of(s, s->stream.reader.cursor), lag_of(s, s->notify.reader.cursor),
                            report.redis_lag, report.postgres_lag,
                            s->has_webhook ? lag_of(s, s->webhook.reader.cursor) : 0};
    int64_t open = 0;
    uint32_t pct = fullest_table_pct(state);
    EACH (state, INCIDENT, incident, it)
        open += it->state == INCIDENT_OPEN;
    metrics_set(&s->metrics, METRIC_OPEN_INCIDENTS, open);
    metrics_set(&s->metrics, METRIC_TABLES_PERCENT, pct);
    metrics_set(&s->metrics, METRIC_QUARANTINED, atomic_load(&s->copies.quarantined));
    for (uint32_t i = 0; i < 5; i++)
        metrics_set_by(&s->metrics, FAMILY_READER_LAG, i, (int64_t)lag[i]);
    watch_limits(s, pct);
}

/* The service manager's watchdog hears nothing from a loop that hangs or a journal that stands
 * still; waiting for space on a full disk is no reason to be ended. */
static void reassure_manager(struct server *s)
{
    struct journal_stats stats = journal_stats(s->pipeline.journal);
    bool writes =
        stats.queued_records == 0 || stats.commits != s->commits_seen || !s->pipeline.space_ok;
    s->commits_seen = stats.commits;
    if (writes && s->lag.last_us < LOOP_LAG_US_MAX)
        os_notify("WATCHDOG=1");
}

static void on_second(uv_timer_t *timer)
{
    struct server *s = timer->data;
    struct condition_report report = server_condition(s);
    if (!s->serving)
        return;
    track_tick(&s->track, pipeline_now_ms(&s->pipeline));
    server_sync_spool(s);
    stream_tell_condition(&s->stream, &report);
    copies_second(&s->copies, &s->track);
    measure(s);
    reassure_manager(s);
    map_tick(&s->map);
    server_warn_second(s);
    quality_second(&s->quality);
}

static void on_applied(void *context, const struct record *record)
{
    struct server *s = context;
    if (!s->serving)
        return;
    travel_applied(&s->travel, record);
    opinion_applied(&s->opinion, record);
}

/* --- opening --- */

/* The BOOT record is durable: what is in force becomes facts, then the doors open. */
static void on_opened(void *context)
{
    struct server *s = context;
    if (s->closing) /* told to stop before it began */
        return;
    server_activate(s);
    if (server_open_doors(s) < 0) {
        log_error("start-failed", "why=%s", s->errmsg);
        s->failed = true;
        server_close(s);
        return;
    }
    s->stream.condition = server_condition(s); /* the first welcome already says it */
    s->serving = true;
    minute_open(&s->minute, s->config, &s->pipeline, &s->metrics);
    server_warn_open(s);
    os_notify("READY=1");
    log_info("serving", "http=%d tcp=%d jt808=%d osmand=%d seq=%" PRIu64 " eta=%s",
             gate_http_port(&s->gate), gate_tcp_port(&s->gate),
             s->jt808 ? jt808_server_port(s->jt808) : 0, s->osmand ? osmand_port(s->osmand) : 0,
             pipeline_seq(&s->pipeline), s->travel.has_road ? "road" : "crow");
}

int server_open(struct server *s, const struct config *config, uv_loop_t *loop,
                void (*closed_cb)(struct server *server))
{
    static const char *const readers[] = {"console", "notify", "redis", "postgres", "webhook"};
    memset(s, 0, sizeof(*s));
    s->config = config;
    s->loop = loop;
    s->closed_cb = closed_cb;
    metrics_init(&s->metrics);
    metrics_label(&s->metrics, FAMILY_READER_LAG, readers, 5);
    s->pipeline.applied_cb = on_applied;
    s->pipeline.opened_cb = on_opened;
    s->pipeline.context = s;
    if (server_open_parts(s) < 0)
        return -1;
    map_open(&s->map, loop, config);
    report_open(&s->report, loop, config, REPORT_PAGES);
    report_open(&s->quality_report, loop, config, REPORT_QUALITY);
    if (quality_open(&s->quality, &s->quality_report, &s->pipeline) < 0)
        return server_fail(s, "%s", s->quality.errmsg);
    uv_idle_init(loop, &s->reading);
    lag_probe_init(&s->lag, loop, &s->metrics);
    uv_timer_init(loop, &s->second);
    s->second.data = s;
    uv_timer_start(&s->second, on_second, 1000, 1000);
    return 0;
}

/* --- at run time --- */

void server_reload(struct server *s)
{
    const struct config *c = s->config;
    server_reload_cards(s);
    pipeline_reload(&s->pipeline, c);
    travel_reload(&s->travel, c);
    opinion_reload(&s->opinion, c);
    stream_reload(&s->stream, c);
    copies_reload(&s->copies, c);
    s->track.config.spool_bytes_max = (uint64_t)c->track.spool;
    s->track.config.spool_days_max = (uint32_t)c->track.spool_days;
    s->track.config.silent_factor_pct = (uint32_t)c->track.silent_factor_pct;
    s->track.config.speed_max_kmh = (uint32_t)c->track.speed_kmh_max;
    s->track.config.future_ms = (uint32_t)c->track.future_s * 1000;
    s->accounts.policy.failures_max = (uint32_t)c->gate.lockout_failures;
    s->accounts.policy.lock_ms = c->gate.lockout_minutes * INT64_C(60000);
    s->accounts.policy.token_ms = c->gate.token_minutes * INT64_C(60000);
}

/* --- closing: the doors first, the journal last --- */

static void on_pipeline_closed(void *context)
{
    struct server *s = context;
    coverage_close(&s->coverage);
    track_close(&s->track);
    zones_close(&s->zones);
    accounts_close(&s->accounts);
    wire_arena_close(&s->arena);
    free(s->cards);
    free(s->plans);
    s->closed_cb(s);
}

void server_part_closed(struct server *s)
{
    if (--s->waiting == 0)
        pipeline_close(&s->pipeline, on_pipeline_closed, s);
}

static void part_closed_cb(void *context)
{
    server_part_closed(context);
}

/* Then no worker has its drives. */
static void on_travel_closed(void *context)
{
    struct server *s = context;
    opinion_close(&s->opinion, part_closed_cb, s);
}

static void on_gate_closed(struct gate *gate)
{
    struct server *s = gate->user;
    stream_close(&s->stream);
    server_part_closed(s);
}

/* Records may still become durable, but these are gone. */
static void dismiss_readers(struct server *s)
{
    notify_close(&s->notify);
    quality_close(&s->quality);
    feed_leave(&s->pipeline.feed, &s->copies.reader);
}

void server_close(struct server *s)
{
    if (s->closing)
        return;
    s->closing = true;
    s->serving = false;
    os_notify("STOPPING=1");
    /* Travel with opinions, the minute, the map, both reports, detectors, busy workers, open
     * doors. */
    s->waiting = 6 + s->foretelling + (int)s->accounts.sign_ins + s->cards_loading +
                 s->spool_syncing + s->has_gate + (s->jt808 != NULL) + (s->osmand != NULL) +
                 copies_any(&s->copies) + s->has_webhook;
    dismiss_readers(s);
    uv_close((uv_handle_t *)&s->second, NULL);
    lag_probe_close(&s->lag, NULL);
    s->gate.user = s;
    if (s->has_gate)
        gate_close(&s->gate, on_gate_closed);
    else
        stream_close(&s->stream);
    if (s->jt808)
        jt808_server_close(s->jt808, part_closed_cb, s);
    if (s->osmand)
        osmand_close(s->osmand, part_closed_cb, s);
    if (copies_any(&s->copies))
        copies_close(&s->copies, part_closed_cb, s);
    if (s->has_webhook)
        webhook_close(&s->webhook, part_closed_cb, s);
    server_timeline_close(s);
    map_close(&s->map, part_closed_cb, s);
    report_close(&s->report, part_closed_cb, s);
    report_close(&s->quality_report, part_closed_cb, s);
    minute_close(&s->minute, part_closed_cb, s);
    warn_close(&s->warn, part_closed_cb, s);
    travel_close(&s->travel, on_travel_closed, s);
}
