#include "dispatch/base/csv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Takes a quoted field at *at; leaves *at behind its closing quote. */
static int unquote(char **at, char **field)
{
    char *from = *at + 1, *to = *at;

    *field = to;
    for (;; from++) {
        if (*from == 0)
            return -1;
        if (*from == '"' && from[1] != '"')
            break;
        if (*from == '"')
            from++;
        *to++ = *from;
    }
    *at = from + 1;
    *to = 0; /* at most where the closing quote was */
    return 0;
}

int csv_split(char *line, char **field, int max, char *why, size_t why_size)
{
    char *at = line;
    int n = 0;

    line[strcspn(line, "\r\n")] = 0;
    for (;;) {
        if (n == max) {
            snprintf(why, why_size, "more than %d fields", max);
            return -1;
        }
        if (*at == '"') {
            if (unquote(&at, &field[n]) < 0) {
                snprintf(why, why_size, "field %d has no closing quote", n + 1);
                return -1;
            }
        } else {
            field[n] = at;
            at += strcspn(at, ",");
        }
        n++;
        if (*at == 0)
            return n;
        if (*at != ',') {
            snprintf(why, why_size, "field %d goes on after its closing quote", n);
            return -1;
        }
        *at++ = 0;
    }
}

void csv_put(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text == '\r' || *text == '\n' ? ' ' : *text, out);
    }
    putc('"', out);
}

static int offset_s(const char *text, int *seconds)
{
    int hours, minutes, used = 0;
    char sign;

    if (strcmp(text, "Z") == 0) {
        *seconds = 0;
        return 0;
    }
    if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || text[used] ||
        (sign != '+' && sign != '-') || hours > 14 || minutes > 59)
        return -1;
    *seconds = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return 0;
}

static int fraction_ms(const char **at, int *ms)
{
    *ms = 0;
    if (**at != '.')
        return 0;
    ++*at;
    if (!isdigit((unsigned char)**at))
        return -1;
    for (int scale = 100; isdigit((unsigned char)**at); scale /= 10, ++*at)
        *ms += (**at - '0') * scale;
    return 0;
}

static int plain_ms(const char *text, int64_t *ms)
{
    char *end;
    if (strlen(text) > 15)
        return -1;
    *ms = strtoll(text, &end, 10);
    return *end || *ms < 0 ? -1 : 0;
}

int csv_time(const char *text, int64_t *ms)
{
    struct tm tm = {0}, same;
    int used = 0, seconds, milli;

    if (*text == 0) {
        *ms = 0;
        return 0;
    }
    if (isdigit((unsigned char)*text) && text[strspn(text, "0123456789")] == 0)
        return plain_ms(text, ms);
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &used) != 6 ||
        used == 0)
        return -1;
    text += used;
    if (fraction_ms(&text, &milli) < 0 || offset_s(text, &seconds) < 0)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    same = tm;
    time_t at = timegm(&tm);
    if (tm.tm_mday != same.tm_mday || tm.tm_mon != same.tm_mon || tm.tm_hour != same.tm_hour ||
        tm.tm_min != same.tm_min || tm.tm_sec != same.tm_sec || tm.tm_year < 70)
        return -1; /* the 30th of February */
    *ms = ((int64_t)at - seconds) * 1000 + milli;
    return 0;
}

int csv_number(const char *text, double *value)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !isfinite(v))
        return -1;
    *value = v;
    return 0;
}
