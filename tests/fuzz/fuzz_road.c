/* Any bytes as a road file. An odd first byte: with the length and the hash of its header put
 * right, so that what stands behind them is reached. What is loaded saves to the same bytes, and is
 * driven on; what is not names the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/field.h"
#include "geo/hash.h"
#include "geo/load.h"
#include "tests/fuzz/fuzz_file.h"

enum { SIZE_AT = 16, HASH_AT = 24, TABLE_AT = 32, INPUT_MAX = 1 << 16 };

static void put64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void drive(const struct road *road)
{
    static const struct snap_config config = {300, 10, 50, 20000};
    static struct speeds speeds;
    struct grid grid;
    struct field field;
    struct weights weights;
    struct snap to[2];
    uint32_t ms;
    if (!speeds.profile_n)
        must(speeds_load(&speeds, SOURCE_DIR "/deploy/speeds.conf") == 0);
    must(weights_init(&weights, road) == 0);
    must(weights_build(&weights, road, &speeds.profile[0], 0, NULL, 0, 1) == 0);
    must(grid_init(&grid, road) == 0);
    must(field_init(&field, road) == 0);
    size_t n = grid_place(&grid, &config, road->node[0].at, to);
    if (n > 0) {
        field_open(&field, &weights, to, n);
        field_settle(&field, ROAD_INF, 1000);
        (void)field_eta_best(&field, to, n, &ms, NULL);
    }
    field_close(&field);
    grid_close(&grid);
    weights_close(&weights);
}

static void compare_saved(const struct road *road, const uint8_t *bytes, size_t n)
{
    static uint8_t saved[INPUT_MAX];
    char errmsg[ROAD_ERRMSG_MAX], path[600];
    snprintf(path, sizeof(path), "%s/saved.road", fuzz_dir());
    must(road_save(road, path, errmsg) == 0);
    FILE *in = fopen(path, "rb");
    must(in && fread(saved, 1, sizeof(saved), in) == n);
    fclose(in);
    must(memcmp(saved, bytes, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t file[INPUT_MAX];
    struct road road;
    char errmsg[ROAD_ERRMSG_MAX];
    if (n < 1 || n > INPUT_MAX)
        return 0;
    memcpy(file, bytes + 1, --n);
    if (bytes[0] % 2 && n > TABLE_AT) {
        put64(file + SIZE_AT, n);
        put64(file + HASH_AT, hash_bytes(HASH_START, file + TABLE_AT, n - TABLE_AT));
    }
    if (road_load(&road, fuzz_file(file, n), errmsg) < 0) {
        must(strstr(errmsg, "/proc/self/fd/"));
        return 0;
    }
    compare_saved(&road, file, n);
    drive(&road);
    road_close(&road);
    return 0;
}
