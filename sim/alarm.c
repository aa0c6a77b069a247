#include "sim/alarm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/policy/warnfile.h"
#include "dispatch/warn/tail.h"
#include "dispatch/warn/watch.h"
#include "geo/load.h"
#include "sim/outbreak.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define MONDAY_MS INT64_C(1767571200000) /* 2026-01-05T00:00Z */

enum {
    LEARN_DAYS = 35,
    QUIET_DAYS = 42,   /* nothing happens: what rings is false */
    APART_DAYS = 4,    /* between outbreaks */
    LISTEN_H = 24,     /* after the last case it still counts as found */
    COMPARED_BLUE_H = 6, /* low: thresholds are chosen afterwards */
    NEVER_H = 10000000,
    REFIT_DAYS = 28, /* of the scan's null: most of the time goes there, and the threshold is */
    REPLICAS = 49,   /* chosen from what was heard, whatever the null is worth */
    METHODS = 5,
    PLACE_METHOD = 0,
};

static const char *const method_name[METHODS] = {"place", "window", "cusum", "ears", "scan"};

/* What a detector said: when, and by chance once in how many hours. */
struct word {
    int64_t after_ms; /* since the outbreak began */
    uint32_t by_chance_h;
    uint32_t cases; /* of the outbreak until then */
};

struct words {
    struct word *word;
    size_t n, cap;
};

/* One detector over all seeds. */
struct method {
    double *quiet; /* highest by_chance_h of every episode while nothing happened */
    size_t quiet_n, quiet_cap;
    struct words *heard; /* by seed and kind */
    double threshold_h;
};

struct alarm {
    struct city city;
    struct road road;
    struct zone_list {
        uint64_t id;
        uint32_t kinds;
        const struct city_zone *zone;
    } site[CITY_ZONES_MAX];
    size_t site_n;
    struct demand_config demand;
    struct outbreak_config outbreaks;
    struct watch_policy policy;
    struct method method[METHODS];
    uint32_t seeds;
    uint64_t raised[WATCH_DETECTORS][WATCH_RED + 1]; /* the budget's years */
    char *errmsg;
};

static int fail(struct alarm *a, const char *why)
{
    snprintf(a->errmsg, ERRMSG_MAX, "%s", why);
    return -1;
}

/* ---- reading ---- */

static int load_policy(struct alarm *a, const char *deploy)
{
    char path[512];
    static struct complaints complaints;
    snprintf(path, sizeof(path), "%s/warn", deploy);
    if (warnfile_load(path, 0, &a->policy, &complaints) == 0)
        return 0;
    snprintf(a->errmsg, ERRMSG_MAX, "%.*s", (int)strcspn(complaints.text, "\n"), complaints.text);
    return -1;
}

static int load_city(struct alarm *a, const char *dir)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/road.bin", dir);
    if (city_load(&a->city, dir, a->errmsg) < 0 || road_load(&a->road, path, a->errmsg) < 0)
        return -1;
    for (size_t z = 0; z < a->city.zone_n; z++)
        a->site[a->site_n++] = (struct zone_list){
            a->city.zone[z].id, KIND_BIT(a->city.zone[z].kind), &a->city.zone[z]};
    return 0;
}

static int load_all(struct alarm *a, const struct alarm_options *options)
{
    char demand[512], outbreaks[512];
    snprintf(demand, sizeof(demand), "%s/city/demand.conf", options->deploy);
    snprintf(outbreaks, sizeof(outbreaks), "%s/city/outbreaks.conf", options->deploy);
    return load_city(a, options->city) < 0 || load_policy(a, options->deploy) < 0 ||
                   demand_config_load(&a->demand, demand, a->errmsg) < 0 ||
                   outbreak_config_load(&a->outbreaks, outbreaks, a->errmsg) < 0
               ? -1
               : 0;
}

/* ---- feeding ---- */

struct feeding {
    struct alarm *alarm;
    struct watch watch;
    uint64_t seq;
    int64_t now_ms;
    void (*action_cb)(void *ctx, const struct watch_action *action, int64_t now_ms);
    void *ctx;
};

static void feed(struct feeding *f, struct watch_event event)
{
    event.seq = ++f->seq;
    event.now_ms = f->now_ms;
    watch_feed(&f->watch, &event);
    for (uint32_t i = 0; i < f->watch.action_count; i++)
        f->action_cb(f->ctx, &f->watch.action[i], f->now_ms);
}

/* The null of a scan is there at once: here nobody waits for it. */
static void fit(struct feeding *f)
{
    struct watch_fit *job;
    while ((job = watch_fit_wanted(&f->watch))) {
        struct watch_event event = {.kind = WATCH_FITTED, .syndrome = watch_fit_syndrome(job)};
        if (watch_fit_run(job, &event.gumbel))
            feed(f, event);
        else
            watch_fit_failed(&f->watch, event.syndrome);
        watch_fit_free(job);
    }
}

static void pass_until(struct feeding *f, int64_t until_ms)
{
    while (f->now_ms / HOUR_MS < until_ms / HOUR_MS) {
        f->now_ms = (f->now_ms / HOUR_MS + 1) * HOUR_MS;
        feed(f, (struct watch_event){.kind = WATCH_MINUTE});
        fit(f);
    }
    f->now_ms = until_ms;
}

static void add_sites(const struct alarm *a, struct point at, struct watch_event *event)
{
    for (size_t i = 0; i < a->site_n && event->site_count < WATCH_SITES_MAX; i++)
        if (city_zone_holds(a->site[i].zone, at))
            event->site[event->site_count++] =
                (struct watch_site){a->site[i].id, a->site[i].kinds};
}

static void feed_case(struct feeding *f, const struct outbreak_case *c, uint64_t id)
{
    struct watch_event placed = {
        .kind = WATCH_PLACED, .id = id, .lat_e7 = c->at.lat_e7, .lon_e7 = c->at.lon_e7};
    add_sites(f->alarm, c->at, &placed);
    pass_until(f, c->at_ms);
    feed(f, (struct watch_event){.kind = WATCH_OPENED, .id = id, .call = id, .at_ms = c->at_ms});
    feed(f, placed);
    feed(f, (struct watch_event){.kind = WATCH_DESCRIBED,
                                 .id = id,
                                 .code = c->card,
                                 .code_n = (uint32_t)strlen(c->card),
                                 .patients = c->patients});
    feed(f, (struct watch_event){.kind = WATCH_GRADED,
                                 .id = id,
                                 .code = c->determinant,
                                 .code_n = (uint32_t)strlen(c->determinant),
                                 .grade = c->grade});
    feed(f, (struct watch_event){.kind = WATCH_CLOSED, .id = id});
}

/* ---- one detector alone ---- */

/* Service is another matter: only what counts cases. */
static void leave_out_service(struct watch_numbers *n)
{
    n->lateness_on = n->breach_on = n->coverage_on = n->hospital_on = n->units_on = n->seats_on = 0;
}

static struct watch_policy policy_of(const struct alarm *a, int method)
{
    struct watch_policy policy = a->policy;
    struct watch_numbers *n = &policy.number;
    leave_out_service(n);
    n->window_on = method == 1;
    n->cusum_on = method == 2;
    n->ears_on = method == 3;
    n->scan_on = method == 4;
    n->stp_on = 0; /* it confirms, it does not find */
    n->scan_refit_days = REFIT_DAYS;
    n->scan_replicas = REPLICAS;
    n->level_blue_h = COMPARED_BLUE_H;
    n->level_yellow_h = n->level_orange_h = n->level_red_h = NEVER_H;
    if (method != PLACE_METHOD)
        policy.rule_count = 0;
    return policy;
}

struct episode {
    uint64_t key;
    double by_chance_h;
};

/* One seed under one detector. */
struct listening {
    struct alarm *alarm;
    struct method *method;
    const struct outbreak_cases *cases;
    uint32_t seed;
    int64_t from_ms[OUTBREAK_KINDS_MAX], until_ms[OUTBREAK_KINDS_MAX];
    struct episode episode[4096];
    size_t episodes;
};

static void quiet_word(struct listening *l, const struct watch_alert *alert, double by_chance_h)
{
    for (size_t i = 0; i < l->episodes; i++)
        if (l->episode[i].key == alert->key) {
            l->episode[i].by_chance_h = fmax(l->episode[i].by_chance_h, by_chance_h);
            return;
        }
    if (l->episodes < sizeof(l->episode) / sizeof(l->episode[0]))
        l->episode[l->episodes++] = (struct episode){alert->key, by_chance_h};
}

/* Whether the alert is about this outbreak: at least half of what it rests on are its cases; or it
 * says of the whole city that there is more of what the outbreak brings. */
static bool is_about(const struct listening *l, size_t kind, const struct watch_alert *alert)
{
    const struct outbreak_kind *k = &l->alarm->outbreaks.kind[kind];
    uint32_t of_it = 0;
    for (uint32_t i = 0; i < alert->evidence_count; i++)
        of_it += l->cases->row[alert->evidence[i] - 1].kind == (int)kind;
    if (alert->evidence_count && 2 * of_it >= alert->evidence_count)
        return true;
    return !alert->has_place &&
           strcmp(l->alarm->policy.syndrome[alert->syndrome].code, k->syndrome) == 0;
}

static uint32_t cases_until(const struct listening *l, size_t kind, int64_t now_ms)
{
    uint32_t n = 0;
    for (size_t i = 0; i < l->cases->n && l->cases->row[i].at_ms <= now_ms; i++)
        n += l->cases->row[i].kind == (int)kind;
    return n;
}

static void outbreak_word(struct listening *l, size_t kind, const struct watch_alert *alert,
                          uint32_t by_chance_h, int64_t now_ms)
{
    struct words *heard = &l->method->heard[l->seed * l->alarm->outbreaks.kind_n + kind];
    bool louder = heard->n == 0 || heard->word[heard->n - 1].by_chance_h < by_chance_h;
    if (!louder || !is_about(l, kind, alert))
        return;
    if (heard->n == heard->cap) {
        size_t cap = heard->cap ? 2 * heard->cap : 8;
        struct word *more = realloc(heard->word, cap * sizeof(*more));
        if (!more)
            return;
        heard->word = more;
        heard->cap = cap;
    }
    heard->word[heard->n++] =
        (struct word){now_ms - l->from_ms[kind], by_chance_h, cases_until(l, kind, now_ms)};
}

/* EARS takes its few days' scatter for normal, and so small counts for miracles: it is ranked by
 * the Poisson chance of such a day. Rules of places are never by chance. */
static uint32_t loudness_h(const struct watch_alert *alert)
{
    if (alert->detector != WATCH_BY_EARS)
        return alert->by_chance_h ? alert->by_chance_h : NEVER_H;
    double tail = poisson_tail(alert->expected, (uint32_t)alert->observed);
    return tail > 24.0 / NEVER_H ? (uint32_t)(24 / tail) : NEVER_H;
}

static void on_action(void *ctx, const struct watch_action *action, int64_t now_ms)
{
    struct listening *l = ctx;
    const struct watch_alert *alert = &action->alert;
    if (action->act == WATCH_CLEAR || alert->syndrome == WATCH_NO_SYNDROME)
        return;
    uint32_t by_chance_h = loudness_h(alert);
    if (now_ms >= MONDAY_MS + LEARN_DAYS * DAY_MS &&
        now_ms < MONDAY_MS + (LEARN_DAYS + QUIET_DAYS) * DAY_MS)
        quiet_word(l, alert, by_chance_h);
    for (size_t kind = 0; kind < l->alarm->outbreaks.kind_n; kind++)
        if (now_ms >= l->from_ms[kind] && now_ms < l->until_ms[kind])
            outbreak_word(l, kind, alert, by_chance_h, now_ms);
}

static int keep_quiet(struct method *m, const struct listening *l)
{
    double *more = realloc(m->quiet, (m->quiet_n + l->episodes + 1) * sizeof(*more));
    if (!more)
        return -1;
    m->quiet = more;
    for (size_t i = 0; i < l->episodes; i++)
        m->quiet[m->quiet_n++] = l->episode[i].by_chance_h;
    return 0;
}

static int listen_to(struct alarm *a, int method, struct listening *l)
{
    struct watch_policy policy = policy_of(a, method);
    struct feeding f = {.alarm = a, .now_ms = MONDAY_MS, .action_cb = on_action, .ctx = l};
    l->method = &a->method[method];
    l->episodes = 0;
    if (watch_make(&f.watch, &policy) < 0)
        return fail(a, "out of memory");
    for (size_t i = 0; i < l->cases->n; i++)
        feed_case(&f, &l->cases->row[i], i + 1);
    watch_close(&f.watch);
    return keep_quiet(l->method, l) < 0 ? fail(a, "out of memory") : 0;
}

/* ---- one seed ---- */

static int64_t duration_ms(const struct outbreak_kind *kind)
{
    return kind->rises ? (int64_t)(kind->days * (double)DAY_MS)
                       : (int64_t)(kind->minutes * 60000);
}

/* Where every outbreak begins: one after the other, at any hour. */
static int64_t lay_out(struct listening *l, struct dice *dice)
{
    int64_t at_ms = MONDAY_MS + (LEARN_DAYS + QUIET_DAYS) * DAY_MS;
    for (size_t kind = 0; kind < l->alarm->outbreaks.kind_n; kind++) {
        const struct outbreak_kind *k = &l->alarm->outbreaks.kind[kind];
        l->from_ms[kind] = at_ms + (k->rises ? 0 : dice_between(dice, 0, 86399) * INT64_C(1000));
        l->until_ms[kind] = l->from_ms[kind] + duration_ms(k) + LISTEN_H * HOUR_MS;
        at_ms = (l->until_ms[kind] / DAY_MS + APART_DAYS) * DAY_MS;
    }
    return at_ms;
}

static int make_cases(struct alarm *a, uint64_t seed, struct dice *dice, int64_t end_ms,
                      struct outbreak_cases *cases)
{
    struct demand demand;
    if (demand_init(&demand, &a->demand, &a->city, &a->road, seed, MONDAY_MS, 0) < 0)
        return fail(a, demand.errmsg);
    int rc = outbreak_ordinary(cases, &a->outbreaks, &demand, dice, end_ms);
    demand_close(&demand);
    return rc < 0 ? fail(a, "out of memory") : 0;
}

static int run_seed(struct alarm *a, uint64_t seed, uint32_t row)
{
    static struct listening l;
    struct outbreak_cases cases = {0};
    struct dice dice = dice_make(seed, "outbreak");
    l = (struct listening){.alarm = a, .cases = &cases, .seed = row};
    int rc = make_cases(a, seed, &dice, lay_out(&l, &dice), &cases);
    for (size_t kind = 0; kind < a->outbreaks.kind_n && rc == 0; kind++)
        rc = outbreak_add(&cases, &a->outbreaks, kind, &a->city, &dice, l.from_ms[kind], a->errmsg);
    for (int method = 0; method < METHODS && rc == 0; method++)
        rc = listen_to(a, method, &l);
    outbreak_cases_close(&cases);
    return rc;
}

/* ---- the table ---- */

static int down(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left < right) - (left > right);
}

static double months(const struct alarm *a)
{
    return a->seeds * QUIET_DAYS / 30.4375;
}

/* The threshold above which it rang once a month. */
static void choose_threshold(const struct alarm *a, struct method *m)
{
    size_t allowed = (size_t)months(a);
    qsort(m->quiet, m->quiet_n, sizeof(*m->quiet), down);
    m->threshold_h = m->quiet_n > allowed ? m->quiet[allowed] + 1 : COMPARED_BLUE_H;
}

static double rate(const struct alarm *a, const struct method *m, double threshold_h)
{
    size_t n = 0;
    while (n < m->quiet_n && m->quiet[n] >= threshold_h)
        n++;
    return (double)n / months(a);
}

/* The first word loud enough, or NULL. */
static const struct word *first_word(const struct words *heard, double threshold_h)
{
    for (size_t i = 0; i < heard->n; i++)
        if (heard->word[i].by_chance_h >= threshold_h)
            return &heard->word[i];
    return NULL;
}

static int up(const void *a, const void *b)
{
    return down(b, a);
}

struct found {
    uint32_t n;
    double median_h, p90_h, cases;
};

static struct found found_of(const struct alarm *a, const struct method *m, size_t kind)
{
    double *hours = calloc(a->seeds + 1, sizeof(*hours));
    double *cases = calloc(a->seeds + 1, sizeof(*cases));
    struct found found = {0};
    for (uint32_t seed = 0; seed < a->seeds && hours && cases; seed++) {
        const struct word *word =
            first_word(&m->heard[seed * a->outbreaks.kind_n + kind], m->threshold_h);
        if (!word)
            continue;
        hours[found.n] = (double)word->after_ms / (double)HOUR_MS;
        cases[found.n++] = word->cases;
    }
    if (found.n) {
        qsort(hours, found.n, sizeof(*hours), up);
        qsort(cases, found.n, sizeof(*cases), up);
        found.median_h = hours[found.n / 2];
        found.p90_h = hours[found.n * 9 / 10];
        found.cases = cases[found.n / 2];
    }
    free(hours);
    free(cases);
    return found;
}

static void write_row(const struct alarm *a, FILE *out, int method, size_t kind)
{
    const struct method *m = &a->method[method];
    struct found f = found_of(a, m, kind);
    fprintf(out, "%s,%s,%.3f,%.0f,%.3f,", method_name[method], a->outbreaks.kind[kind].name,
            rate(a, m, m->threshold_h), method == PLACE_METHOD ? 0 : m->threshold_h,
            (double)f.n / a->seeds);
    if (f.n)
        fprintf(out, "%.2f,%.2f,%.0f\n", f.median_h, f.p90_h, f.cases);
    else
        fprintf(out, ",,\n");
}

static void write_table(struct alarm *a, FILE *out)
{
    fprintf(out, "detector,outbreak,false_alarms_a_month,threshold_h,found_share,median_h,p90_h,"
                 "median_cases\n");
    for (int method = 0; method < METHODS; method++) {
        choose_threshold(a, &a->method[method]);
        if (method == PLACE_METHOD)
            a->method[method].threshold_h = COMPARED_BLUE_H;
        for (size_t kind = 0; kind < a->outbreaks.kind_n; kind++)
            write_row(a, out, method, kind);
    }
}

static int compare(struct alarm *a, const struct alarm_options *options)
{
    a->seeds = options->seeds;
    for (int method = 0; method < METHODS; method++) {
        a->method[method].heard = calloc(a->seeds * a->outbreaks.kind_n, sizeof(struct words));
        if (!a->method[method].heard)
            return fail(a, "out of memory");
    }
    for (uint32_t i = 0; i < a->seeds; i++)
        if (run_seed(a, options->seed + i, i) < 0)
            return -1;
    FILE *out = options->out ? fopen(options->out, "we") : stdout;
    if (!out)
        return fail(a, "the output file cannot be written");
    write_table(a, out);
    if (options->out)
        fclose(out);
    return 0;
}

/* ---- the budget ---- */

static void count_level(void *ctx, const struct watch_action *action, int64_t now_ms)
{
    struct alarm *a = ctx;
    bool learnt = now_ms >= MONDAY_MS + LEARN_DAYS * DAY_MS;
    if (learnt && action->act == WATCH_RAISE)
        a->raised[action->alert.detector][action->alert.level]++;
}

static void write_budget(const struct alarm *a, double days)
{
    static const char *const name[] = {"none", "blue", "yellow", "orange", "red"};
    const struct watch_numbers *n = &a->policy.number;
    const uint32_t allowed[] = {[WATCH_YELLOW] = n->budget_yellow_30d,
                                [WATCH_ORANGE] = n->budget_orange_30d,
                                [WATCH_RED] = n->budget_red_30d};
    double per_30d = 30 / days;
    printf("level,in_30_days,budget");
    for (int d = WATCH_BY_PLACE; d <= WATCH_BY_SCAN; d++)
        printf(",%s", watch_detector_name[d]);
    for (int level = WATCH_YELLOW; level <= WATCH_RED; level++) {
        uint64_t all = 0;
        for (int d = WATCH_BY_PLACE; d <= WATCH_BY_SCAN; d++)
            all += a->raised[d][level];
        printf("\n%s,%.2f,%u", name[level], (double)all * per_30d, allowed[level]);
        for (int d = WATCH_BY_PLACE; d <= WATCH_BY_SCAN; d++)
            printf(",%.2f", (double)a->raised[d][level] * per_30d);
    }
    putchar('\n');
}

/* The detectors as delivered, over years in which nothing happens. */
static int spend(struct alarm *a, uint32_t years, uint64_t seed)
{
    struct outbreak_cases cases = {0};
    struct dice dice = dice_make(seed, "outbreak");
    struct watch_policy policy = a->policy;
    struct feeding f = {.alarm = a, .now_ms = MONDAY_MS, .action_cb = count_level, .ctx = a};
    double days = years * 365.25;
    leave_out_service(&policy.number);
    policy.number.scan_refit_days = REFIT_DAYS;
    if (make_cases(a, seed, &dice, MONDAY_MS + (int64_t)((days + LEARN_DAYS) * (double)DAY_MS),
                   &cases) < 0)
        return -1;
    if (watch_make(&f.watch, &policy) < 0)
        return fail(a, "out of memory");
    for (size_t i = 0; i < cases.n; i++)
        feed_case(&f, &cases.row[i], i + 1);
    watch_close(&f.watch);
    outbreak_cases_close(&cases);
    write_budget(a, days);
    return 0;
}

/* ---- the whole ---- */

static void release(struct alarm *a)
{
    for (int method = 0; method < METHODS; method++) {
        struct method *m = &a->method[method];
        for (size_t i = 0; m->heard && i < a->seeds * a->outbreaks.kind_n; i++)
            free(m->heard[i].word);
        free(m->heard);
        free(m->quiet);
    }
    road_close(&a->road);
    free(a);
}

int alarm_command(const struct alarm_options *options, char errmsg[static ERRMSG_MAX])
{
    struct alarm *a = calloc(1, sizeof(*a));
    if (!a) {
        snprintf(errmsg, ERRMSG_MAX, "out of memory");
        return -1;
    }
    a->errmsg = errmsg;
    int rc = load_all(a, options);
    if (rc == 0 && options->seeds)
        rc = compare(a, options);
    if (rc == 0 && options->years)
        rc = spend(a, options->years, options->seed);
    release(a);
    return rc;
}
