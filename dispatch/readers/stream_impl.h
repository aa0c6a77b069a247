/* stream_impl: what stream_console.c and stream_client.c share. Only for them. */
#ifndef READERS_STREAM_IMPL_H
#define READERS_STREAM_IMPL_H

#include "dispatch/readers/stream_console.h"

/* Packs and sends, or holds nothing: for frames that show no state (replies, heartbeats). */
void stream_send(struct console *console, const struct server_frame *frame);

/* Packs now and sends once everything applied so far is durable: for frames that show the state. */
void stream_send_when_durable(struct console *console, struct server_frame *frame);

/* A crew or a hospital. */
bool stream_is_scoped(struct audience audience);

/* A hospital is told of these assignments, and must hear when they go elsewhere. */
void stream_note_shown(struct console *console, uint64_t assignment);

/* Whatever this client may have next: the rest of its picture, held facts, new facts. */
void stream_feed(struct console *console);

/* The frames of what this audience may see now (stream_picture.c). NULL without memory. */
struct picture *picture_for(struct stream *stream, struct audience audience);
void picture_drop(struct picture **picture);

/* A frame of its own from the packed bytes in stream->bytes, NULL without memory. */
struct frame *stream_pack(struct stream *stream, const struct server_frame *frame);

/* Bytes of a client. */
void stream_on_frame(void *user, struct gate_client *client, const uint8_t *bytes, size_t len);

void stream_say_condition(struct console *console);
void stream_heartbeat(struct console *console, uint64_t number);

#endif
