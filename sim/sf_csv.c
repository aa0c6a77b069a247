#include "sim/sf_csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "dispatch/base/csv.h"
#include "geo/point.h"

enum {
    SF_COLUMNS = 27,
    SF_ROWS_MAX = 1000000,
    SF_UNITS_MAX = 1000,
    SF_AREAS_MAX = 200,
    SF_CODE_MAX = 16
};

/* The columns we take, in the order of their place in the file. */
enum sf_column {
    SF_CALL = 0,
    SF_UNIT = 1,
    SF_TYPE = 3,
    SF_RECEIVED = 5,
    SF_ENTRY,
    SF_DISPATCH,
    SF_RESPONSE,
    SF_ON_SCENE,
    SF_TRANSPORT,
    SF_HOSPITAL,
    SF_AVAILABLE,
    SF_DISPOSITION = 13,
    SF_UNIT_TYPE = 19,
    SF_STATION_AREA = 22,
    SF_ADDRESS = 24,
    SF_LAT,
    SF_LON
};

static const char sf_header[] =
    "call,unit,incident,type,type_group,received,entry,dispatch,response,on_scene,transport,"
    "hospital,available,disposition,prio_orig,prio,prio_final,als,alarms,unit_type,unit_seq,"
    "battalion,station_area,zip,address,lat,lon";

/* What became of it, in our words; what is not listed stays open (empty). */
static const struct {
    const char *disposition, *outcome;
} outcomes[] = {
    {"Code 2 Transport", "treated"},
    {"Code 3 Transport", "treated"},
    {"Medical Examiner", "treated"},
    {"Patient Declined Transport", "advice"},
    {"Against Medical Advice", "advice"},
    {"No Merit", "invalid"},
    {"Cancelled", "cancelled"},
    {"Unable to Locate", "empty_run"},
    {"Gone on Arrival", "empty_run"},
    {"SFPD", "transferred"},
    {"CHP", "transferred"},
    {"Fire", "transferred"},
    {"Other", "advice"},
};

struct sf_area {
    char code[SF_CODE_MAX];
    double lat_sum, lon_sum;
    uint32_t calls;
};

struct sf_unit {
    char code[SF_CODE_MAX];
    uint32_t served[SF_AREAS_MAX]; /* by area */
};

struct conversion {
    char **line; /* of the whole file, owned */
    size_t line_n, line_cap;
    struct sf_area *area;
    struct sf_unit *unit;
    size_t area_n, unit_n;
    const char *path;
    char *errmsg;
};

__attribute__((format(printf, 3, 4))) static int fail(struct conversion *c, size_t line,
                                                      const char *format, ...)
{
    char text[ERRMSG_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    snprintf(c->errmsg, ERRMSG_MAX, "%.200s:%zu: %s", c->path, line, text);
    return -1;
}

/* ---- reading ---- */

static int keep_line(struct conversion *c, const char *text)
{
    if (c->line_n == SF_ROWS_MAX)
        return fail(c, c->line_n, "more than %d lines", SF_ROWS_MAX);
    if (c->line_n == c->line_cap) {
        size_t wanted = c->line_cap ? c->line_cap * 2 : 1024;
        char **more = realloc(c->line, wanted * sizeof(*more));
        if (!more)
            return fail(c, c->line_n, "out of memory");
        c->line = more;
        c->line_cap = wanted;
    }
    c->line[c->line_n] = strdup(text);
    if (!c->line[c->line_n])
        return fail(c, c->line_n, "out of memory");
    c->line_n++;
    return 0;
}

static int read_all(struct conversion *c)
{
    char line[CSV_LINE_MAX];
    gzFile in = gzopen(c->path, "rb");
    int err = 0, status = Z_OK;

    if (!in)
        return fail(c, 0, "%s", strerror(errno));
    while (err == 0 && gzgets(in, line, sizeof(line))) {
        line[strcspn(line, "\r\n")] = 0;
        err = keep_line(c, line);
    }
    const char *why = gzerror(in, &status);
    if (err == 0 && status != Z_OK && status != Z_STREAM_END)
        err = fail(c, c->line_n, "%s", why);
    gzclose(in);
    if (err == 0 && (c->line_n < 2 || strcmp(c->line[0], sf_header) != 0))
        err = fail(c, 1, "is not the San Francisco file: its header must be %.60s…", sf_header);
    return err;
}

/* Cuts a copy of the line; the fields point into `text`. */
static int cut(struct conversion *c, size_t row, char *text, char **field)
{
    char why[100];
    snprintf(text, CSV_LINE_MAX, "%s", c->line[row]);
    int n = csv_split(text, field, SF_COLUMNS, why, sizeof(why));
    if (n < 0)
        return fail(c, row + 1, "%s", why);
    if (n != SF_COLUMNS)
        return fail(c, row + 1, "%d fields instead of %d", n, SF_COLUMNS);
    return 0;
}

/* ---- where units are stationed ---- */

static int find_area(struct conversion *c, const char *code, size_t *at)
{
    for (*at = 0; *at < c->area_n; ++*at)
        if (strcmp(c->area[*at].code, code) == 0)
            return 0;
    if (c->area_n == SF_AREAS_MAX || strlen(code) >= SF_CODE_MAX)
        return -1;
    memcpy(c->area[c->area_n++].code, code, strlen(code) + 1);
    return 0;
}

static int find_unit(struct conversion *c, const char *code, size_t *at)
{
    for (*at = 0; *at < c->unit_n; ++*at)
        if (strcmp(c->unit[*at].code, code) == 0)
            return 0;
    if (c->unit_n == SF_UNITS_MAX || strlen(code) >= SF_CODE_MAX)
        return -1;
    memcpy(c->unit[c->unit_n++].code, code, strlen(code) + 1);
    return 0;
}

static int learn(struct conversion *c, size_t row)
{
    char text[CSV_LINE_MAX];
    char *field[SF_COLUMNS];
    size_t area, unit;
    double lat, lon;
    struct point at;

    if (cut(c, row, text, field) < 0)
        return -1;
    if (csv_number(field[SF_LAT], &lat) < 0 || csv_number(field[SF_LON], &lon) < 0 ||
        point_from_deg(lat, lon, &at) < 0)
        return fail(c, row + 1, "\"%.20s\",\"%.20s\" is no place", field[SF_LAT], field[SF_LON]);
    if (find_area(c, field[SF_STATION_AREA], &area) < 0 || find_unit(c, field[SF_UNIT], &unit) < 0)
        return fail(c, row + 1, "unit or station area is too long, or there are too many");
    c->area[area].lat_sum += lat;
    c->area[area].lon_sum += lon;
    c->area[area].calls++;
    c->unit[unit].served[area]++;
    return 0;
}

static const struct sf_area *base_of(const struct conversion *c, const char *code)
{
    const struct sf_unit *unit = c->unit;
    size_t best = 0;

    while (strcmp(unit->code, code) != 0)
        unit++; /* learnt from the same file */
    for (size_t i = 1; i < c->area_n; i++)
        if (unit->served[i] > unit->served[best])
            best = i;
    return &c->area[best];
}

/* ---- writing ---- */

static const char *kind_of(const char *type)
{
    if (strcmp(type, "Medical Incident") == 0)
        return "medical";
    if (strcmp(type, "Traffic Collision") == 0)
        return "traffic";
    return strstr(type, "Fire") ? "fire" : "other";
}

static const char *outcome_of(const char *disposition)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (strcmp(outcomes[i].disposition, disposition) == 0)
            return outcomes[i].outcome;
    return "";
}

/* "2016-12-31 00:01:04" with a T and the offset of that week. */
static int put_time(struct conversion *c, FILE *out, size_t row, const char *text)
{
    char when[40];
    int64_t ms;

    putc(',', out);
    if (*text == 0)
        return 0;
    if (strlen(text) != 19 || text[10] != ' ')
        return fail(c, row + 1, "\"%.30s\" is no time", text);
    snprintf(when, sizeof(when), "%.10sT%.8s-08:00", text, text + 11);
    if (csv_time(when, &ms) < 0)
        return fail(c, row + 1, "\"%.30s\" is no time", text);
    fputs(when, out);
    return 0;
}

static void put_text(FILE *out, const char *text)
{
    putc(',', out);
    csv_put(out, text);
}

static int convert_row(struct conversion *c, FILE *out, size_t row)
{
    char text[CSV_LINE_MAX];
    char *field[SF_COLUMNS];

    if (cut(c, row, text, field) < 0)
        return -1;
    const struct sf_area *base = base_of(c, field[SF_UNIT]);
    csv_put(out, field[SF_CALL]);
    if (put_time(c, out, row, field[SF_RECEIVED]) < 0 || put_time(c, out, row, field[SF_ENTRY]) < 0)
        return -1;
    put_text(out, kind_of(field[SF_TYPE]));
    put_text(out, field[SF_TYPE]);
    put_text(out, outcome_of(field[SF_DISPOSITION]));
    put_text(out, field[SF_LAT]);
    put_text(out, field[SF_LON]);
    put_text(out, field[SF_ADDRESS]);
    put_text(out, field[SF_UNIT]);
    put_text(out, field[SF_UNIT_TYPE]);
    fprintf(out, ",area %s,%.6f,%.6f", base->code, base->lat_sum / base->calls,
            base->lon_sum / base->calls);
    for (int i = SF_DISPATCH; i <= SF_AVAILABLE; i++)
        if (put_time(c, out, row, field[i]) < 0)
            return -1;
    putc('\n', out);
    return 0;
}

static int convert(struct conversion *c, const char *out_path, size_t *rows)
{
    FILE *out;
    int err = read_all(c);

    for (size_t row = 1; err == 0 && row < c->line_n; row++)
        err = learn(c, row);
    if (err < 0)
        return -1;
    out = fopen(out_path, "w");
    if (!out)
        return fail(c, 0, "%.200s: %s", out_path, strerror(errno));
    fputs("call,received,opened,kind,complaint,outcome,lat,lon,place,unit,unit_kind,base,base_lat,"
          "base_lon,ordered,departed,at_scene,left_scene,at_hospital,completed\n",
          out);
    for (size_t row = 1; err == 0 && row < c->line_n; row++)
        err = convert_row(c, out, row);
    if (fclose(out) != 0 && err == 0)
        err = fail(c, 0, "%.200s: cannot be written", out_path);
    if (err == 0)
        *rows = c->line_n - 1;
    return err;
}

int sf_csv_convert(const char *in_path, const char *out_path, size_t *rows,
                   char errmsg[static ERRMSG_MAX])
{
    struct conversion c = {.path = in_path, .errmsg = errmsg};
    int err = -1;

    c.area = calloc(SF_AREAS_MAX, sizeof(*c.area));
    c.unit = calloc(SF_UNITS_MAX, sizeof(*c.unit));
    if (c.area && c.unit)
        err = convert(&c, out_path, rows);
    else
        fail(&c, 0, "out of memory");
    for (size_t i = 0; i < c.line_n; i++)
        free(c.line[i]);
    free(c.line);
    free(c.area);
    free(c.unit);
    return err;
}
