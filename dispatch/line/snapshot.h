/* snapshot: the whole state of a core as protobuf records, and its digest.
 *
 * Bytes: for every object, kind by kind in order of id, its length (32-bit big-endian) and its
 * Object message (proto/object.proto); the head is an object too. Personal fields are sealed by
 * the vault like those of facts. The digest covers all but personal fields, so that it stays the
 * same when a person has been forgotten: two cores that folded the same records have equal digests.
 * Owner: the caller. Thread: that of the core given. Errors: -1 with a text in errmsg.
 * Start here: snapshot_pack, snapshot_unpack. */
#ifndef LINE_SNAPSHOT_H
#define LINE_SNAPSHOT_H

#include "dispatch/core/core.h"
#include "dispatch/wire/wire.h"

enum { SNAPSHOT_DIGEST = 32 };

int snapshot_pack(const struct core *core, struct wire_arena *arena,
                  const struct wire_vault *vault, struct buffer *out,
                  char errmsg[static ERRMSG_MAX]);

/* Into a fresh core. */
int snapshot_unpack(struct core *core, struct wire_arena *arena, const struct wire_vault *vault,
                    const unsigned char *bytes, size_t n, char errmsg[static ERRMSG_MAX]);

void snapshot_digest(const struct core *core, unsigned char digest[static SNAPSHOT_DIGEST]);

#endif
