#include "dispatch/cap/cap_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- what levels and syndromes become --- */

static const struct cap_level {
    const char *urgency, *severity, *certainty;
} levels[LEVEL_RED + 1] = {
    [LEVEL_NONE] = {"Unknown", "Unknown", "Unknown"},
#define CAP_LEVEL(LEVEL, urgency, severity, certainty)                                             \
    [LEVEL_##LEVEL] = {urgency, severity, certainty},
#include "dispatch/cap/cap.def"
};

static const struct cap_event {
    const char *word, *category, *zh, *en;
} events[] = {
#define CAP_EVENT(word, category, zh, en) {word, category, zh, en},
#include "dispatch/cap/cap.def"
};

/* The last, which has no word, when none names it. */
static const struct cap_event *event_of(const struct alert *alert)
{
    const struct cap_event *event = events;
    for (; *event->word; event++) {
        struct text word = {event->word, (uint32_t)strlen(event->word)};
        if (text_same(alert->syndrome, word) || text_same(alert->detector, word))
            break;
    }
    return event;
}

const char *cap_event(const struct alert *alert, bool zh)
{
    const struct cap_event *event = event_of(alert);
    return zh ? event->zh : event->en;
}

/* --- names and times --- */

/* CAP forbids spaces, commas, < and & in what names a document; and words that somebody wrote
 * where a code belongs do not leave either. */
static void plain(char *text)
{
    for (; *text; text++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_@:", *text))
            *text = '-';
}

void cap_init(struct cap *cap, const struct config *config, const struct journal_head *journal)
{
    char id[2 * JOURNAL_ID_SIZE + 1];
    const char *sender = config->cap.sender;
    memset(cap, 0, sizeof(*cap));
    cap->config = config;
    cap->exercise = strcmp(config->server.clock, "driven") == 0;
    for (int i = 0; i < JOURNAL_ID_SIZE; i++)
        snprintf(id + 2 * i, 3, "%02x", journal->journal_id[i]);
    snprintf(cap->sender, sizeof(cap->sender), "%.79s", *sender ? sender : config->server.centre);
    snprintf(cap->stem, sizeof(cap->stem), "%.64s.%.12s.%" PRIu64, config->server.centre, id,
             journal->epoch);
    plain(cap->sender);
    plain(cap->stem);
}

/* --- which alerts, and what is said of them --- */

bool cap_leaves(const struct cap *cap, const struct alert *alert)
{
    const char *level = cap->config->cap.level;
    int least = words_find(&level_words, level, strlen(level));
    return alert->notice > 0 && (int)alert->level >= least && *event_of(alert)->word;
}

struct cap_notice cap_notice_of(const struct alert *alert)
{
    return (struct cap_notice){alert, alert->notice, alert->notice_ms, alert->before_ms,
                               alert->state == ALERT_CLEARED};
}

void cap_identifier(const struct cap *cap, uint64_t alert, uint32_t number,
                    char out[static CAP_KEY_MAX])
{
    snprintf(out, CAP_KEY_MAX, "%s.W%" PRIu64 ".%" PRIu32, cap->stem, alert, number);
}

void cap_time(const struct cap *cap, int64_t ms, char out[static CAP_TIME_MAX])
{
    int offset_min = cap->config->server.utc_offset_min;
    time_t local = (time_t)(ms / 1000 + offset_min * 60);
    struct tm tm;
    gmtime_r(&local, &tm);
    size_t n = strftime(out, CAP_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, CAP_TIME_MAX - n, "%c%02d:%02d", offset_min ? '+' : '-', offset_min / 60,
             offset_min % 60); /* UTC is -00:00 */
}

/* --- elements --- */

__attribute__((format(printf, 3, 4))) static void print(struct cap_writing *w, const char *name,
                                                        const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cap_put(w, name, text);
}

__attribute__((format(printf, 3, 4))) static void parameter(struct cap_writing *w, const char *name,
                                                            const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    plain(text);
    cap_begin(w, "parameter");
    cap_put(w, "valueName", name);
    cap_put(w, "value", text);
    cap_end(w);
}

/* --- one language --- */

static const char *level_word(const struct cap_writing *w, bool zh)
{
    const struct schema_word *word = &level_words.word[w->notice->alert->level];
    return zh ? word->zh : word->en;
}

/* "3 cases where 0.25 are usual; by chance about once in 358 days" */
static void describe(struct cap_writing *w, bool zh, char *out, size_t max)
{
    const struct alert *a = w->notice->alert;
    size_t n = 0;
    double seen = a->observed_milli / 1000.0, usual = a->expected_milli / 1000.0;
    out[0] = 0;
    if (a->observed_milli)
        n = (size_t)snprintf(out, max, zh ? "观察到 %g，通常 %.2f。" : "Observed %g, usually %.2f. ",
                             seen, usual);
    if (a->by_chance_h && n < max)
        n += (size_t)snprintf(out + n, max - n,
                              zh ? "偶然出现约每 %.1f 天一次。" : "By chance about once in %.1f days. ",
                              a->by_chance_h / 24.0);
    if (w->notice->over && n < max)
        snprintf(out + n, max - n, zh ? "预警解除：%s。" : "The alert is over: %s.",
                 zh ? verdict_words.word[a->verdict].zh : verdict_words.word[a->verdict].en);
    if (out[0] == 0)
        snprintf(out, max, "%s", cap_event(a, zh));
}

static void put_parameters(struct cap_writing *w)
{
    const struct alert *a = w->notice->alert;
    parameter(w, "level", "%s", words_name(&level_words, (int)a->level));
    parameter(w, "detector", "%.*s", (int)a->detector.n, a->detector.p);
    if (a->syndrome.n)
        parameter(w, "syndrome", "%.*s", (int)a->syndrome.n, a->syndrome.p);
    if (a->observed_milli)
        parameter(w, "observed", "%g", a->observed_milli / 1000.0);
    if (a->expected_milli)
        parameter(w, "expected", "%g", a->expected_milli / 1000.0);
    if (a->by_chance_h)
        parameter(w, "by_chance_h", "%" PRIu32, a->by_chance_h);
    if (a->plan.n)
        parameter(w, "plan", "%.*s", (int)a->plan.n, a->plan.p);
}

/* On a grid of a thousandth of a degree (111 m at most), and wide enough to hold what it hides. */
static void put_area(struct cap_writing *w, bool zh)
{
    enum { GRID_E7 = 10000, GRID_M = 80 };
    const struct alert *a = w->notice->alert;
    uint32_t least_m = (uint32_t)w->cap->config->cap.radius_min_m;
    uint32_t radius_m = a->radius_m + GRID_M > least_m ? a->radius_m + GRID_M : least_m;
    int32_t lat_mdeg = (a->lat_e7 + (a->lat_e7 < 0 ? -1 : 1) * GRID_E7 / 2) / GRID_E7;
    int32_t lon_mdeg = (a->lon_e7 + (a->lon_e7 < 0 ? -1 : 1) * GRID_E7 / 2) / GRID_E7;
    cap_begin(w, "area");
    if (a->has_place) {
        print(w, "areaDesc", zh ? "%.3f,%.3f 周围 %.1f 公里" : "%.3f,%.3f within %.1f km",
              lat_mdeg / 1e3, lon_mdeg / 1e3, radius_m / 1e3);
        print(w, "circle", "%.3f,%.3f %.3f", lat_mdeg / 1e3, lon_mdeg / 1e3, radius_m / 1e3);
    } else {
        cap_put(w, "areaDesc", w->cap->config->cap.area[0] ? w->cap->config->cap.area
                                                       : w->cap->config->server.centre);
    }
    cap_end(w);
}

static void put_info(struct cap_writing *w, bool zh)
{
    const struct alert *a = w->notice->alert;
    const struct cap_level *level = &levels[a->level];
    char text[512];
    describe(w, zh, text, sizeof(text));
    cap_begin(w, "info");
    cap_put(w, "language", zh ? "zh-CN" : "en");
    cap_put(w, "category", event_of(a)->category);
    cap_put(w, "event", cap_event(a, zh));
    cap_put(w, "responseType", w->notice->over ? "AllClear" : a->plan.n ? "Execute" : "Assess");
    cap_put(w, "urgency", w->notice->over ? "Past" : level->urgency);
    cap_put(w, "severity", level->severity);
    cap_put(w, "certainty", a->by_chance_h ? level->certainty : "Observed");
    if (a->from_ms)
        cap_put_time(w, "onset", a->from_ms);
    cap_put_time(w, "expires",
             w->notice->sent_ms + w->cap->config->cap.expires_h * INT64_C(3600000));
    cap_put(w, "senderName", w->cap->config->server.centre);
    print(w, "headline", zh ? "%s预警：%s" : "%s alert: %s", level_word(w, zh), cap_event(a, zh));
    cap_put(w, "description", text);
    put_parameters(w);
    put_area(w, zh);
    cap_end(w);
}

/* --- the document --- */

static void put_head(struct cap_writing *w)
{
    const struct cap_notice *n = w->notice;
    char key[CAP_KEY_MAX];
    cap_identifier(w->cap, n->alert->alert.v, n->number, key);
    cap_put(w, "identifier", key);
    cap_put(w, "sender", w->cap->sender);
    cap_put_time(w, "sent", n->sent_ms);
    cap_put(w, "status", w->cap->exercise ? "Exercise" : w->cap->config->cap.status);
    cap_put(w, "msgType", n->over ? "Cancel" : n->number > 1 ? "Update" : "Alert");
    cap_put(w, "scope", "Restricted");
    cap_put(w, "restriction", w->cap->config->cap.restriction);
}

static void put_references(struct cap_writing *w)
{
    const struct cap_notice *n = w->notice;
    char key[CAP_KEY_MAX], sent[CAP_TIME_MAX];
    if (n->number < 2)
        return;
    cap_identifier(w->cap, n->alert->alert.v, n->number - 1, key);
    cap_time(w->cap, n->before_ms, sent);
    print(w, "references", "%s,%s,%s", w->cap->sender, key, sent);
}

int cap_write(const struct cap *cap, const struct cap_notice *notice, struct buffer *out)
{
    struct cap_writing w = cap_open(cap, "alert", "urn:oasis:names:tc:emergency:cap:1.2");
    w.notice = notice;
    put_head(&w);
    put_references(&w);
    put_info(&w, true);
    put_info(&w, false);
    return cap_close(&w, out);
}
