#include "dispatch/ctl/warn_marks.h"

#include <inttypes.h>
#include <string.h>

#include "dispatch/must.h"

enum { COVERAGE_STEP = 10, PREPAREDNESS_STEP = 250, ZONES_MAX = 512, SHOWN_EVERY = 10 };

/* --- the trials --- */

/* The same way apart from leave as the one in force, in proportion where there is no whole. */
static uint32_t leave_of(uint32_t enter, uint32_t enter_now, uint32_t leave_now, uint32_t whole)
{
    if (whole || !enter_now) {
        uint32_t leave = enter + (leave_now - enter_now);
        return whole && leave > whole ? whole : leave;
    }
    return (uint32_t)(enter * (uint64_t)leave_now / enter_now);
}

static void lay(struct trial trial[static WARN_MARKS], uint32_t step, uint32_t enter_now,
                uint32_t leave_now, uint32_t whole, uint32_t minutes, uint32_t hold_off_min)
{
    for (uint32_t i = 0; i < WARN_MARKS; i++) {
        uint32_t enter = i ? i * step : enter_now;
        trial[i] = (struct trial){.enter = enter,
                                  .leave = leave_of(enter, enter_now, leave_now, whole),
                                  .minutes = minutes,
                                  .hold_off_ms = hold_off_min * INT64_C(60000)};
    }
}

void warn_marks_init(struct warn_marks *m, const struct watch_numbers *n)
{
    memset(m, 0, sizeof *m);
    m->number = *n;
    lay(m->coverage, COVERAGE_STEP, n->coverage_enter_permille, n->coverage_leave_permille, 1000,
        n->coverage_minutes, n->episode_hold_off_min);
    lay(m->preparedness, PREPAREDNESS_STEP, n->preparedness_enter_milli,
        n->preparedness_leave_milli, 0, n->preparedness_minutes, n->episode_hold_off_min);
}

static void all_minute(struct trial trial[static WARN_MARKS], int64_t now_ms, uint32_t value,
                       uint32_t severe)
{
    for (uint32_t i = 0; i < WARN_MARKS; i++)
        trial_minute(&trial[i], now_ms, value, severe);
}

void warn_marks_minute(struct warn_marks *m, int64_t now_ms, const struct minute_passed *fact)
{
    uint32_t milli[ZONES_MAX], value, severe;
    uint32_t n = fact->prepared_milli.n < ZONES_MAX ? fact->prepared_milli.n : ZONES_MAX;
    if (fact->covered_known) {
        all_minute(m->coverage, now_ms, fact->covered_permille, 2 * fact->covered_permille);
        m->covered_min++;
    }
    if (n == 0)
        return;
    memcpy(milli, fact->prepared_milli.v, n * sizeof *milli);
    trial_prepared(milli, n, m->number.preparedness_zones, &value, &severe);
    all_minute(m->preparedness, now_ms, value, severe);
    m->prepared_min++;
}

/* --- what they say --- */

static double per_30d(const struct trial *trial, enum watch_level level, double days)
{
    return (double)trial_episodes(trial, level) * 30 / days;
}

static double part(const struct warn_marks *m, uint32_t budget)
{
    return budget * m->number.budget_service_pct / 100.0;
}

/* An orange one is not a yellow one too: each level has its own part. */
static bool is_kept(const struct warn_marks *m, const struct trial *trial, uint64_t minutes,
                    double days)
{
    return trial->open_min * 100 <= minutes * m->number.budget_open_pct &&
           per_30d(trial, WATCH_YELLOW, days) <= part(m, m->number.budget_yellow_30d) &&
           per_30d(trial, WATCH_ORANGE, days) <= part(m, m->number.budget_orange_30d);
}

/* Up to the first that costs too much: beyond, many short episodes become few that never end. */
static uint32_t highest_kept(const struct warn_marks *m, const struct trial *trial,
                             uint64_t minutes, double days)
{
    uint32_t i = 0;
    while (i + 1 < WARN_MARKS && is_kept(m, &trial[i + 1], minutes, days))
        i++;
    return i ? trial[i].enter : 0;
}

static void print_row(const struct trial *trial, uint64_t minutes, double days, const char *note,
                      FILE *out)
{
    fprintf(out, "  %9" PRIu32 " %9" PRIu32 " %9.2f %9.2f %8.1f %%%s\n", trial->enter, trial->leave,
            per_30d(trial, WATCH_YELLOW, days), per_30d(trial, WATCH_ORANGE, days),
            100 * (double)trial->open_min / (double)minutes, note);
}

static void print_one(const struct warn_marks *m, const char *name, const char *unit,
                      const struct trial trial[static WARN_MARKS], uint64_t minutes, double days,
                      FILE *out)
{
    if (minutes == 0) {
        fprintf(out, "%s: in no minute of the journal was it known\n", name);
        return;
    }
    fprintf(out, "%s: known in %" PRIu64 " minutes; by mark (%s), in 30 days:\n", name, minutes,
            unit);
    fprintf(out, "  %9s %9s %9s %9s %10s\n", "enter", "leave", "yellow", "orange", "open");
    print_row(&trial[0], minutes, days, "  now", out);
    for (uint32_t i = SHOWN_EVERY; i < WARN_MARKS; i += SHOWN_EVERY)
        print_row(&trial[i], minutes, days, "", out);
    uint32_t most = highest_kept(m, trial, minutes, days);
    fprintf(out, "  %s: enter at most %" PRIu32 "\n",
            is_kept(m, &trial[0], minutes, days) ? "kept" : "too high", most);
}

void warn_marks_print(const struct warn_marks *m, double days, FILE *out)
{
    const struct watch_numbers *n = &m->number;
    must(days > 0);
    fprintf(out,
            "coverage and preparedness, each at most %.1f yellow and %.1f orange in 30 days, open "
            "%" PRIu32 " %% of the time:\n",
            part(m, n->budget_yellow_30d), part(m, n->budget_orange_30d), n->budget_open_pct);
    print_one(m, "coverage", "enter_permille", m->coverage, m->covered_min, days, out);
    print_one(m, "preparedness", "enter_milli", m->preparedness, m->prepared_min, days, out);
}
