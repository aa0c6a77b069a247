/* The two forms of a page. What came from outside is escaped here, once. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "dispatch/upkeep/sheet_impl.h"

static const char style[] =
    "@page{size:A4 landscape;margin:9mm}"
    "body{font:9.5pt/1.3 'Noto Sans CJK SC','WenQuanYi Zen Hei','SimSun',sans-serif;color:#000;"
    "background:#fff;margin:4mm}"
    "h1{font-size:15pt;margin:0}.title{font-size:11pt;border-width:0;padding-top:2mm}"
    "p{margin:1mm 0}.age{font-weight:bold;border:.6mm solid #000;padding:1mm 2mm}"
    "table{border-collapse:collapse;width:100%;margin-top:1mm}thead{display:table-header-group}"
    "th,td{border:.2mm solid #000;padding:.6mm 1.2mm;text-align:left;vertical-align:top;"
    "overflow-wrap:break-word}th{white-space:nowrap}tr{break-inside:avoid}"
    "small{font-weight:normal}td:empty{height:5mm}";

const char *page_time(const struct page *page, int64_t ms, bool with_day,
                      char out[static PAGE_TIME_MAX])
{
    time_t local_s = (time_t)(ms / 1000 + page->look->utc_offset_min * INT64_C(60));
    struct tm tm;
    out[0] = 0;
    if (ms > 0 && gmtime_r(&local_s, &tm))
        strftime(out, PAGE_TIME_MAX, with_day ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm);
    return out;
}

const char *page_age(const struct page *page, int64_t since_ms, char out[static PAGE_TIME_MAX])
{
    int64_t s = (page->look->printed_ms - since_ms) / 1000;
    out[0] = 0;
    if (s < 0)
        s = 0;
    if (since_ms > 0 && s >= 3600)
        snprintf(out, PAGE_TIME_MAX, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
                 (int)(s % 60));
    else if (since_ms > 0)
        snprintf(out, PAGE_TIME_MAX, "%d:%02d", (int)(s / 60), (int)(s % 60));
    return out;
}

/* --- cells --- */

static void html_text(struct buffer *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        if (c == '&' || c == '<' || c == '>' || c == '"')
            buffer_print(out, "&#%d;", c);
        else
            buffer_add(out, (unsigned char)c < ' ' ? " " : &c, 1);
    }
}

/* Columns that a character takes, by its first byte; 0 inside of one. */
static int columns_of(unsigned char byte)
{
    return (byte & 0xc0) == 0x80 ? 0 : byte >= 0xe2 ? 2 : 1;
}

/* Never cut: a line too wide is read all the same, an address cut short is not. */
static void plain_text(struct buffer *out, const char *bytes, size_t n, int width)
{
    int used = 0;
    for (size_t i = 0; i < n; i++) {
        buffer_add(out, (unsigned char)bytes[i] < ' ' ? " " : bytes + i, 1);
        used += columns_of((unsigned char)bytes[i]);
    }
    buffer_print(out, "%*s ", used < width ? width - used : 0, "");
}

void page_cell(struct page *page, const char *bytes, size_t n)
{
    int width = page->at < page->columns ? page->column[page->at].width : 0;
    page->at++;
    if (page->form == SHEET_TEXT) {
        plain_text(page->out, bytes, n, width);
        return;
    }
    buffer_add_text(page->out, "<td>");
    html_text(page->out, bytes, n);
    buffer_add_text(page->out, "</td>");
}

void page_print(struct page *page, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    page_cell(page, text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* --- tables --- */

void page_row(struct page *page)
{
    page->at = 0;
    buffer_add_text(page->out, page->form == SHEET_TEXT ? "\n" : "\n<tr>");
}

/* The title stands in the table's head, which is printed again on every sheet: a loose sheet still
 * says how old it is. */
static void html_head(struct page *page, const char *zh, const char *en)
{
    char printed[PAGE_TIME_MAX];
    int whole = 0;
    for (uint32_t i = 0; i < page->columns; i++)
        whole += page->column[i].width;
    buffer_print(
        page->out,
        "\n<table><thead><tr><th class=\"title\" colspan=\"%u\">%s <small>%s · 打印于 %s · "
        "seq %" PRIu64 "</small></th></tr><tr>",
        page->columns, zh, en, page_time(page, page->look->printed_ms, true, printed),
        page->look->seq);
    for (uint32_t i = 0; i < page->columns; i++)
        buffer_print(page->out, "<th width=\"%d%%\">%s<br><small>%s</small></th>",
                     page->column[i].width * 100 / whole, page->column[i].zh, page->column[i].en);
    buffer_add_text(page->out, "</tr></thead><tbody>");
}

void page_table(struct page *page, const char *zh, const char *en, const struct page_column *column,
                uint32_t columns)
{
    page->column = column;
    page->columns = columns;
    if (page->form == SHEET_HTML) {
        html_head(page, zh, en);
        return;
    }
    buffer_print(page->out, "\n\n== %s %s ==", zh, en);
    page_row(page);
    for (uint32_t i = 0; i < columns; i++)
        page_cell(page, column[i].zh, strlen(column[i].zh));
}

void page_table_end(struct page *page)
{
    buffer_add_text(page->out, page->form == SHEET_TEXT ? "\n" : "</tbody></table>\n");
}

/* --- the page --- */

static void html_open(struct page *page)
{
    buffer_add_text(page->out,
                    "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
                    "<meta http-equiv=\"refresh\" content=\"30\"><title>调度应急板</title><style>");
    buffer_add_text(page->out, style);
    buffer_add_text(page->out,
                    "</style></head><body>\n<h1>120 调度应急板 <small>Fallback board · ");
    html_text(page->out, page->look->centre, strlen(page->look->centre));
    buffer_add_text(page->out, "</small></h1>\n");
}

void page_open(struct page *page, const char *counts)
{
    char printed[PAGE_TIME_MAX], as_of[PAGE_TIME_MAX];
    const struct sheet_look *look = page->look;
    bool html = page->form == SHEET_HTML;
    if (html)
        html_open(page);
    else
        buffer_print(page->out, "120 调度应急板 Fallback board · %s\n", look->centre);
    buffer_print(page->out, "%s打印于 printed %s · 数据截至 data up to seq %" PRIu64 " (%s) · ",
                 html ? "<p class=\"age\">" : "", page_time(page, look->printed_ms, true, printed),
                 look->seq, page_time(page, look->as_of_ms, true, as_of));
    buffer_add_text(page->out, "每分钟更新：早于 2 分钟即系统已停，以此板手工调度。"
                               "Older than two minutes: the system is down, go on by hand.");
    buffer_add_text(page->out, html ? "</p>\n" : "\n");
    buffer_print(page->out, "%s%s%s\n", html ? "<p>" : "", counts, html ? "</p>" : "");
}

void page_close(struct page *page)
{
    buffer_print(page->out, "%s含个人信息，用后销毁。Personal data: destroy after use.%s\n",
                 page->form == SHEET_HTML ? "<p>" : "\n",
                 page->form == SHEET_HTML ? "</p></body></html>" : "");
}
