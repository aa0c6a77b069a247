/* The server's parts, opened one by one: those it stands on, and once the BOOT record is durable
 * the doors. */
#include <stdio.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/server/server_impl.h"

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
    /* The pipeline's clock: a driven one may be years from the machine's. */
    if (track_open(&s->track, &config, pipeline_now_ms(&s->pipeline), server_unit_silent, s) < 0)
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
    config.clients_per_peer = (uint32_t)s->config->gate.clients_per_peer;
    config.connections_max = config.clients_max * 2;
    config.frame_bytes_max = (uint32_t)s->config->gate.frame;
    /* The stream stops feeding a slow client long before; this must hold two of the largest frames.
     */
    config.queue_bytes_max = (uint32_t)s->config->gate.client_buffer;
    if (config.queue_bytes_max < 2 * WIRE_SERVER_FRAME_MAX)
        config.queue_bytes_max = 2 * WIRE_SERVER_FRAME_MAX;
    if (gate_init(&s->gate, s->loop, &config, &events, &s->metrics) < 0)
        return server_fail(s, "%s", s->gate.errmsg);
    s->has_gate = true;
    s->stream.gate = &s->gate;
    return server_routes(s);
}

static int open_readers(struct server *s)
{
    const struct config *c = s->config;
    if (copies_open(&s->copies, s->loop, c, &s->pipeline.feed, s->track.spool.dir) < 0)
        return server_fail(s, "%s", s->copies.errmsg);
    if (c->webhook.url[0]) {
        if (webhook_open(&s->webhook, s->loop, c, &s->pipeline, &s->metrics) < 0)
            return server_fail(s, "%s", s->webhook.errmsg);
        s->has_webhook = true;
    }
    log_info("readers", "redis=%d postgres=%d webhook=%d", s->copies.has_redis,
             s->copies.has_postgres, s->has_webhook);
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

void server_activate(struct server *s)
{
    const struct head *head = s->pipeline.core.state.head;
    activate(s, COMMAND_ACTIVATE_CARDS, s->pipeline.core.cards_hash, &head->cards_hash,
             head->cards_epoch);
    activate(s, COMMAND_ACTIVATE_ZONES, s->zones.hash, &head->zones_hash, head->zones_epoch);
}

int server_open_doors(struct server *s)
{
    if (open_gate(s) < 0 || server_ingest_open(s) < 0 || open_readers(s) < 0)
        return -1;
    notify_open(&s->notify, s->config, &s->pipeline, s->jt808, &s->track);
    return 0;
}

static int open_stream(struct server *s)
{
    if (stream_open(&s->stream, s->config, s->loop, &s->pipeline, &s->track, &s->accounts,
                    &s->metrics) < 0)
        return server_fail(s, "no memory for the stream");
    s->stream.prepare_cb = server_prepare;
    s->stream.query_cb = server_query;
    s->stream.clock_cb = server_clock;
    s->stream.context = s;
    return 0;
}

static int open_travel(struct server *s)
{
    if (travel_open(&s->travel, s->config, s->loop, &s->pipeline, &s->track) < 0)
        return server_fail(s, "%s", s->travel.errmsg);
    s->travel.zones = &s->zones;
    s->travel.idle_cb = server_idle;
    s->travel.context = s;
    opinion_open(&s->opinion, s->config, s->loop, &s->pipeline, &s->travel);
    s->opinion.idle_cb = server_idle;
    s->opinion.context = s;
    return server_coverage_open(s);
}

int server_open_parts(struct server *s)
{
    if (os_make_dirs(s->config->server.data_dir) < 0)
        return server_fail(s, "cannot make the data directory %s", s->config->server.data_dir);
    if (wire_arena_init(&s->arena, WIRE_CLIENT_ARENA) < 0)
        return server_fail(s, "no memory");
    if (open_zones(s) < 0)
        return -1;
    if (pipeline_open(&s->pipeline, s->config, s->loop, &s->metrics) < 0)
        return server_fail(s, "%s", s->pipeline.errmsg);
    /* After the journal, which makes room on a full disk. */
    bool open = open_accounts(s) == 0 && server_load_cards(s) == 0 && open_track(s) == 0 &&
                open_travel(s) == 0 && open_stream(s) == 0;
    return open ? 0 : -1;
}
