/* map against a real PostGIS (MINGDI_DB, see with_pg): tiles, equal ones asked for once, kept on
 * disk and served without PostGIS; places, mileposts; made-up roads beside imported ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/atlas/atlas.h"
#include "dispatch/atlas/map.h"
#include "dispatch/ctl/import_osm.h"
#include "geo/road_builder.h"
#include "tests/lib/temp_dir.h"

#define CROSSING SOURCE_DIR "/tests/live/crossing.osm"

static uv_loop_t loop;
static struct config config;
static struct map map;
static char dir[TEMP_DIR_MAX];
static bool closed;

struct heard {
    int count;
    enum map_status status;
    size_t n;
    char text[65536];
};

static void on_done(void *context, uint64_t tag, enum map_status status, const void *bytes,
                    size_t n)
{
    struct heard *heard = context;
    (void)tag;
    heard->count++;
    heard->status = status;
    heard->n = n;
    if (n && n < sizeof(heard->text)) {
        memcpy(heard->text, bytes, n);
        heard->text[n] = 0;
    }
}

static void on_closed(void *context)
{
    (void)context;
    closed = true;
}

static void open_map(const char *conninfo)
{
    snprintf(config.postgres.conninfo, sizeof(config.postgres.conninfo), "%s", conninfo);
    map_open(&map, &loop, &config);
}

static void close_map(void)
{
    closed = false;
    map_close(&map, on_closed, NULL);
    while (!closed)
        uv_run(&loop, UV_RUN_ONCE);
}

static void until_meta(void)
{
    while (!map.link.up || map.asked)
        uv_run(&loop, UV_RUN_ONCE);
}

static void until(const struct heard *heard, int count)
{
    while (heard->count < count)
        uv_run(&loop, UV_RUN_ONCE);
}

static bool holds(const struct heard *heard, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= heard->n; i++)
        if (memcmp(heard->text + i, word, n) == 0)
            return true;
    return false;
}

/* The tile of zoom 14 around a place of the hand-made district. */
static void tile_of(double lat, double lon, uint32_t *x, uint32_t *y)
{
    double pi = 3.14159265358979, rad = lat * pi / 180;
    double north = 0, t = rad / 2 + pi / 4; /* ln(tan(t)) by the definition of Mercator */
    north = log(tan(t));
    *x = (uint32_t)((lon + 180) / 360 * 16384);
    *y = (uint32_t)((1 - north / pi) / 2 * 16384);
}

static int start(void **state)
{
    char road_file[TEMP_DIR_MAX + 16];
    (void)state;
    uv_loop_init(&loop);
    temp_dir_make(dir);
    config_defaults(&config);
    snprintf(config.server.data_dir, sizeof(config.server.data_dir), "%s", dir);
    snprintf(road_file, sizeof(road_file), "%s/road.bin", dir);
    const char *argv[] = {
        "import-osm",         CROSSING, "--out", road_file, "--db", getenv("MINGDI_DB"), "--deploy",
        SOURCE_DIR "/deploy", NULL};
    return ctl_import_osm(8, (char **)(uintptr_t)argv);
}

static int stop(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return uv_loop_close(&loop);
}

static struct point middle(void)
{
    double west, south, east, north;
    const char *at = strstr(map.meta, "\"west\"");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\"west\" : %lf, \"south\" : %lf, \"east\" : %lf, \"north\" : %lf",
                            &west, &south, &east, &north),
                     4);
    return (struct point){(int32_t)((south + north) / 2 * 1e7), (int32_t)((west + east) / 2 * 1e7)};
}

static void test_tiles(void **state)
{
    static struct heard a, b, wrong;
    uint32_t x, y;
    (void)state;
    open_map(getenv("MINGDI_DB"));
    until_meta();
    assert_non_null(strstr(map.meta, "OpenStreetMap contributors"));
    struct point at = middle();
    tile_of(at.lat_e7 / 1e7, at.lon_e7 / 1e7, &x, &y);
    map_tile(&map, 14, x, y, on_done, &a, 1);
    map_tile(&map, 14, x, y, on_done, &b, 2);
    assert_int_equal(map.asked_count + map.waiting_count, 1); /* asked for once */
    until(&a, 1);
    until(&b, 1);
    assert_int_equal(a.status, MAP_DONE);
    assert_int_equal(b.n, a.n);
    assert_true(holds(&a, "roads") && holds(&a, "primary"));
    map_tile(&map, 14, 16384, 0, on_done, &wrong, 3);
    assert_int_equal(wrong.status, MAP_WRONG);
    map_tile(&map, 3, 0, 0, on_done, &wrong, 4); /* nothing is there: an empty tile */
    until(&wrong, 2);
    assert_int_equal(wrong.status, MAP_DONE);
    assert_int_equal(wrong.n, 0);
    close_map();

    /* Without PostGIS from the start: what was kept is there, the rest is away. */
    static struct heard kept, away;
    open_map("");
    map_tile(&map, 14, x, y, on_done, &kept, 5);
    assert_int_equal(kept.count, 1);
    assert_int_equal(kept.n, a.n);
    map_tile(&map, 13, x / 2, y / 2, on_done, &away, 6);
    assert_int_equal(away.status, MAP_AWAY);
    close_map();
}

static void test_places(void **state)
{
    static struct heard found;
    (void)state;
    open_map(getenv("MINGDI_DB"));
    until_meta();
    map_places(&map, "' or 1=1 --", 0, 0, on_done, &found, 1);
    until(&found, 1);
    assert_int_equal(found.status, MAP_DONE);
    assert_int_equal(found.n, 0);
    map_places(&map, "G6 K1205+0", 0, 0, on_done, &found, 2);
    until(&found, 2);
    assert_true(holds(&found, "\"kind\":\"milepost\""));
    close_map();
}

static void test_disk_is_bounded(void **state)
{
    static struct heard heard;
    (void)state;
    config.map.tile_cache = 1;
    open_map(getenv("MINGDI_DB"));
    until_meta();
    struct point at = middle();
    uint32_t x, y;
    tile_of(at.lat_e7 / 1e7, at.lon_e7 / 1e7, &x, &y);
    map_tile(&map, 13, x / 2, y / 2, on_done, &heard, 1);
    until(&heard, 1);
    assert_true(heard.n > 0);
    assert_true(map.kept_bytes <= 1);
    close_map();
    config.map.tile_cache = 1 << 20;
}

/* Made-up roads never take the place of imported ones; a database that is away is no crash. */
static void test_synthetic_roads(void **state)
{
    struct atlas atlas;
    struct road road = {.synthetic = true, .label = "synthetic: a test"};
    (void)state;
    assert_int_equal(atlas_open(&atlas, getenv("MINGDI_DB")), 0);
    assert_int_equal(atlas_store_road(&atlas, &road), -1);
    assert_non_null(strstr(atlas.errmsg, "do not replace"));
    atlas_close(&atlas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_disk_is_bounded),
        cmocka_unit_test(test_synthetic_roads),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
