/* Sites of stations: the heuristic against the exact answer on small random counties, the same seed
 * the same plan, a bad file refused; the plan of the demonstration city betters every figure. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#ifdef HAVE_GLPK
#include <glpk.h>
#endif

#include "geo/load.h"
#include "sim/city_roads.h"
#include "sim/mexclp.h"
#include "sim/site.h"
#include "sim/spots.h"
#include "sim/spread.h"
#include "tests/lib/temp_dir.h"

enum { SITES = 7, POINTS = 18, UNITS = 5, OPEN = 2 };

struct county {
    double weight[POINTS];
    uint32_t first[SITES + 1], point[SITES * POINTS], least[SITES];
    uint8_t is_open[SITES];
    struct mexclp problem;
};

static void county_make(struct county *c, struct dice *dice)
{
    uint32_t n = 0;
    *c = (struct county){0};
    for (uint32_t j = 0; j < POINTS; j++)
        c->weight[j] = dice_between(dice, 1, 50);
    for (uint32_t i = 0; i < SITES; i++) {
        c->first[i] = n;
        for (uint32_t j = 0; j < POINTS; j++)
            if (dice_percent(dice, 30))
                c->point[n++] = j;
        c->is_open[i] = i < 3;
        c->least[i] = i < 2;
    }
    c->first[SITES] = n;
    c->problem = (struct mexclp){.site_n = SITES,
                                 .point_n = POINTS,
                                 .weight = c->weight,
                                 .first = c->first,
                                 .point = c->point,
                                 .busy = 0.1 * dice_between(dice, 2, 7),
                                 .unit_n = UNITS,
                                 .open_max = OPEN,
                                 .least = c->least,
                                 .is_open = c->is_open};
}

static void keeps_rules(const struct county *c, const uint32_t *units)
{
    uint32_t placed = 0, opened = 0;
    for (uint32_t i = 0; i < SITES; i++) {
        placed += units[i];
        opened += units[i] && !c->is_open[i];
        assert_true(units[i] >= c->least[i]);
    }
    assert_int_equal(placed, UNITS);
    assert_true(opened <= OPEN);
}

#ifdef HAVE_GLPK
/* Columns: units x_i, opened z_i, y_jk: point j is reached by at least k units. */
static int column_x(uint32_t i)
{
    return (int)i + 1;
}
static int column_z(uint32_t i)
{
    return SITES + (int)i + 1;
}
static int column_y(uint32_t j, uint32_t k)
{
    return 2 * SITES + (int)(j * UNITS + k) + 1;
}

static void add_columns(glp_prob *lp, const struct mexclp *p)
{
    glp_add_cols(lp, 2 * SITES + POINTS * UNITS);
    for (uint32_t i = 0; i < SITES; i++) {
        glp_set_col_bnds(lp, column_x(i), GLP_DB, p->least[i], UNITS + 1);
        glp_set_col_kind(lp, column_x(i), GLP_IV);
        glp_set_col_kind(lp, column_z(i), GLP_BV);
    }
    for (uint32_t j = 0; j < POINTS; j++) {
        double worth = p->weight[j] * (1 - p->busy);
        for (uint32_t k = 0; k < UNITS; k++, worth *= p->busy) {
            glp_set_col_bnds(lp, column_y(j, k), GLP_DB, 0, 1);
            glp_set_obj_coef(lp, column_y(j, k), worth);
        }
    }
}

static void add_row(glp_prob *lp, int n, const int *column, const double *factor, int kind,
                    double bound)
{
    int row = glp_add_rows(lp, 1);
    glp_set_row_bnds(lp, row, kind, bound, bound);
    glp_set_mat_row(lp, row, n, column, factor);
}

static void add_rows(glp_prob *lp, const struct mexclp *p)
{
    int column[1 + 2 * SITES + UNITS], n = 0;
    double factor[1 + 2 * SITES + UNITS];
    for (uint32_t i = 0; i < SITES; i++) {
        column[++n] = column_x(i);
        factor[n] = 1;
    }
    add_row(lp, n, column, factor, GLP_FX, UNITS);
    n = 0;
    for (uint32_t i = 0; i < SITES; i++) {
        if (p->is_open[i])
            continue;
        add_row(lp, 2, (int[]){0, column_x(i), column_z(i)}, (double[]){0, 1, -UNITS}, GLP_UP, 0);
        column[++n] = column_z(i);
        factor[n] = 1;
    }
    add_row(lp, n, column, factor, GLP_UP, OPEN);
    for (uint32_t j = 0; j < POINTS; j++) {
        n = 0;
        for (uint32_t k = 0; k < UNITS; k++) {
            column[++n] = column_y(j, k);
            factor[n] = 1;
        }
        for (uint32_t i = 0; i < SITES; i++)
            for (uint32_t at = p->first[i]; at < p->first[i + 1]; at++)
                if (p->point[at] == j) {
                    column[++n] = column_x(i);
                    factor[n] = -1;
                }
        add_row(lp, n, column, factor, GLP_UP, 0);
    }
}

static double exact(const struct mexclp *p)
{
    glp_prob *lp = glp_create_prob();
    glp_iocp options;
    glp_init_iocp(&options);
    options.presolve = GLP_ON;
    options.msg_lev = GLP_MSG_OFF;
    glp_term_out(GLP_OFF);
    glp_set_obj_dir(lp, GLP_MAX);
    add_columns(lp, p);
    add_rows(lp, p);
    assert_int_equal(glp_intopt(lp, &options), 0);
    double best = glp_mip_obj_val(lp);
    glp_delete_prob(lp);
    return best;
}

static void heuristic_against_exact(void **state)
{
    struct dice dice = dice_make(7, "counties");
    double worst = 1;
    int equal = 0;
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct county c;
        uint32_t units[SITES];
        county_make(&c, &dice);
        assert_int_equal(mexclp_solve(&c.problem, units), 0);
        keeps_rules(&c, units);
        double best = exact(&c.problem), ours = mexclp_value(&c.problem, units);
        assert_true(ours <= best + 1e-6);
        equal += ours > best - 1e-6;
        worst = ours / best < worst ? ours / best : worst;
    }
    print_message("greedy and exchange: exact in %d of 60, at worst %.4f of it\n", equal, worst);
    assert_true(worst > 0.95);
    assert_true(equal >= 45);
}
#endif

static void spots_keep_the_weight(void **state)
{
    struct dice dice = dice_make(3, "places");
    struct point place[500];
    double weight[500], all = 0, kept = 0;
    struct spots spots;
    (void)state;
    for (int i = 0; i < 500; i++) {
        place[i] = (struct point){390000000 + dice_between(&dice, 0, 500000),
                                  1060000000 + dice_between(&dice, 0, 500000)};
        weight[i] = dice_unit(&dice);
        all += weight[i];
    }
    assert_int_equal(spots_make(&spots, place, weight, 500, 40, 50), 0);
    assert_in_range(spots.n, 1, 40);
    for (uint32_t i = 0; i < spots.n; i++)
        kept += spots.weight[i];
    assert_true(kept > all - 1e-9 && kept < all + 1e-9);
    for (int i = 0; i < 500; i++)
        assert_true(point_dist_m(place[i], spots.at[spots.of[i]]) < 1.5 * spots.cell_m);
    spots_close(&spots);
}

static void interval_of_few(void **state)
{
    struct spread spread = {0};
    (void)state;
    assert_true(spread_half(&spread) == 0);
    for (int i = 0; i < 5; i++)
        spread_add(&spread, i); /* deviation sqrt(2.5), t = 2.776 */
    assert_true(spread.mean == 2);
    assert_true(spread_half(&spread) > 1.9628 && spread_half(&spread) < 1.9632);
}

/* ---- the demonstration city ---- */

static char dir[TEMP_DIR_MAX];

static int make_city(void **state)
{
    static struct city city;
    struct road road;
    char path[TEMP_DIR_MAX + 16], errmsg[ERRMSG_MAX];
    (void)state;
    temp_dir_make(dir);
    assert_int_equal(city_roads_make(640200, &road, errmsg), 0);
    city_make(&city, 640200, &road);
    assert_int_equal(city_save(&city, dir, errmsg), 0);
    snprintf(path, sizeof(path), "%s/road.bin", dir);
    assert_int_equal(road_save(&road, path, errmsg), 0);
    road_close(&road);
    return 0;
}

static int remove_city(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static void plan_of_the_city(void **state)
{
    const struct site_options options = {
        .city = dir, .deploy = SOURCE_DIR "/deploy", .add = 3, .seed = 1};
    static struct site site;
    uint32_t units = 0;
    (void)state;
    if (site_plan(&site, &options) < 0)
        fail_msg("%s", site.errmsg);
    site_say(&site, stdout);
    const struct site_town *all = &site.town[site.town_n - 1];
    assert_in_range(site.opened, 1, 3);
    for (uint32_t i = 0; i < site.place_n; i++) {
        units += site.place[i].units[SITE_AFTER];
        assert_true(!site.place[i].units[SITE_BEFORE] || site.place[i].units[SITE_AFTER]);
    }
    assert_int_equal(units, site.own.city.unit_n);
    assert_true(all->expected[SITE_AFTER] > all->expected[SITE_BEFORE]);
    assert_true(all->in_reach[SITE_AFTER] >= all->in_reach[SITE_BEFORE]);
    assert_true(all->mean_km[SITE_AFTER] < all->mean_km[SITE_BEFORE]);
    assert_true(site.stats[SITE_AFTER].all.mean_s < site.stats[SITE_BEFORE].all.mean_s);
    assert_true(site.stats[SITE_AFTER].priority[0].in_time >
                site.stats[SITE_BEFORE].priority[0].in_time);
    char out[TEMP_DIR_MAX + 16];
    static const char *const names[] = {"sites.csv", "townships.csv", "sites.geojson", "map.svg"};
    snprintf(out, sizeof(out), "%s/out", dir);
    assert_int_equal(site_write(&site, out), 0);
    for (int i = 0; i < 4; i++) {
        char path[TEMP_DIR_MAX + 64];
        snprintf(path, sizeof(path), "%s/%s", out, names[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    site_close(&site);
}

static void refuses_nonsense(void **state)
{
    char errmsg[ERRMSG_MAX];
    struct site_options options = {.city = dir, .deploy = SOURCE_DIR "/deploy", .units = 3};
    (void)state;
    assert_true(site_command(&options, errmsg) < 0);
    assert_string_equal(errmsg, "fewer units than stations that have one");
    options = (struct site_options){.city = SOURCE_DIR, .deploy = SOURCE_DIR "/deploy"};
    assert_true(site_command(&options, errmsg) < 0);
    assert_non_null(strstr(errmsg, "city.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAVE_GLPK
        cmocka_unit_test(heuristic_against_exact),
#endif
        cmocka_unit_test(spots_keep_the_weight),
        cmocka_unit_test(interval_of_few),
        cmocka_unit_test_setup_teardown(plan_of_the_city, make_city, remove_city),
        cmocka_unit_test_setup_teardown(refuses_nonsense, make_city, remove_city),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
