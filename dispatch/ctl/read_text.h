/* read_text: a whole text file as one string, for commands that hand files on. */
#ifndef CTL_READ_TEXT_H
#define CTL_READ_TEXT_H

#include <stddef.h>

/* The caller's to free. NULL with errno: EFBIG when larger than max bytes, EILSEQ when it holds a
 * zero byte, otherwise the system's. */
char *read_text(const char *path, size_t max);

#endif
