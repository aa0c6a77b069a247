/* Any bytes as a snapshot of the state. What is unpacked packs again to what unpacks to the same
 * digest. Tables are small, so that they fill. */
#include <stdlib.h>
#include <string.h>

#include "dispatch/line/pipeline.h"
#include "dispatch/line/snapshot.h"
#include "dispatch/must.h"
#include "tests/fuzz/fuzz_file.h"

static struct limits limits;
static struct policy policy;
static struct wire_arena arena;
static struct buffer packed;
static struct core core, second;
static void *memory[2];

static void begin(void)
{
    static struct config config;
    config_defaults(&config);
    pipeline_policy(&config, &policy);
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = 8;
    limits.text_bytes = 8192;
    for (int i = 0; i < 2; i++)
        must((memory[i] = malloc(core_bytes(&limits))));
    wire_init();
    must(wire_arena_init(&arena, WIRE_ARENA) == 0);
    buffer_init(&packed, 1 << 20);
}

static int unpack(struct core *into, void *in, const uint8_t *bytes, size_t n)
{
    char errmsg[ERRMSG_MAX] = "";
    core_init(into, in, &limits, &policy);
    int rc = snapshot_unpack(into, &arena, NULL, bytes, n, errmsg);
    must(rc == 0 || errmsg[0]);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    unsigned char first[SNAPSHOT_DIGEST], again[SNAPSHOT_DIGEST];
    char errmsg[ERRMSG_MAX];
    if (!memory[0])
        begin();
    if (unpack(&core, memory[0], bytes, n) < 0)
        return 0;
    buffer_clear(&packed);
    must(snapshot_pack(&core, &arena, NULL, &packed, errmsg) == 0);
    must(unpack(&second, memory[1], packed.bytes, packed.n) == 0);
    snapshot_digest(&core, first);
    snapshot_digest(&second, again);
    must(memcmp(first, again, sizeof(first)) == 0);
    return 0;
}
