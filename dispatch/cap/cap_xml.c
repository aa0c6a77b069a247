/* The elements of a document, by libxml2. */
#include "dispatch/cap/cap_impl.h"

struct cap_writing cap_open(const struct cap *cap, const char *root, const char *name_space)
{
    struct cap_writing w = {.cap = cap, .bytes = xmlBufferCreate()};
    w.xml = w.bytes ? xmlNewTextWriterMemory(w.bytes, 0) : NULL;
    w.failed = w.xml == NULL || xmlTextWriterStartDocument(w.xml, NULL, "UTF-8", NULL) < 0 ||
               xmlTextWriterStartElementNS(w.xml, NULL, BAD_CAST root, BAD_CAST name_space) < 0;
    return w;
}

int cap_close(struct cap_writing *w, struct buffer *out)
{
    cap_end(w);
    w->failed = w->failed || xmlTextWriterEndDocument(w->xml) < 0;
    xmlFreeTextWriter(w->xml); /* what it held goes into the buffer */
    if (!w->failed)
        buffer_add(out, xmlBufferContent(w->bytes), (size_t)xmlBufferLength(w->bytes));
    xmlBufferFree(w->bytes);
    return w->failed || out->full ? -1 : 0;
}

void cap_begin(struct cap_writing *w, const char *name)
{
    w->failed = w->failed || xmlTextWriterStartElement(w->xml, BAD_CAST name) < 0;
}

void cap_end(struct cap_writing *w)
{
    w->failed = w->failed || xmlTextWriterEndElement(w->xml) < 0;
}

void cap_put(struct cap_writing *w, const char *name, const char *text)
{
    w->failed =
        w->failed || xmlTextWriterWriteElement(w->xml, BAD_CAST name, BAD_CAST text) < 0;
}

void cap_put_time(struct cap_writing *w, const char *name, int64_t ms)
{
    char text[CAP_TIME_MAX];
    cap_time(w->cap, ms, text);
    cap_put(w, name, text);
}
