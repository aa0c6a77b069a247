#include "dispatch/ingest/jt808_string.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

static bool is_padding(uint8_t byte)
{
    return byte == 0 || byte == ' ';
}

/* Puts as many of n bytes as fit with a terminator, never a part of one character. */
static bool put_whole(char **out, size_t *left, const char *bytes, size_t n)
{
    if (n >= *left)
        return false;
    memcpy(*out, bytes, n);
    *out += n;
    *left -= n;
    return true;
}

/* One GBK character at *in to UTF-8; what is none becomes U+FFFD. False when `out` is full. */
static bool convert_one(iconv_t cd, const uint8_t **in, size_t *n, char **out, size_t *left)
{
    size_t width = **in >= 0x81 && *n >= 2 ? 2 : 1;
    char *from = (char *)(uintptr_t)*in;
    size_t from_left = width;
    char utf8[8];
    char *to = utf8;
    size_t to_left = sizeof utf8;
    if (iconv(cd, &from, &from_left, &to, &to_left) == (size_t)-1) {
        width = 1;
        to = utf8 + 3;
        memcpy(utf8, "\xEF\xBF\xBD", 3);
        (void)iconv(cd, NULL, NULL, NULL, NULL);
    }
    *in += width;
    *n -= width;
    return put_whole(out, left, utf8, (size_t)(to - utf8));
}

void jt808_string_read(const uint8_t *gbk, size_t n, char *utf8, size_t size)
{
    while (n > 0 && is_padding(gbk[0])) {
        gbk++;
        n--;
    }
    while (n > 0 && is_padding(gbk[n - 1]))
        n--;
    utf8[0] = '\0';
    iconv_t cd = iconv_open("UTF-8", "GBK");
    if (cd == (iconv_t)-1)
        return;
    while (n > 0 && convert_one(cd, &gbk, &n, &utf8, &size))
        continue;
    *utf8 = '\0';
    iconv_close(cd);
}

static size_t utf8_width(uint8_t lead)
{
    return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
}

int jt808_string_write(const char *utf8, uint8_t *gbk, size_t size)
{
    iconv_t cd = iconv_open("GBK", "UTF-8");
    if (cd == (iconv_t)-1)
        return -1;
    char *from = (char *)(uintptr_t)utf8;
    size_t left = strlen(utf8);
    char *to = (char *)gbk;
    size_t room = size;
    bool full = false;
    while (left > 0 && !full) {
        if (iconv(cd, &from, &left, &to, &room) != (size_t)-1)
            break;
        full = errno == E2BIG || room == 0;
        if (full)
            break;
        size_t width = utf8_width((uint8_t)*from);
        width = width > left ? left : width;
        from += width;
        left -= width;
        *to++ = '?';
        room--;
    }
    iconv_close(cd);
    return full ? -1 : (int)(size - room);
}

void jt808_bcd_read(const uint8_t *bcd, size_t n, char *digits)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        digits[2 * i] = hex[bcd[i] >> 4];
        digits[2 * i + 1] = hex[bcd[i] & 15];
    }
    digits[2 * n] = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool jt808_bcd_write(const char *digits, uint8_t *bcd, size_t n)
{
    size_t length = strlen(digits);
    if (length == 0 || length > 2 * n)
        return false;
    memset(bcd, 0, n);
    for (size_t i = 0; i < length; i++) {
        int value = digit_value(digits[length - 1 - i]);
        if (value < 0)
            return false;
        bcd[n - 1 - i / 2] |= (uint8_t)(i % 2 == 0 ? value : value << 4);
    }
    return true;
}

/* Two BCD digits, or −1. */
static int two_digits(uint8_t bcd)
{
    return (bcd >> 4) > 9 || (bcd & 15) > 9 ? -1 : (bcd >> 4) * 10 + (bcd & 15);
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0; /* 2000..2099 */
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to a day of 2000..2099. */
static int64_t days_to(int year, int month, int day)
{
    int64_t days = 10957 + (year - 2000) * 365 + (year - 2000 + 3) / 4;
    for (int m = 1; m < month; m++)
        days += days_in_month(year, m);
    return days + day - 1;
}

bool jt808_time_read(const uint8_t bcd[6], int offset_s, int64_t *utc_ms)
{
    int v[6];
    for (int i = 0; i < 6; i++)
        v[i] = two_digits(bcd[i]);
    int year = 2000 + v[0];
    if (v[0] < 0 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > days_in_month(year, v[1]) ||
        v[3] < 0 || v[3] > 23 || v[4] < 0 || v[4] > 59 || v[5] < 0 || v[5] > 59)
        return false;
    int64_t s = days_to(year, v[1], v[2]) * 86400 + v[3] * 3600 + v[4] * 60 + v[5];
    *utc_ms = (s - offset_s) * 1000;
    return true;
}

void jt808_time_write(int64_t utc_ms, int offset_s, uint8_t bcd[6])
{
    int64_t s = utc_ms / 1000 + offset_s;
    int64_t days = s / 86400;
    int of_day = (int)(s % 86400);
    int year = 2000, month = 1;
    while (year < 2099 && days_to(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && days_to(year, month + 1, 1) <= days)
        month++;
    int day = (int)(days - days_to(year, month, 1)) + 1;
    int v[6] = {year - 2000, month, day, of_day / 3600, of_day / 60 % 60, of_day % 60};
    for (int i = 0; i < 6; i++)
        bcd[i] = (uint8_t)(v[i] / 10 << 4 | v[i] % 10);
}
