/* buffer: bytes that grow up to a limit.
 *
 * Owner: the caller; a zeroed buffer with a `max` is ready. Thread: the caller's.
 * Errors: what does not fit, or finds no memory, sets `full` and adds nothing, then or later; so
 * write everything and look at `full` once. Start here: buffer_init, buffer_add. */
#ifndef WIRE_BUFFER_H
#define WIRE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    unsigned char *bytes; /* n of them */
    size_t n;
    size_t room;
    size_t max;
    bool full;
};

void buffer_init(struct buffer *buffer, size_t max);
void buffer_close(struct buffer *buffer);

/* Empty again; the memory stays. */
void buffer_clear(struct buffer *buffer);

/* Makes it n longer; where to write them, NULL if it is or becomes full. */
unsigned char *buffer_extend(struct buffer *buffer, size_t n);

void buffer_add(struct buffer *buffer, const void *bytes, size_t n);
void buffer_add_text(struct buffer *buffer, const char *text);
__attribute__((format(printf, 2, 3))) void buffer_print(struct buffer *buffer, const char *format,
                                                        ...);

#endif
