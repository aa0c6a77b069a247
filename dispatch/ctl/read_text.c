#include "dispatch/ctl/read_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads on while there is more; NULL with errno. */
static char *read_all(FILE *file, size_t max)
{
    size_t n = 0, cap = 1 << 16;
    char *text = malloc(cap), *bigger;

    while (text) {
        n += fread(text + n, 1, cap - 1 - n, file);
        if (n < cap - 1 || n > max)
            break;
        cap *= 2;
        bigger = realloc(text, cap);
        if (!bigger)
            free(text);
        text = bigger;
    }
    if (!text)
        return NULL;
    text[n] = '\0';
    if (!ferror(file) && n <= max && strlen(text) == n)
        return text;
    errno = ferror(file) ? errno : n > max ? EFBIG : EILSEQ;
    free(text);
    return NULL;
}

char *read_text(const char *path, size_t max)
{
    FILE *file = fopen(path, "r");
    char *text;
    int kept;

    if (!file)
        return NULL;
    text = read_all(file, max);
    kept = errno;
    fclose(file);
    errno = kept;
    return text;
}
