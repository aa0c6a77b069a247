/* assign: which unit for which open slot, at the least total cost.
 *
 * Rows are slots, columns are units; each row may also stay without a unit at a price of its own,
 * so there is always an answer. Shortest augmenting paths (a row at a time, dual prices keep the
 * reduced costs non-negative), O(rows^2 * columns). Among equally cheap answers the result is the
 * one that is smallest read row by row (lower column first, "none" last), so it depends on nothing
 * but the costs: put rows and columns in order of id and ties fall to the lowest id.
 *
 * Owner: the caller owns every array, the workspace too. Thread: any, no state is kept.
 * Units: costs are whatever the caller compares, integers in 0 … ASSIGN_COST_MAX.
 * Errors: none; a cost out of range is a bug of the caller (must). */
#ifndef CORE_ASSIGN_H
#define CORE_ASSIGN_H

#include <stddef.h>
#include <stdint.h>

#define ASSIGN_FORBIDDEN INT64_MAX
#define ASSIGN_COST_MAX ((int64_t)1 << 48)

enum { ASSIGN_NONE = -1, ASSIGN_SIDE_MAX = 4096 /* rows, and columns */ };

struct assign_problem {
    int32_t row_count, column_count;
    const int64_t *cost;      /* [row * column_count + column], or ASSIGN_FORBIDDEN */
    const int64_t *none_cost; /* [row] */
};

/* Prices that prove the answer: for every cell cost >= row_price + column_price, equal where
 * assigned; column_price <= 0, and 0 where the column is free; none_cost >= row_price. */
struct assign_answer {
    int32_t *column;       /* [row]: the column, or ASSIGN_NONE */
    int64_t *row_price;    /* [row] */
    int64_t *column_price; /* [column] */
    int64_t total;
};

/* Bytes of workspace, aligned as for int64_t. */
size_t assign_workspace_bytes(int32_t row_count, int32_t column_count);

/* Requires: the three arrays of *answer have the sizes named above. */
void assign_solve(const struct assign_problem *problem, void *workspace,
                  struct assign_answer *answer);

#endif
