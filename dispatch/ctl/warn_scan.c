/* `dispatchctl warn scan | stp | bernoulli`: clusters in space and time; files: scan_input.h.
 *
 * Out: rank, centre, radius, places (joined by |), first_slot, last_slot, cases, expected, score, p
 * (Monte Carlo), gumbel_p, recurrence_days. shape=any: not circles but the most unusual set of the
 * places within the radius of its centre (Neill 2012). ties=singly lets places that are equally far
 * into a circle one by one, as SaTScan does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"
#include "dispatch/ctl/scan_input.h"
#include "dispatch/ctl/warn_option.h"
#include "dispatch/warn/chance.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
enum { CLUSTERS_MAX = 10000 };

/* What was asked for. */
struct scan_order {
    struct scan_wish wish;
    double radius, share, neighbours, windows, window_min, cases_min, replicas, seed, phi, top;
    const char *plane, *all, *ties, *shape;
};

struct scan_work {
    struct scan_numbers numbers;
    struct circles circles;
    struct scan scan;
    double *weight, *maximum;
    struct scan_cluster *cluster;
    uint32_t clusters, replicas;
};

/* What a circle may hold at most, by place: what was expected, or the cases themselves. */
static double weigh_places(struct scan_work *w, enum scan_model model)
{
    const struct scan_numbers *n = &w->numbers;
    double all = 0;
    for (uint32_t place = 0; place < n->places; place++)
        for (uint32_t slot = 0; slot < n->slots; slot++) {
            size_t cell = (size_t)place * n->slots + slot;
            double one = model == SCAN_PERMUTATION ? n->cases[cell] : n->expected[cell];
            w->weight[place] += one;
            all += one;
        }
    return all;
}

static int prepare(struct scan_work *w, const struct scan_order *o)
{
    uint32_t slots = w->numbers.slots;
    w->weight = calloc(w->numbers.places + 1, sizeof *w->weight);
    w->cluster = calloc(CLUSTERS_MAX, sizeof *w->cluster);
    w->maximum = calloc((size_t)o->replicas + 1, sizeof *w->maximum);
    if (!w->weight || !w->cluster || !w->maximum)
        return ctl_fail(CTL_FAILED, "out of memory");
    struct circle_limits limits = {.plane = strcmp(o->plane, "yes") == 0,
                                   .singly = strcmp(o->ties, "singly") == 0,
                                   .radius_max = o->radius,
                                   .neighbours_max = (uint32_t)o->neighbours,
                                   .weight = w->weight};
    limits.weight_max = weigh_places(w, o->wish.model) * o->share;
    if (o->share >= 1)
        limits.weight = NULL;
    if (circles_make(&w->circles, w->numbers.place, w->numbers.places, &limits) < 0)
        return ctl_fail(CTL_FAILED, "out of memory");
    struct scan_input input = {
        .model = o->wish.model,
        .circles = &w->circles,
        .slots = slots,
        .windows = o->windows > 0 && o->windows < slots ? (uint32_t)o->windows : slots,
        .window_min = (uint32_t)o->window_min,
        .cases_min = (uint32_t)o->cases_min,
        .any_shape = strcmp(o->shape, "any") == 0,
        .cases = w->numbers.cases,
        .expected = w->numbers.expected};
    return scan_make(&w->scan, &input) < 0 ? ctl_fail(CTL_FAILED, "out of memory") : CTL_OK;
}

static int evaluate(struct scan_work *w, const struct scan_order *o)
{
    struct draw draw;
    uint32_t top = (uint32_t)o->top;
    if (strcmp(o->all, "yes") == 0) {
        w->clusters = scan_all(&w->scan, w->cluster, top);
    } else {
        w->clusters = scan_best(&w->scan, w->cluster, CLUSTERS_MAX);
        w->clusters = scan_apart(&w->scan, w->cluster, w->clusters);
        w->clusters = w->clusters < top ? w->clusters : top;
    }
    draw_seed(&draw, (uint64_t)o->seed);
    for (w->replicas = 0; w->replicas < (uint32_t)o->replicas; w->replicas++) {
        w->maximum[w->replicas] = scan_replica(&w->scan, &draw, o->phi);
        if (w->maximum[w->replicas] < 0)
            return ctl_fail(CTL_FAILED, "out of memory");
    }
    return CTL_OK;
}

static void put_places(struct scan_work *w, const struct scan_cluster *c, FILE *out)
{
    char list[CSV_LINE_MAX];
    size_t at = 0;
    const uint32_t *member = scan_places(&w->scan, c);
    for (uint32_t i = 0; i < c->members && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? "|" : "",
                               w->numbers.name[member[i]]);
    csv_put(out, list);
}

static void put_clusters(struct scan_work *w, FILE *out)
{
    struct gumbel gumbel = gumbel_fit(w->maximum, w->replicas);
    fputs("rank,centre,radius,places,first_slot,last_slot,cases,expected,score,p,gumbel_p,"
          "recurrence_days\n",
          out);
    for (uint32_t i = 0; i < w->clusters; i++) {
        const struct scan_cluster *c = &w->cluster[i];
        fprintf(out, "%u,", i + 1);
        csv_put(out, w->numbers.name[c->centre]);
        fprintf(out, ",%.9g,", c->radius);
        put_places(w, c, out);
        putc(',', out);
        scan_slot_print(&w->numbers, w->numbers.slots - c->window, out);
        putc(',', out);
        scan_slot_print(&w->numbers, w->numbers.slots - 1, out);
        fprintf(out, ",%u,%.9g,%.10f", c->cases, c->expected, c->score);
        if (w->replicas) {
            double p = monte_carlo_chance(w->maximum, w->replicas, c->score);
            fprintf(out, ",%.6g,%.6g,%.6g\n", p, gumbel_chance(&gumbel, c->score),
                    recurrence_days(p, 1));
        } else {
            fputs(",,,\n", out);
        }
    }
}

static int run_scan(struct ctl *ctl, const struct scan_order *order)
{
    struct scan_work w = {0};
    struct csv_table in;
    FILE *out;
    int code = warn_files_open(ctl, &in, &out);
    if (code != CTL_OK)
        return code;
    code = scan_input_read(&w.numbers, &in, &order->wish);
    if (code == CTL_OK)
        code = prepare(&w, order);
    if (code == CTL_OK)
        code = evaluate(&w, order);
    if (code == CTL_OK)
        put_clusters(&w, out);
    scan_close(&w.scan);
    circles_close(&w.circles);
    scan_input_close(&w.numbers);
    free(w.weight);
    free(w.cluster);
    free(w.maximum);
    return warn_files_close(&in, out, code);
}

static int take_order(const struct ctl *ctl, struct scan_order *o, const char **model)
{
    const struct warn_option options[] = {
        {"model", .word = model, .words = "expectation|poisson"},
        {"geo", .word = &o->wish.geo},
        {"population", .word = &o->wish.population},
        {"first", .word = &o->wish.first},
        {"last", .word = &o->wish.last},
        {"plane", .word = &o->plane, .words = "yes|no"},
        {"ties", .word = &o->ties, .words = "singly|together"},
        {"all", .word = &o->all, .words = "yes|no"},
        {"shape", .word = &o->shape, .words = "circle|any"},
        {"radius", .number = &o->radius, .most = 1e8},
        {"share", .number = &o->share, .least = 0.001, .most = 1},
        {"neighbours", .number = &o->neighbours, .most = 1e6},
        {"windows", .number = &o->windows, .most = 1e6},
        {"window_min", .number = &o->window_min, .most = 1e6},
        {"cases_min", .number = &o->cases_min, .most = 1e6},
        {"replicas", .number = &o->replicas, .most = 1e6},
        {"seed", .number = &o->seed, .most = 1e15},
        {"phi", .number = &o->phi, .least = 1, .most = 1000},
        {"top", .number = &o->top, .least = 1, .most = CLUSTERS_MAX},
    };
    return warn_options_take(ctl, options, COUNT_OF(options));
}

static int order_and_run(struct ctl *ctl, enum scan_model model)
{
    const char *name = NULL;
    struct scan_order order = {.share = model == SCAN_EXPECTATION ? 1 : 0.5,
                               .cases_min = model == SCAN_EXPECTATION ? 1 : 2,
                               .replicas = 999,
                               .seed = 1,
                               .phi = 1,
                               .top = 20,
                               .plane = "no",
                               .ties = "singly",
                               .all = "no",
                               .shape = "circle"};
    int code = take_order(ctl, &order, &name);
    if (code != CTL_OK)
        return code;
    if (name && model != SCAN_EXPECTATION)
        return ctl_fail(CTL_USAGE, "model= is for warn scan");
    if (name && strcmp(name, "poisson") == 0) {
        model = SCAN_POISSON;
        order.share = order.share >= 1 ? 0.5 : order.share;
        order.cases_min = order.cases_min < 2 ? 2 : order.cases_min;
    }
    if (model != SCAN_EXPECTATION && strcmp(order.shape, "any") == 0)
        return ctl_fail(CTL_USAGE, "shape=any is for warn scan with model=expectation");
    order.wish.model = model;
    return run_scan(ctl, &order);
}

int warn_scan_run(struct ctl *ctl)
{
    return order_and_run(ctl, SCAN_EXPECTATION);
}

int warn_stp_run(struct ctl *ctl)
{
    return order_and_run(ctl, SCAN_PERMUTATION);
}

int warn_bernoulli_run(struct ctl *ctl)
{
    return order_and_run(ctl, SCAN_BERNOULLI);
}
