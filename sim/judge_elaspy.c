/* One of the published cases of ELASPY (Utrecht): a table of siren driving times between postcodes
 * in minutes, bases, hospitals, and what chance decides of each patient, a file a kind. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/judge_jemss.h"

enum { CODES_MAX = 5000, PATIENTS_MAX = 10000000 };

static const double minute_ns = 60e9;
static const double home_factor = 0.95; /* home without siren: time / 0.95 (the case's rule) */

struct elaspy {
    struct judge_city *city;
    const char *dir;
    double *code;   /* by node */
    double *number; /* of the file at hand, one a row */
    uint32_t number_n;
    uint32_t *column_node; /* of the table: node of each column */
};

typedef int elaspy_read_cb(struct elaspy *e, struct sheet_csv *csv);

/* The file that begins and ends so. */
static int find_file(const struct elaspy *e, const char *begin, const char *end,
                     char path[static JEMSS_PATH_MAX])
{
    char best[256] = "";
    DIR *list = opendir(e->dir);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        size_t length = strlen(entry->d_name), tail = strlen(end);
        if (length >= tail && strncmp(entry->d_name, begin, strlen(begin)) == 0 &&
            strcmp(entry->d_name + length - tail, end) == 0 &&
            (!best[0] || strcmp(entry->d_name, best) < 0))
            snprintf(best, sizeof(best), "%.250s", entry->d_name);
    }
    if (list)
        closedir(list);
    if (!best[0]) {
        snprintf(e->city->errmsg, ERRMSG_MAX, "%.200s: there is no %s…%s", e->dir, begin, end);
        return -1;
    }
    snprintf(path, JEMSS_PATH_MAX, "%s/%s", e->dir, best);
    return 0;
}

static int read_file(struct elaspy *e, const char *begin, const char *end, elaspy_read_cb *read_cb)
{
    char path[JEMSS_PATH_MAX];
    struct sheet_csv *csv = calloc(1, sizeof(*csv));
    int err = find_file(e, begin, end, path);
    if (err == 0 && csv) {
        err = sheet_open(csv, path);
        if (err == 0)
            err = read_cb(e, csv);
        if (err < 0)
            snprintf(e->city->errmsg, ERRMSG_MAX, "%s", csv->errmsg);
        sheet_close(csv);
    }
    free(csv);
    return csv ? err : -1;
}

/* Calls are expected where people live. */
static int add_cell(struct judge_cells *cells, struct sheet_csv *csv, int column, double x,
                    double y)
{
    uint32_t n = cells->n;
    cells->x = jemss_grow(cells->x, n, sizeof(*cells->x));
    cells->y = jemss_grow(cells->y, n, sizeof(*cells->y));
    cells->weight = jemss_grow(cells->weight, n, sizeof(*cells->weight));
    if (!cells->x || !cells->y || !cells->weight)
        return sheet_fail(csv, "out of memory");
    if (sheet_number(csv, column, 0, 1e12, &cells->weight[n]) < 0)
        return -1;
    cells->x[n] = x;
    cells->y[n] = y;
    cells->weight_sum += cells->weight[n];
    cells->n++;
    return 0;
}

static int read_nodes(struct elaspy *e, struct sheet_csv *csv)
{
    static const char *const names[] = {"postal code", "x", "y", "inhabitants"};
    struct ways *w = &e->city->ways;
    int column[4], got;
    if (sheet_find(csv, NULL, names, column, 4) < 0)
        return -1;
    e->city->cells = calloc(1, sizeof(*e->city->cells));
    if (!e->city->cells)
        return sheet_fail(csv, "out of memory");
    e->city->raster_n = 1;
    while ((got = sheet_row(csv)) > 0) {
        uint32_t n = w->node_n;
        w->x = jemss_grow(w->x, n, sizeof(*w->x));
        w->y = jemss_grow(w->y, n, sizeof(*w->y));
        w->access = jemss_grow(w->access, n, sizeof(*w->access));
        e->code = jemss_grow(e->code, n, sizeof(*e->code));
        if (!w->x || !w->y || !w->access || !e->code || n == CODES_MAX)
            return sheet_fail(csv, "too many postcodes");
        if (sheet_number(csv, column[0], 0, 1e9, &e->code[n]) < 0 ||
            sheet_number(csv, column[1], -1e9, 1e9, &w->x[n]) < 0 ||
            sheet_number(csv, column[2], -1e9, 1e9, &w->y[n]) < 0 ||
            add_cell(e->city->cells, csv, column[3], w->x[n], w->y[n]) < 0)
            return -1;
        w->access[w->node_n++] = true;
    }
    return got == 0 && !(e->city->cells->weight_sum > 0) ? sheet_fail(csv, "nobody lives anywhere")
                                                         : got;
}

static int find_code(const struct elaspy *e, struct sheet_csv *csv, double code, uint32_t *node)
{
    for (*node = 0; *node < e->city->ways.node_n; ++*node)
        if (e->code[*node] == code)
            return 0;
    return sheet_fail(csv, "postcode %g is unknown", code);
}

static int table_header(struct elaspy *e, struct sheet_csv *csv)
{
    static const char *const names[] = {"postal code"};
    int column[1];
    if (sheet_find(csv, NULL, names, column, 1) < 0)
        return -1;
    if ((uint32_t)csv->fields != e->city->ways.node_n + 1)
        return sheet_fail(csv, "%d columns for %u postcodes", csv->fields, e->city->ways.node_n);
    for (int f = 1; f < csv->fields; f++) {
        double code;
        if (sheet_number(csv, f, 0, 1e9, &code) < 0 ||
            find_code(e, csv, code, &e->column_node[f]) < 0)
            return -1;
    }
    return 0;
}

static int read_table(struct elaspy *e, struct sheet_csv *csv)
{
    struct ways *w = &e->city->ways;
    uint32_t from, rows = 0;
    int got;
    if (table_header(e, csv) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; rows++) {
        double code, minutes;
        if (sheet_number(csv, 0, 0, 1e9, &code) < 0 || find_code(e, csv, code, &from) < 0)
            return -1;
        for (int f = 1; f <= (int)w->node_n; f++) {
            size_t cell = (size_t)from * w->node_n + e->column_node[f];
            if (sheet_number(csv, f, 0, 1e5, &minutes) < 0)
                return -1;
            w->ns[0][cell] = llround(minutes * minute_ns);
            w->ns[1][cell] = llround(minutes / home_factor * minute_ns);
        }
    }
    return got == 0 && rows != w->node_n
               ? sheet_fail(csv, "%u rows for %u postcodes", rows, w->node_n)
               : got;
}

static int read_places(struct elaspy *e, struct sheet_csv *csv, const char *name,
                       struct judge_place **place, uint32_t *n)
{
    const char *const names[] = {name};
    int column[1], got;
    if (sheet_find(csv, NULL, names, column, 1) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        struct judge_place one = {0};
        double code;
        if (sheet_number(csv, column[0], 0, 1e9, &code) < 0 ||
            find_code(e, csv, code, &one.node) < 0)
            return -1;
        one.x = e->city->ways.x[one.node];
        one.y = e->city->ways.y[one.node];
        if (!(*place = jemss_grow(*place, *n, sizeof(one))))
            return sheet_fail(csv, "out of memory");
        (*place)[(*n)++] = one;
    }
    return got == 0 && *n == 0 ? sheet_fail(csv, "there is no row") : got;
}

static int read_hospitals(struct elaspy *e, struct sheet_csv *csv)
{
    return read_places(e, csv, "Hospital", &e->city->hospital, &e->city->hospital_n);
}

/* Every ambulance has a base of its own here, in the order of the file. */
static int read_bases(struct elaspy *e, struct sheet_csv *csv)
{
    struct judge_city *city = e->city;
    if (read_places(e, csv, "Base", &city->station, &city->station_n) < 0)
        return -1;
    city->unit_n = city->station_n;
    city->unit_station = malloc((city->unit_n + 1) * sizeof(*city->unit_station));
    if (!city->unit_station)
        return sheet_fail(csv, "out of memory");
    for (uint32_t u = 0; u < city->unit_n; u++)
        city->unit_station[u] = u;
    return 0;
}

static int read_numbers(struct elaspy *e, struct sheet_csv *csv)
{
    static const char *const names[] = {"0"};
    int column[1], got;
    e->number_n = 0;
    if (sheet_find(csv, NULL, names, column, 1) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; e->number_n++) {
        if (e->number_n == PATIENTS_MAX ||
            !(e->number = jemss_grow(e->number, e->number_n, sizeof(*e->number))))
            return sheet_fail(csv, "too many patients");
        const char *text = sheet_text(csv, column[0]);
        if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0)
            e->number[e->number_n] = text[0] == 'T';
        else if (sheet_number(csv, column[0], 0, 1e9, &e->number[e->number_n]) < 0)
            return -1;
    }
    if (got == 0 && e->city->call_n && e->number_n != e->city->call_n)
        return sheet_fail(csv, "%u rows for %u patients", e->number_n, e->city->call_n);
    return got == 0 && e->number_n == 0 ? sheet_fail(csv, "there is no patient") : got;
}

static int read_kind(struct elaspy *e, const char *kind, uint32_t number)
{
    char end[32];
    snprintf(end, sizeof(end), "diesel_%u.csv", number);
    return read_file(e, kind, end, read_numbers);
}

static int take_arrivals(struct elaspy *e, uint32_t number)
{
    double minutes = 0;
    if (read_kind(e, "interarrival_times", number) < 0)
        return -1;
    e->city->call = calloc(e->number_n, sizeof(*e->city->call));
    if (!e->city->call)
        return -1;
    e->city->call_n = e->number_n;
    for (uint32_t c = 0; c < e->city->call_n; c++) {
        minutes += e->number[c];
        e->city->call[c].arrival_ns = llround(minutes * minute_ns);
        e->city->call[c].hospital = JUDGE_NOBODY;
    }
    return 0;
}

static int take_places(struct elaspy *e, uint32_t number)
{
    if (read_kind(e, "location_IDs", number) < 0)
        return -1;
    for (uint32_t c = 0; c < e->city->call_n; c++) {
        struct judge_place *at = &e->city->call[c].at;
        for (at->node = 0; at->node < e->city->ways.node_n && e->code[at->node] != e->number[c];)
            at->node++;
        if (at->node == e->city->ways.node_n) {
            snprintf(e->city->errmsg, ERRMSG_MAX, "patient %u: postcode %g is unknown", c + 1,
                     e->number[c]);
            return -1;
        }
        at->x = e->city->ways.x[at->node];
        at->y = e->city->ways.y[at->node];
    }
    return 0;
}

static int take_chances(struct elaspy *e, uint32_t number)
{
    struct judge_call *call = e->city->call;
    if (read_kind(e, "on_site_aid_times", number) < 0)
        return -1;
    for (uint32_t c = 0; c < e->city->call_n; c++)
        call[c].scene_ns = llround(e->number[c] * minute_ns);
    if (read_kind(e, "to_hospital_bool", number) < 0)
        return -1;
    for (uint32_t c = 0; c < e->city->call_n; c++)
        call[c].transport = e->number[c] != 0;
    if (read_kind(e, "drop_off_times", number) < 0)
        return -1;
    for (uint32_t c = 0; c < e->city->call_n; c++)
        call[c].handover_ns = llround(e->number[c] * minute_ns);
    return 0;
}

bool judge_is_elaspy(const char *dir)
{
    struct judge_city city;
    struct elaspy e = {.city = &city, .dir = dir};
    char path[JEMSS_PATH_MAX];
    return find_file(&e, "siren_driving_matrix", ".csv", path) == 0;
}

/* One class of patients, everything with siren but the way home; in time is 15 minutes, the Dutch
 * norm the paper reports. */
static void set_rules(struct judge_city *city)
{
    city->snaps_returning = true;
    city->mode_of[0][JUDGE_PRIORITIES - 1] = 1;
    city->transport_as = 0;
    city->return_as = JUDGE_PRIORITIES - 1;
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++)
        city->target_ns[p] = city->cover_ns[p] = 15 * 60 * JUDGE_SECOND;
}

static int read_city(struct elaspy *e, uint32_t units)
{
    struct ways *w = &e->city->ways;
    char end[32];
    snprintf(end, sizeof(end), "_%u.csv", units);
    if (read_file(e, "nodes_", ".csv", read_nodes) < 0)
        return -1;
    w->is_table = true;
    w->mode_n = 2;
    w->x_scale = w->y_scale = 1;
    size_t cells = (size_t)w->node_n * w->node_n;
    w->ns[0] = calloc(cells, sizeof(*w->ns[0]));
    w->ns[1] = calloc(cells, sizeof(*w->ns[1]));
    e->column_node = calloc(w->node_n + 1, sizeof(*e->column_node));
    if (!w->ns[0] || !w->ns[1] || !e->column_node || ways_finish(w, NULL) < 0)
        return -1;
    if (read_file(e, "siren_driving_matrix", ".csv", read_table) < 0 ||
        read_file(e, "Hospital_Postal_Codes", ".csv", read_hospitals) < 0)
        return -1;
    return read_file(e, "Base_Locations_Ambulances", end, read_bases);
}

int judge_elaspy_load(struct judge_city *city, const char *dir, uint32_t number, uint32_t units)
{
    struct elaspy e = {.city = city, .dir = dir};
    *city = (struct judge_city){0};
    snprintf(city->errmsg, ERRMSG_MAX, "out of memory"); /* unless a file has a better complaint */
    set_rules(city);
    int err = judge_always(city);
    city->rate_of[0][0] = 1; /* all of it */
    if (err == 0)
        err = read_city(&e, units);
    if (err == 0)
        err = take_arrivals(&e, number);
    if (err == 0)
        err = take_places(&e, number);
    if (err == 0)
        err = take_chances(&e, number);
    free(e.code);
    free(e.number);
    free(e.column_node);
    return err;
}
