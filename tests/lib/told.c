#include "tests/lib/told.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/policy/warnfile.h"

struct watch_policy told_policy;

static void take(struct told *t)
{
    for (uint32_t i = 0; i < t->watch.action_count && t->logged < LOG_MAX; i++)
        t->log[t->logged++] = t->watch.action[i];
}

void told_feed(struct told *t, struct watch_event event)
{
    event.seq = ++t->seq;
    event.now_ms = t->now_ms;
    watch_feed(&t->watch, &event);
    take(t);
}

void told_fits(struct told *t)
{
    struct watch_fit *fit;
    while ((fit = watch_fit_wanted(&t->watch))) {
        struct watch_event event = {.kind = WATCH_FITTED, .syndrome = watch_fit_syndrome(fit)};
        assert_true(watch_fit_run(fit, &event.gumbel));
        watch_fit_free(fit);
        told_feed(t, event);
        t->fits++;
    }
}

void told_begin(struct told *t, const struct watch_policy *p)
{
    *t = (struct told){.now_ms = MONDAY, .grade = 3};
    t->log = calloc(LOG_MAX, sizeof *t->log);
    assert_non_null(t->log);
    assert_int_equal(watch_make(&t->watch, p), 0);
}

/* A code stands for the words of its rule or syndrome; a chart's words are the database's. */
static bool is_code(const struct watch_alert *alert)
{
    bool is = alert->detector == WATCH_BY_QUALITY;
    for (uint32_t i = 0; i < told_policy.rule_count; i++)
        is |= strcmp(told_policy.rule[i].code, alert->words) == 0;
    for (uint32_t i = 0; i < told_policy.syndrome_count; i++)
        is |= strcmp(told_policy.syndrome[i].code, alert->words) == 0;
    return is;
}

/* "中文 / English", one of each. */
static void assert_in_both(const struct watch_alert *alert)
{
    const char *middle = strstr(alert->words, " / ");
    bool han = false;
    assert_non_null(middle);
    assert_null(strstr(middle + 3, " / "));
    for (const char *at = alert->words; at < middle; at++)
        han |= (unsigned char)*at >= 0xe4;
    for (const char *at = middle; *at; at++)
        assert_true((unsigned char)*at < 0x80);
    assert_true(han && strlen(middle) > 3);
}

void told_end(struct told *t)
{
    assert_int_equal(t->watch.dropped, 0);
    for (uint32_t i = 0; i < t->logged; i++)
        if (!is_code(&t->log[i].alert))
            assert_in_both(&t->log[i].alert);
    watch_close(&t->watch);
    free(t->log);
}

void told_pass(struct told *t, int64_t to_ms)
{
    while (t->now_ms + MINUTE <= to_ms) {
        t->now_ms += MINUTE;
        told_feed(t, (struct watch_event){.kind = WATCH_MINUTE});
    }
    t->now_ms = to_ms;
}

/* An incident as the desk takes it: opened, placed, described, graded. */
uint64_t told_call(struct told *t, const char *card, const char *determinant, double lat,
                   double lon, uint64_t site, uint32_t site_kinds)
{
    uint64_t id = ++t->incident;
    struct watch_event placed = {.kind = WATCH_PLACED,
                                 .id = id,
                                 .lat_e7 = (int32_t)(lat * 1e7),
                                 .lon_e7 = (int32_t)(lon * 1e7),
                                 .site_count = site ? 1 : 0,
                                 .site = {{site, site_kinds}}};
    told_feed(t, (struct watch_event){.kind = WATCH_OPENED, .id = id});
    told_feed(t, placed);
    told_feed(t, (struct watch_event){.kind = WATCH_DESCRIBED,
                                      .id = id,
                                      .code = card,
                                      .code_n = (uint32_t)strlen(card),
                                      .patients = 1});
    told_feed(t, (struct watch_event){.kind = WATCH_GRADED,
                                      .id = id,
                                      .code = determinant,
                                      .code_n = (uint32_t)strlen(determinant),
                                      .grade = t->grade});
    return id;
}

const struct watch_action *told_find(const struct told *t, enum watch_act act,
                                     enum watch_detector detector)
{
    for (uint32_t i = 0; i < t->logged; i++)
        if (t->log[i].act == act && t->log[i].alert.detector == detector)
            return &t->log[i];
    return NULL;
}

uint32_t told_count(const struct told *t, enum watch_act act)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->logged; i++)
        n += t->log[i].act == act;
    return n;
}

int told_load(void **state)
{
    static struct complaints complaints;
    (void)state;
    if (warnfile_load(SOURCE_DIR "/deploy/warn", 480, &told_policy, &complaints) == 0)
        return 0;
    fputs(complaints.text, stderr);
    return -1;
}
