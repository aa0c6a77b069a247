#include "dispatch/upkeep/minute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dispatch/base/log.h"
#include "dispatch/line/ring.h"
#include "dispatch/upkeep/sheet.h"

enum { MINUTE_MS = 60000, BOARD_BYTES_MAX = 64 * 1024 * 1024 };

/* --- the board --- */

static void draw(struct minute *m)
{
    const struct state *state = &m->pipeline->core.state;
    const struct sheet_look look = {
        .centre = m->config->server.centre,
        .printed_ms = pipeline_now_ms(m->pipeline),
        .as_of_ms = state->head->now_ms,
        .seq = pipeline_seq(m->pipeline),
        .utc_offset_min = m->config->server.utc_offset_min,
        .personal = true,
    };
    buffer_clear(&m->html);
    buffer_clear(&m->text);
    sheet_write(state, &look, SHEET_HTML, &m->html);
    sheet_write(state, &look, SHEET_TEXT, &m->text);
}

static int replace(const struct minute *m, const char *name, const struct buffer *bytes)
{
    char path[CONFIG_TEXT_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", m->dir, name);
    return bytes->full ? -EFBIG : os_replace_file(path, bytes->bytes, bytes->n, 0600);
}

static void write_board(uv_work_t *work)
{
    struct minute *m = work->data;
    m->written = os_make_dirs(m->dir);
    if (m->written == 0)
        m->written = replace(m, "board.html", &m->html);
    if (m->written == 0)
        m->written = replace(m, "board.txt", &m->text);
}

static void rotation_closed(void *context)
{
    struct minute *m = context;
    m->closed_cb(m->context);
}

static void finish_close(struct minute *m)
{
    buffer_close(&m->html);
    buffer_close(&m->text);
    rotation_close(&m->rotation, rotation_closed, m);
}

static void settle(struct minute *m)
{
    m->writing = false;
    if (m->closing)
        finish_close(m);
}

static void on_written(uv_work_t *work, int status)
{
    struct minute *m = work->data;
    if (status == 0 && m->written < 0)
        log_error("board-not-written", "dir=%s why=%s", m->dir, strerror(-m->written));
    settle(m);
}

static void on_durable(void *context, uint64_t tag, const struct reply *reply)
{
    struct minute *m = context;
    (void)tag;
    (void)reply;
    m->work.data = m;
    if (m->closing || uv_queue_work(m->timer.loop, &m->work, write_board, on_written) < 0)
        settle(m);
}

static void print_board(struct minute *m)
{
    if (m->writing) {
        log_warn("board-late", "dir=%s", m->dir);
        return;
    }
    m->writing = true;
    draw(m);
    pipeline_when_durable(m->pipeline, on_durable, m, 0, 0);
}

/* --- the disk --- */

static uint64_t file_bytes(const char *dir, const char *name)
{
    char path[CONFIG_TEXT_MAX + 32];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void alarm_growth(struct minute *m, uint32_t hours)
{
    /* A replay's facts are its own, not this disk's. */
    bool soon = !m->pipeline->driven && hours < (uint32_t)m->config->journal.alarm_hours;
    if (soon && !m->growth_alarm) {
        ring_alarm(m->pipeline, ALARM_DISK_GROWTH, 0);
        log_warn("disk-growth", "hours_left=%u", hours);
    }
    m->growth_alarm = soon;
}

static void watch_disk(struct minute *m)
{
    const char *dir =
        m->config->journal.dir[0] ? m->config->journal.dir : m->config->server.data_dir;
    uint64_t free_bytes = 0, reserve = (uint64_t)m->config->journal.reserve;
    if (os_free_bytes(dir, &free_bytes) < 0)
        return;
    uint32_t hours = growth_hours_left(&m->growth, os_mono_ms(),
                                       free_bytes > reserve ? free_bytes - reserve : 0);
    metrics_set(m->metrics, METRIC_DISK_FREE, (int64_t)free_bytes);
    metrics_set(m->metrics, METRIC_DISK_HOURS, hours);
    metrics_set(m->metrics, METRIC_JOURNAL_BYTES,
                (int64_t)(file_bytes(dir, "journal.db") + file_bytes(dir, "journal.db-wal")));
    alarm_growth(m, hours);
}

/* --- every minute --- */

static void on_minute(uv_timer_t *timer)
{
    struct minute *m = timer->data;
    watch_disk(m);
    print_board(m);
    rotation_day(&m->rotation);
}

void minute_board_dir(const struct config *config, char dir[static CONFIG_TEXT_MAX + 32])
{
    if (config->server.board_dir[0])
        snprintf(dir, CONFIG_TEXT_MAX + 32, "%s", config->server.board_dir);
    else
        snprintf(dir, CONFIG_TEXT_MAX + 32, "%s/board", config->server.data_dir);
}

void minute_open(struct minute *m, const struct config *config, struct pipeline *pipeline,
                 struct metrics *metrics)
{
    memset(m, 0, sizeof(*m));
    m->config = config;
    m->pipeline = pipeline;
    m->metrics = metrics;
    minute_board_dir(config, m->dir);
    rotation_init(&m->rotation, config, pipeline);
    buffer_init(&m->html, BOARD_BYTES_MAX);
    buffer_init(&m->text, BOARD_BYTES_MAX);
    uv_timer_init(pipeline->tick.loop, &m->timer);
    m->timer.data = m;
    m->open = true;
    uv_timer_start(&m->timer, on_minute, 0, MINUTE_MS);
}

void minute_close(struct minute *m, void (*closed_cb)(void *context), void *context)
{
    m->closing = true;
    m->closed_cb = closed_cb;
    m->context = context;
    if (!m->open) {
        closed_cb(context);
        return;
    }
    uv_close((uv_handle_t *)&m->timer, NULL);
    if (!m->writing)
        finish_close(m);
}
