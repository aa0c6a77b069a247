/* wire: commands, records and objects as protobuf bytes, by the tables of core/schema.h.
 *
 * There is no code for any single message: wire_init pairs every field of every table with a field
 * of proto/ by name, and aborts with a text when one is missing or of another type on either side.
 * The stream's frames are in wire_stream.h, JSON in wire_json.h.
 *
 * What comes in is checked before it is believed: size, memory, unknown fields, UTF-8 without zero
 * bytes, values of enums, 64-bit numbers within ID_MAX (browsers count up to there). What a table
 * does not know is an error, never dropped: an older program must not half-understand a newer one.
 *
 * Owner: the caller owns the arena; decoded structs borrow their text and lists from it until
 * wire_arena_reset; packing leaves the arena as it was.
 * Thread: wire_init once before any other; then any, one arena each.
 * Units: bytes. Errors: -1 with the text in arena->errmsg; out-parameters only on success; a buffer
 * keeps its content and gains nothing on error.
 * Start here if you add a field: the .def, then proto/; nothing in wire. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dispatch/base/os.h"
#include "dispatch/core/schema.h"
#include "dispatch/wire/buffer.h"

enum {
    WIRE_CLIENT_FRAME_MAX = 64 * 1024,        /* from a client; also a JSON command */
    WIRE_SERVER_FRAME_MAX = 1024 * 1024,      /* from the server */
    WIRE_RECORD_MAX = 256 * 1024,             /* the journal's JOURNAL_BODY_MAX */
    WIRE_CLIENT_ARENA = 512 * 1024,           /* enough for a frame of a client */
    WIRE_ARENA = 8 * 1024 * 1024,             /* enough for anything else */
};

/* Memory for messages, given once: decoding cannot take more, whatever the bytes say. */
struct wire_arena {
    unsigned char *bytes;
    size_t size;
    size_t used;
    bool full;
    char errmsg[ERRMSG_MAX];
};

void wire_init(void);

int wire_arena_init(struct wire_arena *arena, size_t size);
void wire_arena_close(struct wire_arena *arena);
/* What was decoded into it is gone. */
void wire_arena_reset(struct wire_arena *arena);

/* Personal data goes through these on its way to the journal and back (vault.h stands behind).
 * The subject is the first id of the fact's or object's table: letter and id, I12. seal_cb and
 * open_cb append to `out`. NULL instead of a struct: on pack personal data stays in clear, on
 * unpack what is sealed stays closed and its fields empty. */
enum wire_seal { WIRE_SEALED = 0, WIRE_FORGOTTEN = 1 }; /* negative: error */

struct wire_vault {
    void *ctx;
    int (*seal_cb)(void *ctx, char letter, uint64_t id, const void *plain, size_t n,
                   struct buffer *out);
    int (*open_cb)(void *ctx, char letter, uint64_t id, const void *sealed, size_t n,
                   struct buffer *out);
};

/* The checks above for a command that was made inside the house (ingest, JSON, a story): only what
 * passes here can be journalled. */
int wire_command_check(const struct command *command, char errmsg[static ERRMSG_MAX]);

/* The actor is not part of it: the session says who speaks. */
int wire_command_pack(struct wire_arena *arena, const struct command *command, struct buffer *out);
int wire_command_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                        struct command *command);

int wire_record_pack(struct wire_arena *arena, const struct record *record,
                     const struct wire_vault *vault, struct buffer *out);
int wire_record_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                       const struct wire_vault *vault, struct record *record);

/* An object of any kind: `body` is a struct of that kind. */
struct wire_object {
    enum object_kind kind;
    const void *body;
};
int wire_object_pack(struct wire_arena *arena, struct wire_object object,
                     const struct wire_vault *vault, struct buffer *out);
int wire_object_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                       const struct wire_vault *vault, struct wire_object *object);

#endif
