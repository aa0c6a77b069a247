#include "dispatch/server/outlook.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "dispatch/warn/forecast.h"
#include "dispatch/warn/tail.h"

enum { HOUR_MS = 3600000, WEEK_H = 168, SHOWN = OUTLOOK_BACK_H + 1 + OUTLOOK_AHEAD_H };

struct outlook {
    int64_t from_ms, now_ms;
    size_t hours;        /* counted, with the one under way */
    const json_t *count; /* borrowed */
    struct forecast_policy policy;
    double band;
    struct expectation expected[SHOWN];
};

static int read_hours(const json_t *root, struct outlook *o)
{
    int weeks;
    o->policy = (struct forecast_policy){.period = WEEK_H};
    if (json_unpack((json_t *)root, "{s:I, s:I, s:o, s:{s:i, s:F, s:F, s:F, s:F}}", "from_ms",
                    &o->from_ms, "now_ms", &o->now_ms, "count", &o->count, "rule", "weeks", &weeks,
                    "level_rate", &o->policy.level_rate, "dispersion_rate",
                    &o->policy.dispersion_rate, "phi_min", &o->policy.phi_min, "band",
                    &o->band) < 0)
        return -1;
    o->hours = json_array_size(o->count);
    if (weeks < 1 || weeks > 520 || o->hours < 1 || o->from_ms < 0 || !(o->band > 0 && o->band < 1))
        return -1;
    o->policy.weeks = (uint32_t)weeks;
    return 0;
}

/* Whole hours teach; those shown are expected before they do. */
static int learn(struct outlook *o)
{
    struct forecast f;
    size_t whole = o->hours - 1;
    if (forecast_make(&f, &o->policy, (uint32_t)(o->from_ms / HOUR_MS % WEEK_H)) < 0)
        return -1;
    for (size_t i = 0; i < whole; i++) {
        if (i + OUTLOOK_BACK_H >= whole)
            o->expected[i + OUTLOOK_BACK_H - whole] = forecast_at(&f, 0, 0);
        forecast_add(&f, json_number_value(json_array_get(o->count, i)), 0);
    }
    for (uint32_t ahead = 0; ahead <= OUTLOOK_AHEAD_H; ahead++)
        o->expected[OUTLOOK_BACK_H + ahead] = forecast_at(&f, ahead, 0);
    forecast_close(&f);
    return 0;
}

static void put_observed(const struct outlook *o, struct buffer *out)
{
    buffer_add_text(out, "\"observed\":[");
    for (size_t i = 0; i <= OUTLOOK_BACK_H; i++) {
        size_t at = o->hours + i;
        buffer_add_text(out, i ? "," : "");
        if (at < OUTLOOK_BACK_H + 1)
            buffer_add_text(out, "null"); /* before the first call */
        else
            buffer_print(out, "%.0f",
                         json_number_value(json_array_get(o->count, at - OUTLOOK_BACK_H - 1)));
    }
    buffer_add_text(out, "]");
}

/* which: -1 the band's lower end, 0 the mean, 1 its upper end. */
static void put_expected(const struct outlook *o, const char *name, int which, struct buffer *out)
{
    buffer_print(out, ",\"%s\":[", name);
    for (size_t i = 0; i < SHOWN; i++) {
        const struct expectation *e = &o->expected[i];
        buffer_add_text(out, i ? "," : "");
        if (!e->known)
            buffer_add_text(out, "null");
        else if (which == 0)
            buffer_print(out, "%.2f", e->mean);
        else
            buffer_print(out, "%" PRIu32,
                         count_quantile(e->mean, e->phi, 0.5 + which * o->band / 2));
    }
    buffer_add_text(out, "]");
}

int outlook_write(const char *hours, size_t n, struct buffer *out)
{
    struct outlook o = {0};
    json_t *root = json_loadb(hours, n, 0, NULL);
    int code = read_hours(root, &o);
    if (code == 0)
        code = learn(&o);
    if (code == 0) {
        const struct expectation *next = &o.expected[OUTLOOK_BACK_H];
        int64_t under_way_ms = o.from_ms + (int64_t)(o.hours - 1) * HOUR_MS;
        buffer_print(out, "{\"from_ms\":%" PRId64 ",\"now_ms\":%" PRId64 ",\"phi\":%.3f,",
                     under_way_ms - (int64_t)OUTLOOK_BACK_H * HOUR_MS, o.now_ms, next->phi);
        put_observed(&o, out);
        put_expected(&o, "mean", 0, out);
        put_expected(&o, "low", -1, out);
        put_expected(&o, "high", 1, out);
        buffer_add_text(out, "}");
    }
    json_decref(root);
    return code;
}
