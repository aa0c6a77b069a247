#include "dispatch/ingest/buttons.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const status_names[BUTTON_STATUSES] = {
    [BUTTON_ACKNOWLEDGED] = "acknowledged", [BUTTON_DEPARTED] = "departed",
    [BUTTON_AT_SCENE] = "at_scene",         [BUTTON_AT_PATIENT] = "at_patient",
    [BUTTON_LEFT_SCENE] = "left_scene",     [BUTTON_AT_HOSPITAL] = "at_hospital",
    [BUTTON_HANDED_OVER] = "handed_over",   [BUTTON_COMPLETED] = "completed",
    [BUTTON_AT_STATION] = "at_station",
};

const char *button_status_name(enum button_status status)
{
    return status_names[status];
}

/* The next word of a line, NULL at its end. */
static char *word(char **rest)
{
    return strtok_r(NULL, " \t\r\n", rest);
}

static bool number(const char *text, unsigned long max, uint8_t *out)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    unsigned long value = strtoul(text, &end, 0);
    if (errno != 0 || *end != '\0' || value > max)
        return false;
    *out = (uint8_t)value;
    return true;
}

static bool hex_bytes(const char *text, struct button *b)
{
    size_t n = text == NULL ? 0 : strlen(text);
    if (n == 0 || n % 2 != 0 || n / 2 > BUTTON_BYTES_MAX ||
        strspn(text, "0123456789abcdefABCDEF") != n)
        return false;
    for (size_t i = 0; i < n / 2; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        b->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    b->bytes_len = (uint8_t)(n / 2);
    return true;
}

static bool ascii_bytes(const char *text, struct button *b)
{
    size_t n = text == NULL ? 0 : strlen(text);
    if (n == 0 || n > BUTTON_BYTES_MAX)
        return false;
    memcpy(b->bytes, text, n);
    b->bytes_len = (uint8_t)n;
    return true;
}

/* What follows the kind, up to the '='; NULL or what is wrong with it. */
static const char *parse_selector(struct button *b, const char *kind, char **rest)
{
    if (strcmp(kind, "event") == 0) {
        b->kind = BUTTON_EVENT;
        return number(word(rest), 255, &b->number) ? NULL : "event needs a number 0..255";
    }
    if (strcmp(kind, "io") == 0 || strcmp(kind, "signal") == 0) {
        b->kind = kind[0] == 'i' ? BUTTON_IO : BUTTON_SIGNAL;
        unsigned long max = b->kind == BUTTON_IO ? 15 : 31;
        return number(word(rest), max, &b->number) ? NULL : "io needs a bit 0..15, signal 0..31";
    }
    if (strcmp(kind, "passthrough") != 0)
        return "a row begins with event, passthrough, io or signal";
    b->kind = BUTTON_PASSTHROUGH;
    if (!number(word(rest), 255, &b->number))
        return "passthrough needs a type 0..255";
    const char *form = word(rest);
    if (form != NULL && strcmp(form, "hex") == 0)
        return hex_bytes(word(rest), b) ? NULL : "hex needs 1..32 pairs of hexadecimal digits";
    if (form != NULL && strcmp(form, "text") == 0)
        return ascii_bytes(word(rest), b) ? NULL : "text needs a word of 1..32 characters";
    return "after the type comes hex or text";
}

static const char *parse_status(struct button *b, char **rest)
{
    const char *equals = word(rest);
    const char *name = equals == NULL ? NULL : word(rest);
    if (name == NULL || strcmp(equals, "=") != 0)
        return "after the selector comes = and a status";
    if (word(rest) != NULL)
        return "something follows the status";
    for (int i = 0; i < BUTTON_STATUSES; i++) {
        if (strcmp(name, status_names[i]) == 0) {
            b->status = (enum button_status)i;
            return NULL;
        }
    }
    return "no such status (see the top of deploy/buttons.conf)";
}

static bool same_selector(const struct button *a, const struct button *b)
{
    return a->kind == b->kind && a->number == b->number && a->bytes_len == b->bytes_len &&
           memcmp(a->bytes, b->bytes, a->bytes_len) == 0;
}

static const char *add_row(struct buttons *b, const struct button *row)
{
    for (size_t i = 0; i < b->count; i++) {
        if (same_selector(&b->rows[i], row))
            return "the same button stands in an earlier row";
    }
    if (b->count == BUTTONS_MAX)
        return "more than 128 rows";
    b->rows[b->count++] = *row;
    return NULL;
}

/* NULL or what is wrong. */
static const char *parse_line(struct buttons *b, char *line)
{
    struct button row = {0};
    char *rest = NULL;
    line[strcspn(line, "#")] = '\0';
    const char *kind = strtok_r(line, " \t\r\n", &rest);
    if (kind == NULL)
        return NULL;
    const char *wrong = parse_selector(&row, kind, &rest);
    wrong = wrong != NULL ? wrong : parse_status(&row, &rest);
    return wrong != NULL ? wrong : add_row(b, &row);
}

int buttons_read(struct buttons *b, FILE *in, const char *name)
{
    char *line = NULL;
    size_t size = 0;
    const char *wrong = NULL;
    *b = (struct buttons){0};
    for (unsigned number_of = 1; wrong == NULL && getline(&line, &size, in) > 0; number_of++) {
        wrong = parse_line(b, line);
        if (wrong != NULL)
            snprintf(b->errmsg, sizeof b->errmsg, "%.120s:%u: %s", name, number_of, wrong);
    }
    free(line);
    if (wrong == NULL && ferror(in)) {
        wrong = strerror(errno);
        snprintf(b->errmsg, sizeof b->errmsg, "%.120s: %s", name, wrong);
    }
    if (wrong != NULL)
        b->count = 0;
    return wrong == NULL ? 0 : -1;
}

int buttons_load(struct buttons *b, const char *path)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        *b = (struct buttons){0};
        snprintf(b->errmsg, sizeof b->errmsg, "%.120s: %s", path, strerror(errno));
        return -1;
    }
    int error = buttons_read(b, in, path);
    fclose(in);
    return error;
}

bool buttons_event(const struct buttons *b, uint8_t event, enum button_status *out)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->rows[i].kind == BUTTON_EVENT && b->rows[i].number == event) {
            *out = b->rows[i].status;
            return true;
        }
    }
    return false;
}

bool buttons_passthrough(const struct buttons *b, uint8_t type, const uint8_t *data, size_t n,
                         enum button_status *out)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct button *row = &b->rows[i];
        if (row->kind == BUTTON_PASSTHROUGH && row->number == type && n >= row->bytes_len &&
            memcmp(data, row->bytes, row->bytes_len) == 0) {
            *out = row->status;
            return true;
        }
    }
    return false;
}

bool buttons_bits(const struct buttons *b, enum button_kind kind, uint32_t risen,
                  enum button_status *out)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->rows[i].kind == kind && (risen >> b->rows[i].number & 1) != 0) {
            *out = b->rows[i].status;
            return true;
        }
    }
    return false;
}
