/* cap_impl: a document being written; what cap.c and cap_feed.c share. Only for them. */
#ifndef CAP_CAP_IMPL_H
#define CAP_CAP_IMPL_H

#include <libxml/xmlwriter.h>

#include "dispatch/cap/cap.h"

struct cap_writing {
    const struct cap *cap;
    const struct cap_notice *notice; /* NULL in a feed */
    xmlBufferPtr bytes;
    xmlTextWriterPtr xml;
    bool failed;
};

/* The root element is open; without memory everything that follows does nothing. */
struct cap_writing cap_open(const struct cap *cap, const char *root, const char *name_space);
/* Ends the root and appends the document: 0 or -1. */
int cap_close(struct cap_writing *writing, struct buffer *out);

void cap_begin(struct cap_writing *writing, const char *name);
void cap_end(struct cap_writing *writing);
void cap_put(struct cap_writing *writing, const char *name, const char *text);
void cap_put_time(struct cap_writing *writing, const char *name, int64_t ms);

#endif
