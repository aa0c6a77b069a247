/* assign: against exhaustive search (small, canonical among ties) and against the optimality
 * conditions of linear programming plus GLPK (large, many ties, forbidden cells). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#ifdef HAVE_GLPK
#include <glpk.h>
#endif

#include "dispatch/core/assign.h"

enum { ROWS_MAX = 40, COLUMNS_MAX = 60, SMALL_MAX = 5 };

struct instance {
    int32_t row_count, column_count;
    int64_t cost[ROWS_MAX * COLUMNS_MAX];
    int64_t none_cost[ROWS_MAX];
};

struct solved {
    int32_t column[ROWS_MAX];
    int64_t row_price[ROWS_MAX], column_price[COLUMNS_MAX];
    struct assign_answer answer;
};

static uint64_t dice_state;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % sides;
}

/* Few distinct costs make many ties; a quarter of the cells is forbidden. */
static void make_instance(struct instance *instance, uint32_t rows_max, uint32_t columns_max,
                          uint32_t cost_max)
{
    instance->row_count = (int32_t)dice(rows_max + 1);
    instance->column_count = (int32_t)dice(columns_max + 1);
    for (int32_t r = 0; r < instance->row_count; r++) {
        instance->none_cost[r] = dice(2 * cost_max);
        for (int32_t c = 0; c < instance->column_count; c++)
            instance->cost[r * instance->column_count + c] =
                dice(4) == 0 ? ASSIGN_FORBIDDEN : (int64_t)dice(cost_max);
    }
}

static void solve(const struct instance *instance, struct solved *solved)
{
    static int64_t workspace[COLUMNS_MAX * 8 + ROWS_MAX * 64];
    assert_true(assign_workspace_bytes(ROWS_MAX, COLUMNS_MAX) <= sizeof workspace);
    struct assign_problem problem = {instance->row_count, instance->column_count, instance->cost,
                                     instance->none_cost};
    memset(workspace, 0xA5, sizeof workspace);
    solved->answer =
        (struct assign_answer){solved->column, solved->row_price, solved->column_price, 0};
    assign_solve(&problem, workspace, &solved->answer);
}

static int64_t cell(const struct instance *instance, int32_t row, int32_t column)
{
    return column == ASSIGN_NONE ? instance->none_cost[row]
                                 : instance->cost[row * instance->column_count + column];
}

/* Feasible, total right, and the prices prove that nothing is cheaper. */
static void assert_optimal(const struct instance *instance, const struct solved *solved)
{
    int64_t total = 0;
    bool taken[COLUMNS_MAX] = {false};
    for (int32_t r = 0; r < instance->row_count; r++) {
        int32_t has = solved->column[r];
        assert_true(ASSIGN_NONE <= has && has < instance->column_count);
        assert_true(cell(instance, r, has) != ASSIGN_FORBIDDEN);
        total += cell(instance, r, has);
        if (has != ASSIGN_NONE) {
            assert_false(taken[has]);
            taken[has] = true;
        }
        assert_true(instance->none_cost[r] >= solved->row_price[r]);
        for (int32_t c = 0; c < instance->column_count; c++)
            assert_true(cell(instance, r, c) >= solved->row_price[r] + solved->column_price[c]);
        assert_int_equal(cell(instance, r, has),
                         solved->row_price[r] +
                             (has == ASSIGN_NONE ? 0 : solved->column_price[has]));
    }
    for (int32_t c = 0; c < instance->column_count; c++)
        assert_true(taken[c] ? solved->column_price[c] <= 0 : solved->column_price[c] == 0);
    assert_int_equal(total, solved->answer.total);
}

/* Every assignment in the order the header promises; the first of the cheapest is kept. */
struct search {
    int32_t now[SMALL_MAX], best[SMALL_MAX];
    int64_t best_total;
};

static void try_one(const struct instance *instance, struct search *search)
{
    int64_t total = 0;
    for (int32_t r = 0; r < instance->row_count; r++) {
        int32_t has = search->now[r];
        for (int32_t other = 0; other < r && has != ASSIGN_NONE; other++)
            if (search->now[other] == has)
                return;
        if (cell(instance, r, has) == ASSIGN_FORBIDDEN)
            return;
        total += cell(instance, r, has);
    }
    if (total < search->best_total) {
        search->best_total = total;
        memcpy(search->best, search->now, sizeof search->best);
    }
}

static void search_all(const struct instance *instance, struct search *search)
{
    int32_t choices = instance->column_count + 1, combinations = 1;
    for (int32_t r = 0; r < instance->row_count; r++)
        combinations *= choices;
    search->best_total = INT64_MAX;
    for (int32_t i = 0; i < combinations; i++) {
        int32_t rest = i;
        for (int32_t r = instance->row_count - 1; r >= 0; r--, rest /= choices) {
            int32_t digit = rest % choices;
            search->now[r] = digit == instance->column_count ? ASSIGN_NONE : digit;
        }
        try_one(instance, search);
    }
}

static void assert_first_of_the_cheapest(uint32_t rows_max, uint32_t columns_max, uint32_t cost_max)
{
    static struct instance instance;
    static struct solved solved;
    struct search search;
    make_instance(&instance, rows_max, columns_max, cost_max);
    solve(&instance, &solved);
    search_all(&instance, &search);
    assert_int_equal(solved.answer.total, search.best_total);
    for (int32_t r = 0; r < instance.row_count; r++)
        assert_int_equal(solved.column[r], search.best[r]);
}

static void small_instances_give_the_first_of_the_cheapest(void **state)
{
    (void)state;
    dice_state = 1;
    for (int i = 0; i < 2000; i++)
        assert_first_of_the_cheapest(SMALL_MAX, SMALL_MAX, 1 + dice(12));
}

/* More equally cheap cells in a row than the solver lists of it. */
static void so_do_wide_ones_of_many_ties(void **state)
{
    (void)state;
    dice_state = 4;
    for (int i = 0; i < 100; i++)
        assert_first_of_the_cheapest(3, COLUMNS_MAX, 1 + dice(3));
}

static void prices_prove_a_thousand_large_instances(void **state)
{
    (void)state;
    static struct instance instance;
    static struct solved solved;
    dice_state = 2;
    for (int i = 0; i < 1000; i++) {
        make_instance(&instance, ROWS_MAX, COLUMNS_MAX, i % 2 == 0 ? 6 : 2000000);
        solve(&instance, &solved);
        assert_optimal(&instance, &solved);
    }
}

static void nothing_to_assign_and_nobody_to_send(void **state)
{
    (void)state;
    static struct instance instance;
    static struct solved solved;
    solve(&instance, &solved);
    assert_int_equal(solved.answer.total, 0);
    instance.row_count = 2;
    instance.none_cost[0] = 5;
    instance.none_cost[1] = 7;
    solve(&instance, &solved);
    assert_int_equal(solved.answer.total, 12);
    assert_int_equal(solved.column[0], ASSIGN_NONE);
    assert_int_equal(solved.column[1], ASSIGN_NONE);
}

static void the_largest_costs_do_not_overflow(void **state)
{
    (void)state;
    static struct instance instance;
    static struct solved solved;
    instance.row_count = ROWS_MAX;
    instance.column_count = ROWS_MAX - 1;
    for (int32_t i = 0; i < instance.row_count * instance.column_count; i++)
        instance.cost[i] = dice(2) == 0 ? ASSIGN_COST_MAX : ASSIGN_COST_MAX - 1;
    for (int32_t r = 0; r < instance.row_count; r++)
        instance.none_cost[r] = ASSIGN_COST_MAX;
    solve(&instance, &solved);
    assert_optimal(&instance, &solved);
}

#ifdef HAVE_GLPK
/* One column per allowed cell and per "none", one row per slot (= 1) and unit (<= 1). */
static int64_t glpk_total(const struct instance *instance)
{
    glp_prob *problem = glp_create_prob();
    int rows = instance->row_count + instance->column_count;
    glp_add_rows(problem, rows);
    for (int r = 1; r <= rows; r++)
        glp_set_row_bnds(problem, r, r <= instance->row_count ? GLP_FX : GLP_UP,
                         r <= instance->row_count ? 1.0 : 0.0, 1.0);
    for (int32_t r = 0; r < instance->row_count; r++) {
        for (int32_t c = ASSIGN_NONE; c < instance->column_count; c++) {
            if (cell(instance, r, c) == ASSIGN_FORBIDDEN)
                continue;
            int variable = glp_add_cols(problem, 1);
            int index[] = {0, r + 1, instance->row_count + c + 1};
            double value[] = {0, 1, 1};
            glp_set_obj_coef(problem, variable, (double)cell(instance, r, c));
            glp_set_col_bnds(problem, variable, GLP_LO, 0, 0);
            glp_set_mat_col(problem, variable, c == ASSIGN_NONE ? 1 : 2, index, value);
        }
    }
    glp_smcp parameters;
    glp_init_smcp(&parameters);
    parameters.msg_lev = GLP_MSG_OFF;
    assert_int_equal(glp_simplex(problem, &parameters), 0);
    int64_t total = (int64_t)(glp_get_obj_val(problem) + 0.5);
    glp_delete_prob(problem);
    return total;
}

static void glpk_finds_the_same_total(void **state)
{
    (void)state;
    static struct instance instance;
    static struct solved solved;
    dice_state = 3;
    for (int i = 0; i < 200; i++) {
        do
            make_instance(&instance, 20, 30, i % 2 == 0 ? 6 : 2000000);
        while (instance.row_count == 0);
        solve(&instance, &solved);
        assert_int_equal(solved.answer.total, glpk_total(&instance));
    }
}
#else
static void glpk_finds_the_same_total(void **state)
{
    (void)state;
    print_message("SKIP: built without GLPK (apt-get install libglpk-dev)\n");
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_instances_give_the_first_of_the_cheapest),
        cmocka_unit_test(so_do_wide_ones_of_many_ties),
        cmocka_unit_test(prices_prove_a_thousand_large_instances),
        cmocka_unit_test(nothing_to_assign_and_nobody_to_send),
        cmocka_unit_test(the_largest_costs_do_not_overflow),
        cmocka_unit_test(glpk_finds_the_same_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
