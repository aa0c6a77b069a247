/* jt808_string: GBK, BCD digits and BCD times of the standard.
 * Pure; any thread. Lengths are bytes. */
#ifndef INGEST_JT808_STRING_H
#define INGEST_JT808_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* GBK to UTF-8, cut at a whole character if `size` is too small; bytes that are no GBK become
 * U+FFFD. Padding (00, blanks) is trimmed at both ends first. Always terminated. */
void jt808_string_read(const uint8_t *gbk, size_t n, char *utf8, size_t size);

/* UTF-8 to GBK without padding; what GBK lacks becomes '?'. The length, or −1 if it does not fit.
 */
int jt808_string_write(const char *utf8, uint8_t *gbk, size_t size);

/* "014450376202" of six bytes; digits above 9 come out as hexadecimal letters. */
void jt808_bcd_read(const uint8_t *bcd, size_t n, char *digits);

/* Right-aligned in n bytes, zeros on the left; false if it is no number or too long. Hexadecimal
 * letters are taken, as jt808_bcd_read gives them. */
bool jt808_bcd_write(const char *digits, uint8_t *bcd, size_t n);

/* YYMMDDhhmmss at UTC + offset_s to UTC milliseconds; false if no such time exists. */
bool jt808_time_read(const uint8_t bcd[6], int offset_s, int64_t *utc_ms);
void jt808_time_write(int64_t utc_ms, int offset_s, uint8_t bcd[6]);

enum { JT808_GMT8_S = 8 * 3600 };

#endif
