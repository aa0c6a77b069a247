/* jt808_frame: wire bytes to messages and back: flags, escapes, checksum, header.
 * The caller owns every buffer; nothing is allocated; any thread, one deframer per connection.
 * Decoding a frame: jt808_deframer_next → jt808_frame_read. Building one: jt808_frame_write. */
#ifndef INGEST_JT808_FRAME_H
#define INGEST_JT808_FRAME_H

#include "dispatch/ingest/jt808.h"

/* Cuts a byte stream at its flags. Bytes before the first flag are skipped and counted; an empty
 * frame resynchronises; what grows past the largest frame is thrown away up to the next flag. */
struct jt808_deframer {
    uint8_t wire[JT808_WIRE_MAX]; /* between the flags, still escaped */
    size_t length;
    bool open;     /* a flag was seen */
    bool overlong; /* throwing away up to the next flag */
    uint64_t skipped_bytes;
    uint64_t overlong_frames;
};

void jt808_deframer_init(struct jt808_deframer *d);

/* Takes bytes until a frame is complete. Returns how many were taken (n unless a frame came
 * first); *frame and *frame_len are set, and valid until the next call, when a frame is complete;
 * otherwise *frame is NULL. */
size_t jt808_deframer_next(struct jt808_deframer *d, const uint8_t *bytes, size_t n,
                           const uint8_t **frame, size_t *frame_len);

/* Reads one frame (without its flags, still escaped) into *out; the body lies in `room`, which
 * holds JT808_FRAME_MAX bytes. 0, or an enum jt808_error. On JT808_CHECKSUM, _LENGTH and
 * _FRAGMENT the header, and what is there of the body, are filled all the same: telling who sent
 * a bad frame needs them; on JT808_MALFORMED only if out->header.version is not 0. */
int jt808_frame_read(const uint8_t *frame, size_t n, uint8_t *room, struct jt808_message *out);

/* Writes flags, header, escaped body, checksum. The header's length, attributes and version bits
 * are computed from `version`, `fragmented` and body_len; `terminal` may be shorter than the
 * field. Returns the wire length (≤ JT808_WIRE_MAX), or JT808_LENGTH when the body is too long
 * or `size` too small, JT808_MALFORMED when the terminal is not a number that fits. */
int jt808_frame_write(const struct jt808_header *header, const uint8_t *body, size_t body_len,
                      uint8_t *wire, size_t size);

#endif
