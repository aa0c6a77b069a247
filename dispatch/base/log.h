/* log: one logfmt line an event, on standard error and, where asked, in a file.
 *
 *   log_warn("journal-slow", "commit_ms=%d path=%s", ms, path);
 *   ts=2026-11-22T00:00:00.123Z level=warn event=journal-slow commit_ms=41 path="/var/a b"
 *
 * The event name is stable and comes first; then `key=value` pairs separated by one space in the
 * format. A value that needs it is quoted and escaped, so what came from outside cannot forge a
 * field or a line. Conversions: d i u x c s f g, with l ll z j and a precision or `.*`.
 * Never personal data: ids only, never names, numbers, addresses or words of a caller.
 *
 * Any thread. Never waits for a reader: a line that a pipe does not take at once is counted as
 * lost, more than `per_second` lines of one event in a second are counted as suppressed, and the
 * next line of that event says how many. The core never logs (DESIGN.md §3). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

#define LOG_FORMAT __attribute__((format(printf, 2, 3)))
void log_debug(const char *event, const char *format, ...) LOG_FORMAT;
void log_info(const char *event, const char *format, ...) LOG_FORMAT;
void log_warn(const char *event, const char *format, ...) LOG_FORMAT;
void log_error(const char *event, const char *format, ...) LOG_FORMAT;
#undef LOG_FORMAT

/* "debug", "info", "warn" or "error", as config.def has checked. */
enum log_level log_level_of(const char *word);
void log_set_level(enum log_level level);
void log_set_rate(unsigned per_second); /* per event name; 0: no limit */

/* Also append to this file; NULL stops that. Called again after rotation. 0 or -errno. */
int log_set_file(const char *path);

struct log_counts {
    uint64_t written;
    uint64_t suppressed; /* by the rate limit */
    uint64_t lost;       /* standard error or the file did not take it */
};
struct log_counts log_counts(void);

#endif
