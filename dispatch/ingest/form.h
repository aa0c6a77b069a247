/* form: application/x-www-form-urlencoded, as in URLs and in bodies, walked pair by pair.
 * Pure; any thread; nothing is allocated. Used by osmand and by AML. */
#ifndef INGEST_FORM_H
#define INGEST_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FORM_KEY_MAX = 64, FORM_VALUE_MAX = 512 };

struct form {
    const char *at;
    size_t left;
};

struct form_pair {
    char key[FORM_KEY_MAX];
    char value[FORM_VALUE_MAX];
};

/* 1 and the next pair, decoded; 0 at the end; −1 for a pair that cannot be decoded (a wrong %, a
 * zero byte) or is too long. */
int form_next(struct form *f, struct form_pair *out);

/* The whole of `text` as a number in [min, max]; finite, no blanks, no hexadecimal. */
bool form_number(const char *text, double min, double max, double *out);

/* The same for whole numbers. */
bool form_integer(const char *text, int64_t min, int64_t max, int64_t *out);

/* "2026-08-17T14:18:12Z", with fraction or ±hh:mm, or a blank for the T; without a zone it is UTC.
 * UTC ms; false if it is no time. */
bool form_time(const char *text, int64_t *out_ms);

#endif
