#include "dispatch/readers/publish_redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/must.h"
#include "dispatch/readers/redis_loop.h"

enum { RECORDS_MAX = 200, FOLD_CHUNK = 200, CHUNK_BYTES = 256 * 1024, WORD_MAX = 32, HEADER = 6 };

/* ARGV: the stored word expected, the one to store, then commands, each after its length. */
static const char apply_script[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'moved' end\n"
    "local i = 3\n"
    "while i <= #ARGV do\n"
    "  local n = tonumber(ARGV[i])\n"
    "  redis.call(unpack(ARGV, i + 1, i + n))\n"
    "  i = i + n + 1\n"
    "end\n"
    "redis.call('SET', KEYS[1], ARGV[2])\n"
    "return 'done'\n";

/* Takes away this copy and the one that was in force. */
static const char reset_script[] =
    "local function list(...)\n"
    "  local found = redis.pcall(...)\n"
    "  return found.err and {} or found\n"
    "end\n"
    "local function clear(keys)\n"
    "  for _, id in ipairs(list('SMEMBERS', keys .. 'units')) do\n"
    "    redis.call('UNLINK', keys .. 'unit:' .. id)\n"
    "  end\n"
    "  for _, id in ipairs(list('ZRANGE', keys .. 'queue', 0, -1)) do\n"
    "    redis.call('UNLINK', keys .. 'incident:' .. id)\n"
    "  end\n"
    "  for _, name in ipairs({'units', 'queue', 'positions', 'facts', 'alerts', 'seq'}) do\n"
    "    redis.call('UNLINK', keys .. name)\n"
    "  end\n"
    "end\n"
    "local old = redis.call('GET', KEYS[1])\n"
    "if old and old ~= ARGV[1] then clear(old) end\n"
    "clear(ARGV[1])\n"
    "redis.call('SET', KEYS[1], ARGV[1])\n"
    "redis.call('SET', ARGV[1] .. 'seq', ARGV[2])\n"
    "return 'done'\n";

static void work(struct publish_redis *p);
static void on_limit(uv_timer_t *timer);

static void on_work(uv_timer_t *timer)
{
    work(timer->data);
}

static void work_soon(struct publish_redis *p, uint64_t wait_ms)
{
    must(uv_timer_start(&p->work, on_work, wait_ms, 0) == 0);
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct publish_redis *p = self;
    p->durable_seq = durable_seq;
    if (p->state == PUBLISH_IDLE)
        work_soon(p, 0);
}

/* --- the connection's end --- */

static void down(struct publish_redis *p, const char *why)
{
    log_warn("redis-down", "why=%s", why);
    p->redis = NULL;
    p->state = PUBLISH_DOWN;
    p->reader.down = true;
    p->waiting = 0;
    p->positions_sent = false;
    uv_timer_stop(&p->limit);
    work_soon(p, backoff_ms(&p->backoff));
}

/* hiredis ends the outstanding calls with NULL while it frees: they find p->redis changed. */
static void drop(struct publish_redis *p, const char *why)
{
    redisAsyncContext *redis = p->redis;
    down(p, why);
    if (redis)
        redisAsyncFree(redis);
}

static void cannot_read(struct publish_redis *p, const char *why)
{
    log_error("publish-cannot-read", "reader=%s after_seq=%" PRIu64 " why=%s", p->reader.name,
              p->reader.cursor, why);
    drop(p, "the journal cannot be read");
}

/* --- sending --- */

static void on_reply(redisAsyncContext *redis, void *reply, void *data);

static void expect_reply(struct publish_redis *p, int sent)
{
    p->waiting++;
    must(uv_timer_start(&p->limit, on_limit,
                        sent == REDIS_OK ? (uint64_t)p->config->redis.timeout_ms : 0, 0) == 0);
}

static void send_words(struct publish_redis *p, redisCallbackFn *replied_cb, int count,
                       const char **value, const size_t *n)
{
    expect_reply(p, redisAsyncCommandArgv(p->redis, replied_cb, p, count, value, n));
}

static void ask_seq(struct publish_redis *p)
{
    char key[PUBLISH_KEYS_MAX + 8];
    const char *value[] = {"GET", key};
    snprintf(key, sizeof(key), "%sseq", p->keys);
    p->state = PUBLISH_ASKING;
    send_words(p, on_reply, 2, value, NULL);
}

/* `header` words, then the batch's. */
static void send_batch_words(struct publish_redis *p, const struct publish_batch *batch,
                             redisCallbackFn *replied_cb, int header, const char *const *head_word)
{
    size_t count = (size_t)header + batch->count;
    const char **value = calloc(count, sizeof(*value));
    size_t *n = calloc(count, sizeof(*n));
    if (!value || !n) {
        drop(p, "no memory for a batch");
    } else {
        for (int i = 0; i < header; i++) {
            value[i] = head_word[i];
            n[i] = strlen(head_word[i]);
        }
        for (size_t i = 0; i < batch->count; i++) {
            value[(size_t)header + i] = (const char *)batch->bytes.bytes + batch->arg[i].at;
            n[(size_t)header + i] = batch->arg[i].n;
        }
        send_words(p, replied_cb, (int)count, value, n);
    }
    free(value);
    free(n);
}

static void send_script(struct publish_redis *p, const char *after, const char *upto)
{
    char key[PUBLISH_KEYS_MAX + 8];
    const char *const head[HEADER] = {"EVAL", apply_script, "1", key, after, upto};
    snprintf(key, sizeof(key), "%sseq", p->keys);
    send_batch_words(p, &p->batch, on_reply, HEADER, head);
}

static void send_batch(struct publish_redis *p)
{
    char after[WORD_MAX], upto[WORD_MAX];
    snprintf(after, sizeof(after), "%" PRIu64, p->batch.after_seq);
    snprintf(upto, sizeof(upto), "%" PRIu64, p->batch.upto_seq);
    p->state = PUBLISH_WRITING;
    send_script(p, after, upto);
}

/* --- the journal's side --- */

static void changed(void *context, enum object_kind kind, const void *object)
{
    struct publish_redis *p = context;
    publish_object(&p->batch, p->keys, kind, object);
}

static void leaving(void *context, enum object_kind kind, const void *object)
{
    (void)context; /* an incident leaves long after it was closed, and with that left Redis */
    (void)kind;
    (void)object;
}

static bool add_record(void *context, const struct record *record)
{
    struct publish_redis *p = context;
    p->batch.upto_seq = record->seq;
    publish_record(&p->batch, p->keys, record, p->config->redis.stream_max);
    shadow_apply(&p->shadow, record);
    return p->batch.bytes.n < PUBLISH_BATCH_BYTES;
}

static void write_next(struct publish_redis *p)
{
    uint64_t after_seq = p->reader.cursor;
    publish_batch_clear(&p->batch, after_seq);
    int64_t n = feed_read(p->feed, after_seq, RECORDS_MAX, add_record, p);
    shadow_flush(&p->shadow);
    if (n < 0 || p->batch.full) {
        publish_batch_clear(&p->batch,
                            after_seq); /* the shadow has gone on: asking finds a place */
        cannot_read(p, n < 0 ? p->feed->errmsg : "no memory for a batch");
    } else if (n > 0) {
        send_batch(p);
    }
}

static void written(struct publish_redis *p)
{
    p->backoff = (struct backoff){0};
    p->reader.cursor = p->batch.upto_seq;
    publish_batch_clear(&p->batch, p->reader.cursor);
    p->state = PUBLISH_IDLE;
    work(p);
}

static void fold_from(struct publish_redis *p, uint64_t seq)
{
    p->reader.cursor = seq;
    publish_batch_clear(&p->batch, seq);
    p->state = PUBLISH_FOLDING;
    if (shadow_begin(&p->shadow, seq) < 0)
        cannot_read(p, p->shadow.errmsg);
    else
        work_soon(p, 0);
}

/* --- a copy made anew --- */

static void reset(struct publish_redis *p)
{
    char current[PUBLISH_KEYS_MAX];
    const char *value[] = {"EVAL", reset_script, "1", current, p->keys, "rebuild:0"};
    snprintf(current, sizeof(current), "%.64s:current", p->config->redis.prefix);
    log_warn("redis-rebuild", "durable_seq=%" PRIu64, p->durable_seq);
    publish_batch_clear(&p->batch, 0);
    p->distrust = false;
    p->anew = true;
    p->state = PUBLISH_RESETTING;
    send_words(p, on_reply, HEADER, value, NULL);
}

/* Objects into the batch until it is large enough. true: these were the last. */
static bool add_objects(struct publish_redis *p)
{
    const struct table *units = &p->shadow.core.state.table[OBJECT_UNIT];
    const struct table *incidents = &p->shadow.core.state.table[OBJECT_INCIDENT];
    while (p->unit < units->count && p->batch.bytes.n < CHUNK_BYTES)
        publish_object(&p->batch, p->keys, OBJECT_UNIT, table_at(units, p->unit++));
    while (p->incident < incidents->count && p->batch.bytes.n < CHUNK_BYTES) {
        const struct incident *incident = table_at(incidents, p->incident++);
        if (incident->state == INCIDENT_OPEN)
            publish_object(&p->batch, p->keys, OBJECT_INCIDENT, incident);
    }
    return p->unit == units->count && p->incident == incidents->count;
}

static void state_next(struct publish_redis *p)
{
    char after[WORD_MAX], upto[WORD_MAX];
    p->state = PUBLISH_STATING;
    publish_batch_clear(&p->batch, p->reader.cursor);
    p->anew = !add_objects(p);
    snprintf(after, sizeof(after), "rebuild:%" PRIu32, p->chunk++);
    if (p->anew)
        snprintf(upto, sizeof(upto), "rebuild:%" PRIu32, p->chunk);
    else
        snprintf(upto, sizeof(upto), "%" PRIu64, p->reader.cursor);
    if (p->batch.full)
        drop(p, "no memory for a batch");
    else
        send_script(p, after, upto);
}

static void fold_on(struct publish_redis *p)
{
    int there = shadow_fold(&p->shadow, p->reader.cursor, FOLD_CHUNK);
    if (there < 0) {
        cannot_read(p, p->shadow.errmsg);
    } else if (!there) {
        work_soon(p, 0);
    } else if (p->anew) {
        p->chunk = p->unit = p->incident = 0;
        state_next(p);
    } else {
        p->state = PUBLISH_IDLE;
        work_soon(p, 0);
    }
}

/* --- replies --- */

static void placed(struct publish_redis *p, const redisReply *reply)
{
    char *end = NULL;
    uint64_t seq = reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, &end, 10) : 0;
    const struct publish_batch *batch = &p->batch;
    bool pending = batch->upto_seq > batch->after_seq;
    if (!end || end == reply->str || *end || seq > p->durable_seq || p->distrust)
        reset(p);
    else if (pending && seq == batch->after_seq)
        send_batch(p);
    else if (pending && seq == batch->upto_seq)
        written(p);
    else
        fold_from(p, seq);
}

/* From there on the journal fills the streams. */
static void start_anew(struct publish_redis *p)
{
    uint64_t back = (uint64_t)p->config->redis.stream_max;
    fold_from(p, p->durable_seq > back ? p->durable_seq - back : 0);
}

static void take_error(struct publish_redis *p, const redisReply *reply)
{
    bool broke_off = strncmp(reply->str, "ERR", 3) == 0 || strncmp(reply->str, "WRONGTYPE", 9) == 0;
    p->distrust = broke_off;
    drop(p, reply->str);
}

static void take_reply(struct publish_redis *p, const redisReply *reply)
{
    bool moved = reply->type == REDIS_REPLY_STRING && strcmp(reply->str, "moved") == 0;
    if (reply->type == REDIS_REPLY_ERROR)
        take_error(p, reply);
    else if (p->state == PUBLISH_ASKING)
        placed(p, reply);
    else if (moved)
        ask_seq(p);
    else if (p->state == PUBLISH_RESETTING)
        start_anew(p);
    else if (p->state == PUBLISH_STATING && p->anew)
        state_next(p);
    else
        written(p);
}

/* False: it belongs to a connection that is gone. */
static bool answered(struct publish_redis *p, const redisAsyncContext *redis, const void *reply)
{
    if (redis != p->redis || !reply)
        return false;
    if (--p->waiting == 0)
        uv_timer_stop(&p->limit);
    return true;
}

static void on_reply(redisAsyncContext *redis, void *reply, void *data)
{
    struct publish_redis *p = data;
    if (answered(p, redis, reply))
        take_reply(p, reply);
}

/* --- positions --- */

static void on_positions_reply(redisAsyncContext *redis, void *reply, void *data)
{
    struct publish_redis *p = data;
    if (!answered(p, redis, reply))
        return;
    p->positions_sent = false;
    if (((redisReply *)reply)->type == REDIS_REPLY_ERROR)
        take_error(p, reply);
}

/* What a GEO set takes: up to the limits of Web Mercator. */
static bool is_placeable(const struct position *at)
{
    return abs(at->lat_e7) <= 850000000 && abs(at->lon_e7) <= 1800000000;
}

static void add_places(struct publish_redis *p, const struct position_list *list)
{
    publish_batch_clear(&p->places, 0);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct position *at = &list->at[i];
        if (!is_placeable(at) || !state_find(&p->shadow.core.state, OBJECT_UNIT, at->unit))
            continue;
        publish_print(&p->places, "%.7f", at->lon_e7 / 1e7);
        publish_print(&p->places, "%.7f", at->lat_e7 / 1e7);
        publish_print(&p->places, "%" PRIu64, at->unit);
    }
}

static void on_second(uv_timer_t *timer)
{
    struct publish_redis *p = timer->data;
    char key[PUBLISH_KEYS_MAX + 16];
    const char *const head[] = {"GEOADD", key};
    if (p->positions_sent || (p->state != PUBLISH_IDLE && p->state != PUBLISH_WRITING))
        return;
    struct position_list *list = positions_take(p->positions);
    if (!list)
        return;
    snprintf(key, sizeof(key), "%spositions", p->keys);
    add_places(p, list);
    free(list);
    if (p->places.count == 0 || p->places.full)
        return;
    p->positions_sent = true;
    send_batch_words(p, &p->places, on_positions_reply, 2, head);
}

/* --- connecting --- */

static void on_limit(uv_timer_t *timer)
{
    struct publish_redis *p = timer->data;
    drop(p, p->state == PUBLISH_CONNECTING ? "no connection in time" : "no answer in time");
}

static void on_connected(const redisAsyncContext *redis, int status)
{
    struct publish_redis *p = redis->data;
    if (redis != p->redis)
        return;
    if (status != REDIS_OK) {
        down(p, redis->errstr ? redis->errstr : "refused"); /* hiredis frees it after this call */
        return;
    }
    p->reader.down = false;
    ask_seq(p);
}

static void on_disconnected(const redisAsyncContext *redis, int status)
{
    struct publish_redis *p = redis->data;
    (void)status;
    if (redis == p->redis)
        down(p, redis->errstr ? redis->errstr : "closed");
}

/* The journal's name and epoch as they are now. */
static int name_keys(struct publish_redis *p)
{
    struct journal_head head;
    if (journal_read_head(p->feed->journal, &head) < 0)
        return -1;
    publish_keys(p->keys, p->config->redis.prefix, &head);
    return 0;
}

static void connect_now(struct publish_redis *p)
{
    redisAsyncContext *redis = NULL;
    if (name_keys(p) == 0)
        redis = redisAsyncConnect(p->config->redis.address.host, p->config->redis.address.port);
    if (!redis || redis->err || redis_loop_attach(redis, p->loop) < 0) {
        down(p, redis && redis->err ? redis->errstr : "no memory or no journal");
        if (redis)
            redisAsyncFree(redis);
        return;
    }
    redis->data = p;
    p->redis = redis;
    p->state = PUBLISH_CONNECTING;
    redisAsyncSetDisconnectCallback(redis, on_disconnected);
    redisAsyncSetConnectCallback(redis, on_connected);
    must(uv_timer_start(&p->limit, on_limit, (uint64_t)p->config->redis.timeout_ms, 0) == 0);
}

static void work(struct publish_redis *p)
{
    if (p->state == PUBLISH_DOWN)
        connect_now(p);
    else if (p->state == PUBLISH_FOLDING)
        fold_on(p);
    else if (p->state == PUBLISH_IDLE && p->reader.cursor < p->durable_seq)
        write_next(p);
}

/* --- life --- */

void publish_keys(char out[static PUBLISH_KEYS_MAX], const char *prefix,
                  const struct journal_head *head)
{
    char id[2 * JOURNAL_ID_SIZE + 1];
    for (size_t i = 0; i < JOURNAL_ID_SIZE; i++)
        snprintf(id + 2 * i, 3, "%02x", head->journal_id[i]);
    must(snprintf(out, PUBLISH_KEYS_MAX, "%.64s:{%s.%" PRIu64 "}:", prefix, id, head->epoch) <
         PUBLISH_KEYS_MAX);
}

static void start_timers(struct publish_redis *p)
{
    uv_timer_t *const timers[] = {&p->work, &p->limit, &p->second};
    for (size_t i = 0; i < sizeof(timers) / sizeof(*timers); i++) {
        must(uv_timer_init(p->loop, timers[i]) == 0);
        timers[i]->data = p;
    }
    must(uv_timer_start(&p->second, on_second, 1000, 1000) == 0);
    work_soon(p, 0);
}

int publish_redis_open(struct publish_redis *p, uv_loop_t *loop, const struct config *config,
                       struct feed *feed, struct positions *positions)
{
    struct limits limits;
    struct policy policy;
    memset(p, 0, sizeof(*p));
    p->config = config;
    p->feed = feed;
    p->positions = positions;
    p->loop = loop;
    p->durable_seq = feed->durable;
    if (!os_is_ip(config->redis.address.host)) {
        snprintf(p->errmsg, sizeof(p->errmsg),
                 "[redis] address: %s is no IP address; a name is looked up at every connection, "
                 "and dispatch would wait for it",
                 config->redis.address.host);
        return -1;
    }
    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    if (shadow_init(&p->shadow, &limits, &policy, feed->journal) < 0) {
        snprintf(p->errmsg, sizeof(p->errmsg), "%s", p->shadow.errmsg);
        return -1;
    }
    p->shadow.changed_cb = changed;
    p->shadow.leaving_cb = leaving;
    p->shadow.context = p;
    publish_batch_init(&p->batch);
    publish_batch_init(&p->places);
    p->reader = (struct reader){"redis", p, on_wake, 0, true};
    start_timers(p);
    feed_join(feed, &p->reader);
    return 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct publish_redis *p = handle->data;
    if (--p->closing > 0)
        return;
    shadow_close(&p->shadow);
    publish_batch_close(&p->batch);
    publish_batch_close(&p->places);
    p->closed_cb(p->context);
}

void publish_redis_close(struct publish_redis *p, void (*closed_cb)(void *context), void *context)
{
    redisAsyncContext *redis = p->redis;
    p->redis = NULL;
    p->state = PUBLISH_DOWN;
    p->closed_cb = closed_cb;
    p->context = context;
    p->closing = 3;
    if (redis)
        redisAsyncFree(redis);
    uv_close((uv_handle_t *)&p->work, on_timer_closed);
    uv_close((uv_handle_t *)&p->limit, on_timer_closed);
    uv_close((uv_handle_t *)&p->second, on_timer_closed);
}
