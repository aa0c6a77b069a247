/* must: an invariant that holds whatever comes from outside, checked in release builds too.
 * A broken one is a bug: the process says where and aborts; the journal makes the restart safe.
 * Never use it on anything that came from outside. Header only, any thread; the one header that
 * every room of the house may include. */
#ifndef DISPATCH_MUST_H
#define DISPATCH_MUST_H

#include <stdio.h>
#include <stdlib.h>

_Noreturn static inline void must_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "level=fatal event=must file=%s line=%d what=\"%s\"\n", file, line, what);
    abort();
}

#define must(cond) ((cond) ? (void)0 : must_fail(#cond, __FILE__, __LINE__))

#endif
