/* Any bytes as a terminal's stream: cut, read, checked, put together. What can be written again
 * must read back the same. */
#include <stdlib.h>
#include <string.h>

#include "dispatch/ingest/jt808_body.h"
#include "dispatch/ingest/jt808_fragment.h"
#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rewrite(const struct jt808_message *m)
{
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_message back;
    int length = jt808_frame_write(&m->header, m->body, m->body_len, wire, sizeof wire);
    must(length > 0);
    must(jt808_frame_read(wire + 1, (size_t)length - 2, room, &back) == 0);
    must(strcmp(back.header.terminal, m->header.terminal) == 0);
    must(back.body_len == m->body_len && back.header.serial == m->header.serial);
    must(m->body_len == 0 || memcmp(back.body, m->body, m->body_len) == 0);
}

static void read_all(const struct jt808_message *m)
{
    struct jt808_batch batch;
    struct jt808_position p;
    (void)jt808_body_check(m);
    (void)jt808_position_read(m->body, m->body_len, &p);
    if (jt808_batch_open(m->body, m->body_len, &batch) == 0) {
        while (jt808_batch_next(&batch, &p) == 1)
            continue;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jt808_deframer deframer;
    struct jt808_fragment fragments;
    jt808_deframer_init(&deframer);
    jt808_fragment_init(&fragments);
    for (int64_t now_ms = 0; size > 0; now_ms += 100) {
        const uint8_t *frame;
        size_t frame_len;
        uint8_t room[JT808_FRAME_MAX];
        struct jt808_message m, whole;
        size_t taken = jt808_deframer_next(&deframer, data, size, &frame, &frame_len);
        data += taken;
        size -= taken;
        int error = frame == NULL ? JT808_LENGTH : jt808_frame_read(frame, frame_len, room, &m);
        if (error == 0) {
            rewrite(&m);
            read_all(&m);
        } else if (error == JT808_FRAGMENT &&
                   jt808_fragment_put(&fragments, &m, now_ms, &whole) == 1) {
            read_all(&whole);
        }
    }
    jt808_fragment_close(&fragments);
    must(fragments.bytes == 0);
    return 0;
}
