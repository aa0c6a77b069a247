#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "geo/zone.h"
#include "sim/city.h"
#include "sim/city_roads.h"
#include "sim/township.h"

static struct road road;
static struct city city;

static int make(void **state)
{
    char errmsg[ERRMSG_MAX];
    (void)state;
    if (city_roads_make(7, &road, errmsg) < 0) {
        print_error("%s\n", errmsg);
        return -1;
    }
    city_make(&city, 7, &road);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    road_close(&road);
    return 0;
}

static void test_same_seed_same_city(void **state)
{
    static struct city again;
    struct road same, other;
    char errmsg[ERRMSG_MAX];

    (void)state;
    assert_int_equal(city_roads_make(7, &same, errmsg), 0);
    assert_int_equal(city_roads_make(8, &other, errmsg), 0);
    assert_int_equal(same.node_n, road.node_n);
    assert_int_equal(same.arc_n, road.arc_n);
    for (uint32_t v = 0; v < road.node_n; v++)
        assert_true(point_equal(same.node[v].at, road.node[v].at));
    assert_false(other.arc_n == road.arc_n && point_equal(other.node[9].at, road.node[9].at));
    city_make(&again, 7, &same);
    assert_memory_equal(&again, &city, sizeof(city));
    road_close(&same);
    road_close(&other);
}

static void test_shape(void **state)
{
    uint32_t bridges = 0, tunnels = 0, oneway = 0, carriageway = 0, main_arcs = 0;

    (void)state;
    assert_int_equal(city.unit_n, 40);
    assert_int_equal(city.hospital_n, 6);
    assert_int_equal(city.station_n, 21);
    assert_true(road.synthetic);
    assert_non_null(strstr(road.label, "演示数据"));
    for (uint32_t a = 0; a < road.arc_n; a++) {
        const struct road_arc *arc = &road.arc[a];
        bridges += (arc->flags & ROAD_BRIDGE) != 0;
        tunnels += (arc->flags & ROAD_TUNNEL) != 0;
        carriageway += (arc->flags & ROAD_CARRIAGEWAY) != 0;
        oneway += (arc->flags & ROAD_ONEWAY) && !(arc->flags & ROAD_CARRIAGEWAY);
        main_arcs += (arc->flags & ROAD_MAIN) != 0;
        if (arc->class == ROAD_MOTORWAY)
            assert_int_equal(arc->twin, ROAD_NONE); /* no driving back on one's carriageway */
    }
    assert_true(bridges > 0 && tunnels > 0 && oneway > 500 && carriageway > 100);
    assert_true(main_arcs > road.arc_n / 100 * 99);
    assert_true(road.node_n > 5000);
}

/* East of the river there is no way but over the three bridges. */
static void test_river(void **state)
{
    const struct point east = township_table[township_find(640221106)].at;
    uint32_t from = city_near_node(&road, east), n = 0, seen_n = 0;
    uint32_t *stack = malloc(road.node_n * sizeof(*stack));
    char *seen = calloc(road.node_n, 1);

    (void)state;
    assert_true(stack && seen && from != ROAD_NONE);
    stack[n++] = from;
    seen[from] = 1;
    while (n > 0) {
        uint32_t v = stack[--n];
        seen_n++;
        for (uint32_t a = road.first_out[v]; a < road.first_out[v + 1]; a++) {
            uint32_t head = road.arc[a].head;
            if (road.arc[a].flags & ROAD_BRIDGE || seen[head])
                continue;
            seen[head] = 1;
            stack[n++] = head;
        }
    }
    assert_true(seen_n > 200 && seen_n < road.node_n / 4);
    assert_false(seen[city_near_node(&road, city.station[0].at)]);
    free(stack);
    free(seen);
}

static void test_everything_says_synthetic(void **state)
{
    (void)state;
    for (size_t i = 0; i < city.station_n; i++)
        assert_non_null(strstr(city.station[i].name, "演示"));
    for (size_t i = 0; i < city.hospital_n; i++)
        assert_non_null(strstr(city.hospital[i].name, "演示"));
    for (size_t i = 0; i < city.zone_n; i++)
        assert_non_null(strstr(city.zone[i].name, "演示"));
    for (size_t i = 0; i < city.unit_n; i++)
        assert_non_null(strstr(city.unit[i].plate, "演"));
    for (uint32_t a = 0; a < road.arc_n; a++)
        assert_true(road_name(&road, a)[0] == 0 || strstr(road_name(&road, a), "演示"));
}

/* Townships share no inner point, every seat lies in its own, every shape is a polygon to GEOS. */
static void test_zones(void **state)
{
    struct zone_set set;
    size_t townships = 0;

    (void)state;
    assert_int_equal(zone_set_init(&set), 0);
    for (size_t i = 0; i < city.zone_n; i++) {
        const struct city_zone *z = &city.zone[i];
        assert_int_equal(zone_set_add_ring(&set, z->id, z->ring, z->ring_n), 0);
        townships += z->kind == ZONE_KIND_TOWNSHIP;
    }
    assert_int_equal(townships, TOWNSHIPS);
    assert_int_equal(zone_set_finish(&set), 0);
    for (int i = 0; i < TOWNSHIPS; i++) {
        uint64_t ids[16];
        char code[CITY_CODE_MAX];
        size_t own = 0;
        int n = zone_set_at(&set, township_table[i].at, ids, 16);
        snprintf(code, sizeof(code), "%u", township_table[i].code);
        for (int j = 0; j < n; j++) {
            const struct city_zone *z = &city.zone[ids[j] - 1];
            if (z->kind != ZONE_KIND_TOWNSHIP)
                continue;
            own++;
            assert_string_equal(z->code, code);
        }
        assert_int_equal(own, 1);
    }
    zone_set_close(&set);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void remove_dir(const char *dir)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/city.txt", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/zones.geojson", dir);
    unlink(path);
    rmdir(dir);
}

static void test_files(void **state)
{
    static struct city back;
    char dir[] = "/tmp/test_city.XXXXXX", errmsg[ERRMSG_MAX];

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(city_save(&city, dir, errmsg), 0);
    assert_int_equal(city_load(&back, dir, errmsg), 0);
    assert_int_equal(back.unit_n, city.unit_n);
    assert_memory_equal(back.station, city.station, sizeof(city.station));
    assert_memory_equal(back.hospital, city.hospital, sizeof(city.hospital));
    assert_memory_equal(back.unit, city.unit, sizeof(city.unit));
    assert_int_equal(back.zone_n, city.zone_n);
    for (size_t i = 0; i < city.zone_n; i++) {
        assert_string_equal(back.zone[i].code, city.zone[i].code);
        assert_int_equal(back.zone[i].ring_n, city.zone[i].ring_n);
        for (size_t j = 0; j < city.zone[i].ring_n; j++)
            assert_true(point_dist_m(back.zone[i].ring[j], city.zone[i].ring[j]) < 0.1);
    }
    remove_dir(dir);
}

static void test_refused_files(void **state)
{
    static const char zones[] = "{\"type\":\"FeatureCollection\",\"features\":[%s]}";
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"define_station S1 code=a name=b at=91,0\n", "city.txt:1: "},
        {"# x\n\ndefine_unit U1 code=a plate=b kind=c S9\n", "city.txt:3: a unit needs"},
        {"define_station S1 code=a name=b at=1.0,1.0\nring_call\n", "city.txt:2: only define_"},
        {"define_station S1 code=a name=b at=1.0,1.0 colour=red\n", "city.txt:1: define_station"},
        {"define_station S1 code=a name=b at=1.0,1.0\n", "city.txt: a city needs"},
        {"define_terminal T1 phone=1 U1\n", "city.txt:1: a terminal needs"},
    };
    static struct city back;
    char dir[] = "/tmp/test_city.XXXXXX", errmsg[ERRMSG_MAX], text[300];

    (void)state;
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        write_file(dir, "city.txt", bad[i].text);
        assert_int_equal(city_load(&back, dir, errmsg), -1);
        if (!strstr(errmsg, bad[i].says))
            fail_msg("case %zu says \"%s\"", i, errmsg);
    }
    write_file(
        dir, "city.txt",
        "define_station S1 code=a name=b at=1.0,1.0\ndefine_unit U1 code=a plate=b kind=c S1\n");
    snprintf(text, sizeof(text), zones, "{\"properties\":{\"id\":1}}");
    write_file(dir, "zones.geojson", text);
    assert_int_equal(city_load(&back, dir, errmsg), -1);
    assert_non_null(strstr(errmsg, "feature 1: needs id, code, name, kind"));
    write_file(dir, "zones.geojson", "{");
    assert_int_equal(city_load(&back, dir, errmsg), -1);
    assert_non_null(strstr(errmsg, "zones.geojson:1: "));
    remove_dir(dir);
}

/* Another road file as the city: all on connected streets, no more than it can hold. */
static void test_place(void **state)
{
    static struct city placed, again;
    const struct city_size size = {12, 4, 30}, too_many = {13, 4, 5000};
    char errmsg[ERRMSG_MAX];

    (void)state;
    assert_int_equal(city_place(&placed, 3, &road, &size, errmsg), 0);
    assert_int_equal(city_place(&again, 3, &road, &size, errmsg), 0);
    assert_memory_equal(&placed, &again, sizeof(placed));
    assert_int_equal(placed.unit_n, 30);
    for (size_t i = 0; i < placed.station_n; i++) {
        uint32_t node = city_near_node(&road, placed.station[i].at);
        assert_true(point_equal(road.node[node].at, placed.station[i].at));
    }
    assert_int_equal(city_place(&again, 3, &road, &too_many, errmsg), -1);
    assert_non_null(strstr(errmsg, "5000 units"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_city),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_river),
        cmocka_unit_test(test_everything_says_synthetic),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_place),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
