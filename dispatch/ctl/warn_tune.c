/* `dispatchctl warn tune`: the detectors over a centre's own journal, held against the budget of
 * alerts that chance may cost ([budget] of deploy/warn/detectors.yaml).
 *
 * Prints how many alerts each detector would have raised by level in 30 days, and, where people
 * have judged alerts, how many of each were true. Then the marks under `level` that would have kept
 * the budget: an episode counts with the most that it claimed ("by chance once in so many hours");
 * the mark of a level is what the rarest so many of them claimed. What was judged true is left out,
 * since it was no chance. Last, what coverage and preparedness would have raised under other marks
 * (warn_marks.h): they have a part of the budget of their own, the others the rest. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/warn_journal.h"
#include "dispatch/ctl/warn_marks.h"

enum { EPISODES_MAX = 65536, DAYS_MIN = 28 };

struct episode {
    uint64_t key;
    enum watch_detector detector;
    enum watch_level level;
    uint32_t by_chance_h;
    enum verdict verdict;
};

struct tuning {
    struct warn_journal journal;
    struct warn_marks marks;
    struct episode episode[EPISODES_MAX];
    uint32_t episodes;
    uint64_t lost;
    int64_t first_ms, last_ms;
};

/* The newest are asked for most. */
static struct episode *find(struct tuning *t, uint64_t key)
{
    for (uint32_t i = t->episodes; i > 0; i--)
        if (t->episode[i - 1].key == key)
            return &t->episode[i - 1];
    return NULL;
}

static void on_action(void *context, const struct watch_action *action)
{
    struct tuning *t = context;
    const struct watch_alert *alert = &action->alert;
    struct episode *e = action->act == WATCH_RAISE ? NULL : find(t, alert->key);
    if (action->act == WATCH_RAISE && t->episodes == EPISODES_MAX)
        t->lost++;
    else if (action->act == WATCH_RAISE)
        t->episode[t->episodes++] = (struct episode){.key = alert->key,
                                                     .detector = alert->detector,
                                                     .level = alert->level,
                                                     .by_chance_h = alert->by_chance_h};
    if (e && alert->level > e->level)
        e->level = alert->level;
    if (e && alert->by_chance_h > e->by_chance_h)
        e->by_chance_h = alert->by_chance_h;
}

/* What people said it was. Keys are the same whenever the detectors are the same. */
static void take_verdict(struct tuning *t, const struct fact *fact)
{
    bool judged = fact->kind == FACT_ALERT_JUDGED;
    if (!judged && fact->kind != FACT_ALERT_CLEARED)
        return;
    uint64_t id = judged ? fact->alert_judged.alert.v : fact->alert_cleared.alert.v;
    const struct alert *alert = state_alert(&t->journal.follow.core.state, id);
    struct episode *e = alert && alert->key ? find(t, alert->key) : NULL;
    if (e)
        e->verdict = judged ? fact->alert_judged.verdict : fact->alert_cleared.verdict;
}

static void on_record(void *context, const struct record *record)
{
    struct tuning *t = context;
    if (t->first_ms == 0)
        warn_marks_init(&t->marks, &t->journal.policy.number);
    for (uint32_t i = 0; i < record->fact_count; i++) {
        take_verdict(t, &record->fact[i]);
        if (record->fact[i].kind == FACT_MINUTE_PASSED)
            warn_marks_minute(&t->marks, record->now_ms, &record->fact[i].minute_passed);
    }
    warn_follow_record(&t->journal.follow, record);
    if (t->first_ms == 0)
        t->first_ms = record->now_ms;
    t->last_ms = record->now_ms;
}

static void print_detectors(const struct tuning *t, double days)
{
    printf("%-10s %9s %9s %9s %9s   judged true\n", "30 days", "blue", "yellow", "orange", "red");
    for (int d = 0; d < WATCH_DETECTORS; d++) {
        double n[WATCH_RED + 1] = {0};
        unsigned right = 0, wrong = 0;
        for (uint32_t i = 0; i < t->episodes; i++) {
            const struct episode *e = &t->episode[i];
            if ((int)e->detector != d)
                continue;
            n[e->level] += 30 / days;
            right += e->verdict == VERDICT_TRUE_ALERT;
            wrong += e->verdict == VERDICT_FALSE_ALERT;
        }
        printf("%-10s %9.2f %9.2f %9.2f %9.2f   ", watch_detector_name[d], n[WATCH_BLUE],
               n[WATCH_YELLOW], n[WATCH_ORANGE], n[WATCH_RED]);
        if (right + wrong)
            printf("%u of %u\n", right, right + wrong);
        else
            puts("-");
    }
}

static int rarest_first(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a < b) - (a > b);
}

/* One more than what the first that is over the budget claimed. */
static uint32_t mark(const uint32_t *claim, uint32_t n, double allowed)
{
    return allowed >= n ? 0 : claim[(uint32_t)allowed] + 1;
}

static void print_marks(const struct tuning *t, double days)
{
    static uint32_t claim[EPISODES_MAX];
    const struct watch_numbers *number = &t->journal.policy.number;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->episodes; i++)
        if (t->episode[i].by_chance_h && t->episode[i].verdict != VERDICT_TRUE_ALERT)
            claim[n++] = t->episode[i].by_chance_h;
    qsort(claim, n, sizeof *claim, rarest_first);
    double months = days / 30, red = number->budget_red_30d * months;
    double rest = months * (100 - 2 * number->budget_service_pct) / 100;
    double orange = red + number->budget_orange_30d * rest;
    double yellow = orange + number->budget_yellow_30d * rest;
    const struct {
        const char *name;
        uint32_t now, needed;
    } row[] = {{"yellow_h", number->level_yellow_h, mark(claim, n, yellow)},
               {"orange_h", number->level_orange_h, mark(claim, n, orange)},
               {"red_h", number->level_red_h, mark(claim, n, red)}};
    printf("%u episodes by chance in %.1f days; marks that keep %.1f red, %.1f orange and %.1f "
           "yellow in 30 days:\n",
           n, days, red / months, (orange - red) / months, (yellow - orange) / months);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        printf("  %-9s now %-9u %s %u\n", row[i].name, row[i].now,
               row[i].needed > row[i].now ? "too low: at least" : "kept; at least", row[i].needed);
}

static int tell(struct tuning *t)
{
    double days = (double)(t->last_ms - t->first_ms) / 86400000;
    if (days <= 0)
        return ctl_fail(CTL_FAILED, "the journal covers no time");
    print_detectors(t, days);
    print_marks(t, days);
    warn_marks_print(&t->marks, days, stdout);
    if (days < DAYS_MIN)
        fprintf(stderr, "only %.1f days: forecasts need weeks, and a budget needs months\n", days);
    if (t->lost)
        fprintf(stderr, "%" PRIu64 " episodes more than fit were left out\n", t->lost);
    return CTL_OK;
}

int warn_tune_run(struct ctl *ctl)
{
    struct tuning *t = calloc(1, sizeof *t);
    if (!t)
        return ctl_fail(CTL_FAILED, "out of memory");
    int code = warn_journal_run(ctl, &t->journal, on_action, on_record, t);
    if (code == CTL_OK)
        code = tell(t);
    free(t);
    return code;
}
