#include "dispatch/wire/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *buffer, size_t max)
{
    *buffer = (struct buffer){.max = max};
}

void buffer_close(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){.max = buffer->max};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->n = 0;
    buffer->full = false;
}

static bool grow(struct buffer *buffer, size_t need)
{
    size_t room = buffer->room < 256 ? 256 : buffer->room;
    while (room < need)
        room *= 2;
    if (room > buffer->max)
        room = buffer->max;
    unsigned char *bytes = realloc(buffer->bytes, room);
    if (!bytes)
        return false;
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

unsigned char *buffer_extend(struct buffer *buffer, size_t n)
{
    if (buffer->full || n > buffer->max - buffer->n ||
        (buffer->n + n >= buffer->room && !grow(buffer, buffer->n + n))) {
        buffer->full = true;
        return NULL;
    }
    unsigned char *at = buffer->bytes + buffer->n;
    buffer->n += n;
    return at;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t n)
{
    unsigned char *at = buffer_extend(buffer, n);
    if (at && n > 0)
        memcpy(at, bytes, n);
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(line))
        buffer->full = true;
    else
        buffer_add(buffer, line, (size_t)n);
}
