#include "sim/replay_csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"
#include "dispatch/core/schema.h"
#include "sim/replay_order.h"

const char *const incident_sort_names[INCIDENT_SORTS] = {"medical", "traffic", "fire", "other"};

/* Columns that are not time points of an assignment; those are named as enum step. */
enum column {
    COLUMN_CALL,
    COLUMN_RECEIVED,
    COLUMN_OPENED,
    COLUMN_KIND,
    COLUMN_COMPLAINT,
    COLUMN_OUTCOME,
    COLUMN_LAT,
    COLUMN_LON,
    COLUMN_PLACE,
    COLUMN_UNIT,
    COLUMN_UNIT_KIND,
    COLUMN_BASE,
    COLUMN_BASE_LAT,
    COLUMN_BASE_LON,
    COLUMN_STEPS /* + enum step */
};
#define COLUMNS (COLUMN_STEPS + STEP_COMPLETED + 1)

static const char *const column_names[COLUMN_STEPS] = {
    "call", "received", "opened", "kind",      "complaint", "outcome",  "lat",
    "lon",  "place",    "unit",   "unit_kind", "base",      "base_lat", "base_lon",
};

struct reading {
    struct replay_csv *csv;
    const char *name; /* of the file */
    uint32_t line;
    int at[COLUMNS]; /* field number of each column, -1: not there */
    char **field;
    uint32_t *call_slot, *unit_slot, *base_slot; /* open addressing, row + 1 */
};

#define SLOTS (1u << 20)
#define ROWS_MAX (SLOTS / 2)

__attribute__((format(printf, 2, 3))) static int fail(struct reading *r, const char *format, ...)
{
    char text[ERRMSG_MAX - 100];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    snprintf(r->csv->errmsg, ERRMSG_MAX, "%.80s:%u: %s", r->name, r->line, text);
    return -1;
}

/* ---- tables that grow ---- */

/* One more row, zeroed; NULL when there is no memory or there are too many. */
static void *grow(void *rows, size_t *n, size_t *cap, size_t size)
{
    char **table = rows;
    if (*n == ROWS_MAX)
        return NULL;
    if (*n == *cap) {
        size_t wanted = *cap ? *cap * 2 : 256;
        void *more = realloc(*table, wanted * size);
        if (!more)
            return NULL;
        *table = more;
        *cap = wanted;
    }
    void *row = *table + size * (*n)++;
    return memset(row, 0, size);
}

static uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* The slot of the row whose first member is this code, or an empty one. */
static uint32_t *slot_of(uint32_t *slot, const void *rows, size_t size, const char *code)
{
    uint32_t i = hash_text(code) % SLOTS;
    while (slot[i] && strcmp((const char *)rows + (slot[i] - 1) * size, code) != 0)
        i = (i + 1) % SLOTS;
    return &slot[i];
}

/* ---- fields ---- */

static const char *field_of(const struct reading *r, int column)
{
    return r->at[column] < 0 ? "" : r->field[r->at[column]];
}

static int read_time(struct reading *r, int column, const char *what, int64_t *ms)
{
    const char *text = field_of(r, column);
    if (csv_time(text, ms) < 0)
        return fail(r, "%s=\"%.40s\" is not a time", what, text);
    return 0;
}

static int read_code(struct reading *r, int column, char *out)
{
    const char *text = field_of(r, column);
    if (strlen(text) >= REPLAY_CODE_MAX)
        return fail(r, "%s=\"%.40s\" is longer than %d bytes", column_names[column], text,
                    REPLAY_CODE_MAX - 1);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

/* Words may be long in the recording; they are cut at a character. */
static void read_words(const struct reading *r, int column, char *out)
{
    const char *text = field_of(r, column);
    size_t n = strlen(text);
    if (n >= REPLAY_WORDS_MAX) {
        n = REPLAY_WORDS_MAX - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = 0;
}

static int read_place(struct reading *r, int lat_column, int lon_column, bool *has,
                      struct point *at)
{
    const char *lat_text = field_of(r, lat_column), *lon_text = field_of(r, lon_column);
    double lat, lon;

    *has = *lat_text || *lon_text;
    if (!*has)
        return 0;
    if (csv_number(lat_text, &lat) < 0 || csv_number(lon_text, &lon) < 0 ||
        point_from_deg(lat, lon, at) < 0)
        return fail(r, "%s,%s = \"%.20s\",\"%.20s\" is not a place on Earth",
                    column_names[lat_column], column_names[lon_column], lat_text, lon_text);
    return 0;
}

static int read_sort(struct reading *r, enum incident_sort *sort)
{
    const char *text = field_of(r, COLUMN_KIND);
    *sort = SORT_MEDICAL;
    if (*text == 0)
        return 0;
    for (int i = 0; i < INCIDENT_SORTS; i++) {
        if (strcmp(text, incident_sort_names[i]) == 0) {
            *sort = (enum incident_sort)i;
            return 0;
        }
    }
    return fail(r, "kind=\"%.40s\" is none of medical, traffic, fire, other", text);
}

static int read_outcome(struct reading *r, enum outcome *outcome)
{
    const char *text = field_of(r, COLUMN_OUTCOME);
    int word = *text ? words_find(&outcome_words, text, strlen(text)) : OUTCOME_NONE;
    if (word < 0 || word == OUTCOME_DUPLICATE) /* a duplicate would have to say of which call */
        return fail(r, "outcome=\"%.40s\" is not an outcome of a recorded call", text);
    *outcome = (enum outcome)word;
    return 0;
}

/* ---- rows ---- */

static int parse_call(struct reading *r, struct replay_call *call)
{
    *call = (struct replay_call){.line = r->line};
    if (read_code(r, COLUMN_CALL, call->code) < 0 ||
        read_time(r, COLUMN_RECEIVED, "received", &call->received_ms) < 0 ||
        read_time(r, COLUMN_OPENED, "opened", &call->opened_ms) < 0 ||
        read_sort(r, &call->sort) < 0 || read_outcome(r, &call->outcome) < 0 ||
        read_place(r, COLUMN_LAT, COLUMN_LON, &call->has_place, &call->at) < 0)
        return -1;
    read_words(r, COLUMN_COMPLAINT, call->complaint);
    read_words(r, COLUMN_PLACE, call->place);
    if (!call->code[0] || !call->received_ms)
        return fail(r, "call and received must be there");
    if (!call->opened_ms)
        call->opened_ms = call->received_ms;
    return 0;
}

static bool same_call(const struct replay_call *a, const struct replay_call *b)
{
    return a->received_ms == b->received_ms && a->opened_ms == b->opened_ms && a->sort == b->sort &&
           a->outcome == b->outcome && a->has_place == b->has_place &&
           (!a->has_place || point_equal(a->at, b->at));
}

static int find_call(struct reading *r, uint32_t *row)
{
    struct replay_csv *csv = r->csv;
    struct replay_call call;

    if (parse_call(r, &call) < 0)
        return -1;
    uint32_t *slot = slot_of(r->call_slot, csv->call, sizeof(*csv->call), call.code);
    if (*slot && !same_call(&csv->call[*slot - 1], &call))
        return fail(r, "call %s says something else in line %u", call.code,
                    csv->call[*slot - 1].line);
    if (!*slot) {
        struct replay_call *kept = grow(&csv->call, &csv->call_n, &csv->call_cap, sizeof(*kept));
        if (!kept)
            return fail(r, "no room for more than %zu calls", csv->call_n);
        *kept = call;
        *slot = (uint32_t)csv->call_n;
    }
    *row = *slot - 1;
    return 0;
}

static int find_base(struct reading *r, uint32_t *row)
{
    struct replay_csv *csv = r->csv;
    struct replay_base base = {0};
    bool has;

    *row = UINT32_MAX;
    if (read_code(r, COLUMN_BASE, base.code) < 0 ||
        read_place(r, COLUMN_BASE_LAT, COLUMN_BASE_LON, &has, &base.at) < 0)
        return -1;
    if (!base.code[0])
        return 0;
    if (!has)
        return fail(r, "base %s needs base_lat and base_lon", base.code);
    uint32_t *slot = slot_of(r->base_slot, csv->base, sizeof(*csv->base), base.code);
    if (!*slot) {
        struct replay_base *kept = grow(&csv->base, &csv->base_n, &csv->base_cap, sizeof(*kept));
        if (!kept)
            return fail(r, "no room for more than %zu bases", csv->base_n);
        *kept = base;
        *slot = (uint32_t)csv->base_n;
    }
    *row = *slot - 1;
    return 0;
}

static int find_unit(struct reading *r, uint32_t *row)
{
    struct replay_csv *csv = r->csv;
    struct replay_unit unit = {0};

    if (read_code(r, COLUMN_UNIT, unit.code) < 0 || read_code(r, COLUMN_UNIT_KIND, unit.kind) < 0 ||
        find_base(r, &unit.base) < 0)
        return -1;
    uint32_t *slot = slot_of(r->unit_slot, csv->unit, sizeof(*csv->unit), unit.code);
    if (*slot && strcmp(csv->unit[*slot - 1].kind, unit.kind) != 0)
        return fail(r, "unit %s is %s here and was %s before", unit.code, unit.kind,
                    csv->unit[*slot - 1].kind);
    if (!*slot) {
        struct replay_unit *kept = grow(&csv->unit, &csv->unit_n, &csv->unit_cap, sizeof(*kept));
        if (!kept)
            return fail(r, "no room for more than %zu units", csv->unit_n);
        *kept = unit;
        *slot = (uint32_t)csv->unit_n;
    }
    *row = *slot - 1;
    return 0;
}

static int read_response(struct reading *r, uint32_t call)
{
    struct replay_csv *csv = r->csv;
    struct replay_response response = {.call = call, .line = r->line};

    for (int step = STEP_ORDERED; step <= STEP_COMPLETED; step++)
        if (read_time(r, COLUMN_STEPS + step, words_name(&step_words, step),
                      &response.at_ms[step]) < 0)
            return -1;
    if (*field_of(r, COLUMN_UNIT) == 0) {
        for (int step = STEP_ORDERED; step <= STEP_COMPLETED; step++)
            if (response.at_ms[step])
                return fail(r, "a time point without a unit");
        return 0;
    }
    if (!response.at_ms[STEP_ORDERED])
        return fail(r, "a unit without the time of its order");
    if (find_unit(r, &response.unit) < 0)
        return -1;
    struct replay_response *kept =
        grow(&csv->response, &csv->response_n, &csv->response_cap, sizeof(*kept));
    if (!kept)
        return fail(r, "no room for more than %zu responses", csv->response_n);
    *kept = response;
    csv->call[call].responses++;
    return 0;
}

/* ---- the file ---- */

static int column_of(const char *name)
{
    for (int i = 0; i < COLUMN_STEPS; i++)
        if (strcmp(name, column_names[i]) == 0)
            return i;
    int step = words_find(&step_words, name, strlen(name));
    return step >= STEP_ORDERED && step <= STEP_COMPLETED ? COLUMN_STEPS + step : -1;
}

static int read_header(struct reading *r, int fields)
{
    for (int i = 0; i < COLUMNS; i++)
        r->at[i] = -1;
    for (int i = 0; i < fields; i++) {
        int column = column_of(r->field[i]);
        if (column < 0)
            return fail(r, "there is no column \"%.40s\"", r->field[i]);
        if (r->at[column] >= 0)
            return fail(r, "column %s stands there twice", r->field[i]);
        r->at[column] = i;
    }
    if (r->at[COLUMN_CALL] < 0 || r->at[COLUMN_RECEIVED] < 0)
        return fail(r, "the columns call and received must be there");
    return 0;
}

static int read_lines(struct reading *r, FILE *in)
{
    char line[CSV_LINE_MAX], why[120];
    char *field[CSV_FIELDS_MAX];
    int header = 0;
    uint32_t call = 0;

    r->field = field;
    while (fgets(line, sizeof(line), in)) {
        r->line++;
        if (strlen(line) + 1 == sizeof(line))
            return fail(r, "the line is longer than %d bytes", CSV_LINE_MAX - 2);
        int n = csv_split(line, field, CSV_FIELDS_MAX, why, sizeof(why));
        if (n < 0)
            return fail(r, "%s", why);
        if (r->line > 1 && n != header)
            return fail(r, "%d fields, the header has %d", n, header);
        if (r->line == 1 && read_header(r, header = n) < 0)
            return -1;
        if (r->line > 1 && (find_call(r, &call) < 0 || read_response(r, call) < 0))
            return -1;
    }
    if (ferror(in))
        return fail(r, "cannot be read: %s", strerror(errno));
    return r->line > 1 ? 0 : fail(r, "holds no rows");
}

int replay_csv_read(struct replay_csv *csv, FILE *in, const char *name)
{
    struct reading r = {.csv = csv, .name = name};
    int err = -1;

    memset(csv, 0, sizeof(*csv));
    r.call_slot = calloc(3 * (size_t)SLOTS, sizeof(*r.call_slot));
    if (r.call_slot) {
        r.unit_slot = r.call_slot + SLOTS;
        r.base_slot = r.unit_slot + SLOTS;
        err = read_lines(&r, in);
    } else {
        fail(&r, "out of memory");
    }
    free(r.call_slot);
    if (err == 0 && replay_order(csv) < 0)
        err = fail(&r, "out of memory");
    if (err < 0) {
        char kept[ERRMSG_MAX];
        memcpy(kept, csv->errmsg, sizeof(kept));
        replay_csv_close(csv);
        memcpy(csv->errmsg, kept, sizeof(kept));
    }
    return err;
}

int replay_csv_load(struct replay_csv *csv, const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in) {
        memset(csv, 0, sizeof(*csv));
        snprintf(csv->errmsg, sizeof(csv->errmsg), "%.200s: %s", path, strerror(errno));
        return -1;
    }
    int err = replay_csv_read(csv, in, path);
    fclose(in);
    return err;
}

void replay_csv_close(struct replay_csv *csv)
{
    free(csv->call);
    free(csv->unit);
    free(csv->base);
    free(csv->response);
    free(csv->event);
    memset(csv, 0, sizeof(*csv));
}
