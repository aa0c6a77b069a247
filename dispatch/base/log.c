/* How a line is made: the format is walked once. The letters up to '=' are the key; what follows,
 * up to the next space of the format itself, is the value, rendered conversion by conversion and
 * quoted when it needs to be. Borders come from the format only, never from a value. */
#include "dispatch/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"

/* A pipe that polls writable takes PIPE_BUF (4096) bytes whole, so a line must stay below it. */
enum { LINE_MAX_BYTES = 3072, VALUE_MAX = 1024, EVENTS_MAX = 256 };

static const char *const level_words[] = {"debug", "info", "warn", "error"};

struct line {
    char bytes[LINE_MAX_BYTES];
    size_t size;
    bool truncated;
};

/* One event's use of the current second. */
struct rate {
    char event[48];
    int64_t second;
    unsigned count;
    uint64_t suppressed;
};

static struct {
    pthread_mutex_t lock;
    enum log_level level;
    unsigned per_second;
    int file;
    struct log_counts counts;
    struct rate rates[EVENTS_MAX];
} shared = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_INFO, .per_second = 50, .file = -1};

/* Leaves room for " truncated=true\n". */
static void line_put(struct line *line, const char *bytes, size_t size)
{
    if (line->truncated || size > LINE_MAX_BYTES - 32 - line->size) {
        line->truncated = true;
        return;
    }
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
}

__attribute__((format(printf, 2, 3))) static void line_printf(struct line *line, const char *format,
                                                              ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    must(n >= 0);
    line_put(line, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static bool value_is_plain(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
            return false;
    }
    return size > 0;
}

static void put_escaped(struct line *line, unsigned char c)
{
    if (c == '"' || c == '\\')
        line_printf(line, "\\%c", c);
    else if (c == '\n')
        line_put(line, "\\n", 2);
    else if (c == '\t')
        line_put(line, "\\t", 2);
    else if (c < ' ' || c == 0x7f)
        line_printf(line, "\\x%02x", c);
    else
        line_put(line, (const char *)&c, 1);
}

static void line_put_value(struct line *line, const char *value, size_t size)
{
    if (value_is_plain(value, size)) {
        line_put(line, value, size);
        return;
    }
    line_put(line, "\"", 1);
    for (size_t i = 0; i < size && !line->truncated; i++)
        put_escaped(line, (unsigned char)value[i]);
    line_put(line, "\"", 1);
}

/* One conversion as it stands in the format. */
struct conversion {
    char spec[16];
    char length; /* 0, 'l', 'L' for ll, 'z', 'j' */
    char kind;
    bool star; /* precision from the arguments */
};

/* Reads the conversion after '%'; returns what follows it. */
static const char *conversion_read(const char *at, struct conversion *out)
{
    const char *start = at;
    size_t flags;

    *out = (struct conversion){0};
    flags = strspn(at, "-+ #0123456789.*");
    out->star = memchr(at, '*', flags) != NULL;
    at += flags;
    if (*at == 'l' && at[1] == 'l') {
        out->length = 'L';
        at += 2;
    } else if (*at == 'l' || *at == 'z' || *at == 'j') {
        out->length = *at++;
    }
    out->kind = *at++;
    must(out->kind != 0 && strchr("diuxXcsfg", out->kind) != NULL);
    must((size_t)(at - start) + 2 <= sizeof(out->spec));
    out->spec[0] = '%';
    memcpy(out->spec + 1, start, (size_t)(at - start));
    return at;
}

static int render_text(const struct conversion *c, va_list *args, char *out, size_t room)
{
    int precision = c->star ? va_arg(*args, int) : 0;
    const char *text = va_arg(*args, const char *);

    if (!text)
        return snprintf(out, room, "null");
    return c->star ? snprintf(out, room, c->spec, precision, text)
                   : snprintf(out, room, c->spec, text);
}

static int render_number(const struct conversion *c, va_list *args, char *out, size_t room)
{
    if (c->kind == 'f' || c->kind == 'g')
        return snprintf(out, room, c->spec, va_arg(*args, double));
    switch (c->length) {
    case 'l':
        return snprintf(out, room, c->spec, va_arg(*args, long));
    case 'L':
        return snprintf(out, room, c->spec, va_arg(*args, long long));
    case 'z':
        return snprintf(out, room, c->spec, va_arg(*args, size_t));
    case 'j':
        return snprintf(out, room, c->spec, va_arg(*args, intmax_t));
    default:
        return snprintf(out, room, c->spec, va_arg(*args, int));
    }
}

static size_t render(const struct conversion *c, va_list *args, char *out, size_t room)
{
    must(c->kind == 's' || !c->star);
    int n = c->kind == 's' ? render_text(c, args, out, room) : render_number(c, args, out, room);
    must(n >= 0);
    return (size_t)n < room ? (size_t)n : room - 1;
}

/* The value of one field, from just after '=' to the next space of the format. */
static const char *field_value(struct line *line, const char *at, va_list *args)
{
    char value[VALUE_MAX];
    size_t size = 0;

    while (*at && *at != ' ') {
        if (at[0] == '%' && at[1] != '%') {
            struct conversion conversion;
            at = conversion_read(at + 1, &conversion);
            size += render(&conversion, args, value + size, sizeof(value) - size);
            continue;
        }
        if (at[0] == '%')
            at++;
        if (size + 1 < sizeof(value))
            value[size++] = *at;
        at++;
    }
    line_put_value(line, value, size);
    return at;
}

static void line_put_fields(struct line *line, const char *format, va_list *args)
{
    const char *at = format;

    while (*at) {
        size_t key = strcspn(at, "= ");
        if (key == 0) {
            at++;
            continue;
        }
        must(at[key] == '=' && memchr(at, '%', key) == NULL);
        line_put(line, " ", 1);
        line_put(line, at, key + 1);
        at = field_value(line, at + key + 1, args);
    }
}

static void line_put_start(struct line *line, enum log_level level, const char *event)
{
    int64_t now_ms = os_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    line_printf(line, "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s event=%s", tm.tm_year + 1900,
                tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(now_ms % 1000),
                level_words[level], event);
}

/* The event's own row, or the last row, which events beyond the table share. */
static struct rate *rate_of(const char *event)
{
    size_t i = 0;

    while (i < EVENTS_MAX - 1 && shared.rates[i].event[0] != 0 &&
           strncmp(shared.rates[i].event, event, sizeof(shared.rates[i].event) - 1) != 0)
        i++;
    if (shared.rates[i].event[0] == 0)
        snprintf(shared.rates[i].event, sizeof(shared.rates[i].event), "%s", event);
    return &shared.rates[i];
}

/* May this line be written? `*missed` is what was held back since the last one that was. */
static bool rate_allows(const char *event, uint64_t *missed)
{
    struct rate *rate = rate_of(event);
    int64_t second = os_mono_ms() / 1000;

    if (rate->second != second) {
        rate->second = second;
        rate->count = 0;
    }
    if (shared.per_second > 0 && rate->count >= shared.per_second) {
        rate->suppressed++;
        shared.counts.suppressed++;
        return false;
    }
    rate->count++;
    *missed = rate->suppressed;
    rate->suppressed = 0;
    return true;
}

static bool put_without_waiting(int fd, const struct line *line)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
        return false;
    return write(fd, line->bytes, line->size) == (ssize_t)line->size;
}

static void emit(const struct line *line)
{
    bool taken = put_without_waiting(STDERR_FILENO, line);

    if (shared.file >= 0)
        taken = put_without_waiting(shared.file, line) && taken;
    if (taken)
        shared.counts.written++;
    else
        shared.counts.lost++;
}

static void write_event(enum log_level level, const char *event, const char *format, va_list *args)
{
    struct line line = {.size = 0};
    uint64_t missed = 0;

    pthread_mutex_lock(&shared.lock);
    if (level >= shared.level && rate_allows(event, &missed)) {
        line_put_start(&line, level, event);
        line_put_fields(&line, format, args);
        if (missed > 0)
            line_printf(&line, " suppressed=%llu", (unsigned long long)missed);
        if (line.truncated)
            line.size += (size_t)snprintf(line.bytes + line.size, 32, " truncated=true");
        line.bytes[line.size++] = '\n';
        emit(&line);
    }
    pthread_mutex_unlock(&shared.lock);
}

#define LEVEL(name, LEVEL_NAME)                                                                    \
    void log_##name(const char *event, const char *format, ...)                                    \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        write_event(LOG_LEVEL_##LEVEL_NAME, event, format, &args);                                 \
        va_end(args);                                                                              \
    }
LEVEL(debug, DEBUG)
LEVEL(info, INFO)
LEVEL(warn, WARN)
LEVEL(error, ERROR)
#undef LEVEL

enum log_level log_level_of(const char *word)
{
    int level = 0;

    while (level < 3 && strcmp(word, level_words[level]) != 0)
        level++;
    must(strcmp(word, level_words[level]) == 0);
    return (enum log_level)level;
}

void log_set_level(enum log_level level)
{
    pthread_mutex_lock(&shared.lock);
    shared.level = level;
    pthread_mutex_unlock(&shared.lock);
}

void log_set_rate(unsigned per_second)
{
    pthread_mutex_lock(&shared.lock);
    shared.per_second = per_second;
    pthread_mutex_unlock(&shared.lock);
}

int log_set_file(const char *path)
{
    int fd = -1;

    if (path) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (fd < 0)
            return -errno;
    }
    pthread_mutex_lock(&shared.lock);
    int before = shared.file;
    shared.file = fd;
    pthread_mutex_unlock(&shared.lock);
    if (before >= 0)
        close(before);
    return 0;
}

struct log_counts log_counts(void)
{
    pthread_mutex_lock(&shared.lock);
    struct log_counts counts = shared.counts;
    pthread_mutex_unlock(&shared.lock);
    return counts;
}
