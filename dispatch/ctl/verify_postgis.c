/* verify_postgis: every row the mirror should have written, compared by PostGIS itself in one
 * transaction that sees one state; the cursor in it says which. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/verify_impl.h"
#include "dispatch/readers/mirror_batch.h"

enum { FACTS_AT_ONCE = 2000, FACTS_JSON_MAX = 64 * 1024 * 1024 };

struct postgis {
    struct verify *verify;
    PGconn *conn;
    struct buffer values;
    struct mirror_batch facts; /* the rows of facts that are to be compared next */
    struct buffer json, personal;
    bool prepared[OBJECT_KIND_COUNT];
    bool failed;
};

/* NULL: said so. */
static PGresult *checked(struct postgis *p, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    if (!p->failed)
        verify_blind(p->verify, "postgis: %s", PQerrorMessage(p->conn));
    p->failed = true;
    PQclear(result);
    return NULL;
}

static void run(struct postgis *p, const char *sql)
{
    PQclear(checked(p, PQexec(p->conn, sql)));
}

static void prepare(struct postgis *p, enum object_kind kind)
{
    struct buffer sql;
    buffer_init(&sql, 64 * 1024);
    mirror_row_differs_sql(&sql, kind);
    buffer_add(&sql, "", 1);
    PQclear(checked(p, PQprepare(p->conn, object_schema(kind)->name, (char *)sql.bytes, 0, NULL)));
    buffer_close(&sql);
    p->prepared[kind] = true;
}

static void compare(void *context, enum object_kind kind, const void *object)
{
    struct postgis *p = context;
    const char *value[MIRROR_VALUES_MAX];
    const struct schema *schema = object_schema(kind);
    if (p->failed || !mirror_has_table(kind))
        return;
    if (!p->prepared[kind])
        prepare(p, kind);
    buffer_clear(&p->values);
    int count = mirror_row_values(&p->values, kind, object);
    mirror_values_at(p->values.bytes, count, value);
    PGresult *row = checked(p, PQexecPrepared(p->conn, schema->name, count, value, NULL, NULL, 0));
    uint64_t id = field_number(schema->field, object);
    if (row && PQntuples(row) == 0)
        verify_differs(p->verify, "postgis: %s %" PRIu64 " is missing", schema->name, id);
    else if (row && PQgetvalue(row, 0, 0)[0])
        verify_differs(p->verify, "postgis: %s %" PRIu64 " differs in %s", schema->name, id,
                       PQgetvalue(row, 0, 0));
    PQclear(row);
}

/* A condition that ended has no row; everything else that left the core stays. */
static void compare_leaving(void *context, enum object_kind kind, const void *object)
{
    if (kind != OBJECT_CONDITION)
        compare(context, kind, object);
}

static uint64_t ask_number(struct postgis *p, const char *sql)
{
    PGresult *result = checked(p, PQexec(p->conn, sql));
    uint64_t number =
        result && PQntuples(result) ? strtoull(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return number;
}

/* Ids of these are given in order, so the last one is how many there ever were. */
static uint64_t ever(const struct state *state, enum object_kind kind)
{
    const struct head *head = state->head;
    switch (kind) {
    case OBJECT_CALL:
        return head->last_call;
    case OBJECT_INCIDENT:
        return head->last_incident;
    case OBJECT_ASSIGNMENT:
        return head->last_assignment;
    case OBJECT_ALERT:
        return head->last_alert;
    case OBJECT_TASK:
        return head->last_task;
    case OBJECT_MESSAGE:
        return head->last_message;
    case OBJECT_SHIFT:
        return head->last_shift;
    case OBJECT_PLAN_RUN:
        return head->last_plan_run;
    default:
        return state->table[kind].count;
    }
}

static void count_objects(struct postgis *p)
{
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT && !p->failed; kind++) {
        char sql[128];
        if (!mirror_has_table(kind))
            continue;
        snprintf(sql, sizeof(sql), "select count(*) from \"%s\"", object_schema(kind)->name);
        uint64_t rows = ask_number(p, sql), expected = ever(&p->verify->shadow.core.state, kind);
        if (rows != expected && !p->failed)
            verify_differs(p->verify, "postgis: %s has %" PRIu64 " rows, the journal %" PRIu64,
                           object_schema(kind)->name, rows, expected);
    }
}

/* The rows as one JSON list of lists; what the mirror writes of facts, nothing of persons. */
static void facts_as_json(struct postgis *p)
{
    const char *before = "[";
    buffer_clear(&p->json);
    for (size_t i = 0; i < p->facts.count; i++) {
        if (p->facts.row[i].statement != MIRROR_FACT)
            continue;
        buffer_add_text(&p->json, before);
        mirror_row_json(&p->facts, &p->facts.row[i], &p->json);
        before = ",";
    }
    buffer_add_text(&p->json, *before == '[' ? "[]" : "]");
    buffer_add(&p->json, "", 1);
}

/* {"call_rang":["number"],…}: what we cannot read here, so it is not compared. */
static void name_personal_fields(struct buffer *json)
{
    const char *before = "{";
    for (enum fact_kind kind = 1; kind < FACT_KIND_COUNT; kind++) {
        const struct schema *schema = fact_schema(kind);
        buffer_print(json, "%s\"%s\":[", before, schema->name);
        const char *comma = "";
        for (uint32_t i = 0; i < schema->count; i++) {
            if (!schema->field[i].personal)
                continue;
            buffer_print(json, "%s\"%s\"", comma, schema->field[i].name);
            comma = ",";
        }
        buffer_add_text(json, "]");
        before = ",";
    }
    buffer_add(json, "}", 2);
}

static void compare_facts(struct postgis *p)
{
    static const char sql[] =
        "select r->>0, r->>1, r->>2, f.seq is null from jsonb_array_elements($1::jsonb) r"
        " left join fact f on f.seq = (r->>0)::bigint and f.idx = (r->>1)::int"
        " cross join lateral (select array(select jsonb_array_elements_text($2::jsonb -> (r->>2)))"
        " as personal) s"
        " where (f.kind, f.at_ms, f.claimed_ms, f.client, f.actor, f.body - personal) is distinct"
        " from (r->>2, (r->>3)::bigint, (r->>4)::bigint, r->>5, r->>6,"
        " ((r->>7)::jsonb -> (r->>2)) - personal)";
    facts_as_json(p);
    if (p->json.full || p->facts.full) {
        verify_blind(p->verify, "postgis: no memory to compare facts");
        p->failed = true;
        return;
    }
    const char *value[2] = {(const char *)p->json.bytes, (const char *)p->personal.bytes};
    PGresult *rows = checked(p, PQexecParams(p->conn, sql, 2, NULL, value, NULL, NULL, 0));
    for (int i = 0; rows && i < PQntuples(rows); i++)
        verify_differs(p->verify, "postgis: fact %s of record %s.%s %s", PQgetvalue(rows, i, 2),
                       PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
                       PQgetvalue(rows, i, 3)[0] == 't' ? "is missing" : "differs");
    PQclear(rows);
    mirror_batch_clear(&p->facts, 0);
}

static void gather_facts(void *context, const struct record *record)
{
    struct postgis *p = context;
    if (p->failed)
        return;
    mirror_batch_facts(&p->facts, record);
    if (p->facts.count >= FACTS_AT_ONCE)
        compare_facts(p);
}

static void count_facts(struct postgis *p)
{
    uint64_t rows[FACT_KIND_COUNT] = {0};
    PGresult *result = checked(p, PQexec(p->conn, "select kind, count(*) from fact group by kind"));
    if (!result)
        return;
    for (int i = 0; i < PQntuples(result); i++) {
        const char *name = PQgetvalue(result, i, 0);
        enum fact_kind kind = fact_kind_of(name, strlen(name));
        rows[kind] += strtoull(PQgetvalue(result, i, 1), NULL, 10);
    }
    PQclear(result);
    if (rows[FACT_NONE])
        verify_differs(p->verify, "postgis: %" PRIu64 " facts of unknown kind", rows[FACT_NONE]);
    for (enum fact_kind kind = 1; kind < FACT_KIND_COUNT; kind++)
        if (rows[kind] != p->verify->facts[kind])
            verify_differs(p->verify, "postgis: fact %s has %" PRIu64 " rows, the journal %" PRIu64,
                           fact_schema(kind)->name, rows[kind], p->verify->facts[kind]);
}

static void compare_all(struct postgis *p, uint64_t seq)
{
    struct verify *v = p->verify;
    v->record_cb = gather_facts;
    v->record_context = p;
    int folded = verify_fold(v, seq, compare_leaving, p);
    v->record_cb = NULL;
    if (folded < 0)
        return;
    compare_facts(p);
    state_walk(&v->shadow.core.state, compare, p);
    count_objects(p);
    count_facts(p);
    uint64_t refused = ask_number(p, "select count(*) from quarantine");
    if (refused)
        fprintf(v->out, "postgis: %" PRIu64 " refused rows lie in quarantine\n", refused);
}

/* The mirror's place as the present transaction sees it. false: it has none in this journal. */
static bool read_place(struct postgis *p, uint64_t *seq)
{
    struct journal_head cursor = p->verify->head; /* its journal and epoch are to be matched */
    char sql[256], id[2 * JOURNAL_ID_SIZE + 1];
    for (size_t i = 0; i < JOURNAL_ID_SIZE; i++)
        snprintf(id + 2 * i, 3, "%02x", cursor.journal_id[i]);
    snprintf(sql, sizeof(sql),
             "select seq from reader_cursor where name = 'postgis' and journal_id = '%s' and "
             "epoch = %" PRIu64,
             id, cursor.epoch);
    PGresult *result = checked(p, PQexec(p->conn, sql));
    bool found = result && PQntuples(result) == 1;
    if (found)
        *seq = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return found;
}

static void wait_and_compare(struct postgis *p)
{
    struct verify *v = p->verify;
    uint64_t seq = 0, last_seq = UINT64_MAX;
    uint32_t idle = 0;
    bool found;
    do {
        run(p, "rollback");
        run(p, "begin isolation level repeatable read read only");
        found = read_place(p, &seq);
    } while (!p->failed && verify_wait(v, found ? seq : 0, &last_seq, &idle));
    if (p->failed)
        return;
    if (!found) {
        verify_differs(v, "postgis: mirrors another journal or another epoch of this one");
        return;
    }
    uint64_t behind = seq < v->head.seq ? v->head.seq - seq : 0;
    fprintf(v->out, "postgis: at %" PRIu64 ", %" PRIu64 " behind\n", seq, behind);
    if (behind)
        verify_differs(v, "postgis: does not come nearer to the journal's end");
    compare_all(p, seq);
}

static void quiet(void *context, const char *message)
{
    (void)context; /* "there is no transaction in progress" */
    (void)message;
}

void verify_postgis(struct verify *v)
{
    struct postgis p = {.verify = v};
    if (!v->config->postgres.conninfo[0]) {
        fprintf(v->out, "postgis: not configured\n");
        return;
    }
    p.conn = PQconnectdb(v->config->postgres.conninfo);
    buffer_init(&p.values, 8 * 1024 * 1024);
    buffer_init(&p.json, FACTS_JSON_MAX);
    buffer_init(&p.personal, 64 * 1024);
    name_personal_fields(&p.personal);
    mirror_batch_init(&p.facts);
    if (PQstatus(p.conn) == CONNECTION_OK) {
        PQsetNoticeProcessor(p.conn, quiet, NULL);
        run(&p, "set timezone to 'UTC'");
        wait_and_compare(&p);
    } else {
        verify_blind(v, "postgis: %s", PQerrorMessage(p.conn));
    }
    PQfinish(p.conn);
    mirror_batch_close(&p.facts);
    buffer_close(&p.json);
    buffer_close(&p.personal);
    buffer_close(&p.values);
}
