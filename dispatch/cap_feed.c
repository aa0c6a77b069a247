#include "dispatch/cap.h"

#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>

/* A feed being written. */
struct writing {
    const struct cap *cap;
    xmlTextWriterPtr xml;
    bool failed;
};

static void begin(struct writing *w, const char *name)
{
    w->failed |= xmlTextWriterStartElement(w->xml, BAD_CAST name) < 0;
}

static void end(struct writing *w)
{
    w->failed |= xmlTextWriterEndElement(w->xml) < 0;
}

static void put(struct writing *w, const char *name, const char *text)
{
    w->failed |= xmlTextWriterWriteElement(w->xml, BAD_CAST name, BAD_CAST text) < 0;
}

static void attribute(struct writing *w, const char *name, const char *text)
{
    w->failed |= xmlTextWriterWriteAttribute(w->xml, BAD_CAST name, BAD_CAST text) < 0;
}

static void put_time(struct writing *w, const char *name, int64_t ms)
{
    char text[CAP_TIME_MAX];
    cap_time(w->cap, ms, text);
    put(w, name, text);
}

static void put_entry(struct writing *w, const struct alert *alert)
{
    char key[CAP_KEY_MAX], href[64], title[256];
    const struct schema_word *level = &level_words.word[alert->level];
    cap_identifier(w->cap, alert->alert.v, alert->notice, key);
    snprintf(href, sizeof(href), "alerts/W%" PRIu64 ".cap", alert->alert.v);
    snprintf(title, sizeof(title), "%s %s · %s: %s", level->zh, cap_event(alert, true), level->en,
             cap_event(alert, false));
    begin(w, "entry");
    put(w, "id", key);
    put(w, "title", title);
    put_time(w, "updated", alert->notice_ms);
    put_time(w, "published", alert->raised_ms);
    begin(w, "category");
    attribute(w, "term", alert->state == ALERT_CLEARED ? "cleared" : level->word);
    end(w);
    begin(w, "link");
    attribute(w, "rel", "alternate");
    attribute(w, "type", "application/cap+xml");
    attribute(w, "href", href);
    end(w);
    end(w);
}

static void put_feed(struct writing *w, const struct state *state)
{
    const struct table *table = &state->table[OBJECT_ALERT];
    w->failed |= xmlTextWriterStartDocument(w->xml, NULL, "UTF-8", NULL) < 0;
    w->failed |= xmlTextWriterStartElementNS(w->xml, NULL, BAD_CAST "feed",
                                             BAD_CAST "http://www.w3.org/2005/Atom") < 0;
    put(w, "id", w->cap->stem);
    put(w, "title", w->cap->config->server.centre);
    put_time(w, "updated", state->head->now_ms);
    begin(w, "author");
    put(w, "name", w->cap->sender);
    end(w);
    for (uint32_t i = table->count; i-- > 0;) {
        const struct alert *alert = table_at(table, i);
        if (cap_leaves(w->cap, alert))
            put_entry(w, alert);
    }
    end(w);
    w->failed |= xmlTextWriterEndDocument(w->xml) < 0;
}

int cap_feed(const struct cap *cap, const struct state *state, struct buffer *out)
{
    struct writing w = {.cap = cap};
    xmlBufferPtr bytes = xmlBufferCreate();
    w.xml = bytes ? xmlNewTextWriterMemory(bytes, 0) : NULL;
    w.failed = w.xml == NULL;
    if (w.xml)
        put_feed(&w, state);
    xmlFreeTextWriter(w.xml);
    if (!w.failed)
        buffer_add(out, xmlBufferContent(bytes), (size_t)xmlBufferLength(bytes));
    xmlBufferFree(bytes);
    return w.failed || out->full ? -1 : 0;
}
