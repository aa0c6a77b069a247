/* complaints: what is wrong with data files, one "file:line: text" a line, gathered instead of
 * stopping at the first. Owner: the caller, zero-initialised; plain data, any thread. A full
 * buffer keeps counting and loses no complaint silently: `count` says how many there were. */
#ifndef POLICY_COMPLAINTS_H
#define POLICY_COMPLAINTS_H

#include <stddef.h>

struct complaints {
    unsigned count;
    size_t length;
    char text[16 * 1024];
};

__attribute__((format(printf, 4, 5))) void complain(struct complaints *complaints, const char *file,
                                                    unsigned line, const char *format, ...);

#endif
