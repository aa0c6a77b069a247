/* Control charts: what the database found out of control when a period was over. One alert an
 * indicator and sort of period, whichever group it is that day; it ends with the first period in
 * which the indicator is not out. */
#include "dispatch/warn/watch_impl.h"

static void copy_text(char *to, size_t room, const char *text, uint32_t n)
{
    snprintf(to, room, "%.*s", (int)n, text);
}

/* No half character at the end, where it was cut. */
static void copy_words(char *to, size_t room, const char *words, uint32_t n)
{
    uint32_t kept = n < room ? n : (uint32_t)room - 1;
    while (kept < n && kept > 0 && ((unsigned char)words[kept] & 0xc0) == 0x80)
        kept--;
    copy_text(to, room, words, kept);
}

static struct watch_chart *chart_of(struct watch_quality *quality, const char *indicator,
                                    const char *period)
{
    for (uint32_t i = 0; i < quality->charts; i++)
        if (strcmp(quality->chart[i].indicator, indicator) == 0 &&
            strcmp(quality->chart[i].period, period) == 0)
            return &quality->chart[i];
    if (quality->charts == CHARTS_MAX)
        return NULL;
    struct watch_chart *chart = &quality->chart[quality->charts++];
    snprintf(chart->indicator, sizeof chart->indicator, "%s", indicator);
    snprintf(chart->period, sizeof chart->period, "%s", period);
    return chart;
}

static void on_signal(struct watch *watch, const struct watch_event *event)
{
    struct watch_state *state = watch->state;
    const struct watch_signal *signal = &event->signal;
    char indicator[WATCH_CODE_MAX], period[WATCH_CODE_MAX];
    copy_text(indicator, sizeof indicator, event->code, event->code_n);
    copy_text(period, sizeof period, signal->period, signal->period_n);
    struct watch_chart *chart = chart_of(&state->quality, indicator, period);
    if (!chart) {
        watch->dropped++;
        return;
    }
    struct watch_alert found = book_finding(state, WATCH_BY_QUALITY, WATCH_NO_SYNDROME);
    found.level = signal->level;
    found.subject = WATCH_INDICATOR;
    found.subject_id = (uint64_t)(chart - state->quality.chart) + 1;
    found.from_ms = signal->from_ms;
    found.to_ms = signal->to_ms;
    found.observed = signal->value;
    found.expected = signal->centre;
    found.by_chance_h = signal->by_chance_h;
    copy_words(found.words, sizeof found.words, signal->words, signal->words_n);
    book_report(watch, &found, 0);
    chart->out = true;
}

static void on_period(struct watch *watch, const struct watch_event *event)
{
    struct watch_quality *quality = &watch->state->quality;
    char period[WATCH_CODE_MAX];
    copy_text(period, sizeof period, event->code, event->code_n);
    for (uint32_t i = 0; i < quality->charts; i++) {
        struct watch_chart *chart = &quality->chart[i];
        if (strcmp(chart->period, period) != 0)
            continue;
        if (!chart->out)
            book_end(watch, WATCH_BY_QUALITY, WATCH_INDICATOR, i + 1, 0);
        chart->out = false;
    }
}

void quality_event(struct watch *watch, const struct watch_event *event)
{
    if (!watch->state->policy.number.quality_on)
        return;
    if (event->kind == WATCH_SIGNALLED)
        on_signal(watch, event);
    else
        on_period(watch, event);
}
