/* zones: which zones a command's place lies in, from a file that is checked feature by feature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "dispatch/travel/zones.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 32];
static struct zones zones;

static int start(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/zones.geojson", dir);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static int load(const char *features)
{
    char text[4096];
    int n = snprintf(text, sizeof(text), "{\"type\":\"FeatureCollection\",\"features\":[%s]}",
                     features);
    assert_int_equal(os_replace_file(path, text, (size_t)n, 0644), 0);
    return zones_load(&zones, path);
}

#define SQUARE "[[106.0,39.0],[106.2,39.0],[106.2,39.2],[106.0,39.2],[106.0,39.0]]"
#define INNER "[[106.1,39.1],[106.15,39.1],[106.15,39.15],[106.1,39.15],[106.1,39.1]]"
#define FAR "[[107.0,39.0],[107.1,39.0],[107.1,39.1],[107.0,39.1],[107.0,39.0]]"
#define FEATURE(id, type, shape)                                                                   \
    "{\"type\":\"Feature\",\"properties\":{\"id\":" id "},\"geometry\":{\"type\":\"" type          \
    "\",\"coordinates\":" shape "}}"

static struct u64s zones_of(double lat, double lon)
{
    static struct command command;
    command = (struct command){.kind = COMMAND_OPEN_INCIDENT};
    command.open_incident.has_place = true;
    command.open_incident.lat_e7 = (int32_t)(lat * 1e7);
    command.open_incident.lon_e7 = (int32_t)(lon * 1e7);
    zones_fill(&zones, &command);
    return command.open_incident.zone;
}

static void test_fill(void **state)
{
    static const uint64_t forged[] = {99};
    struct command command = {.kind = COMMAND_OPEN_INCIDENT};
    struct u64s at;
    (void)state;
    assert_int_equal(load(FEATURE("3", "Polygon", "[" SQUARE "]") "," FEATURE(
                         "2", "MultiPolygon", "[[" INNER "],[" FAR "]]")),
                     0);
    assert_int_equal(strlen(zones.hash), 64);
    at = zones_of(39.12, 106.12);
    assert_int_equal(at.n, 2);
    assert_int_equal(at.v[0], 2);
    assert_int_equal(at.v[1], 3);
    assert_int_equal(zones_of(39.05, 106.05).n, 1);
    assert_int_equal(zones_of(39.05, 107.05).v[0], 2);
    assert_int_equal(zones_of(10, 10).n, 0);
    /* Nobody outside says where a place lies, not even when there is none. */
    command.open_incident.zone = (struct u64s){forged, 1};
    zones_fill(&zones, &command);
    assert_int_equal(command.open_incident.zone.n, 0);
    command = (struct command){.kind = COMMAND_DEFINE_ZONE}; /* `zone` there is an id */
    command.define_zone.zone.v = 7;
    zones_fill(&zones, &command);
    assert_int_equal(command.define_zone.zone.v, 7);
    zones_close(&zones);
}

static void test_no_file(void **state)
{
    static const uint64_t forged[] = {99};
    struct command command = {.kind = COMMAND_OPEN_INCIDENT};
    (void)state;
    assert_int_equal(zones_load(&zones, "/nowhere/zones.geojson"), 0);
    assert_false(zones.loaded);
    assert_int_equal(zones.hash[0], 0);
    assert_int_equal(zones_of(39.12, 106.12).n, 0);
    command.open_incident.zone = (struct u64s){forged, 1};
    zones_fill(&zones, &command);
    assert_int_equal(command.open_incident.zone.n, 0);
    zones_close(&zones);
}

static void test_bad_files(void **state)
{
    static const struct {
        const char *features, *why;
    } bad[] = {
        {FEATURE("1", "Polygon", "[" SQUARE "]") "," FEATURE("0", "Polygon", "[" SQUARE "]"),
         "feature 1: needs a property id"},
        {FEATURE("9007199254740992", "Polygon", "[" SQUARE "]"), "feature 0: needs a property id"},
        {FEATURE("\"x\"", "Polygon", "[" SQUARE "]"), "feature 0: needs a property id"},
        {FEATURE("1", "Point", "[1,2]"), "feature 0: is neither"},
        {FEATURE("1", "Polygon", "[[[106,39],[106,\"x\"],[107,39]]]"), "feature 0: is no polygon"},
        {FEATURE("1", "Polygon", "[[[106,39],[107,39]]]"), "feature 0: is no polygon"},
        {FEATURE("1", "Polygon", "[[[106,39],[106,99],[107,39]]]"), "feature 0: is no polygon"},
        {FEATURE("1", "Polygon", "[" SQUARE "," INNER "]"), "feature 0: is no polygon of one ring"},
        {FEATURE("1", "MultiPolygon", "[[" SQUARE "],[[]]]"), "feature 0: has a part"},
        {"null", "feature 0: needs a property id"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(load(bad[i].features), -1);
        assert_non_null(strstr(zones.errmsg, "zones.geojson"));
        assert_non_null(strstr(zones.errmsg, bad[i].why));
    }
    assert_int_equal(os_replace_file(path, "{\"features\":", 12, 0644), 0);
    assert_int_equal(zones_load(&zones, path), -1);
    assert_int_equal(os_replace_file(path, "{\"features\":3}", 14, 0644), 0);
    assert_int_equal(zones_load(&zones, path), -1);
    assert_non_null(strstr(zones.errmsg, "no FeatureCollection"));
    assert_int_equal(zones_load(&zones, dir), -1); /* a directory */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fill, start, stop),
        cmocka_unit_test_setup_teardown(test_no_file, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_files, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
