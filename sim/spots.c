#include "sim/spots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

struct entry {
    int64_t row, column;
    uint32_t place;
};

struct making {
    struct spots *spots;
    const struct point *place;
    const double *weight;
    uint32_t n;
    struct plane plane;
    struct entry *entry;
};

static int by_cell(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static bool is_new_cell(const struct making *m, uint32_t i)
{
    return i == 0 || m->entry[i].row != m->entry[i - 1].row ||
           m->entry[i].column != m->entry[i - 1].column;
}

/* In order of cells; how many there are. */
static uint32_t sort_cells(struct making *m, double cell_m)
{
    uint32_t cells = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        double x_m, y_m;
        plane_xy(&m->plane, m->place[i], &x_m, &y_m);
        m->entry[i] = (struct entry){(int64_t)floor(y_m / cell_m), (int64_t)floor(x_m / cell_m), i};
    }
    qsort(m->entry, m->n, sizeof(*m->entry), by_cell);
    for (uint32_t i = 0; i < m->n; i++)
        cells += is_new_cell(m, i);
    return cells;
}

static double weight_of(const struct making *m, uint32_t i)
{
    return m->weight ? m->weight[m->entry[i].place] : 1;
}

/* The place of entries first … end - 1 that is nearest to the middle of their weight. */
static struct point middle(const struct making *m, uint32_t first, uint32_t end)
{
    double x = 0, y = 0, sum = 0, x_m, y_m, best = INFINITY;
    uint32_t nearest = first;
    for (uint32_t i = first; i < end; i++) {
        plane_xy(&m->plane, m->place[m->entry[i].place], &x_m, &y_m);
        x += weight_of(m, i) * x_m;
        y += weight_of(m, i) * y_m;
        sum += weight_of(m, i);
    }
    for (uint32_t i = first; i < end && sum > 0; i++) {
        plane_xy(&m->plane, m->place[m->entry[i].place], &x_m, &y_m);
        double off = hypot(x_m - x / sum, y_m - y / sum);
        if (off < best) {
            best = off;
            nearest = i;
        }
    }
    return m->place[m->entry[nearest].place];
}

static void take_cells(struct making *m)
{
    struct spots *spots = m->spots;
    for (uint32_t first = 0, end; first < m->n; first = end) {
        double sum = 0;
        for (end = first; end == first || (end < m->n && !is_new_cell(m, end)); end++) {
            spots->of[m->entry[end].place] = spots->n;
            sum += weight_of(m, end);
        }
        spots->at[spots->n] = middle(m, first, end);
        spots->weight[spots->n++] = sum;
    }
}

int spots_make(struct spots *spots, const struct point *place, const double *weight, uint32_t n,
               uint32_t n_max, double cell_m)
{
    struct making m = {.spots = spots, .place = place, .weight = weight, .n = n};
    must(n > 0 && n_max > 0 && cell_m > 0);
    m.plane = plane_at(place[0]);
    *spots = (struct spots){.cell_m = cell_m};
    m.entry = malloc(n * sizeof(*m.entry));
    spots->of = malloc(n * sizeof(*spots->of));
    if (!m.entry || !spots->of) {
        free(m.entry);
        spots_close(spots);
        return -1;
    }
    uint32_t cells;
    while ((cells = sort_cells(&m, spots->cell_m)) > n_max)
        spots->cell_m *= 2;
    spots->at = malloc(cells * sizeof(*spots->at));
    spots->weight = malloc(cells * sizeof(*spots->weight));
    bool made = spots->at && spots->weight;
    if (made)
        take_cells(&m);
    else
        spots_close(spots);
    free(m.entry);
    return made ? 0 : -1;
}

void spots_close(struct spots *spots)
{
    free(spots->at);
    free(spots->weight);
    free(spots->of);
    *spots = (struct spots){0};
}
