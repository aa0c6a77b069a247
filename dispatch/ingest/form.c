#include "dispatch/ingest/form.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(const char *from, size_t n, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        int c = from[i] == '+' ? ' ' : (unsigned char)from[i];
        if (from[i] == '%') {
            if (i + 2 >= n || hex_digit(from[i + 1]) < 0 || hex_digit(from[i + 2]) < 0)
                return false;
            c = hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]);
            i += 2;
        }
        if (c == 0 || length + 1 >= size)
            return false;
        out[length++] = (char)c;
    }
    out[length] = '\0';
    return true;
}

int form_next(struct form *f, struct form_pair *out)
{
    while (f->left > 0 && *f->at == '&') {
        f->at++;
        f->left--;
    }
    if (f->left == 0)
        return 0;
    const char *end = memchr(f->at, '&', f->left);
    size_t n = end == NULL ? f->left : (size_t)(end - f->at);
    const char *equals = memchr(f->at, '=', n);
    size_t key_len = equals == NULL ? n : (size_t)(equals - f->at);
    size_t skip = equals == NULL ? n : key_len + 1;
    bool good = decode(f->at, key_len, out->key, sizeof out->key) &&
                decode(f->at + skip, n - skip, out->value, sizeof out->value);
    f->at += n;
    f->left -= n;
    return good ? 1 : -1;
}

bool form_number(const char *text, double min, double max, double *out)
{
    char *end;
    size_t n = strlen(text);
    if (n == 0 || strspn(text, "0123456789+-.eE") != n)
        return false;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || *end != '\0' || !isfinite(value) || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool form_integer(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    size_t n = strlen(text);
    if (n == 0 || strspn(text, "0123456789-+") != n)
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < min || value > max)
        return false;
    *out = value;
    return true;
}

/* What may follow the seconds: a fraction, then Z, ±hh:mm, ±hhmm or nothing. */
static bool read_zone(const char *text, int *ms, int *offset_s)
{
    int hours, minutes, digits = 0, end = 0;
    *ms = *offset_s = 0;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++, digits++)
            *ms = digits < 3 ? *ms * 10 + (*text - '0') : *ms;
        for (; digits < 3; digits++)
            *ms *= 10;
    }
    if (*text == '\0' || strcmp(text, "Z") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    if (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || text[1 + end] != '\0') {
        end = 0;
        if (sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &end) != 2 || text[1 + end] != '\0')
            return false;
    }
    *offset_s = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
    return hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60;
}

bool form_time(const char *text, int64_t *out_ms)
{
    struct tm tm = {0};
    int ms, offset_s;
    size_t n = strlen(text);
    if (n < 19 || n > 40 || (text[10] != 'T' && text[10] != ' '))
        return false;
    char copy[41];
    memcpy(copy, text, n + 1);
    copy[10] = 'T';
    char *rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
    if (rest == NULL || !read_zone(rest, &ms, &offset_s))
        return false;
    struct tm given = tm;
    time_t s = timegm(&tm);
    if (s < 0 || tm.tm_mday != given.tm_mday) /* 30 February */
        return false;
    *out_ms = ((int64_t)s - offset_s) * 1000 + ms;
    return true;
}
