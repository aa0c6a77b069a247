/* buttons: which press on a terminal means which status, read from a table of the city's own.
 * Owned by dispatchd; read-only after buttons_load; any thread may read.
 * The file is described in deploy/buttons.conf, which is also the default. Start there. */
#ifndef INGEST_BUTTONS_H
#define INGEST_BUTTONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum button_status {
    BUTTON_ACKNOWLEDGED,
    BUTTON_DEPARTED,
    BUTTON_AT_SCENE,
    BUTTON_AT_PATIENT,
    BUTTON_LEFT_SCENE,
    BUTTON_AT_HOSPITAL,
    BUTTON_HANDED_OVER,
    BUTTON_COMPLETED,
    BUTTON_AT_STATION,
    BUTTON_STATUSES,
};
const char *button_status_name(enum button_status status);

enum button_kind {
    BUTTON_EVENT,       /* 0x0301, its number */
    BUTTON_PASSTHROUGH, /* 0x0900, its type and the first bytes of its data */
    BUTTON_IO,          /* a bit of item 0x2A that rises */
    BUTTON_SIGNAL,      /* a bit of item 0x25 that rises */
};

enum { BUTTON_BYTES_MAX = 32, BUTTONS_MAX = 128 };

struct button {
    enum button_kind kind;
    uint8_t number; /* event number, passthrough type, or bit */
    uint8_t bytes[BUTTON_BYTES_MAX];
    uint8_t bytes_len;
    enum button_status status;
};

struct buttons {
    struct button rows[BUTTONS_MAX];
    size_t count;
    char errmsg[256];
};

/* 0, or negative with "file:line: what is wrong" in b->errmsg (the rows are then empty). `name`
 * is the file's name in complaints. */
int buttons_read(struct buttons *b, FILE *in, const char *name);
int buttons_load(struct buttons *b, const char *path);

/* What a message means; false if nothing. */
bool buttons_event(const struct buttons *b, uint8_t event, enum button_status *out);
bool buttons_passthrough(const struct buttons *b, uint8_t type, const uint8_t *data, size_t n,
                         enum button_status *out);
/* For the bits that rose; kind is BUTTON_IO or BUTTON_SIGNAL. The first row that fits. */
bool buttons_bits(const struct buttons *b, enum button_kind kind, uint32_t risen,
                  enum button_status *out);

#endif
