/* Shortest augmenting paths over reduced costs.
 *
 * Of each row the cheapest cells are listed first, in order. A column's price is never above 0, so
 * a cell is worth looking at only while its cost alone is below what is sought: a path reads a few
 * cells of a row, and the whole row only where its list ends too soon.
 *
 * Rows enter one at a time. For the new row a Dijkstra runs over the columns, from a column on to
 * the row that holds it, until it meets a free column or a row for which staying without a unit is
 * cheapest; then everybody on the path moves one place. "None" is a private free column of each
 * row: nobody else wants it, so it needs no price, and a row that has it never moves again while
 * rows enter. settle_ties() then walks the cells of reduced cost 0 to the canonical answer. */
#include "dispatch/core/assign.h"

#include <stdbool.h>
#include <string.h>

#include "dispatch/must.h"

enum { FREE = -1, LISTED_MAX = 16 };

/* What mark[column] says among ties: how its loss is made good. */
enum { UNMARKED, FILLS_HOLE, ENDS_FREE };

/* The cheapest cells of a row, cheapest first, of equal ones the lowest column first. */
struct cells {
    int64_t cost[LISTED_MAX];
    int32_t column[LISTED_MAX];
    int32_t n;
    int64_t beyond; /* no other cell costs less; ASSIGN_FORBIDDEN: there is none */
};

struct solver {
    const struct assign_problem *problem;
    struct assign_answer *answer;
    struct cells *cells; /* [row] */
    int64_t *dist;       /* [column] length of the shortest path found so far */
    int32_t *holder;     /* [column] row that has it, or FREE */
    int32_t *from;       /* [column] row from which the path came */
    int32_t *open;       /* columns reached, not yet scanned (or marked), in no order */
    int32_t *scanned;    /* the others, in the order they were scanned (or marked) */
    int32_t *tie_target; /* [row] where the row moves if it is pushed out */
    uint8_t *mark;       /* [column] */
    int32_t open_count, scanned_count;
};

/* Where a path ends: at a free column, or at a row that stays without a unit. */
struct path_end {
    int32_t column; /* FREE: row stays without */
    int32_t row;
    int64_t dist;
};

size_t assign_workspace_bytes(int32_t row_count, int32_t column_count)
{
    must(row_count >= 0 && row_count <= ASSIGN_SIDE_MAX);
    must(column_count >= 0 && column_count <= ASSIGN_SIDE_MAX);
    size_t columns = (size_t)column_count, rows = (size_t)row_count;
    return rows * (sizeof(struct cells) + sizeof(int32_t)) +
           columns * (sizeof(int64_t) + 4 * sizeof(int32_t) + sizeof(uint8_t));
}

static void solver_init(struct solver *solver, const struct assign_problem *problem,
                        void *workspace, struct assign_answer *answer)
{
    size_t columns = (size_t)problem->column_count, rows = (size_t)problem->row_count;
    solver->problem = problem;
    solver->answer = answer;
    solver->cells = workspace;
    solver->dist = (int64_t *)(solver->cells + rows);
    solver->holder = (int32_t *)(solver->dist + columns);
    solver->from = solver->holder + columns;
    solver->open = solver->from + columns;
    solver->scanned = solver->open + columns;
    solver->tie_target = solver->scanned + columns;
    solver->mark = (uint8_t *)(solver->tie_target + rows);
    for (size_t c = 0; c < columns; c++) {
        solver->dist[c] = INT64_MAX;
        solver->holder[c] = FREE;
        answer->column_price[c] = 0;
    }
    for (size_t r = 0; r < rows; r++) {
        answer->column[r] = ASSIGN_NONE;
        answer->row_price[r] = 0;
    }
}

static const int64_t *row_cost(const struct solver *solver, int32_t row)
{
    return solver->problem->cost + (size_t)row * (size_t)solver->problem->column_count;
}

/* Whether the row could have this column at no cost beyond the prices. */
static bool is_tight(const struct solver *solver, int32_t row, int32_t column)
{
    int64_t price = solver->answer->row_price[row] + solver->answer->column_price[column];
    return row_cost(solver, row)[column] == price;
}

static bool is_tight_none(const struct solver *solver, int32_t row)
{
    return solver->problem->none_cost[row] == solver->answer->row_price[row];
}

/* A place for the cell among the listed ones, of which the last may fall out. */
static void list_cell(struct cells *cells, int64_t cost, int32_t column)
{
    int32_t at = cells->n < LISTED_MAX ? cells->n++ : LISTED_MAX - 1;
    for (; at > 0 && cells->cost[at - 1] > cost; at--) {
        cells->cost[at] = cells->cost[at - 1];
        cells->column[at] = cells->column[at - 1];
    }
    cells->cost[at] = cost;
    cells->column[at] = column;
    cells->beyond = cells->n < LISTED_MAX ? ASSIGN_FORBIDDEN : cells->cost[LISTED_MAX - 1];
}

/* That costs are in range also keeps arithmetic safe: 0 <= row price <= none_cost and, as the price
 * of a held column is cost - row price, -ASSIGN_COST_MAX <= column price <= 0; a path is at most
 * none_cost of its root long. No sum of these and a cell overflows. */
static void list_cells(struct solver *solver, int32_t row)
{
    const int64_t *cost = row_cost(solver, row), none = solver->problem->none_cost[row];
    struct cells *cells = &solver->cells[row];
    bool good = 0 <= none && none <= ASSIGN_COST_MAX;
    cells->n = 0;
    cells->beyond = ASSIGN_FORBIDDEN;
    for (int32_t c = 0; c < solver->problem->column_count; c++) {
        good &= ((uint64_t)cost[c] <= ASSIGN_COST_MAX) | (cost[c] == ASSIGN_FORBIDDEN);
        if (cost[c] < cells->beyond)
            list_cell(cells, cost[c], c);
    }
    must(good);
}

/* A path over the row to this column: to its end if the column is free. */
static void reach_column(struct solver *solver, int32_t row, int32_t c, int64_t dist,
                         struct path_end *end)
{
    if (solver->holder[c] == FREE) {
        if (dist < end->dist)
            *end = (struct path_end){.column = c, .row = row, .dist = dist};
    } else if (dist < solver->dist[c] && dist < end->dist) {
        if (solver->dist[c] == INT64_MAX)
            solver->open[solver->open_count++] = c;
        solver->dist[c] = dist;
        solver->from[c] = row;
    }
}

/* Row reached at `dist`: perhaps it stays without a unit; its cells shorten the paths to the
 * columns. */
static void reach_row(struct solver *solver, int32_t row, int64_t dist, struct path_end *end)
{
    const struct cells *cells = &solver->cells[row];
    const int64_t *cost = row_cost(solver, row), *price = solver->answer->column_price;
    int64_t base = dist - solver->answer->row_price[row];
    int64_t none_dist = base + solver->problem->none_cost[row];
    if (none_dist < end->dist)
        *end = (struct path_end){.column = FREE, .row = row, .dist = none_dist};
    for (int32_t i = 0; i < cells->n && base + cells->cost[i] < end->dist; i++)
        reach_column(solver, row, cells->column[i], base + cells->cost[i] - price[cells->column[i]],
                     end);
    if (cells->beyond == ASSIGN_FORBIDDEN || base + cells->beyond >= end->dist)
        return;
    for (int32_t c = 0; c < solver->problem->column_count; c++)
        if (cost[c] < end->dist - base)
            reach_column(solver, row, c, base + cost[c] - price[c], end);
}

/* The place in open[] of the nearest column, or open_count. */
static int32_t nearest_open(const struct solver *solver)
{
    int32_t nearest = 0;
    for (int32_t i = 1; i < solver->open_count; i++)
        if (solver->dist[solver->open[i]] < solver->dist[solver->open[nearest]])
            nearest = i;
    return nearest;
}

static struct path_end shortest_path(struct solver *solver, int32_t root)
{
    struct path_end end = {.column = FREE, .row = root, .dist = INT64_MAX};
    solver->open_count = solver->scanned_count = 0;
    reach_row(solver, root, 0, &end);
    while (solver->open_count > 0) {
        int32_t nearest = nearest_open(solver), c = solver->open[nearest];
        if (solver->dist[c] >= end.dist)
            break;
        solver->open[nearest] = solver->open[--solver->open_count];
        solver->scanned[solver->scanned_count++] = c;
        reach_row(solver, solver->holder[c], solver->dist[c], &end);
    }
    return end;
}

/* Keeps every reduced cost >= 0 and those of the path 0; forgets how far the columns were. */
static void update_prices(struct solver *solver, int32_t root, int64_t dist)
{
    solver->answer->row_price[root] += dist;
    for (int32_t i = 0; i < solver->scanned_count; i++) {
        int32_t c = solver->scanned[i];
        solver->answer->row_price[solver->holder[c]] += dist - solver->dist[c];
        solver->answer->column_price[c] -= dist - solver->dist[c];
        solver->dist[c] = INT64_MAX;
    }
    for (int32_t i = 0; i < solver->open_count; i++)
        solver->dist[solver->open[i]] = INT64_MAX;
}

/* From the end of the path back to the root: every row gives up its column for the next one. */
static void move_along(struct solver *solver, int32_t root, struct path_end end)
{
    int32_t row = end.row, column = end.column;
    for (;;) {
        int32_t given_up = solver->answer->column[row];
        solver->answer->column[row] = column;
        if (column != FREE)
            solver->holder[column] = row;
        if (row == root)
            return;
        column = given_up;
        row = solver->from[column];
    }
}

/* Marks the column at open[place]: if it is lost, its holder moves on to `target`. */
static void mark(struct solver *solver, int32_t place, int32_t target, uint8_t way)
{
    int32_t c = solver->open[place];
    solver->tie_target[solver->holder[c]] = target;
    solver->mark[c] = way;
    solver->open[place] = solver->open[--solver->open_count];
    solver->scanned[solver->scanned_count++] = c;
}

/* Marks open columns from which a way of tight cells leads to one of scanned[head …]. */
static void spread(struct solver *solver, int32_t head)
{
    for (; head < solver->scanned_count && solver->open_count > 0; head++) {
        int32_t target = solver->scanned[head];
        for (int32_t i = solver->open_count - 1; i >= 0; i--)
            if (is_tight(solver, solver->holder[solver->open[i]], target))
                mark(solver, i, target, solver->mark[target]);
    }
}

/* A row below `row` that can set off a chain into the hole for nothing: one without a unit, or
 * with a unit that may stay behind unused. FREE if there is none. */
static int32_t find_filler(struct solver *solver, int32_t row, int32_t hole)
{
    for (int32_t filler = row + 1; filler < solver->problem->row_count; filler++) {
        int32_t has = solver->answer->column[filler];
        if (has != ASSIGN_NONE && has != hole && solver->mark[has] == FILLS_HOLE &&
            solver->answer->column_price[has] == 0)
            return filler;
        for (int32_t c = 0; has == ASSIGN_NONE && c < solver->problem->column_count; c++) {
            if (solver->mark[c] == FILLS_HOLE && is_tight(solver, filler, c)) {
                solver->tie_target[filler] = c;
                return filler;
            }
        }
    }
    return FREE;
}

/* Whether every cell that costs the row nothing more is listed: such a cell costs no more than the
 * row's price, as no column's is above 0. */
static bool lists_ties(const struct solver *solver, int32_t row)
{
    return solver->cells[row].beyond > solver->answer->row_price[row];
}

/* The first free column that would cost the row nothing more, or ASSIGN_NONE. Free columns have no
 * price. */
static int32_t tight_free_column(const struct solver *solver, int32_t row)
{
    const struct cells *cells = &solver->cells[row];
    const int64_t *cost = row_cost(solver, row), price = solver->answer->row_price[row];
    if (lists_ties(solver, row)) {
        for (int32_t i = 0; i < cells->n && cells->cost[i] <= price; i++)
            if (cells->cost[i] == price && solver->holder[cells->column[i]] == FREE)
                return cells->column[i];
        return ASSIGN_NONE;
    }
    for (int32_t c = 0; c < solver->problem->column_count; c++)
        if (cost[c] == price && solver->holder[c] == FREE)
            return c;
    return ASSIGN_NONE;
}

/* Columns that end a chain without leaving a hole: free ones, and those whose holder stays without
 * a unit for nothing. */
static void mark_ends(struct solver *solver)
{
    int32_t head = solver->scanned_count;
    for (int32_t c = 0; c < solver->problem->column_count; c++)
        if (solver->holder[c] == FREE)
            solver->mark[c] = ENDS_FREE;
    for (int32_t i = solver->open_count - 1; i >= 0; i--) {
        int32_t row = solver->holder[solver->open[i]], end = ASSIGN_NONE;
        if (is_tight_none(solver, row) || (end = tight_free_column(solver, row)) != ASSIGN_NONE)
            mark(solver, i, end, ENDS_FREE);
    }
    spread(solver, head);
}

/* Marks every column that `row` could take from its holder, a row below, at no cost if it gave up
 * `hole`. A column with a price below 0 must stay in use: the chain ends in it, or the row that is
 * returned fills it first. */
static int32_t mark_takeable(struct solver *solver, int32_t row, int32_t hole)
{
    int32_t filler = FREE;
    memset(solver->mark, UNMARKED, (size_t)solver->problem->column_count);
    solver->open_count = solver->scanned_count = 0;
    for (int32_t below = row + 1; below < solver->problem->row_count; below++)
        if (solver->answer->column[below] != ASSIGN_NONE)
            solver->open[solver->open_count++] = solver->answer->column[below];
    if (hole != ASSIGN_NONE) {
        solver->mark[hole] = FILLS_HOLE;
        solver->scanned[solver->scanned_count++] = hole;
        spread(solver, 0);
        if (solver->answer->column_price[hole] != 0 &&
            (filler = find_filler(solver, row, hole)) == FREE)
            return FREE;
    }
    mark_ends(solver);
    return filler;
}

/* The row takes `wanted`, whoever held it goes to his tie_target, and so on to the end. */
static void push_along(struct solver *solver, int32_t row, int32_t wanted)
{
    int32_t leaves = solver->answer->column[row];
    if (leaves != ASSIGN_NONE && solver->holder[leaves] == row)
        solver->holder[leaves] = FREE;
    while (row != FREE) {
        int32_t pushed = wanted == ASSIGN_NONE ? FREE : solver->holder[wanted];
        solver->answer->column[row] = wanted;
        if (wanted != ASSIGN_NONE)
            solver->holder[wanted] = row;
        row = pushed;
        if (row != FREE)
            wanted = solver->tie_target[row];
    }
}

/* The first column from `column` on that would cost the row nothing more than `has`, or `has`. */
static int32_t next_tie(const struct solver *solver, int32_t row, int32_t column, int32_t has)
{
    const struct cells *cells = &solver->cells[row];
    int32_t stop = has == ASSIGN_NONE ? solver->problem->column_count : has, first = stop;
    if (lists_ties(solver, row)) {
        for (int32_t i = 0; i < cells->n; i++)
            if (column <= cells->column[i] && cells->column[i] < first &&
                is_tight(solver, row, cells->column[i]))
                first = cells->column[i];
    } else {
        for (first = column; first < stop && !is_tight(solver, row, first);)
            first++;
    }
    return first < stop ? first : has;
}

/* Row by row, the lowest column of any equally cheap answer that keeps the rows before. */
static void settle_ties(struct solver *solver)
{
    for (int32_t row = 0; row < solver->problem->row_count; row++) {
        int32_t has = solver->answer->column[row];
        int32_t wanted = next_tie(solver, row, 0, has);
        if (wanted == has)
            continue;
        int32_t filler = mark_takeable(solver, row, has);
        while (wanted != has && solver->mark[wanted] == UNMARKED)
            wanted = next_tie(solver, row, wanted + 1, has);
        if (wanted == has)
            continue;
        uint8_t way = solver->mark[wanted];
        push_along(solver, row, wanted);
        if (way == ENDS_FREE && filler != FREE)
            push_along(solver, filler, solver->tie_target[filler]);
    }
}

static int64_t total_cost(const struct solver *solver)
{
    int64_t total = 0;
    for (int32_t row = 0; row < solver->problem->row_count; row++) {
        int32_t column = solver->answer->column[row];
        total +=
            column == ASSIGN_NONE ? solver->problem->none_cost[row] : row_cost(solver, row)[column];
    }
    return total;
}

void assign_solve(const struct assign_problem *problem, void *workspace,
                  struct assign_answer *answer)
{
    must(problem->row_count >= 0 && problem->row_count <= ASSIGN_SIDE_MAX);
    must(problem->column_count >= 0 && problem->column_count <= ASSIGN_SIDE_MAX);
    struct solver solver;
    solver_init(&solver, problem, workspace, answer);
    for (int32_t row = 0; row < problem->row_count; row++) {
        list_cells(&solver, row);
        struct path_end end = shortest_path(&solver, row);
        update_prices(&solver, row, end.dist);
        move_along(&solver, row, end);
    }
    settle_ties(&solver);
    answer->total = total_cost(&solver);
}
