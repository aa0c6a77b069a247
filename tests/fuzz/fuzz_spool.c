/* Any bytes as a day of the spool, with the checksums put right when the first byte is odd. Reading
 * it ends, and a fix put behind it by the track that opened it is there and is the last. */
#include <string.h>
#include <zlib.h>

#include "dispatch/ingest/track.h"
#include "dispatch/must.h"
#include "tests/fuzz/fuzz_file.h"

/* 2026-06-01 12:00 UTC, and its file. */
#define NOW_MS INT64_C(1780315200000)
#define DAY "fix-20260601.spool"
enum { RECORDS_MAX = 64 };

static void seal(uint8_t *bytes, size_t n)
{
    for (size_t at = 0; at + SPOOL_RECORD <= n; at += SPOOL_RECORD) {
        unsigned long crc = crc32(0, bytes + at, SPOOL_RECORD - 4);
        for (int i = 0; i < 4; i++)
            bytes[at + SPOOL_RECORD - 4 + (size_t)i] = (uint8_t)(crc >> (8 * i));
    }
}

/* How many there are; the last one stays in `fix`. */
static size_t read_all(struct fix *fix)
{
    struct spool_reader reader;
    struct spool_cursor cursor = {0};
    struct fix some[7];
    size_t count = 0;
    int n;
    spool_reader_init(&reader, fuzz_dir());
    while ((n = spool_read(&reader, &cursor, some, 7)) > 0) {
        count += (size_t)n;
        *fix = some[n - 1];
        must(count <= RECORDS_MAX + 1);
    }
    return count;
}

static void put_behind(void)
{
    static struct track track;
    struct track_config config;
    struct fix last = {0};
    struct fix fix = {.unit = UINT64_C(1) << 50, /* none of the seeds' */
                      .at_ms = NOW_MS,
                      .received_ms = NOW_MS,
                      .lat_e7 = 390000000,
                      .lon_e7 = 1064000000};
    track_config_default(&config);
    config.dir = fuzz_dir();
    config.units_max = 16;
    if (track_open(&track, &config, NOW_MS, NULL, NULL) < 0) {
        must(track.errmsg[0]);
        return;
    }
    if (track_put(&track, &fix, NOW_MS, NULL) >= 0 && track.counters.duplicates == 0) {
        must(read_all(&last) > 0);
        must(last.unit == fix.unit && last.at_ms == fix.at_ms);
    }
    track_close(&track);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t file[RECORDS_MAX * SPOOL_RECORD];
    struct fix fix;
    if (n == 0 || n - 1 > sizeof(file))
        return 0;
    memcpy(file, bytes + 1, n - 1);
    if (bytes[0] % 2)
        seal(file, n - 1);
    fuzz_dir_clear();
    fuzz_dir_put(DAY, file, n - 1);
    read_all(&fix);
    put_behind();
    return 0;
}
