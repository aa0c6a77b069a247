#include "dispatch/readers/copies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "dispatch/base/log.h"
#include "dispatch/must.h"

/* --- the thread --- */

static void tell(struct copy *copy, const struct reader *reader)
{
    atomic_store(&copy->cursor, reader->cursor);
    atomic_store(&copy->down, reader->down);
}

/* Before the thread's loop waits. */
static void on_turned(uv_prepare_t *prepare)
{
    struct copies *c = prepare->data;
    tell(&c->redis_copy, &c->redis.reader);
    tell(&c->postgres_copy, &c->postgres.reader);
    atomic_store(&c->quarantined, c->metrics.value[METRIC_QUARANTINED]);
}

static void no_more(void *context)
{
    (void)context;
}

static void end(struct copies *c)
{
    uv_close((uv_handle_t *)&c->news, NULL);
    uv_close((uv_handle_t *)&c->turned, NULL);
    if (c->has_redis)
        publish_redis_close(&c->redis, no_more, NULL);
    if (c->has_postgres) {
        mirror_postgis_close(&c->postgres, no_more, NULL);
        mirror_fix_close(&c->fixes, no_more, NULL);
    }
}

static void on_news(uv_async_t *async)
{
    struct copies *c = async->data;
    struct config *config = atomic_exchange(&c->new_config, NULL);
    uint64_t durable_seq = atomic_load(&c->durable_seq);
    if (config)
        c->config = *config;
    free(config);
    if (durable_seq > c->feed.durable)
        feed_durable(&c->feed, durable_seq);
    if (atomic_load(&c->ending))
        end(c);
}

static void run(void *context)
{
    struct copies *c = context;
    (void)prctl(PR_SET_NAME, "copies"); /* for top -H and chrt */
    uv_run(&c->loop, UV_RUN_DEFAULT);
    must(uv_async_send(&c->ended) == 0);
}

/* --- opening --- */

static int open_journal(struct copies *c, uint64_t durable_seq)
{
    const char *dir = c->config.journal.dir[0] ? c->config.journal.dir : c->config.server.data_dir;
    if (journal_reader_open(&c->journal, dir, c->errmsg) < 0)
        return -1;
    if (vault_init(&c->vault, c->journal, c->config.privacy.master_key_file,
                   (uint32_t)c->config.privacy.cache) < 0) {
        snprintf(c->errmsg, sizeof(c->errmsg), "%s", c->vault.errmsg);
        return -1;
    }
    if (feed_init(&c->feed, c->journal, &c->vault, durable_seq) < 0) {
        snprintf(c->errmsg, sizeof(c->errmsg), "%s", c->feed.errmsg);
        return -1;
    }
    return 0;
}

static int open_readers(struct copies *c, const char *spool_dir)
{
    if (c->has_redis &&
        publish_redis_open(&c->redis, &c->loop, &c->config, &c->feed, &c->positions) < 0) {
        snprintf(c->errmsg, sizeof(c->errmsg), "%s", c->redis.errmsg);
        return -1;
    }
    if (c->has_postgres &&
        mirror_postgis_open(&c->postgres, &c->loop, &c->config, &c->feed, &c->metrics) < 0) {
        snprintf(c->errmsg, sizeof(c->errmsg), "%s", c->postgres.errmsg);
        return -1;
    }
    if (c->has_postgres)
        mirror_fix_open(&c->fixes, &c->loop, &c->config, spool_dir, &c->metrics);
    on_turned(&c->turned);
    return 0;
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct copies *c = self;
    atomic_store(&c->durable_seq, durable_seq);
    uv_async_send(&c->news);
}

/* The thread's loop is made here and not run before uv_thread_create. */
static void init_loop(struct copies *c)
{
    must(uv_loop_init(&c->loop) == 0 && uv_async_init(&c->loop, &c->news, on_news) == 0 &&
         uv_prepare_init(&c->loop, &c->turned) == 0 &&
         uv_prepare_start(&c->turned, on_turned) == 0);
    uv_unref((uv_handle_t *)&c->turned);
    c->news.data = c->turned.data = c;
}

static void on_ended(uv_async_t *async);

static int start(struct copies *c, uv_loop_t *loop)
{
    c->ended.data = c;
    must(uv_async_init(loop, &c->ended, on_ended) == 0);
    if (uv_thread_create(&c->thread, run, c) == 0)
        return 0;
    uv_close((uv_handle_t *)&c->ended, NULL);
    snprintf(c->errmsg, sizeof(c->errmsg), "no thread for the copies");
    return -1;
}

int copies_open(struct copies *c, uv_loop_t *loop, const struct config *config, struct feed *feed,
                const char *spool_dir)
{
    memset(c, 0, sizeof(*c));
    c->config = *config;
    c->has_redis = config->redis.address.host[0];
    c->has_postgres = config->postgres.conninfo[0];
    if (!copies_any(c))
        return 0;
    metrics_init(&c->metrics);
    init_loop(c);
    atomic_store(&c->durable_seq, feed->durable);
    if (open_journal(c, feed->durable) < 0 || open_readers(c, spool_dir) < 0 ||
        start(c, loop) < 0) {
        c->has_redis = c->has_postgres = false;
        return -1;
    }
    c->reader = (struct reader){.name = "copies", .self = c, .wake_cb = on_wake};
    feed_join(feed, &c->reader);
    return 0;
}

/* --- from the loop --- */

void copies_reload(struct copies *c, const struct config *config)
{
    struct config *copy = copies_any(c) ? malloc(sizeof(*copy)) : NULL;
    if (!copy)
        return;
    *copy = *config;
    free(atomic_exchange(&c->new_config, copy));
    uv_async_send(&c->news);
}

void copies_second(struct copies *c, const struct track *track)
{
    if (c->has_redis)
        positions_put(&c->positions, track);
}

static void on_ended_closed(uv_handle_t *handle)
{
    struct copies *c = handle->data;
    c->closed_cb(c->context);
}

static void on_ended(uv_async_t *async)
{
    struct copies *c = async->data;
    must(uv_thread_join(&c->thread) == 0);
    must(uv_loop_close(&c->loop) == 0);
    feed_close(&c->feed);
    vault_close(&c->vault);
    journal_reader_close(c->journal);
    positions_close(&c->positions);
    free(atomic_exchange(&c->new_config, NULL));
    uv_close((uv_handle_t *)async, on_ended_closed);
}

void copies_close(struct copies *c, void (*closed_cb)(void *context), void *context)
{
    c->closed_cb = closed_cb;
    c->context = context;
    atomic_store(&c->ending, true);
    uv_async_send(&c->news);
}
