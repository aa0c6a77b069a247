#include "dispatch/policy/complaints.h"

#include <stdarg.h>
#include <stdio.h>

/* Appends what fits whole; a line that does not fit is only counted. */
static void append(struct complaints *complaints, const char *file, unsigned line,
                   const char *message)
{
    size_t room = sizeof complaints->text - complaints->length;
    int length =
        snprintf(complaints->text + complaints->length, room, "%s:%u: %s\n", file, line, message);
    if (length > 0 && (size_t)length < room)
        complaints->length += (size_t)length;
    else
        complaints->text[complaints->length] = '\0';
}

void complain(struct complaints *complaints, const char *file, unsigned line, const char *format,
              ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    complaints->count++;
    append(complaints, file, line, message);
}
