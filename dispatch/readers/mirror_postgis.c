#include "dispatch/readers/mirror_postgis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/must.h"

enum { FOLD_CHUNK = 200, HEX_MAX = 2 * JOURNAL_HASH_SIZE + 3 };

static void work(struct mirror_postgis *m);

static void on_work(uv_timer_t *timer)
{
    work(timer->data);
}

/* Soon, but not inside whoever called. */
static void work_soon(struct mirror_postgis *m, uint64_t wait_ms)
{
    must(uv_timer_start(&m->work, on_work, wait_ms, 0) == 0);
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct mirror_postgis *m = self;
    m->durable_seq = durable_seq;
    if (m->state == MIRROR_IDLE)
        work_soon(m, 0);
}

/* --- the journal's side --- */

static void cannot_read(struct mirror_postgis *m, const char *why)
{
    log_error("mirror-cannot-read", "reader=%s after_seq=%" PRIu64 " why=%s", m->reader.name,
              m->cursor.seq, why);
    work_soon(m, backoff_ms(&m->unreadable));
}

static void changed(void *context, enum object_kind kind, const void *object)
{
    struct mirror_postgis *m = context;
    if (mirror_has_table(kind))
        mirror_batch_object(&m->batch, kind, object);
}

/* Rows stay when the core forgets what they tell; only a condition ends with its end. */
static void leaving(void *context, enum object_kind kind, const void *object)
{
    struct mirror_postgis *m = context;
    if (kind == OBJECT_CONDITION)
        mirror_batch_condition_gone(&m->batch, ((const struct condition *)object)->condition.v);
}

static bool add_record(void *context, const struct record *record)
{
    struct mirror_postgis *m = context;
    m->batch.upto_seq = record->seq;
    mirror_batch_facts(&m->batch, record);
    shadow_apply(&m->shadow, record);
    return m->batch.values.n < MIRROR_BATCH_BYTES;
}

static bool take_hash(void *context, const struct journal_record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)record;
    memcpy(context, hash, JOURNAL_HASH_SIZE);
    return false;
}

/* From the journal into m->batch; false when it cannot be had now. */
static bool fill_batch(struct mirror_postgis *m)
{
    struct mirror_batch *batch = &m->batch;
    mirror_batch_clear(batch, m->cursor.seq);
    int64_t n =
        feed_read(m->feed, m->cursor.seq, (uint64_t)m->config->postgres.batch, add_record, m);
    shadow_flush(&m->shadow);
    if (n == 0)
        return false;
    if (n > 0 && !batch->full &&
        journal_read(m->feed->journal, batch->upto_seq - 1, 1, take_hash, batch->hash) == 1)
        return true;
    const char *why = n < 0         ? m->feed->errmsg
                      : batch->full ? "no memory for a batch"
                                    : journal_reader_errmsg(m->feed->journal);
    m->state = MIRROR_FOLDING; /* the shadow has gone on without a batch: back to the cursor */
    mirror_batch_clear(batch, m->cursor.seq);
    cannot_read(m, shadow_begin(&m->shadow, m->cursor.seq) < 0 ? m->shadow.errmsg : why);
    return false;
}

/* --- the database's side --- */

static void print_hex(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void send_cursor_move(struct mirror_postgis *m)
{
    char id[HEX_MAX], epoch[24], after[24], upto[24], hash[HEX_MAX] = "\\x";
    print_hex(m->cursor.journal_id, JOURNAL_ID_SIZE, id);
    print_hex(m->batch.hash, JOURNAL_HASH_SIZE, hash + 2);
    snprintf(epoch, sizeof(epoch), "%" PRIu64, m->cursor.epoch);
    snprintf(after, sizeof(after), "%" PRIu64, m->batch.after_seq);
    snprintf(upto, sizeof(upto), "%" PRIu64, m->batch.upto_seq);
    const char *const value[] = {m->reader.name, id, epoch, after, upto, hash};
    mirror_link_send(&m->link, "cursor_move", 6, value);
}

static void send_row(struct mirror_postgis *m, const struct mirror_row *row)
{
    const char *value[MIRROR_VALUES_MAX];
    mirror_values_at(m->batch.values.bytes + row->at, row->count, value);
    mirror_link_send(&m->link, mirror_statement_name(row->statement), row->count, value);
}

static void send_batch(struct mirror_postgis *m)
{
    m->state = MIRROR_WRITING;
    m->answer = MIRROR_FINE;
    mirror_link_query(&m->link, "begin");
    send_cursor_move(m);
    for (size_t i = 0; i < m->batch.count; i++)
        send_row(m, &m->batch.row[i]);
    mirror_link_query(&m->link, "commit");
    mirror_link_sync(&m->link);
}

static void written(struct mirror_postgis *m)
{
    m->cursor.seq = m->batch.upto_seq;
    memcpy(m->cursor.hash, m->batch.hash, sizeof(m->cursor.hash));
    m->reader.cursor = m->cursor.seq;
    mirror_batch_clear(&m->batch, m->cursor.seq);
    m->state = MIRROR_IDLE;
    work(m);
}

static void ask_cursor(struct mirror_postgis *m)
{
    const char *const value[] = {m->reader.name};
    m->state = MIRROR_ASKING;
    m->answer = MIRROR_FINE;
    m->cursor_known = false;
    mirror_link_send(&m->link, "cursor", 1, value);
    mirror_link_sync(&m->link);
}

/* --- row by row, when one of the batch is refused --- */

static void begin_by_row(struct mirror_postgis *m)
{
    m->state = MIRROR_BY_ROW;
    m->answer = MIRROR_FINE;
    m->row = SIZE_MAX;
    m->quarantining = false;
    mirror_link_query(&m->link, "rollback");
    mirror_link_query(&m->link, "begin");
    send_cursor_move(m);
    mirror_link_query(&m->link, "savepoint before_row");
    mirror_link_sync(&m->link);
}

static void quarantine_row(struct mirror_postgis *m)
{
    const struct mirror_row *row = &m->batch.row[m->row];
    const char *what = mirror_statement_name(row->statement);
    bool personal = row->statement == MIRROR_PERSONAL;
    char seq[24], idx[24], id[24];
    struct buffer body;
    buffer_init(&body, MIRROR_BATCH_BYTES);
    mirror_row_json(&m->batch, row, &body);
    buffer_add(&body, "", 1);
    snprintf(seq, sizeof(seq), "%" PRIu64, row->seq);
    snprintf(idx, sizeof(idx), "%" PRIu32, row->idx);
    snprintf(id, sizeof(id), "%" PRIu64, row->id);
    const char *const value[] = {
        seq,  idx, personal ? "refused" : m->reason, body.full ? "[]" : (const char *)body.bytes,
        what, id};
    log_error("mirror-quarantined", "what=%s seq=%s idx=%s id=%s", what, seq, idx, id);
    metrics_add(m->metrics, METRIC_QUARANTINED, 1);
    m->quarantining = true;
    m->answer = MIRROR_FINE;
    mirror_link_query(&m->link, "rollback to savepoint before_row");
    mirror_link_send(&m->link, "quarantine", 6, value);
    mirror_link_sync(&m->link);
    buffer_close(&body);
}

static void next_row(struct mirror_postgis *m)
{
    m->quarantining = false;
    m->row++; /* from SIZE_MAX to 0 at first */
    mirror_link_query(&m->link, "release savepoint before_row");
    if (m->row == m->batch.count) {
        mirror_link_query(&m->link, "commit");
    } else {
        mirror_link_query(&m->link, "savepoint before_row");
        send_row(m, &m->batch.row[m->row]);
    }
    mirror_link_sync(&m->link);
}

static void go_on_by_row(struct mirror_postgis *m)
{
    if (m->row == m->batch.count)
        written(m);
    else if (m->answer == MIRROR_REFUSED)
        quarantine_row(m);
    else
        next_row(m);
}

/* --- finding the place --- */

static void start_at(struct mirror_postgis *m)
{
    m->reader.cursor = m->cursor.seq;
    mirror_batch_clear(&m->batch, m->cursor.seq);
    m->state = MIRROR_FOLDING;
    if (shadow_begin(&m->shadow, m->cursor.seq) < 0)
        cannot_read(m, m->shadow.errmsg);
    else
        work_soon(m, 0);
}

static void reset(struct mirror_postgis *m, const struct journal_head *head)
{
    char id[HEX_MAX], epoch[24];
    log_warn("mirror-rebuild", "reader=%s known=%d seq=%" PRIu64, m->reader.name, m->cursor_known,
             m->cursor.seq);
    m->cursor = (struct journal_head){.epoch = head->epoch};
    memcpy(m->cursor.journal_id, head->journal_id, sizeof(m->cursor.journal_id));
    print_hex(m->cursor.journal_id, JOURNAL_ID_SIZE, id);
    snprintf(epoch, sizeof(epoch), "%" PRIu64, m->cursor.epoch);
    const char *const value[] = {m->reader.name, id, epoch};
    m->state = MIRROR_RESETTING;
    mirror_link_send(&m->link, "reset", 3, value);
    mirror_link_sync(&m->link);
}

/* The database has said where it is. */
static void placed(struct mirror_postgis *m)
{
    struct journal_head head;
    int in_chain = journal_read_head(m->feed->journal, &head) < 0 ? -1
                   : m->cursor_known ? journal_in_chain(m->feed->journal, &m->cursor)
                                     : 0;
    if (in_chain < 0) {
        mirror_link_drop(&m->link, journal_reader_errmsg(m->feed->journal));
    } else if (in_chain == 0) {
        reset(m, &head);
    } else if (m->batch.upto_seq > m->batch.after_seq && m->cursor.seq == m->batch.after_seq) {
        send_batch(m);
    } else if (m->batch.upto_seq > m->batch.after_seq && m->cursor.seq == m->batch.upto_seq) {
        written(m);
    } else {
        start_at(m);
    }
}

static void fold_on(struct mirror_postgis *m)
{
    int there = shadow_fold(&m->shadow, m->cursor.seq, FOLD_CHUNK);
    if (there < 0) {
        cannot_read(m, m->shadow.errmsg);
        return;
    }
    if (there)
        m->state = MIRROR_IDLE;
    work_soon(m, 0);
}

static void work(struct mirror_postgis *m)
{
    if (m->state == MIRROR_FOLDING)
        fold_on(m);
    else if (m->state == MIRROR_IDLE && m->cursor.seq < m->durable_seq && fill_batch(m))
        send_batch(m);
}

/* --- the link's calls --- */

static void prepare_rows(struct mirror_postgis *m)
{
    struct buffer sql;
    buffer_init(&sql, 64 * 1024);
    for (enum mirror_statement s = 1; s < MIRROR_STATEMENTS; s++) {
        if (s < MIRROR_FACT && !mirror_has_table((enum object_kind)s))
            continue;
        buffer_clear(&sql);
        mirror_statement_sql(&sql, s);
        buffer_add(&sql, "", 1);
        if (sql.full)
            m->link.broken = true;
        else
            mirror_link_prepare(&m->link, mirror_statement_name(s), (const char *)sql.bytes);
    }
    buffer_close(&sql);
}

static void on_up(void *context)
{
    struct mirror_postgis *m = context;
    m->reader.down = false;
    m->link.timeout_ms = (uint64_t)m->config->postgres.timeout_ms;
    prepare_rows(m);
    mirror_link_prepare(&m->link, "cursor",
                        "select journal_id, epoch, seq, encode(hash, 'hex') from reader_cursor "
                        "where name = $1");
    mirror_link_prepare(&m->link, "cursor_move", "select cursor_move($1, $2, $3, $4, $5, $6)");
    mirror_link_prepare(&m->link, "reset", "select mirror_reset($1, $2, $3)");
    mirror_link_prepare(&m->link, "quarantine",
                        "insert into quarantine (seq, idx, reason, body, what, id) values "
                        "($1, $2, $3, $4, $5, $6) on conflict (what, id, seq, idx) do nothing");
    ask_cursor(m);
}

static void on_down(void *context)
{
    struct mirror_postgis *m = context;
    m->reader.down = true;
    m->state = MIRROR_DOWN;
}

static bool read_hex(const char *text, unsigned char *out, size_t n)
{
    if (strlen(text) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (sscanf(text + 2 * i, "%2hhx", &out[i]) != 1)
            return false;
    return true;
}

static void take_cursor(struct mirror_postgis *m, const PGresult *row)
{
    m->cursor = (struct journal_head){0};
    m->cursor_known = sscanf(PQgetvalue(row, 0, 1), "%" SCNu64, &m->cursor.epoch) == 1 &&
                      sscanf(PQgetvalue(row, 0, 2), "%" SCNu64, &m->cursor.seq) == 1 &&
                      read_hex(PQgetvalue(row, 0, 0), m->cursor.journal_id, JOURNAL_ID_SIZE) &&
                      read_hex(PQgetvalue(row, 0, 3), m->cursor.hash, JOURNAL_HASH_SIZE);
}

static bool may_be_refused(const struct mirror_postgis *m)
{
    return m->state == MIRROR_WRITING ||
           (m->state == MIRROR_BY_ROW && m->row < m->batch.count && !m->quarantining);
}

static void on_error(struct mirror_postgis *m, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    snprintf(m->reason, sizeof(m->reason), "%s %s", state ? state : "", text ? text : "");
    if (may_be_refused(m) && mirror_link_refused(result))
        m->answer = MIRROR_REFUSED;
    else if (state && strcmp(state, "MD001") == 0)
        m->answer = MIRROR_MOVED;
    else
        mirror_link_drop(&m->link, m->reason);
}

static void on_result(void *context, const PGresult *result)
{
    struct mirror_postgis *m = context;
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        on_error(m, result);
    else if (m->state == MIRROR_ASKING && PQntuples(result) == 1)
        take_cursor(m, result);
}

static void on_synced(void *context)
{
    struct mirror_postgis *m = context;
    if (m->answer == MIRROR_MOVED) {
        mirror_link_query(&m->link, "rollback");
        ask_cursor(m);
    } else if (m->state == MIRROR_ASKING) {
        placed(m);
    } else if (m->state == MIRROR_RESETTING) {
        start_at(m);
    } else if (m->state == MIRROR_BY_ROW) {
        go_on_by_row(m);
    } else if (m->answer == MIRROR_REFUSED) {
        begin_by_row(m);
    } else {
        written(m);
    }
}

/* --- life --- */

int mirror_postgis_open(struct mirror_postgis *m, uv_loop_t *loop, const struct config *config,
                        struct feed *feed, struct metrics *metrics)
{
    struct limits limits;
    struct policy policy;
    memset(m, 0, sizeof(*m));
    m->config = config;
    m->feed = feed;
    m->metrics = metrics;
    m->durable_seq = feed->durable;
    if (mirror_link_check(config->postgres.conninfo, m->errmsg) < 0)
        return -1;
    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    if (shadow_init(&m->shadow, &limits, &policy, feed->journal) < 0) {
        snprintf(m->errmsg, sizeof(m->errmsg), "%s", m->shadow.errmsg);
        return -1;
    }
    m->shadow.changed_cb = changed;
    m->shadow.leaving_cb = leaving;
    m->shadow.context = m;
    mirror_batch_init(&m->batch);
    m->reader = (struct reader){"postgis", m, on_wake, 0, true};
    m->link = (struct mirror_link){.name = "mingdi-mirror",
                                   .conninfo = config->postgres.conninfo,
                                   .timeout_ms = (uint64_t)config->postgres.timeout_ms,
                                   .context = m,
                                   .up_cb = on_up,
                                   .result_cb = on_result,
                                   .synced_cb = on_synced,
                                   .down_cb = on_down};
    must(uv_timer_init(loop, &m->work) == 0);
    m->work.data = m;
    mirror_link_open(&m->link, loop);
    feed_join(feed, &m->reader);
    return 0;
}

static void on_work_closed(uv_handle_t *handle)
{
    struct mirror_postgis *m = handle->data;
    shadow_close(&m->shadow);
    mirror_batch_close(&m->batch);
    m->closed_cb(m->context);
}

static void on_link_closed(void *context)
{
    struct mirror_postgis *m = context;
    uv_close((uv_handle_t *)&m->work, on_work_closed);
}

void mirror_postgis_close(struct mirror_postgis *m, void (*closed_cb)(void *context), void *context)
{
    m->state = MIRROR_DOWN;
    m->closed_cb = closed_cb;
    m->context = context;
    m->link.closed_cb = on_link_closed;
    uv_timer_stop(&m->work);
    mirror_link_close(&m->link);
}
