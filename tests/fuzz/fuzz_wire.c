/* fuzz_wire: any bytes, read as each thing that comes from outside. The first byte chooses which.
 * What is accepted must be writable, and what was written must be read and written the same. */
#include <stdint.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/wire/wire_json.h"
#include "dispatch/wire/wire_stream.h"

static struct wire_arena arena;
static struct buffer once, twice;

static int again(int which, const void *bytes, size_t n, struct buffer *out)
{
    struct command command;
    struct record record;
    struct wire_object object;
    struct client_frame client;
    struct server_frame server;
    wire_arena_reset(&arena);
    buffer_clear(out);
    switch (which) {
    case 0:
        return wire_client_frame_unpack(&arena, bytes, n, &client) < 0
                   ? -1
                   : wire_client_frame_pack(&arena, &client, out);
    case 1:
        return wire_server_frame_unpack(&arena, bytes, n, &server) < 0
                   ? -1
                   : wire_server_frame_pack(&arena, &server, out);
    case 2:
        return wire_record_unpack(&arena, bytes, n, NULL, &record) < 0
                   ? -1
                   : wire_record_pack(&arena, &record, NULL, out);
    case 3:
        return wire_object_unpack(&arena, bytes, n, NULL, &object) < 0
                   ? -1
                   : wire_object_pack(&arena, object, NULL, out);
    case 4:
        return wire_json_command(&arena, bytes, n, &command) < 0
                   ? -1
                   : wire_command_pack(&arena, &command, out);
    default:
        return wire_command_unpack(&arena, bytes, n, &command) < 0
                   ? -1
                   : wire_command_pack(&arena, &command, out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (!arena.bytes) {
        wire_init();
        must(wire_arena_init(&arena, WIRE_ARENA) == 0);
        buffer_init(&once, 2 * WIRE_SERVER_FRAME_MAX);
        buffer_init(&twice, 2 * WIRE_SERVER_FRAME_MAX);
    }
    if (n == 0)
        return 0;
    int which = bytes[0] % 6;
    if (again(which, bytes + 1, n - 1, &once) < 0)
        return 0;
    must(again(which == 4 ? 5 : which, once.bytes, once.n, &twice) == 0);
    must(once.n == twice.n && memcmp(once.bytes, twice.bytes, once.n) == 0);
    return 0;
}
