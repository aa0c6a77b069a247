/* What a crew reads out of the text on its device. */
#include <stdlib.h>
#include <string.h>

#include "sim/fleet.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "I12" as a word of its own; 0 when there is none. */
static uint64_t find_id(const char *text, char letter)
{
    for (const char *p = text; (p = strchr(p, letter)) != NULL; p++) {
        bool alone = p == text || !((p[-1] >= 'A' && p[-1] <= 'Z') ||
                                    (p[-1] >= 'a' && p[-1] <= 'z') || is_digit(p[-1]));
        if (alone && is_digit(p[1]) && strspn(p + 1, "0123456789") < 17)
            return strtoull(p + 1, NULL, 10);
    }
    return 0;
}

/* The first "number,number" with a decimal point in both. */
static bool find_place(const char *text, struct point *at)
{
    for (const char *comma = text; (comma = strchr(comma, ',')) != NULL; comma++) {
        const char *from = comma, *to = comma + 1;
        char pair[POINT_TEXT_MAX];
        while (from > text && (is_digit(from[-1]) || from[-1] == '.' || from[-1] == '-'))
            from--;
        while (is_digit(*to) || *to == '.' || *to == '-')
            to++;
        size_t n = (size_t)(to - from);
        if (n >= sizeof(pair) || !memchr(from, '.', (size_t)(comma - from)) ||
            !memchr(comma, '.', (size_t)(to - comma)))
            continue;
        memcpy(pair, from, n);
        pair[n] = 0;
        if (point_parse(pair, at) == 0)
            return true;
    }
    return false;
}

uint64_t fleet_read_post(const char *text)
{
    return strstr(text, "待命") ? find_id(text, 'S') : 0;
}

bool fleet_read_order(const char *text, struct crew_order *order, bool *has_place, bool *cancel)
{
    *order = (struct crew_order){.incident = find_id(text, 'I'), .assignment = find_id(text, 'A')};
    *has_place = find_place(text, &order->scene);
    *cancel = strstr(text, "撤销") || strstr(text, "取消") || strstr(text, "停止") ||
              strstr(text, "cancel");
    return *has_place || order->incident || order->assignment;
}
