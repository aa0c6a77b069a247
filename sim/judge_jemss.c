/* Folders of the JEMSS simulator. Which file holds what goes by the name before its number
 * (stations_1.csv, nodes.csv.gz); of several the first in order of name is read. Times in the
 * files are days, distances km. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/judge_city.h"
#include "sim/judge_jemss.h"

enum { PLACES_MAX = 100000, NODES_MAX = 10000000, ARCS_MAX = 40000000, DAYS_MAX = 100000 };

static const double day_ns = 86400e9;

static const char *const priority_name[JUDGE_PRIORITIES] = {"highPriority", "medPriority",
                                                            "lowPriority"};

int64_t jemss_ns(double days)
{
    return llround(days * day_ns);
}

/* "name", then nothing, "_1" or "_whatever" when `loose`, then .csv or .csv.gz. */
static bool is_named(const char *file, const char *name, bool loose)
{
    size_t length = strlen(name);
    if (strncmp(file, name, length) != 0)
        return false;
    const char *rest = file + length;
    if (*rest == '_')
        rest += loose ? strcspn(rest, ".") : 1 + strspn(rest + 1, "0123456789");
    return strcmp(rest, ".csv") == 0 || strcmp(rest, ".csv.gz") == 0;
}

static int find_file(struct judge_city *city, const char *dir, const char *name, bool loose,
                     char path[static JEMSS_PATH_MAX])
{
    char best[256] = "";
    DIR *list = opendir(dir);
    if (!list) {
        snprintf(city->errmsg, sizeof(city->errmsg), "%.200s: %s", dir, strerror(errno));
        return -1;
    }
    for (struct dirent *entry; (entry = readdir(list));)
        if (is_named(entry->d_name, name, loose) && (!best[0] || strcmp(entry->d_name, best) < 0))
            snprintf(best, sizeof(best), "%.250s", entry->d_name);
    closedir(list);
    if (!best[0]) {
        snprintf(city->errmsg, sizeof(city->errmsg), "%.200s: there is no %s file", dir, name);
        return -1;
    }
    snprintf(path, JEMSS_PATH_MAX, "%s/%s", dir, best);
    return 0;
}

int jemss_read(struct judge_city *city, const char *dir, const char *name, bool loose,
               jemss_read_cb *read_cb)
{
    char path[JEMSS_PATH_MAX];
    if (find_file(city, dir, name, loose, path) < 0)
        return -1;
    return jemss_read_file(city, path, read_cb);
}

int jemss_read_file(struct judge_city *city, const char *path, jemss_read_cb *read_cb)
{
    struct sheet_csv *csv = calloc(1, sizeof(*csv));
    int err = csv ? sheet_open(csv, path) : -1;
    if (err == 0)
        err = read_cb(city, csv);
    if (err < 0)
        snprintf(city->errmsg, sizeof(city->errmsg), "%s", csv ? csv->errmsg : "out of memory");
    if (csv)
        sheet_close(csv);
    free(csv);
    return err;
}

int jemss_priority(struct sheet_csv *csv, int column, uint32_t *priority)
{
    const char *text = sheet_text(csv, column);
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++)
        if (strcmp(text, priority_name[p]) == 0) {
            *priority = p;
            return 0;
        }
    return sheet_fail(csv, "\"%.40s\" is none of highPriority, medPriority, lowPriority", text);
}

void *jemss_grow(void *list, uint32_t n, size_t each)
{
    return n & (n - 1) ? list : realloc(list, (n ? 2 * (size_t)n : 1) * each);
}

/* Indexes count 1, 2, 3 … down the file. */
int jemss_index(struct sheet_csv *csv, int column, uint32_t n)
{
    uint32_t index;
    if (sheet_count(csv, column, 1, UINT32_MAX, &index) < 0)
        return -1;
    return index == n + 1 ? 0 : sheet_fail(csv, "index %u stands where %u belongs", index, n + 1);
}

static int read_map(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"xScale", "yScale"};
    int column[2];
    if (sheet_find(csv, "map", names, column, 2) < 0)
        return -1;
    int got = sheet_row(csv);
    if (got <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "the map has no row");
    if (sheet_number(csv, column[0], 1e-9, 1e9, &city->ways.x_scale) < 0)
        return -1;
    return sheet_number(csv, column[1], 1e-9, 1e9, &city->ways.y_scale);
}

static int add_node(struct ways *w, struct sheet_csv *csv, const int *column)
{
    double access = 1;
    if (jemss_index(csv, column[0], w->node_n) < 0 ||
        (column[3] >= 0 && sheet_number(csv, column[3], 0, 1, &access) < 0))
        return -1;
    w->x = jemss_grow(w->x, w->node_n, sizeof(*w->x));
    w->y = jemss_grow(w->y, w->node_n, sizeof(*w->y));
    w->access = jemss_grow(w->access, w->node_n, sizeof(*w->access));
    if (!w->x || !w->y || !w->access)
        return sheet_fail(csv, "out of memory");
    if (sheet_number(csv, column[1], -1e9, 1e9, &w->x[w->node_n]) < 0 ||
        sheet_number(csv, column[2], -1e9, 1e9, &w->y[w->node_n]) < 0)
        return -1;
    w->access[w->node_n++] = access != 0;
    return 0;
}

static int read_nodes(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"index", "x", "y", "offRoadAccess?"};
    struct ways *w = &city->ways;
    int column[4], got;
    bool joined = false;
    if (sheet_find(csv, "nodes", names, column, 4) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        if (w->node_n == NODES_MAX)
            return sheet_fail(csv, "more than %d nodes", NODES_MAX);
        if (add_node(w, csv, column) < 0)
            return -1;
        joined = joined || w->access[w->node_n - 1];
    }
    if (got == 0 && !joined)
        return sheet_fail(csv, "no node has offRoadAccess");
    return got;
}

struct arc {
    uint32_t tail, head, order;
    int64_t ns[WAYS_MODES_MAX];
};

static int before(const void *a, const void *b)
{
    const struct arc *x = a, *y = b;
    if (x->tail != y->tail)
        return x->tail < y->tail ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* The form of the arcs and how many modes they have. */
static int arc_form(struct judge_city *city, struct sheet_csv *csv, bool *directed)
{
    static const char *const names[] = {"arcForm", "numModes"};
    int column[2];
    if (sheet_find(csv, "miscData", names, column, 2) < 0)
        return -1;
    int got = sheet_row(csv);
    if (got <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "miscData has no row");
    *directed = strcmp(sheet_text(csv, column[0]), "directed") == 0;
    if (!*directed && strcmp(sheet_text(csv, column[0]), "undirected") != 0)
        return sheet_fail(csv, "arcForm \"%.40s\" is neither directed nor undirected",
                          sheet_text(csv, column[0]));
    return sheet_count(csv, column[1], 1, WAYS_MODES_MAX, &city->ways.mode_n);
}

static int take_arc(const struct ways *w, struct sheet_csv *csv, const int *column, struct arc *arc)
{
    if (sheet_count(csv, column[1], 1, w->node_n, &arc->tail) < 0 ||
        sheet_count(csv, column[2], 1, w->node_n, &arc->head) < 0)
        return -1;
    arc->tail--;
    arc->head--;
    for (uint32_t m = 0; m < w->mode_n; m++) {
        double days;
        if (sheet_number(csv, column[3 + m], 0, 1000, &days) < 0)
            return -1;
        arc->ns[m] = jemss_ns(days);
        if (arc->ns[m] <= 0)
            return sheet_fail(csv, "an arc takes no time");
    }
    return 0;
}

static int keep_arcs(struct ways *w, struct arc *arc, uint32_t n)
{
    qsort(arc, n, sizeof(*arc), before);
    w->arc_n = n;
    w->tail = malloc((n + 1) * sizeof(*w->tail));
    w->head = malloc((n + 1) * sizeof(*w->head));
    w->length_dm = malloc((n + 1) * sizeof(*w->length_dm));
    for (uint32_t m = 0; m < w->mode_n; m++)
        if (!(w->ns[m] = malloc((n + 1) * sizeof(*w->ns[m]))))
            return -1;
    if (!w->tail || !w->head || !w->length_dm)
        return -1;
    for (uint32_t a = 0; a < n; a++) {
        uint32_t tail = arc[a].tail, head = arc[a].head;
        w->tail[a] = tail;
        w->head[a] = head;
        w->length_dm[a] =
            (uint32_t)lround(1e4 * ways_km(w, w->x[tail], w->y[tail], w->x[head], w->y[head]));
        for (uint32_t m = 0; m < w->mode_n; m++)
            w->ns[m][a] = arc[a].ns[m];
    }
    return 0;
}

static int take_arcs(struct judge_city *city, struct sheet_csv *csv, bool directed,
                     struct arc **arc, uint32_t *n)
{
    static const char *const names[3 + WAYS_MODES_MAX] = {
        "index",  "fromNode", "toNode", "mode_1", "mode_2", "mode_3",
        "mode_4", "mode_5",   "mode_6", "mode_7", "mode_8"};
    int column[3 + WAYS_MODES_MAX], got;
    uint32_t rows = 0;
    if (sheet_find(csv, "arcs", names, column, (int)(3 + city->ways.mode_n)) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; rows++) {
        struct arc one;
        if (*n + 2 > ARCS_MAX)
            return sheet_fail(csv, "more than %d arcs", ARCS_MAX);
        if (jemss_index(csv, column[0], rows) < 0 || take_arc(&city->ways, csv, column, &one) < 0)
            return -1;
        for (int way = 0; way < (directed ? 1 : 2); way++) {
            if (!(*arc = jemss_grow(*arc, *n, sizeof(one))))
                return sheet_fail(csv, "out of memory");
            one.order = *n;
            (*arc)[(*n)++] = one;
            uint32_t tail = one.tail;
            one.tail = one.head;
            one.head = tail;
        }
    }
    return got == 0 && *n == 0 ? sheet_fail(csv, "there are no arcs") : got;
}

static int read_arcs(struct judge_city *city, struct sheet_csv *csv)
{
    struct arc *arc = NULL;
    uint32_t n = 0;
    bool directed = false;
    int err = arc_form(city, csv, &directed);
    if (err == 0)
        err = take_arcs(city, csv, directed, &arc, &n);
    if (err == 0 && keep_arcs(&city->ways, arc, n) < 0)
        err = sheet_fail(csv, "out of memory");
    free(arc);
    return err;
}

static int read_places(struct judge_city *city, struct sheet_csv *csv, const char *table,
                       struct judge_place **place, uint32_t *n)
{
    static const char *const names[] = {"index", "x", "y"};
    int column[3], got;
    if (sheet_find(csv, table, names, column, 3) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        struct judge_place one;
        if (*n == PLACES_MAX)
            return sheet_fail(csv, "more than %d %s", PLACES_MAX, table);
        if (jemss_index(csv, column[0], *n) < 0 ||
            sheet_number(csv, column[1], -1e9, 1e9, &one.x) < 0 ||
            sheet_number(csv, column[2], -1e9, 1e9, &one.y) < 0)
            return -1;
        judge_join(city, &one);
        if (!(*place = jemss_grow(*place, *n, sizeof(one))))
            return sheet_fail(csv, "out of memory");
        (*place)[(*n)++] = one;
    }
    return got == 0 && *n == 0 ? sheet_fail(csv, "there are no %s", table) : got;
}

static int read_stations(struct judge_city *city, struct sheet_csv *csv)
{
    return read_places(city, csv, "stations", &city->station, &city->station_n);
}

static int read_hospitals(struct judge_city *city, struct sheet_csv *csv)
{
    return read_places(city, csv, "hospitals", &city->hospital, &city->hospital_n);
}

static int read_ambulances(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"index", "stationIndex"};
    int column[2], got;
    if (sheet_find(csv, "ambulances", names, column, 2) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        uint32_t station;
        if (city->unit_n == PLACES_MAX)
            return sheet_fail(csv, "more than %d ambulances", PLACES_MAX);
        if (jemss_index(csv, column[0], city->unit_n) < 0 ||
            sheet_count(csv, column[1], 1, city->station_n, &station) < 0)
            return -1;
        city->unit_station =
            jemss_grow(city->unit_station, city->unit_n, sizeof(*city->unit_station));
        if (!city->unit_station)
            return sheet_fail(csv, "out of memory");
        city->unit_station[city->unit_n++] = station - 1;
    }
    return got == 0 && city->unit_n == 0 ? sheet_fail(csv, "there are no ambulances") : got;
}

int judge_jemss_load(struct judge_city *city, const char *dir, bool demand, const char *cache_dir)
{
    *city = (struct judge_city){.transport_as = JUDGE_PRIORITIES - 1,
                                .return_as = JUDGE_PRIORITIES - 1};
    if (jemss_read(city, dir, "map", false, read_map) < 0 ||
        jemss_read(city, dir, "nodes", false, read_nodes) < 0 ||
        jemss_read(city, dir, "arcs", false, read_arcs) < 0 || jemss_read_rules(city, dir) < 0)
        return -1;
    if (ways_finish(&city->ways, cache_dir) < 0) {
        snprintf(city->errmsg, sizeof(city->errmsg), "out of memory");
        return -1;
    }
    if (jemss_read(city, dir, "stations", false, read_stations) < 0 ||
        jemss_read(city, dir, "hospitals", false, read_hospitals) < 0 ||
        jemss_read(city, dir, "ambulances", false, read_ambulances) < 0)
        return -1;
    return demand ? jemss_read_demand(city, dir) : 0;
}
