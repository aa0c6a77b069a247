/* Square cells over the network, each with the segments that cross it. A query looks at the rings
 * of cells around its own until what it has cannot be beaten: everything in ring r is at least
 * (r - 1) cells away, and a score is never less than its distance. */
#include "geo/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

#define CELL_M_MIN 100.0
#define CELLS_PER_SEGMENT 2.0 /* larger cells where the network is sparse */
#define CELLS_MAX 1e8
#define NEAR_SPARE 0.02 /* the plane is good to 1 % */

struct xy {
    double x, y;
};

static struct xy xy_of(const struct grid *grid, struct point p)
{
    struct xy at;

    plane_xy(&grid->plane, p, &at.x, &at.y);
    return at;
}

static struct xy shape_xy(const struct grid *grid, uint32_t arc, uint32_t i)
{
    return xy_of(grid, road_arc_point(grid->road, arc, i));
}

/* Of a two-way street only one direction is kept. */
static bool is_kept(const struct road *road, uint32_t arc)
{
    const struct road_arc *a = &road->arc[arc];
    bool twin_kept = a->twin != ROAD_NONE && a->twin < arc && road->arc[a->twin].flags & ROAD_MAIN;

    return a->flags & ROAD_MAIN && !twin_kept;
}

static int64_t cell_of(double metres, const struct grid *grid)
{
    return (int64_t)floor(metres / grid->cell_m);
}

static uint32_t clamp(int64_t cell, uint32_t n)
{
    return cell < 0 ? 0 : cell >= n ? n - 1 : (uint32_t)cell;
}

/* Puts a segment into the cells it crosses, row by row; without items it only counts. */
static void put_segment(struct grid *grid, uint32_t arc, uint32_t segment)
{
    struct xy a = shape_xy(grid, arc, segment), b = shape_xy(grid, arc, segment + 1);
    struct xy low = a.y <= b.y ? a : b, high = a.y <= b.y ? b : a;
    uint32_t row_first = clamp(cell_of(low.y - grid->south_m, grid), grid->rows);
    uint32_t row_last = clamp(cell_of(high.y - grid->south_m, grid), grid->rows);
    double slope = high.y > low.y ? (high.x - low.x) / (high.y - low.y) : 0;

    for (uint32_t row = row_first; row <= row_last; row++) {
        double bottom = grid->south_m + row * grid->cell_m, top = bottom + grid->cell_m;
        double x0 = row == row_first ? low.x : low.x + (bottom - low.y) * slope;
        double x1 = row == row_last ? high.x : low.x + (top - low.y) * slope;
        uint32_t from = clamp(cell_of(fmin(x0, x1) - grid->west_m, grid), grid->columns);
        uint32_t to = clamp(cell_of(fmax(x0, x1) - grid->west_m, grid), grid->columns);
        for (uint32_t cell = row * grid->columns + from; cell <= row * grid->columns + to; cell++) {
            if (grid->item)
                grid->item[grid->first[cell]] = (struct grid_item){arc, segment};
            grid->first[cell]++;
        }
    }
}

static void put_all(struct grid *grid)
{
    const struct road *road = grid->road;

    for (uint32_t arc = 0; arc < road->arc_n; arc++) {
        for (uint32_t i = 0; is_kept(road, arc) && i + 1 < road->arc[arc].shape_n; i++)
            put_segment(grid, arc, i);
    }
}

static void lay_out(struct grid *grid)
{
    struct point sw = grid->road->south_west, ne = grid->road->north_east;
    struct xy low, high;

    grid->plane = road_plane(grid->road);
    low = xy_of(grid, sw);
    high = xy_of(grid, ne);
    grid->west_m = low.x;
    grid->south_m = low.y;
    double area = (high.x - low.x + 1) * (high.y - low.y + 1);
    double cells_max = fmin(CELLS_MAX, CELLS_PER_SEGMENT * grid->road->shape_n + 1);
    grid->cell_m = fmax(CELL_M_MIN, sqrt(area / cells_max));
    grid->cell_m = fmax(grid->cell_m, fmax(high.x - low.x, high.y - low.y) / cells_max);
    grid->columns = (uint32_t)cell_of(high.x - low.x, grid) + 1;
    grid->rows = (uint32_t)cell_of(high.y - low.y, grid) + 1;
}

int grid_init(struct grid *grid, const struct road *road)
{
    uint32_t cells, total = 0;

    *grid = (struct grid){.road = road};
    lay_out(grid);
    cells = grid->columns * grid->rows;
    grid->first = calloc((size_t)cells + 1, sizeof *grid->first);
    if (!grid->first)
        return -1;
    put_all(grid);
    for (uint32_t i = 0; i <= cells; i++) {
        uint32_t count = grid->first[i];
        grid->first[i] = total;
        total += count;
    }
    grid->item = calloc((size_t)total + 1, sizeof *grid->item);
    if (!grid->item) {
        grid_close(grid);
        return -1;
    }
    put_all(grid);
    memmove(grid->first + 1, grid->first, cells * sizeof *grid->first);
    grid->first[0] = 0;
    return 0;
}

/* A search under way. */
struct search {
    const struct grid *grid;
    const struct snap_config *config;
    const struct snap_query *query;
    struct xy at;
    bool moving;
    size_t n, max;
    struct candidate {
        uint32_t arc, segment;
        double score_m, dist_m, part; /* part: of the segment, 0 .. 1 */
        bool against;
    } best[SNAPS_MAX];
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
    return a->score_m < b->score_m || (a->score_m <= b->score_m && a->arc < b->arc);
}

/* Sorted in; of one arc only the best segment stays. */
static void keep(struct search *s, const struct candidate *c)
{
    size_t at = 0;

    while (at < s->n && s->best[at].arc != c->arc)
        at++;
    if (at == s->max)
        at--; /* the last one goes, if c is better than it */
    if (at < s->n && !is_better(c, &s->best[at]))
        return;
    s->n += at == s->n;
    for (; at > 0 && is_better(c, &s->best[at - 1]); at--)
        s->best[at] = s->best[at - 1];
    s->best[at] = *c;
}

/* Scores one direction: course_rad is the street's there. */
static void try_direction(struct search *s, struct candidate c, double course_rad)
{
    c.score_m = c.dist_m;
    if (s->moving) {
        double wrong = cos(course_rad - s->query->course_deg * M_PI / 180.0);
        c.score_m += s->config->heading_penalty_m * (1.0 - wrong) / 2.0;
        c.against = wrong < 0;
    }
    keep(s, &c);
}

static void try_item(struct search *s, const struct grid_item *item)
{
    const struct road_arc *arc = &s->grid->road->arc[item->arc];
    struct xy a = shape_xy(s->grid, item->arc, item->segment);
    struct xy b = shape_xy(s->grid, item->arc, item->segment + 1);
    double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    double part = square > 0 ? ((s->at.x - a.x) * dx + (s->at.y - a.y) * dy) / square : 0;
    double course = atan2(dx, dy);

    part = fmax(0.0, fmin(1.0, part));
    double dist = hypot(a.x + part * dx - s->at.x, a.y + part * dy - s->at.y);
    if (dist > s->config->far_m)
        return;
    struct candidate c = {item->arc, item->segment, 0, dist, part, false};
    try_direction(s, c, course);
    if (arc->twin == ROAD_NONE || !(s->grid->road->arc[arc->twin].flags & ROAD_MAIN))
        return;
    c = (struct candidate){arc->twin, arc->shape_n - 2 - item->segment, 0, dist, 1 - part, false};
    try_direction(s, c, course + M_PI);
}

static void try_cell(struct search *s, int64_t column, int64_t row)
{
    const struct grid *grid = s->grid;

    if (column < 0 || row < 0 || column >= grid->columns || row >= grid->rows)
        return;
    size_t cell = (size_t)row * grid->columns + (size_t)column;
    for (uint32_t i = grid->first[cell]; i < grid->first[cell + 1]; i++)
        try_item(s, &grid->item[i]);
}

static void try_ring(struct search *s, int64_t column, int64_t row, int64_t r)
{
    for (int64_t c = column - r; c <= column + r; c++) {
        try_cell(s, c, row - r);
        if (r > 0)
            try_cell(s, c, row + r);
    }
    for (int64_t y = row - r + 1; y <= row + r - 1; y++) {
        try_cell(s, column - r, y);
        try_cell(s, column + r, y);
    }
}

static bool settled(const struct search *s, double ring_m)
{
    return ring_m > s->config->far_m || (s->n == s->max && s->best[s->n - 1].score_m <= ring_m);
}

static struct snap snap_of(const struct search *s, const struct candidate *c)
{
    const struct road_arc *arc = &s->grid->road->arc[c->arc];
    double before = 0, total = 0;

    for (uint32_t i = 0; i + 1 < arc->shape_n; i++) {
        struct xy a = shape_xy(s->grid, c->arc, i), b = shape_xy(s->grid, c->arc, i + 1);
        double m = hypot(b.x - a.x, b.y - a.y);
        before += i < c->segment ? m : i == c->segment ? m * c->part : 0;
        total += m;
    }
    double along = total > 0 ? fmin(1.0, before / total) * arc->length_dm : 0;
    struct snap snap = {
        .arc = c->arc,
        .along_dm = (uint32_t)lround(along),
        .dist_m = (uint32_t)lround(c->dist_m),
        .score_m = (uint32_t)lround(c->score_m),
        .turn_ms = c->against ? s->config->turn_round_ms : 0,
    };
    snap.at = road_arc_along(s->grid->road, snap.arc, snap.along_dm, NULL);
    return snap;
}

size_t grid_snap(const struct grid *grid, const struct snap_config *config,
                 const struct snap_query *query, struct snap *out, size_t max)
{
    struct search s = {.grid = grid, .config = config, .query = query, .max = max};
    double far_x, far_y;

    must(max > 0 && max <= SNAPS_MAX);
    s.at = xy_of(grid, query->at);
    s.moving =
        query->course_deg != COURSE_UNKNOWN && query->speed_kmh >= (int64_t)config->heading_kmh_min;
    far_x = fabs(s.at.x - (grid->west_m + grid->columns * grid->cell_m / 2));
    far_y = fabs(s.at.y - (grid->south_m + grid->rows * grid->cell_m / 2));
    if (far_x > grid->columns * grid->cell_m / 2 + config->far_m ||
        far_y > grid->rows * grid->cell_m / 2 + config->far_m)
        return 0;
    int64_t column = cell_of(s.at.x - grid->west_m, grid);
    int64_t row = cell_of(s.at.y - grid->south_m, grid);
    for (int64_t r = 0; !settled(&s, (double)(r - 1) * grid->cell_m); r++)
        try_ring(&s, column, row, r);
    for (size_t i = 0; i < s.n; i++)
        out[i] = snap_of(&s, &s.best[i]);
    return s.n;
}

size_t grid_place(const struct grid *grid, const struct snap_config *config, struct point at,
                  struct snap out[2])
{
    struct snap_query query = {at, COURSE_UNKNOWN, 0};
    const struct road_arc *arc;

    if (grid_snap(grid, config, &query, out, 1) == 0)
        return 0;
    arc = &grid->road->arc[out[0].arc];
    if (arc->twin == ROAD_NONE || !(grid->road->arc[arc->twin].flags & ROAD_MAIN))
        return 1;
    out[1] = out[0];
    out[1].arc = arc->twin;
    out[1].along_dm = arc->length_dm - out[0].along_dm;
    return 2;
}

void grid_each_near(const struct grid *grid, struct point at, uint32_t radius_m,
                    void (*each_cb)(void *context, uint32_t arc), void *context)
{
    const struct road *road = grid->road;
    struct xy middle = xy_of(grid, at);
    double m = radius_m * (1 + NEAR_SPARE) + grid->cell_m;
    uint32_t west = clamp(cell_of(middle.x - m - grid->west_m, grid), grid->columns);
    uint32_t east = clamp(cell_of(middle.x + m - grid->west_m, grid), grid->columns);
    uint32_t south = clamp(cell_of(middle.y - m - grid->south_m, grid), grid->rows);
    uint32_t north = clamp(cell_of(middle.y + m - grid->south_m, grid), grid->rows);

    for (uint32_t row = south; row <= north; row++) {
        uint32_t first = grid->first[row * grid->columns + west];
        uint32_t end = grid->first[row * grid->columns + east + 1];
        for (uint32_t i = first; i < end; i++) {
            uint32_t arc = grid->item[i].arc, twin = road->arc[arc].twin;
            each_cb(context, arc);
            if (twin != ROAD_NONE && road->arc[twin].flags & ROAD_MAIN)
                each_cb(context, twin);
        }
    }
}

void grid_close(struct grid *grid)
{
    free(grid->first);
    free(grid->item);
    *grid = (struct grid){0};
}
