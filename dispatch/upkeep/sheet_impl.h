/* sheet_impl: one page in the making, as HTML or as plain text. Only for sheet*.c.
 * Owner: sheet_write. Start here: page_table, page_row, page_cell. */
#ifndef UPKEEP_SHEET_IMPL_H
#define UPKEEP_SHEET_IMPL_H

#include "dispatch/upkeep/sheet.h"

/* `width`: columns of a terminal; Chinese characters take two. */
struct page_column {
    const char *zh, *en;
    int width;
};

struct page {
    const struct sheet_look *look;
    enum sheet_form form;
    struct buffer *out;
    const struct page_column *column;
    uint32_t columns, at; /* the cell being written */
};

void page_open(struct page *page, const char *counts);
void page_close(struct page *page);

/* A titled table; rows follow until the next one. The columns are borrowed until then. */
void page_table(struct page *page, const char *zh, const char *en, const struct page_column *column,
                uint32_t columns);
void page_table_end(struct page *page);
void page_row(struct page *page); /* begins a row, and ends the one before */
void page_cell(struct page *page, const char *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void page_print(struct page *page, const char *format, ...);

enum { PAGE_TIME_MAX = 32 };
/* "2026-11-22 08:31:02", or only the clock; "" for 0. */
const char *page_time(const struct page *page, int64_t ms, bool with_day,
                      char out[static PAGE_TIME_MAX]);
/* "4:07" or "1:04:07" since then; "" for 0. */
const char *page_age(const struct page *page, int64_t since_ms, char out[static PAGE_TIME_MAX]);

#endif
