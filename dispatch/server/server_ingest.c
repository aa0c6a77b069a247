/* What vehicles and phones tell, as commands; where they are, as fixes. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/base/log.h"
#include "dispatch/line/ring.h"
#include "dispatch/server/server_impl.h"

enum { SOS_BIT = 1u << 0 }; /* of the alarm word; phones' SOS is stored as the same bit */

static int64_t now_ms(void *context)
{
    return pipeline_now_ms(&((struct server *)context)->pipeline);
}

static const struct terminal *terminal_of_unit(const struct server *s, uint64_t unit)
{
    EACH (&s->pipeline.core.state, TERMINAL, terminal, it)
        if (it->unit.v == unit)
            return it;
    return NULL;
}

static void tell_edge(struct server *s, uint64_t terminal, bool lost, int64_t at_ms)
{
    struct command command = {.kind = lost ? COMMAND_LOSE_TERMINAL : COMMAND_HEAR_TERMINAL};
    command.lose_terminal.terminal.v = terminal; /* both have the same fields */
    command.lose_terminal.at_ms = at_ms;
    pipeline_submit_own(&s->pipeline, &command);
}

void server_unit_silent(void *context, uint64_t unit, bool silent, int64_t heard_ms)
{
    struct server *s = context;
    const struct terminal *terminal = s->serving ? terminal_of_unit(s, unit) : NULL;
    int64_t oldest_ms = pipeline_now_ms(&s->pipeline) - s->pipeline.core.policy.claim_past_ms;
    if (!terminal)
        return;
    if (silent && heard_ms < oldest_ms) /* longer ago than a claim may say */
        heard_ms = oldest_ms;
    tell_edge(s, terminal->terminal.v, silent, silent ? heard_ms : 0);
}

/* An alarm that nobody has cleared yet is not raised again. */
static bool sos_stands(const struct server *s, uint64_t unit)
{
    EACH (&s->pipeline.core.state, ALERT, alert, it)
        if (it->unit.v == unit && it->state != ALERT_CLEARED &&
            text_same(it->detector, alarm_rows[ALARM_SOS].name))
            return true;
    return false;
}

static void raise_sos(struct server *s, uint64_t unit)
{
    if (!sos_stands(s, unit))
        ring_alarm(&s->pipeline, ALARM_SOS, unit);
}

static void count_fix(struct server *s, int result, const struct fix *marked)
{
    metrics_add(&s->metrics, METRIC_FIXES, 1);
    metrics_add(&s->metrics, METRIC_FIXES_ODD, result >= 0 && (marked->marks & FIX_NOT_LIVE));
    if (result == TRACK_LIVE)
        travel_moved(&s->travel);
}

/* 0: taken; the spool has it when settle says so. */
static int take_fix(struct server *s, const struct fix *fix)
{
    struct fix marked = *fix;
    int result = track_take(&s->track, fix, pipeline_now_ms(&s->pipeline), &marked);
    if (result < 0)
        log_error("fix-refused", "why=%s", s->track.errmsg);
    count_fix(s, result, &marked);
    return result < 0 ? -1 : 0;
}

static int settle(void *context)
{
    struct server *s = context;
    int result = track_settle(&s->track);
    if (result < 0)
        log_error("spool-failed", "why=%s", s->track.errmsg);
    return result;
}

/* --- the spool's bytes onto the disk, by a worker: the loop waits for no disk --- */

static void on_sync(uv_work_t *work)
{
    struct server *s = work->data;
    s->spool_error = fdatasync(s->spool_fd) == 0 ? 0 : errno;
    close(s->spool_fd);
}

static void on_spool_synced(uv_work_t *work, int status)
{
    struct server *s = work->data;
    (void)status; /* it is never cancelled */
    s->spool_syncing = false;
    if (track_sync_end(&s->track, s->spool_error) < 0)
        log_error("spool-failed", "why=%s", s->track.errmsg);
    if (s->closing)
        server_part_closed(s);
}

void server_sync_spool(struct server *s)
{
    if (s->spool_syncing || (s->spool_fd = track_sync_begin(&s->track)) < 0)
        return;
    s->spool_syncing = true;
    s->spool_sync.data = s;
    (void)uv_queue_work(s->loop, &s->spool_sync, on_sync,
                        on_spool_synced); /* fails for no reason */
}

/* --- JT/T 808 --- */

static bool find_terminal(void *context, const char *phone, struct jt808_terminal *out)
{
    struct server *s = context;
    EACH (&s->pipeline.core.state, TERMINAL, terminal, it) {
        const char *known = it->phone.p;
        uint32_t n = it->phone.n;
        for (; n > 1 && *known == '0'; n--)
            known++;
        if (!text_same((struct text){known, n}, (struct text){phone, (uint32_t)strlen(phone)}))
            continue;
        *out = (struct jt808_terminal){it->terminal.v, it->unit.v};
        return true;
    }
    metrics_add(&s->metrics, METRIC_FIXES_UNKNOWN, 1);
    return false;
}

static void on_heard(void *context, const struct jt808_terminal *t)
{
    struct server *s = context;
    track_heard(&s->track, t->unit, pipeline_now_ms(&s->pipeline));
}

static int on_jt808_fix(void *context, const struct jt808_terminal *t, const struct fix *fix)
{
    (void)t;
    return take_fix(context, fix);
}

static void on_button(void *context, const struct jt808_terminal *t, enum button_status status,
                      int64_t at_ms)
{
    static const enum step step[BUTTON_STATUSES] = {
        [BUTTON_ACKNOWLEDGED] = STEP_ACKNOWLEDGED, [BUTTON_DEPARTED] = STEP_DEPARTED,
        [BUTTON_AT_SCENE] = STEP_AT_SCENE,         [BUTTON_AT_PATIENT] = STEP_AT_PATIENT,
        [BUTTON_LEFT_SCENE] = STEP_LEFT_SCENE,     [BUTTON_AT_HOSPITAL] = STEP_AT_HOSPITAL,
        [BUTTON_HANDED_OVER] = STEP_HANDED_OVER,   [BUTTON_COMPLETED] = STEP_COMPLETED,
    };
    struct server *s = context;
    struct command command = {.kind = COMMAND_PRESS_BUTTON};
    if (status == BUTTON_AT_STATION) {
        command.kind = COMMAND_RETURN_UNIT;
        command.return_unit.unit.v = t->unit;
        command.return_unit.at_ms = at_ms;
    } else {
        command.press_button.unit.v = t->unit;
        command.press_button.step = step[status];
        command.press_button.at_ms = at_ms;
    }
    pipeline_submit_own(&s->pipeline, &command);
}

static void on_alarm(void *context, const struct jt808_terminal *t, uint32_t risen, uint32_t fallen,
                     int64_t at_ms)
{
    (void)at_ms;
    if (risen & SOS_BIT)
        raise_sos(context, t->unit);
    log_info("terminal-alarm", "terminal=%" PRIu64 " risen=%x fallen=%x", t->id, risen, fallen);
}

static void on_linked(void *context, const struct jt808_terminal *t)
{
    struct server *s = context;
    metrics_add(&s->metrics, METRIC_TERMINALS, 1);
    tell_edge(s, t->id, false, 0);
}

static void on_lost(void *context, const struct jt808_terminal *t, enum jt808_lost reason)
{
    struct server *s = context;
    metrics_add(&s->metrics, METRIC_TERMINALS, -1);
    log_info("terminal-lost", "terminal=%" PRIu64 " reason=%s", t->id, jt808_lost_name(reason));
    if (reason != JT808_LOST_REPLACED && reason != JT808_LOST_SHUTDOWN)
        tell_edge(s, t->id, true, 0);
}

static void on_receipt(void *context, const struct jt808_terminal *t, uint64_t token,
                       enum jt808_receipt receipt)
{
    struct server *s = context;
    if (receipt == JT808_RECEIPT_EXPIRED || receipt == JT808_RECEIPT_REFUSED)
        log_warn("downlink-failed", "terminal=%" PRIu64 " receipt=%s", t->id,
                 jt808_receipt_name(receipt));
    notify_receipt(&s->notify, token, receipt);
}

/* Terminals keep their authentication code for years: its secret lives in a file of its own. */
static int load_secret(struct server *s, uint8_t secret[32])
{
    char path[CONFIG_TEXT_MAX + 32];
    unsigned char *bytes = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/terminal.secret", s->config->server.data_dir);
    if (os_read_file(path, 32, &bytes, &n) == 0 && n == 32) {
        memcpy(secret, bytes, 32);
        free(bytes);
        return 0;
    }
    free(bytes);
    os_random(secret, 32);
    return os_replace_file(path, secret, 32, 0600) < 0 ? server_fail(s, "cannot write %s", path)
                                                       : 0;
}

static int open_jt808(struct server *s)
{
    const struct jt808_events events = {
        s,         now_ms,   find_terminal, on_heard, on_jt808_fix, settle,
        on_button, on_alarm, on_linked,     on_lost,  on_receipt};
    struct jt808_config config;
    if (!s->config->server.jt808.host[0])
        return 0;
    if (buttons_load(&s->buttons, s->config->server.buttons_file) < 0)
        return server_fail(s, "%s", s->buttons.errmsg);
    jt808_config_default(&config);
    config.host = s->config->server.jt808.host;
    config.port = s->config->server.jt808.port;
    config.terminals_max = (uint32_t)s->config->limits.terminals;
    config.sessions_max = config.terminals_max + config.terminals_max / 8 + 64; /* new beside old */
    config.buttons = &s->buttons;
    if (load_secret(s, config.secret) < 0)
        return -1;
    s->jt808 = jt808_server_open(s->loop, &config, &events, s->errmsg, sizeof(s->errmsg));
    return s->jt808 ? 0 : -1;
}

/* --- phones --- */

/* A phone goes by its terminal's number or by its unit's code. */
static bool find_phone(void *context, const char *id, uint64_t *unit)
{
    struct server *s = context;
    struct text text = {id, (uint32_t)strlen(id)};
    EACH (&s->pipeline.core.state, TERMINAL, terminal, it)
        if (text_same(it->phone, text)) {
            *unit = it->unit.v;
            return true;
        }
    EACH (&s->pipeline.core.state, UNIT, unit, it)
        if (text_same(it->code, text)) {
            *unit = it->unit.v;
            return true;
        }
    metrics_add(&s->metrics, METRIC_FIXES_UNKNOWN, 1);
    return false;
}

static int on_phone_fix(void *context, const struct fix *fix)
{
    struct server *s = context;
    if (s->jt808)
        jt808_server_answer(s->jt808);
    return take_fix(context, fix) == 0 ? settle(context) : -1;
}

static void on_phone_heard(void *context, uint64_t unit)
{
    struct server *s = context;
    track_heard(&s->track, unit, pipeline_now_ms(&s->pipeline));
}

/* A phone says SOS with every fix while it lasts; only the first is an edge. This comes before the
 * fix itself is taken. */
static void on_phone_alarm(void *context, uint64_t unit, int64_t at_ms)
{
    struct server *s = context;
    const struct track_unit *seen = track_get(&s->track, unit);
    (void)at_ms;
    if (!seen || !seen->has_live || !(seen->live.alarm & SOS_BIT))
        raise_sos(s, unit);
}

static int open_osmand(struct server *s)
{
    const struct osmand_events events = {
        s, now_ms, find_phone, on_phone_fix, on_phone_heard, on_phone_alarm};
    if (!s->config->server.osmand.host[0])
        return 0;
    s->osmand = osmand_open(s->loop, s->config->server.osmand.host, s->config->server.osmand.port,
                            256, 30000, &events, s->errmsg, sizeof(s->errmsg));
    return s->osmand ? 0 : -1;
}

int server_ingest_open(struct server *s)
{
    return open_jt808(s) < 0 || open_osmand(s) < 0 ? -1 : 0;
}
