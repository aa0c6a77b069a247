#include "dispatch/server.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/card_check.h"
#include "dispatch/log.h"
#include "dispatch/server_impl.h"

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

/* --- condition --- */

struct condition_report server_condition(const struct server *s)
{
    uint64_t durable = journal_durable_seq(s->pipeline.journal);
    struct condition_report report = {.mode = s->travel.has_road ? MODE_FULL : MODE_CROW_FLIGHT,
                                      .disk_low = !s->pipeline.space_ok};
    if (s->has_redis) {
        report.redis_down = s->redis.reader.down;
        report.redis_lag = durable - s->redis.reader.cursor;
    }
    if (s->has_postgres) {
        report.postgres_down = s->postgres.reader.down;
        report.postgres_lag = durable - s->postgres.reader.cursor;
    }
    return report;
}

static uint32_t fullest_table_pct(const struct state *state)
{
    uint64_t fullest = (state->half_bytes - state_text_room(state)) * 100 / state->half_bytes;
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
    struct command command = {.kind = COMMAND_RAISE_ALERT};
    bool over = pct > (uint32_t)s->config->limits.alarm_pct;
    if (over && !s->table_alarm) {
        command.raise_alert.detector = TEXT("capacity");
        command.raise_alert.level = LEVEL_ORANGE;
        command.raise_alert.words = TEXT("a table is fuller than [limits] alarm_pct");
        pipeline_submit_own(&s->pipeline, &command);
    }
    s->table_alarm = over;
}

static void measure(struct server *s)
{
    const struct state *state = &s->pipeline.core.state;
    const struct reader *const reader[] = {&s->stream.reader, &s->notify.reader,
                                           &s->redis.reader, &s->postgres.reader};
    uint64_t durable = journal_durable_seq(s->pipeline.journal);
    int64_t open = 0;
    uint32_t pct = fullest_table_pct(state);
    EACH (state, INCIDENT, incident, it)
        open += it->state == INCIDENT_OPEN;
    metrics_set(&s->metrics, METRIC_OPEN_INCIDENTS, open);
    metrics_set(&s->metrics, METRIC_TABLES_PERCENT, pct);
    for (uint32_t i = 0; i < 4; i++)
        metrics_set_by(&s->metrics, FAMILY_READER_LAG, i,
                       reader[i]->name ? (int64_t)(durable - reader[i]->cursor) : 0);
    watch_limits(s, pct);
}

static void on_second(uv_timer_t *timer)
{
    struct server *s = timer->data;
    struct condition_report report = server_condition(s);
    if (!s->serving)
        return;
    track_tick(&s->track, pipeline_now_ms(&s->pipeline));
    stream_tell_condition(&s->stream, &report);
    measure(s);
}

static void on_applied(void *context, const struct record *record)
{
    struct server *s = context;
    if (s->serving)
        travel_applied(&s->travel, record);
}

/* --- opening, part by part --- */

static int open_cards(struct server *s)
{
    char plans[CONFIG_TEXT_MAX + 32];
    struct complaints *complaints = calloc(1, sizeof(*complaints));
    s->cards = calloc(1, sizeof(*s->cards));
    if (!s->cards || !complaints)
        return server_fail(s, "no memory for the cards");
    snprintf(plans, sizeof(plans), "%s/response.yaml", s->config->server.plans_dir);
    int result = cardfile_load(s->config->server.cards_dir, plans, s->cards, complaints);
    if (result == 0)
        result = card_check(s->cards, complaints);
    if (result != 0)
        server_fail(s, "the question cards are not usable:\n%.440s", complaints->text);
    else
        core_set_cards(&s->pipeline.core, s->cards);
    free(complaints);
    return result != 0 ? -1 : 0;
}

static int open_zones(struct server *s)
{
    char path[CONFIG_TEXT_MAX + 32];
    if (s->config->server.zones_file[0])
        snprintf(path, sizeof(path), "%s", s->config->server.zones_file);
    else
        snprintf(path, sizeof(path), "%s/zones.geojson", s->config->server.data_dir);
    if (zones_load(&s->zones, path) < 0)
        return server_fail(s, "%s", s->zones.errmsg);
    return 0;
}

static int open_track(struct server *s)
{
    struct track_config config;
    char dir[CONFIG_TEXT_MAX + 32];
    track_config_default(&config);
    snprintf(dir, sizeof(dir), "%s/spool", s->config->server.data_dir);
    if (os_make_dirs(dir) < 0)
        return server_fail(s, "cannot make %s", dir);
    config.dir = dir;
    config.spool_bytes_max = (uint64_t)s->config->track.spool;
    config.units_max = (uint32_t)s->config->limits.units;
    config.future_ms = (uint32_t)s->config->track.future_s * 1000;
    config.speed_max_kmh = (uint32_t)s->config->track.speed_kmh_max;
    config.interval_ms = (uint32_t)s->config->track.idle_interval_s * 1000;
    config.silent_factor_pct = (uint32_t)s->config->track.silent_factor_pct;
    config.spool_days_max = (uint32_t)s->config->track.spool_days;
    if (track_open(&s->track, &config, os_wall_ms(), server_unit_silent, s) < 0)
        return server_fail(s, "%s", s->track.errmsg);
    return 0;
}

static int open_accounts(struct server *s)
{
    struct accounts_policy policy;
    char path[CONFIG_TEXT_MAX + 32];
    accounts_policy_defaults(&policy);
    policy.failures_max = (uint32_t)s->config->gate.lockout_failures;
    policy.lock_ms = s->config->gate.lockout_minutes * INT64_C(60000);
    policy.token_ms = s->config->gate.token_minutes * INT64_C(60000);
    snprintf(path, sizeof(path), "%s/accounts.db", s->config->server.data_dir);
    if (accounts_open(&s->accounts, path, &policy) < 0)
        return server_fail(s, "%s", s->accounts.errmsg);
    return 0;
}

/* The setting holds several origins, separated by spaces. */
static void split_origins(struct server *s, struct gate_config *config)
{
    char *next = NULL;
    uint32_t n = 0;
    snprintf(s->origins, sizeof(s->origins), "%s", s->config->gate.origins);
    for (char *one = strtok_r(s->origins, " ", &next); one && n < GATE_ORIGINS_MAX;
         one = strtok_r(NULL, " ", &next))
        config->origins[n++] = one;
}

static int open_gate(struct server *s)
{
    struct gate_config config;
    struct gate_events events = stream_gate_events(&s->stream);
    gate_config_defaults(&config);
    config.host = s->config->server.http.host;
    config.http_port = s->config->server.http.port;
    config.tcp_port = s->config->server.tcp.port;
    config.console_dir = s->config->server.pages_dir[0] ? s->config->server.pages_dir : NULL;
    split_origins(s, &config);
    config.clients_max = (uint32_t)s->config->gate.clients;
    config.connections_max = config.clients_max * 2;
    config.frame_bytes_max = (uint32_t)s->config->gate.frame;
    config.queue_bytes_max = (uint32_t)s->config->gate.client_buffer * 8;
    if (gate_init(&s->gate, s->loop, &config, &events, &s->metrics) < 0)
        return server_fail(s, "%s", s->gate.errmsg);
    s->stream.gate = &s->gate;
    return server_routes(s);
}

static int open_readers(struct server *s)
{
    s->has_redis = s->config->redis.address.host[0] != 0;
    s->has_postgres = s->config->postgres.conninfo[0] != 0;
    if (s->has_redis &&
        publish_redis_open(&s->redis, s->loop, s->config, &s->pipeline.feed, &s->track) < 0)
        return server_fail(s, "%s", s->redis.errmsg);
    if (s->has_postgres && mirror_postgis_open(&s->postgres, s->loop, s->config,
                                               &s->pipeline.feed, &s->metrics) < 0)
        return server_fail(s, "%s", s->postgres.errmsg);
    log_info("readers", "redis=%d postgres=%d", s->has_redis, s->has_postgres);
    return 0;
}

static void activate(struct server *s, enum command_kind kind, const char *hash,
                     const struct text *in_force, uint64_t epoch)
{
    struct command command = {.kind = kind};
    struct text now = {hash, (uint32_t)strlen(hash)};
    if (text_same(now, *in_force))
        return;
    command.activate_cards.epoch = epoch + 1; /* the three have the same fields */
    command.activate_cards.hash = now;
    pipeline_submit_own(&s->pipeline, &command);
}

/* The BOOT record is durable: what is in force becomes facts, then the doors open. */
static void on_opened(void *context)
{
    struct server *s = context;
    const struct head *head = s->pipeline.core.state.head;
    activate(s, COMMAND_ACTIVATE_CARDS, s->pipeline.core.cards_hash, &head->cards_hash,
             head->cards_epoch);
    activate(s, COMMAND_ACTIVATE_ZONES, s->zones.hash, &head->zones_hash, head->zones_epoch);
    if (open_gate(s) < 0 || server_ingest_open(s) < 0 || open_readers(s) < 0) {
        log_error("start-failed", "why=%s", s->errmsg);
        exit(1);
    }
    notify_open(&s->notify, s->config, &s->pipeline, s->jt808, &s->track);
    s->serving = true;
    log_info("serving", "http=%d tcp=%d jt808=%d osmand=%d seq=%" PRIu64 " eta=%s",
             gate_http_port(&s->gate), gate_tcp_port(&s->gate),
             s->jt808 ? jt808_server_port(s->jt808) : 0, s->osmand ? osmand_port(s->osmand) : 0,
             pipeline_seq(&s->pipeline), s->travel.has_road ? "road" : "crow");
}

int server_open(struct server *s, const struct config *config, uv_loop_t *loop)
{
    static const char *const readers[] = {"console", "notify", "redis", "postgres"};
    memset(s, 0, sizeof(*s));
    s->config = config;
    s->loop = loop;
    metrics_init(&s->metrics);
    metrics_label(&s->metrics, FAMILY_READER_LAG, readers, 4);
    lag_probe_init(&s->lag, loop, &s->metrics);
    s->pipeline.applied_cb = on_applied;
    s->pipeline.opened_cb = on_opened;
    s->pipeline.context = s;
    if (os_make_dirs(config->server.data_dir) < 0)
        return server_fail(s, "cannot make the data directory %s", config->server.data_dir);
    if (wire_arena_init(&s->arena, WIRE_CLIENT_ARENA) < 0)
        return server_fail(s, "no memory");
    if (open_zones(s) < 0 || open_accounts(s) < 0 || open_track(s) < 0)
        return -1;
    if (pipeline_open(&s->pipeline, config, loop, &s->metrics) < 0)
        return server_fail(s, "%s", s->pipeline.errmsg);
    if (open_cards(s) < 0)
        return -1;
    if (travel_open(&s->travel, config, loop, &s->pipeline, &s->track) < 0)
        return server_fail(s, "%s", s->travel.errmsg);
    if (stream_open(&s->stream, config, loop, &s->pipeline, &s->track, &s->accounts,
                    &s->metrics) < 0)
        return server_fail(s, "no memory for the stream");
    s->stream.prepare_cb = server_prepare;
    s->stream.query_cb = server_query;
    s->stream.context = s;
    uv_timer_init(loop, &s->second);
    s->second.data = s;
    uv_timer_start(&s->second, on_second, 1000, 1000);
    return 0;
}

/* --- closing: the doors first, the journal last --- */

static void on_pipeline_closed(void *context)
{
    struct server *s = context;
    track_close(&s->track);
    zones_close(&s->zones);
    accounts_close(&s->accounts);
    wire_arena_close(&s->arena);
    free(s->cards);
    s->closed_cb(s);
}

static void part_closed(struct server *s)
{
    if (--s->waiting == 0)
        pipeline_close(&s->pipeline, on_pipeline_closed, s);
}

static void part_closed_cb(void *context)
{
    part_closed(context);
}

static void on_gate_closed(struct gate *gate)
{
    struct server *s = gate->user;
    stream_close(&s->stream);
    part_closed(s);
}

void server_close(struct server *s, void (*closed_cb)(struct server *server))
{
    s->closing = true;
    s->closed_cb = closed_cb;
    s->waiting = 1;
    uv_close((uv_handle_t *)&s->second, NULL);
    lag_probe_close(&s->lag, NULL);
    if (s->serving) {
        s->gate.user = s;
        s->waiting += 1 + (s->jt808 != NULL) + (s->osmand != NULL) + s->has_redis + s->has_postgres;
        gate_close(&s->gate, on_gate_closed);
        if (s->jt808)
            jt808_server_close(s->jt808, part_closed_cb, s);
        if (s->osmand)
            osmand_close(s->osmand, part_closed_cb, s);
        if (s->has_redis)
            publish_redis_close(&s->redis, part_closed_cb, s);
        if (s->has_postgres)
            mirror_postgis_close(&s->postgres, part_closed_cb, s);
    }
    s->serving = false;
    travel_close(&s->travel, part_closed_cb, s);
}
