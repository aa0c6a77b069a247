/* Zones: which areas hold a point, and what is refused or repaired at load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "geo/zone.h"

#define SQUARE "POLYGON((106 38,107 38,107 39,106 39,106 38))"

static struct point at(double lat, double lon)
{
    struct point p = {0, 0};

    assert_int_equal(point_from_deg(lat, lon, &p), 0);
    return p;
}

static int open_set(void **state)
{
    static struct zone_set set;

    *state = &set;
    return zone_set_init(&set);
}

static int close_set(void **state)
{
    zone_set_close(*state);
    return 0;
}

static void finds_overlapping_zones_in_order(void **state)
{
    struct zone_set *set = *state;
    const struct point ring[] = {at(38.4, 106.4), at(38.4, 106.6), at(38.6, 106.6),
                                 at(38.6, 106.4)};
    uint64_t ids[4];

    assert_int_equal(zone_set_add_ring(set, 90, ring, 4), 0);
    assert_int_equal(zone_set_add_wkt(set, 7, SQUARE), 0);
    assert_int_equal(zone_set_add_wkt(set, 8,
                                      "MULTIPOLYGON(((106.5 38.5,108 38.5,108 39,106.5 39,"
                                      "106.5 38.5)),((1 1,2 1,2 2,1 1)))"),
                     0);
    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(38.55, 106.55), ids, 4), 3);
    assert_int_equal(ids[0], 7);
    assert_int_equal(ids[1], 8);
    assert_int_equal(ids[2], 90);
    assert_int_equal(zone_set_at(set, at(38.1, 106.1), ids, 4), 1);
    assert_int_equal(ids[0], 7);
    assert_int_equal(zone_set_at(set, at(38.9, 107.5), ids, 4), 1);
    assert_int_equal(ids[0], 8);
    assert_int_equal(zone_set_at(set, at(40, 110), ids, 4), 0);
}

static void keeps_the_lowest_ids_when_room_is_short(void **state)
{
    struct zone_set *set = *state;
    uint64_t ids[2] = {0, 0};

    for (uint64_t id = 5; id > 0; id--)
        assert_int_equal(zone_set_add_wkt(set, id, SQUARE), 0);
    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(38.5, 106.5), ids, 2), 5);
    assert_int_equal(ids[0], 1);
    assert_int_equal(ids[1], 2);
    assert_int_equal(zone_set_at(set, at(38.5, 106.5), NULL, 0), 5);
}

static void one_id_may_own_several_shapes(void **state)
{
    struct zone_set *set = *state;
    uint64_t ids[4];

    assert_int_equal(zone_set_add_wkt(set, 3, SQUARE), 0);
    assert_int_equal(zone_set_add_wkt(set, 3, SQUARE), 0);
    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(38.5, 106.5), ids, 4), 1);
}

static void border_belongs_and_holes_do_not(void **state)
{
    struct zone_set *set = *state;
    uint64_t ids[4];

    assert_int_equal(zone_set_add_wkt(set, 1,
                                      "POLYGON((106 38,107 38,107 39,106 39,106 38),"
                                      "(106.4 38.4,106.4 38.6,106.6 38.6,106.6 38.4,"
                                      "106.4 38.4))"),
                     0);
    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(38, 106.5), ids, 4), 1);
    assert_int_equal(zone_set_at(set, at(38, 106), ids, 4), 1);
    assert_int_equal(zone_set_at(set, at(38.5, 106.5), ids, 4), 0);
}

static void reads_wkb(void **state)
{
    /* POLYGON((0 0,1 0,1 1,0 0)), little endian */
    static const unsigned char wkb[] = {
        1,    3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0,    0,    0, 0, 0,    0,    0, 0, 0,
        0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0xf0, 0x3f, 0, 0, 0,
        0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0,    0,    0, 0, 0xf0,
        0x3f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0,    0,
    };
    struct zone_set *set = *state;
    uint64_t ids[1];

    for (size_t n = 0; n < sizeof wkb; n++)
        assert_int_equal(zone_set_add_wkb(set, 5, wkb, n), -1);
    assert_int_equal(zone_set_add_wkb(set, 5, wkb, sizeof wkb), 0);
    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(0.3, 0.6), ids, 1), 1);
}

static void repairs_a_bow_tie_and_says_so(void **state)
{
    struct zone_set *set = *state;
    uint64_t ids[1];

    assert_int_equal(zone_set_add_wkt(set, 12, "POLYGON((0 0,2 2,2 0,0 2,0 0))"), 1);
    assert_non_null(strstr(set->errmsg, "zone 12: invalid shape (Self-intersection"));
    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(1, 0.2), ids, 1), 1);
    assert_int_equal(zone_set_at(set, at(1, 1.8), ids, 1), 1);
    assert_int_equal(zone_set_at(set, at(0.2, 1), ids, 1), 0);
}

static void refuses_what_is_no_area(void **state)
{
    static const char *const bad[] = {
        "",
        "POLYGON((0 0,1 1",
        "POINT(1 1)",
        "LINESTRING(0 0,1 1)",
        "POLYGON EMPTY",
        "POLYGON((0 0,1 1,0 0,0 0))",
        "POLYGON((384872 1062309,384873 1062309,384873 1062310,384872 1062309))",
        "POLYGON((0 0,1 0,nan nan,0 0))",
    };
    struct zone_set *set = *state;
    const struct point two[] = {{0, 0}, {10, 10}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (zone_set_add_wkt(set, 4, bad[i]) >= 0)
            fail_msg("took '%s'", bad[i]);
        assert_int_equal(strncmp(set->errmsg, "zone 4: ", 8), 0);
    }
    assert_int_equal(zone_set_add_ring(set, 4, two, 2), -1);
    assert_int_equal(set->zone_n, 0);
}

static void an_empty_set_holds_nothing(void **state)
{
    struct zone_set *set = *state;
    uint64_t ids[1];

    assert_int_equal(zone_set_finish(set), 0);
    assert_int_equal(zone_set_at(set, at(1, 1), ids, 1), 0);
}

#define zone_test(name) cmocka_unit_test_setup_teardown(name, open_set, close_set)

int main(void)
{
    const struct CMUnitTest tests[] = {
        zone_test(finds_overlapping_zones_in_order),
        zone_test(keeps_the_lowest_ids_when_room_is_short),
        zone_test(one_id_may_own_several_shapes),
        zone_test(border_belongs_and_holes_do_not),
        zone_test(reads_wkb),
        zone_test(repairs_a_bow_tie_and_says_so),
        zone_test(refuses_what_is_no_area),
        zone_test(an_empty_set_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
