/* atlas and import-osm against a real PostGIS (MINGDI_DB, see with_pg): a hand-made district with
 * one of everything, its places and zones, and a real extract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "dispatch/atlas/atlas.h"
#include "dispatch/ctl/import_osm.h"
#include "dispatch/ctl/import_zones.h"
#include "geo/load.h"

#define CROSSING SOURCE_DIR "/tests/live/crossing.osm"
#define VIA_WAYS SOURCE_DIR "/tests/live/via_ways.osm"
#define HEIDELBERG SHARED_DATA "/osm/heidelberg.test.pbf"
#define DISTRICTS SHARED_DATA "/shizuishan/shizuishan_districts"

static char road_file[64];
static struct atlas atlas;

static int import(const char *osm)
{
    const char *argv[] = {"import-osm", osm, "--out", road_file, "--db", getenv("MINGDI_DB"),
                          "--deploy", SOURCE_DIR "/deploy", NULL};

    return ctl_import_osm(8, (char **)(uintptr_t)argv);
}

static int open_atlas(void **state)
{
    (void)state;
    if (atlas_open(&atlas, getenv("MINGDI_DB"))) {
        print_error("%s\n", atlas.errmsg);
        return -1;
    }
    return import(CROSSING);
}

static int close_atlas(void **state)
{
    (void)state;
    atlas_close(&atlas);
    unlink(road_file);
    return 0;
}

struct piece {
    int64_t way, from, to;
    enum road_class class;
    unsigned flags;
    unsigned kmh;
};

/* What crossing.osm says, way by way. Negative nodes are the two sides of the block on way 111. */
static const struct piece pieces[] = {
    {101, 1, 2, ROAD_PRIMARY, 0, 60},
    {101, 2, 3, ROAD_PRIMARY, 0, 60},
    {102, 4, 2, ROAD_RESIDENTIAL, 0, 48},
    {103, 2, 5, ROAD_RESIDENTIAL, 0, 0},
    {104, 3, 6, ROAD_PRIMARY, ROAD_ONEWAY | ROAD_BRIDGE, 0},
    {104, 6, 3, ROAD_PRIMARY, ROAD_ONEWAY | ROAD_BRIDGE | ROAD_EMERGENCY, 0},
    {105, 6, 8, ROAD_SECONDARY, ROAD_TUNNEL, 0},
    {105, 8, 9, ROAD_SECONDARY, ROAD_TUNNEL, 0},
    {106, 6, 7, ROAD_TERTIARY, ROAD_ONEWAY, 0},
    {107, 7, 11, ROAD_TERTIARY, 0, 0},
    {108, 11, 13, ROAD_TERTIARY, ROAD_ONEWAY | ROAD_ROUNDABOUT, 0},
    {108, 13, 11, ROAD_TERTIARY, ROAD_ONEWAY | ROAD_ROUNDABOUT, 0},
    {109, 15, 16, ROAD_SERVICE, 0, 0},
    {109, 16, 15, ROAD_SERVICE, 0, 0},
    {110, 18, 19, ROAD_MOTORWAY, ROAD_ONEWAY | ROAD_CARRIAGEWAY, 0},
    {110, 19, 21, ROAD_MOTORWAY, ROAD_ONEWAY | ROAD_CARRIAGEWAY, 0},
    {111, 8, -33, ROAD_RESIDENTIAL, 0, 0},
    {111, -34, 10, ROAD_RESIDENTIAL, 0, 0},
    {112, 9, 22, ROAD_SERVICE, 0, 0},
    {112, 22, 23, ROAD_SERVICE, ROAD_BARRIER | ROAD_EMERGENCY, 0},
    {113, 23, 24, ROAD_SERVICE, ROAD_EMERGENCY, 0},
    {114, 25, 26, ROAD_FERRY, 0, 0},
    {117, 4, 16, ROAD_PEDESTRIAN, ROAD_EMERGENCY, 0},
    {118, 25, 26, ROAD_TRACK, 0, 0},
    {119, 1, 16, ROAD_PEDESTRIAN, ROAD_EMERGENCY, 0},
};
#define PIECES (sizeof pieces / sizeof *pieces)

static uint32_t find_arc(const struct road *road, int64_t way, int64_t from, int64_t to,
                         unsigned flags)
{
    uint32_t n;
    const uint32_t *arcs = road_way_arcs(road, way, &n);

    for (uint32_t i = 0; i < n; i++) {
        const struct road_arc *arc = &road->arc[arcs[i]];
        if (road->node[arc->tail].id == from && road->node[arc->head].id == to &&
            (arc->flags & ROAD_FLAGS_GIVEN) == flags)
            return arcs[i];
    }
    return ROAD_NONE;
}

static void check_piece(const struct road *road, const struct piece *piece)
{
    uint32_t there = find_arc(road, piece->way, piece->from, piece->to, piece->flags);
    uint32_t back = find_arc(road, piece->way, piece->to, piece->from, piece->flags);

    if (there == ROAD_NONE)
        fail_msg("way %lld: no arc %lld to %lld", (long long)piece->way, (long long)piece->from,
                 (long long)piece->to);
    assert_int_equal(road->arc[there].class, piece->class);
    assert_int_equal(road->arc[there].maxspeed_kmh, piece->kmh);
    if (piece->flags & ROAD_ONEWAY) {
        assert_int_equal(road->arc[there].twin, ROAD_NONE);
    } else {
        assert_int_not_equal(back, ROAD_NONE);
        assert_int_equal(road->arc[there].twin, back);
    }
}

/* Two-way pieces of a loop stand twice between the same nodes, so only their number is checked. */
static void district_becomes_the_expected_arcs(void **state)
{
    struct road road;
    uint32_t originals = 0, expected = 0, motorway;

    (void)state;
    assert_int_equal(atlas_road(&atlas, &road), 0);
    for (size_t i = 0; i < PIECES; i++) {
        expected += pieces[i].flags & ROAD_ONEWAY ? 1 : 2;
        if (pieces[i].way != 109)
            check_piece(&road, &pieces[i]);
    }
    for (uint32_t i = 0; i < road.arc_n; i++)
        originals += road.arc[i].original == i;
    assert_int_equal(originals, expected);
    motorway = find_arc(&road, 110, 18, 19, ROAD_ONEWAY | ROAD_CARRIAGEWAY);
    assert_string_equal(road_name(&road, motorway), "G6");
    assert_string_equal(road_name(&road, find_arc(&road, 102, 4, 2, 0)), "长安路");
    assert_string_equal(road.source, "crossing.osm");
    road_close(&road);
}

/* Can one go on by way `to` after this arc, minding forbidden turns? */
static bool leads_to(const struct road *road, uint32_t arc, int64_t to)
{
    uint32_t head = road->arc[arc].head;

    for (uint32_t i = road->first_out[head]; i < road->first_out[head + 1]; i++) {
        if (road->arc[i].way_id == to && !(road->arc[i].flags & ROAD_BANNED))
            return true;
    }
    return false;
}

static void turn_restrictions_bind(void **state)
{
    struct road road;
    uint32_t arc;

    (void)state;
    assert_int_equal(atlas_road(&atlas, &road), 0);
    arc = find_arc(&road, 102, 4, 2, 0);
    assert_false(leads_to(&road, arc, 103)); /* no_straight_on */
    assert_true(leads_to(&road, arc, 101));
    arc = find_arc(&road, 103, 5, 2, 0);
    assert_true(leads_to(&road, arc, 102)); /* except=emergency */
    assert_true(leads_to(&road, arc, 101)); /* names a way that runs through: unclear */
    arc = find_arc(&road, 104, 3, 6, ROAD_ONEWAY | ROAD_BRIDGE);
    assert_true(leads_to(&road, arc, 105)); /* only_straight_on */
    assert_false(leads_to(&road, arc, 106));
    road_close(&road);
}

/* Along these nodes (0 ends them), minding restrictions? */
static bool may_drive(const struct road *road, const int64_t *ids)
{
    uint32_t at = ROAD_NONE;

    for (uint32_t i = 0; i < road->arc_n; i++) {
        const struct road_arc *arc = &road->arc[i];
        if (arc->original == i && road->node[arc->tail].id == ids[0] &&
            road->node[arc->head].id == ids[1])
            at = arc->head;
    }
    for (ids += 2; *ids && at != ROAD_NONE; ids++) {
        uint32_t from = at;
        at = ROAD_NONE;
        for (uint32_t i = road->first_out[from]; i < road->first_out[from + 1]; i++) {
            const struct road_arc *arc = &road->arc[i];
            if (road->node[arc->head].id == *ids && !(arc->flags & ROAD_BANNED))
                at = arc->head;
        }
    }
    return at != ROAD_NONE;
}

static void restrictions_via_ways_bind(void **state)
{
    struct road road;

    (void)state;
    assert_int_equal(import(VIA_WAYS), 0);
    assert_int_equal(atlas_road(&atlas, &road), 0);
    assert_false(may_drive(&road, (int64_t[]){1, 2, 7, 5, 4, 0})); /* no_u_turn via 305 */
    assert_true(may_drive(&road, (int64_t[]){8, 7, 5, 4, 0}));
    assert_true(may_drive(&road, (int64_t[]){1, 2, 7, 8, 9, 0}));
    assert_false(may_drive(&road, (int64_t[]){6, 5, 7, 8, 9, 0})); /* via half of 305, and 306 */
    assert_true(may_drive(&road, (int64_t[]){6, 5, 7, 8, 12, 0}));
    assert_true(may_drive(&road, (int64_t[]){6, 5, 7, 2, 3, 0})); /* except=emergency */
    assert_true(may_drive(&road, (int64_t[]){10, 1, 2, 3, 0}));   /* only_straight_on via 301 */
    assert_false(may_drive(&road, (int64_t[]){10, 1, 2, 7, 0}));
    assert_true(may_drive(&road, (int64_t[]){11, 1, 2, 7, 0}));
    road_close(&road);
}

static bool count_is(const char *what, int want)
{
    PGconn *db = PQconnectdb(getenv("MINGDI_DB"));
    char sql[200];
    PGresult *result;
    bool same;

    snprintf(sql, sizeof sql, "select 1 from road_import where %s = %d", what, want);
    result = PQexec(db, sql);
    same = PQntuples(result) == 1;
    PQclear(result);
    PQfinish(db);
    return same;
}

/* Of the same file; the others find the crossing again. */
static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    assert_true(count_is("via_ways", 3));
    assert_true(count_is("unclear", 2));
    assert_true(count_is("turns_by_hour", 2));
    assert_true(count_is("streets_by_hour", 1));
    assert_int_equal(import(CROSSING), 0);
    assert_true(count_is("via_ways", 0));
    assert_true(count_is("unclear", 1));
    assert_true(count_is("turns_by_hour", 0));
}

static void second_import_gives_the_same_network(void **state)
{
    struct road first, second;
    char errmsg[ROAD_ERRMSG_MAX];

    (void)state;
    assert_int_equal(road_load(&first, road_file, errmsg), 0);
    assert_int_equal(import(CROSSING), 0);
    assert_int_equal(road_load(&second, road_file, errmsg), 0);
    assert_true(first.hash == second.hash && first.hash != 0);
    road_close(&first);
    road_close(&second);
}

/* A damaged file, one without roads, none at all: database and road file stay as they were. */
static void failed_import_leaves_the_old_roads(void **state)
{
    static const char *const bad[] = {"this is no map", "<osm version='0.6' generator='x'></osm>"};
    char path[] = "/tmp/test_atlas_XXXXXX.osm";
    struct road road;
    char errmsg[ROAD_ERRMSG_MAX];
    uint64_t hash;

    (void)state;
    assert_int_equal(road_load(&road, road_file, errmsg), 0);
    hash = road.hash;
    road_close(&road);
    close(mkstemps(path, 4));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs(bad[i], file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(import(path), 1);
    }
    unlink(path);
    assert_int_equal(import(path), 1);
    assert_int_equal(road_load(&road, road_file, errmsg), 0);
    assert_true(road.hash == hash);
    road_close(&road);
    assert_int_equal(atlas_road(&atlas, &road), 0);
    assert_string_equal(road.source, "crossing.osm");
    road_close(&road);
}

static void only_one_import_at_a_time(void **state)
{
    struct atlas other;

    (void)state;
    assert_int_equal(atlas_open(&other, getenv("MINGDI_DB")), 0);
    assert_int_equal(atlas_import_begin(&other), 0);
    assert_int_equal(import(CROSSING), 1);
    atlas_close(&other);
    assert_int_equal(import(CROSSING), 0);
}

static const char *first_place(const char *words)
{
    static struct atlas_place places[3];
    int n = atlas_places(&atlas, words, NULL, places, 3);

    if (n < 0)
        fail_msg("%s: %s", words, atlas.errmsg);
    return n > 0 ? places[0].name : "";
}

static void places_are_found(void **state)
{
    struct atlas_place places[8];
    struct point west = {390200000, 1063800000};

    (void)state;
    assert_string_equal(first_place("szss"), "石嘴山市第一人民医院");
    assert_string_equal(first_place("SZSSDYRMYY"), "石嘴山市第一人民医院");
    assert_string_equal(first_place("人民医院"), "石嘴山市第一人民医院");
    assert_string_equal(first_place("csc"), "长胜村");
    assert_string_equal(first_place("g6 k1205"), "G6 K1205");
    assert_string_equal(first_place("café d'ete"), "Café d'Été 12");
    assert_string_equal(first_place("%"), "");
    assert_string_equal(first_place("'; drop table place; --"), "");
    assert_string_equal(first_place(" "), "");
    assert_int_equal(atlas_places(&atlas, "c", &west, places, 8), 4);
    assert_int_equal(atlas_places(&atlas, "c", &west, places, 2), 2);
    assert_int_equal(atlas_places(&atlas, "石嘴山市第一人民医院", &west, places, 8), 1);
    assert_int_equal(places[0].at.lat_e7, 390200000);
    assert_int_equal(places[0].at.lon_e7, 1063805000);
    assert_string_equal(places[0].kind, "hospital");
}

#define SQUARE(datum, name)                                                                        \
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":"          \
    "{\"adcode\":640202,\"name\":\"" name "\",\"datum\":\"" datum "\"},\"geometry\":"              \
    "{\"type\":\"Polygon\",\"coordinates\":[[[106,39],[107,39],[107,40],[106,40],[106,39]]]}}]}"

#define ZONES_TEXT_MAX 400

/* ctx: char[ZONES_TEXT_MAX] */
static int keep_zone(void *ctx, const struct atlas_zone *zone)
{
    char *text = ctx;
    size_t n = strlen(text);

    snprintf(text + n, ZONES_TEXT_MAX - n, "%s %s %s wkb=%d;", zone->code, zone->name, zone->kind,
             zone->wkb_size > 80);
    return 0;
}

static int refuse_zone(void *ctx, const struct atlas_zone *zone)
{
    (void)ctx;
    (void)zone;
    return -7;
}

static void zones_come_in_and_out(void **state)
{
    static const char *const bad[] = {"{",
                                      "{}",
                                      "[]",
                                      SQUARE("GCJ-02", "x"),
                                      "{\"features\":[{\"properties\":{\"name\":\"x\"}}]}",
                                      "{\"features\":[{\"properties\":{\"name\":\"x\",\"code\":1},"
                                      "\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}}]}"};
    char text[ZONES_TEXT_MAX] = "";

    (void)state;
    assert_int_equal(atlas_zones_import(&atlas, SQUARE("WGS-84", "old"), "township", NULL), 1);
    assert_int_equal(atlas_zones_import(&atlas, SQUARE("WGS-84", "大武口区"), "township", NULL), 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        atlas.errmsg[0] = '\0';
        assert_true(atlas_zones_import(&atlas, bad[i], "township", NULL) < 0);
        assert_true(strlen(atlas.errmsg) > 10);
    }
    assert_int_equal(atlas_zones(&atlas, keep_zone, text), 1);
    assert_string_equal(text, "640202 大武口区 township wkb=1;");
    assert_int_equal(atlas_zones(&atlas, refuse_zone, NULL), -7);
    assert_int_equal(atlas_zones(&atlas, keep_zone, text), 1); /* usable after a broken walk */
}

static int import_zones(const char *file, const char *kind)
{
    const char *argv[] = {"import-zones", file, "--kind", kind, "--db", getenv("MINGDI_DB"), NULL};

    return ctl_import_zones(6, (char **)(uintptr_t)argv);
}

static void districts_of_shizuishan_come_in(void **state)
{
    char text[ZONES_TEXT_MAX] = "";

    (void)state;
    if (access(DISTRICTS "_wgs84.geojson", R_OK)) {
        print_message("SKIP: no %s_wgs84.geojson\n", DISTRICTS);
        skip();
    }
    assert_int_equal(import_zones(DISTRICTS "_gcj02.geojson", "jurisdiction"), 1);
    assert_int_equal(import_zones(DISTRICTS "_wgs84.geojson", "nonsense"), 2);
    assert_int_equal(import_zones("/nowhere.geojson", "jurisdiction"), 1);
    assert_int_equal(import_zones(DISTRICTS "_wgs84.geojson", "jurisdiction"), 0);
    assert_int_equal(import_zones(DISTRICTS "_wgs84.geojson", "jurisdiction"), 0);
    assert_int_equal(atlas_zones(&atlas, keep_zone, text), 4);
    assert_non_null(strstr(text, "640221 平罗县 jurisdiction wkb=1;"));
}

static void a_dead_database_is_an_error(void **state)
{
    struct atlas dead;

    (void)state;
    assert_true(atlas_open(&dead, "host=127.0.0.1 port=1 dbname=x user=x") < 0);
    assert_non_null(strstr(dead.errmsg, "127.0.0.1"));
    assert_null(strchr(dead.errmsg, '\n'));
}

static void heidelberg_is_one_connected_network(void **state)
{
    struct road road;
    char errmsg[ROAD_ERRMSG_MAX];
    uint32_t copies = 0, oneway = 0;

    (void)state;
    if (access(HEIDELBERG, R_OK)) {
        print_message("SKIP: no %s\n", HEIDELBERG);
        skip();
    }
    assert_int_equal(import(HEIDELBERG), 0);
    assert_int_equal(road_load(&road, road_file, errmsg), 0);
    assert_in_range(road.arc_n, 39298, 60000); /* a car's network alone has 39,298 */
    assert_true(road.main_node_n * 10u > road.node_n * 9u);
    for (uint32_t i = 0; i < road.arc_n; i++) {
        const struct road_arc *arc = &road.arc[i];
        if (arc->flags & ROAD_ROUNDABOUT)
            assert_true(arc->flags & ROAD_ONEWAY);
        if (arc->flags & ROAD_ONEWAY) {
            assert_int_equal(arc->twin, ROAD_NONE);
            oneway++;
        }
        copies += arc->original != i;
    }
    assert_true(oneway > 3000);
    assert_true(copies > 476); /* each of 476 restrictions splits a crossing */
    assert_string_equal(first_place("Heidelberg Hauptbahnhof"), "Heidelberg Hauptbahnhof");
    road_close(&road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(district_becomes_the_expected_arcs),
        cmocka_unit_test(turn_restrictions_bind),
        cmocka_unit_test(restrictions_via_ways_bind),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(second_import_gives_the_same_network),
        cmocka_unit_test(failed_import_leaves_the_old_roads),
        cmocka_unit_test(only_one_import_at_a_time),
        cmocka_unit_test(places_are_found),
        cmocka_unit_test(zones_come_in_and_out),
        cmocka_unit_test(districts_of_shizuishan_come_in),
        cmocka_unit_test(a_dead_database_is_an_error),
        cmocka_unit_test(heidelberg_is_one_connected_network),
    };

    if (!getenv("MINGDI_DB")) {
        print_message("SKIP: run me under tests/live/with_pg\n");
        return 77;
    }
    snprintf(road_file, sizeof road_file, "/tmp/test_atlas_%ld.road", (long)getpid());
    return cmocka_run_group_tests(tests, open_atlas, close_atlas);
}
