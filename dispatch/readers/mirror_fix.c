#include "dispatch/readers/mirror_fix.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/must.h"

enum { LOOK_MS = 1000, DAY_MS = 86400000, COLUMN_BYTES_MAX = 1024 * 1024, DAYS_MAX = 16 };

static const char insert_sql[] =
    "insert into fix (unit, fix_at, received_at, lat_e7, lon_e7, speed_dkmh, course_deg,"
    " altitude_m, accuracy_m, alarm, status, marks, source) "
    "select unit, timestamptz 'epoch' + at_ms * interval '1 millisecond',"
    " timestamptz 'epoch' + received_ms * interval '1 millisecond', lat_e7, lon_e7, speed_dkmh,"
    " course_deg, altitude_m, accuracy_m, alarm, status, marks, source "
    "from unnest($1::bigint[], $2::float8[], $3::float8[], $4::integer[], $5::integer[],"
    " $6::integer[], $7::smallint[], $8::smallint[], $9::integer[], $10::bigint[], $11::bigint[],"
    " $12::integer[], $13::smallint[]) f (unit, at_ms, received_ms, lat_e7, lon_e7, speed_dkmh,"
    " course_deg, altitude_m, accuracy_m, alarm, status, marks, source) on conflict do nothing";

/* --- a batch as columns --- */

static void put(struct mirror_fix *m, uint32_t column, uint32_t row, int64_t value)
{
    buffer_print(&m->column[column], "%c%" PRId64, row ? ',' : '{', value);
}

static void put_known(struct mirror_fix *m, uint32_t column, uint32_t row, bool known,
                      int64_t value)
{
    if (known)
        put(m, column, row, value);
    else
        buffer_print(&m->column[column], "%cnull", row ? ',' : '{');
}

static void put_fix(struct mirror_fix *m, uint32_t row)
{
    const struct fix *fix = &m->fix[row];
    put(m, 0, row, (int64_t)fix->unit);
    put(m, 1, row, fix->at_ms);
    put(m, 2, row, fix->received_ms);
    put(m, 3, row, fix->lat_e7);
    put(m, 4, row, fix->lon_e7);
    put_known(m, 5, row, fix->speed_dkmh != UINT16_MAX, fix->speed_dkmh);
    put_known(m, 6, row, fix->course_deg < 360, fix->course_deg);
    put_known(m, 7, row, fix->altitude_m != INT16_MIN, fix->altitude_m);
    put_known(m, 8, row, fix->accuracy_m != UINT16_MAX, fix->accuracy_m);
    put(m, 9, row, fix->alarm);
    put(m, 10, row, fix->status);
    put(m, 11, row, fix->marks);
    put(m, 12, row, fix->source);
}

/* false: no memory. */
static bool fill_columns(struct mirror_fix *m)
{
    bool full = false;
    for (uint32_t i = 0; i < MIRROR_FIX_COLUMNS; i++)
        buffer_clear(&m->column[i]);
    for (uint32_t row = 0; row < m->count; row++)
        put_fix(m, row);
    for (uint32_t i = 0; i < MIRROR_FIX_COLUMNS; i++) {
        buffer_add(&m->column[i], "}", 2);
        full = full || m->column[i].full;
    }
    return !full;
}

/* --- writing --- */

/* A partition for each day in the batch that can be believed. */
static void send_days(struct mirror_fix *m)
{
    int64_t made[DAYS_MAX];
    uint32_t count = 0;
    for (uint32_t row = 0; row < m->count && count < DAYS_MAX; row++) {
        int64_t day = m->fix[row].at_ms / DAY_MS;
        bool doubtful = m->fix[row].marks & (FIX_FUTURE | FIX_ANCIENT | FIX_NO_TIME);
        bool known = doubtful || m->fix[row].at_ms < 0;
        for (uint32_t i = 0; i < count && !known; i++)
            known = made[i] == day;
        if (known)
            continue;
        char text[24];
        const char *const value[] = {text};
        snprintf(text, sizeof(text), "%" PRId64, day);
        mirror_link_send(&m->link, "fix_day", 1, value);
        made[count++] = day;
    }
}

static void send_place(struct mirror_fix *m)
{
    char day[16], offset[24];
    snprintf(day, sizeof(day), "%" PRIu32, m->upto.day);
    snprintf(offset, sizeof(offset), "%" PRIu64, m->upto.offset);
    const char *const value[] = {m->link.name, day, offset};
    mirror_link_send(&m->link, "move", 3, value);
}

static void begin(struct mirror_fix *m)
{
    m->state = MIRROR_FIX_WRITING;
    m->refused = false;
    mirror_link_query(&m->link, "begin");
}

static void commit(struct mirror_fix *m)
{
    send_place(m);
    mirror_link_query(&m->link, "commit");
    mirror_link_sync(&m->link);
}

static void send_fixes(struct mirror_fix *m)
{
    const char *value[MIRROR_FIX_COLUMNS];
    for (uint32_t i = 0; i < MIRROR_FIX_COLUMNS; i++)
        value[i] = (const char *)m->column[i].bytes;
    begin(m);
    send_days(m);
    mirror_link_send(&m->link, "fixes", MIRROR_FIX_COLUMNS, value);
    commit(m);
}

static void send_quarantine(struct mirror_fix *m)
{
    char day[16], offset[24], unit[24];
    snprintf(day, sizeof(day), "%" PRIu32, m->upto.day);
    snprintf(offset, sizeof(offset), "%" PRIu64, m->upto.offset / SPOOL_RECORD);
    snprintf(unit, sizeof(unit), "%" PRIu64, m->fix->unit);
    const char *const value[] = {day, offset, m->reason, unit};
    log_error("mirror-quarantined", "what=fix day=%s record=%s unit=%s", day, offset, unit);
    metrics_add(m->metrics, METRIC_QUARANTINED, 1);
    begin(m);
    mirror_link_send(&m->link, "quarantine", 4, value);
    commit(m);
}

static void write_next(struct mirror_fix *m)
{
    m->upto = m->cursor;
    int n = spool_read(&m->spool, &m->upto, m->fix, m->one_by_one ? 1 : MIRROR_FIXES);
    if (n < 0)
        log_error("mirror-cannot-read", "reader=fix why=%s", m->spool.errmsg);
    if (m->spool.lost_days != m->lost_days)
        log_error("spool-days-lost", "days=%" PRIu64, m->spool.lost_days - m->lost_days);
    m->lost_days = m->spool.lost_days;
    m->count = n > 0 ? (uint32_t)n : 0;
    m->state = MIRROR_FIX_IDLE;
    if (m->count == 0)
        return;
    if (fill_columns(m))
        send_fixes(m);
    else
        log_error("mirror-cannot-read", "reader=fix why=%s", "no memory for a batch");
}

static void refused(struct mirror_fix *m)
{
    mirror_link_query(&m->link, "rollback");
    if (m->count == 1) {
        send_quarantine(m);
        return;
    }
    m->one_by_one = m->count;
    mirror_link_sync(&m->link);
    m->state = MIRROR_FIX_ASKING; /* nothing is asked: the cursor is where it was */
}

static void written(struct mirror_fix *m)
{
    m->cursor = m->upto;
    m->mirrored += m->count;
    if (m->one_by_one > 0)
        m->one_by_one--;
    write_next(m);
}

/* In a transaction of its own, between two batches. */
static void send_drop(struct mirror_fix *m, int64_t today)
{
    char text[24];
    const char *const value[] = {text};
    snprintf(text, sizeof(text), "%" PRId64, today - m->config->postgres.fix_days);
    m->dropped_day = today;
    m->state = MIRROR_FIX_DROPPING;
    mirror_link_send(&m->link, "drop", 1, value);
    mirror_link_sync(&m->link);
}

static void on_second(uv_timer_t *timer)
{
    struct mirror_fix *m = timer->data;
    int64_t today = os_wall_ms() / DAY_MS;
    if (m->state != MIRROR_FIX_IDLE)
        return;
    if (m->dropped_day != today)
        send_drop(m, today);
    else
        write_next(m);
}

bool mirror_fix_caught_up(const struct mirror_fix *m)
{
    struct spool_reader spool = m->spool;
    struct spool_cursor place = m->cursor;
    struct fix fix;
    return m->state == MIRROR_FIX_IDLE && spool_read(&spool, &place, &fix, 1) == 0;
}

/* --- the link's calls --- */

static void on_up(void *context)
{
    struct mirror_fix *m = context;
    const char *const value[] = {m->link.name};
    m->link.timeout_ms = (uint64_t)m->config->postgres.timeout_ms;
    m->cursor = (struct spool_cursor){0};
    m->state = MIRROR_FIX_ASKING;
    mirror_link_prepare(&m->link, "place",
                        "select day, position from spool_cursor where name = $1");
    mirror_link_prepare(&m->link, "fix_day", "select fix_day(date '1970-01-01' + $1::integer)");
    mirror_link_prepare(&m->link, "drop",
                        "select fix_drop_before(date '1970-01-01' + $1::integer)");
    mirror_link_prepare(&m->link, "fixes", insert_sql);
    mirror_link_prepare(&m->link, "move",
                        "insert into spool_cursor (name, day, position) values ($1, $2, $3)"
                        " on conflict (name) do update set day = excluded.day,"
                        " position = excluded.position where (spool_cursor.day,"
                        " spool_cursor.position) < (excluded.day, excluded.position)");
    mirror_link_prepare(&m->link, "quarantine",
                        "insert into quarantine (seq, idx, reason, body, what, id) values"
                        " ($1, $2, $3, '[]', 'fix', $4) on conflict (what, id, seq, idx)"
                        " do nothing");
    mirror_link_send(&m->link, "place", 1, value);
    mirror_link_sync(&m->link);
}

static void on_down(void *context)
{
    struct mirror_fix *m = context;
    m->state = MIRROR_FIX_DOWN;
}

static void take_place(struct mirror_fix *m, const PGresult *row)
{
    struct spool_cursor place;
    if (sscanf(PQgetvalue(row, 0, 0), "%" SCNu32, &place.day) == 1 &&
        sscanf(PQgetvalue(row, 0, 1), "%" SCNu64, &place.offset) == 1)
        m->cursor = place;
}

static void on_result(void *context, const PGresult *result)
{
    struct mirror_fix *m = context;
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        snprintf(m->reason, sizeof(m->reason), "%s %s", state ? state : "", text ? text : "");
        m->refused = m->state == MIRROR_FIX_WRITING && mirror_link_refused(result);
        if (!m->refused)
            mirror_link_drop(&m->link, m->reason);
    } else if (m->state == MIRROR_FIX_DROPPING && PQntuples(result) == 1) {
        log_info("fix-days-dropped", "days=%s", PQgetvalue(result, 0, 0));
    } else if (m->state == MIRROR_FIX_ASKING && PQntuples(result) == 1) {
        take_place(m, result);
    }
}

static void on_synced(void *context)
{
    struct mirror_fix *m = context;
    if (m->state == MIRROR_FIX_ASKING || m->state == MIRROR_FIX_DROPPING)
        write_next(m);
    else if (m->refused)
        refused(m);
    else
        written(m);
}

/* --- life --- */

void mirror_fix_open(struct mirror_fix *m, uv_loop_t *loop, const struct config *config,
                     const char *spool_dir, struct metrics *metrics)
{
    memset(m, 0, sizeof(*m));
    m->config = config;
    m->metrics = metrics;
    spool_reader_init(&m->spool, spool_dir);
    for (uint32_t i = 0; i < MIRROR_FIX_COLUMNS; i++)
        buffer_init(&m->column[i], COLUMN_BYTES_MAX);
    m->link = (struct mirror_link){.name = "mingdi-fix",
                                   .conninfo = config->postgres.conninfo,
                                   .timeout_ms = (uint64_t)config->postgres.timeout_ms,
                                   .context = m,
                                   .up_cb = on_up,
                                   .result_cb = on_result,
                                   .synced_cb = on_synced,
                                   .down_cb = on_down};
    must(uv_timer_init(loop, &m->second) == 0);
    m->second.data = m;
    must(uv_timer_start(&m->second, on_second, LOOK_MS, LOOK_MS) == 0);
    mirror_link_open(&m->link, loop);
}

static void part_closed(struct mirror_fix *m)
{
    if (--m->closing > 0)
        return;
    for (uint32_t i = 0; i < MIRROR_FIX_COLUMNS; i++)
        buffer_close(&m->column[i]);
    m->closed_cb(m->context);
}

static void on_link_closed(void *context)
{
    part_closed(context);
}

static void on_second_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void mirror_fix_close(struct mirror_fix *m, void (*closed_cb)(void *context), void *context)
{
    m->state = MIRROR_FIX_DOWN;
    m->closed_cb = closed_cb;
    m->context = context;
    m->closing = 2;
    m->link.closed_cb = on_link_closed;
    mirror_link_close(&m->link);
    uv_close((uv_handle_t *)&m->second, on_second_closed);
}
