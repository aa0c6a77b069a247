/* wire_json: facts, records and objects as JSON, commands from JSON, by core/schema.h.
 *
 *   {"unit_ordered": {"assignment": 7, "at_ms": 1700000000000, "user": 3}}
 *   {"client": 5, "number": 9, "answer_call": {"call": 12, "at_ms": 1700000000000}}
 *
 * Enums are words, ids and times numbers, lists arrays; a member left out is 0 or "". Personal
 * fields are "[redacted]" unless `personal`.
 * Owner, thread: as wire.h. Errors: a writer that does not fit leaves out->full; the reader -1 with
 * a text in arena->errmsg that names the member. */
#ifndef WIRE_WIRE_JSON_H
#define WIRE_WIRE_JSON_H

#include "dispatch/wire/wire.h"

void wire_json_fact(struct buffer *out, const struct fact *fact, bool personal);
void wire_json_record(struct buffer *out, const struct record *record, bool personal);
void wire_json_object(struct buffer *out, struct wire_object object, bool personal);

/* {"name of the schema": {…}} of any table. */
void wire_json_body(struct buffer *out, const struct schema *schema, const void *body,
                    bool personal);

/* "…" with escapes; for whoever writes JSON by hand. */
void wire_json_text(struct buffer *out, struct text text);

/* At most WIRE_CLIENT_FRAME_MAX bytes. The actor stays empty. */
int wire_json_command(struct wire_arena *arena, const char *json, size_t n,
                      struct command *command);

#endif
