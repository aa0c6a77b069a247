#include "dispatch/cap/cap_impl.h"

#include <inttypes.h>
#include <stdio.h>

static void attribute(struct cap_writing *w, const char *name, const char *text)
{
    w->failed =
        w->failed || xmlTextWriterWriteAttribute(w->xml, BAD_CAST name, BAD_CAST text) < 0;
}

static void put_entry(struct cap_writing *w, const struct alert *alert)
{
    char key[CAP_KEY_MAX], href[64], title[256];
    const struct schema_word *level = &level_words.word[alert->level];
    cap_identifier(w->cap, alert->alert.v, alert->notice, key);
    snprintf(href, sizeof(href), "alerts/W%" PRIu64 ".cap", alert->alert.v);
    snprintf(title, sizeof(title), "%s %s · %s: %s", level->zh, cap_event(alert, true), level->en,
             cap_event(alert, false));
    cap_begin(w, "entry");
    cap_put(w, "id", key);
    cap_put(w, "title", title);
    cap_put_time(w, "updated", alert->notice_ms);
    cap_put_time(w, "published", alert->raised_ms);
    cap_begin(w, "category");
    attribute(w, "term", alert->state == ALERT_CLEARED ? "cleared" : level->word);
    cap_end(w);
    cap_begin(w, "link");
    attribute(w, "rel", "alternate");
    attribute(w, "type", "application/cap+xml");
    attribute(w, "href", href);
    cap_end(w);
    cap_end(w);
}

int cap_feed(const struct cap *cap, const struct state *state, struct buffer *out)
{
    const struct table *table = &state->table[OBJECT_ALERT];
    struct cap_writing w = cap_open(cap, "feed", "http://www.w3.org/2005/Atom");
    cap_put(&w, "id", cap->stem);
    cap_put(&w, "title", cap->config->server.centre);
    cap_put_time(&w, "updated", state->head->now_ms);
    cap_begin(&w, "author");
    cap_put(&w, "name", cap->sender);
    cap_end(&w);
    for (uint32_t i = table->count; i-- > 0;) {
        const struct alert *alert = table_at(table, i);
        if (cap_leaves(cap, alert))
            put_entry(&w, alert);
    }
    return cap_close(&w, out);
}
