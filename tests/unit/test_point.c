/* Points: parsing, distances against known places, the local plane. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "geo/eta.h"
#include "geo/point.h"

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.9f is not %.9f within %g", a, b, tolerance);
}

static void parses_decimal_degrees(void **state)
{
    struct point p;

    (void)state;
    assert_int_equal(point_parse("38.48720,106.23090", &p), 0);
    assert_int_equal(p.lat_e7, 384872000);
    assert_int_equal(p.lon_e7, 1062309000);
    assert_int_equal(point_parse(" -33.00000005 ,\t+151.99999994 ", &p), 0);
    assert_int_equal(p.lat_e7, -330000001);
    assert_int_equal(p.lon_e7, 1519999999);
    assert_int_equal(point_parse("90,-180", &p), 0);
    assert_int_equal(point_parse("-0.5,.5", &p), -1);
}

static void refuses_what_is_no_place(void **state)
{
    static const char *const bad[] = {
        "",        "38.4",   "38.4,", ",106.2",       "38.4;106.2",    "38.4,106.2x",
        "nan,nan", "0x10,1", "1e2,3", "91,0",         "0,180.0000001", "0,999999999999",
        "--1,2",   "1,2,3",  "inf,0", "38.4,106.2 E",
    };
    struct point p = {7, 7};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (point_parse(bad[i], &p) == 0)
            fail_msg("took '%s'", bad[i]);
    }
    assert_int_equal(p.lat_e7, 7);
    assert_int_equal(point_from_deg(NAN, 0, &p), -1);
    assert_int_equal(point_from_deg(0, 180.1, &p), -1);
    assert_false(point_valid((struct point){INT32_MIN, 0}));
    assert_false(point_valid((struct point){0, 1800000001}));
}

static void formats_what_it_parses(void **state)
{
    static const struct point some[] = {
        {384872000, 1062309000}, {-1, 1}, {-900000000, -1800000000}};
    char text[POINT_TEXT_MAX];
    struct point p;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(point_parse(point_format(some[i], text), &p), 0);
        assert_true(point_equal(p, some[i]));
    }
    assert_string_equal(point_format(some[1], text), "-0.0000001,0.0000001");
}

static void measures_distances(void **state)
{
    struct point a = {0, 0}, degree_north = {10000000, 0}, degree_east = {0, 10000000};
    struct point yinchuan = {384872000, 1062309000}, shizuishan = {390173000, 1063766000};
    struct point west = {0, -1799990000}, east = {0, 1799990000};

    (void)state;
    assert_near(point_haversine_m(a, degree_north), 111195.08, 0.1);
    assert_near(point_haversine_m(a, degree_east), 111195.08, 0.1);
    assert_near(point_dist_m(yinchuan, shizuishan), point_haversine_m(yinchuan, shizuishan), 60);
    assert_near(point_haversine_m(yinchuan, shizuishan), 60290, 100);
    assert_near(point_dist_m(west, east), 222.39, 0.1);
    assert_near(point_dist_m(a, a), 0, 0);
}

static void gives_courses(void **state)
{
    struct point a = {384872000, 1062309000};

    (void)state;
    assert_near(point_course_deg(a, (struct point){385872000, 1062309000}), 0, 0.01);
    assert_near(point_course_deg(a, (struct point){384872000, 1062409000}), 90, 0.1);
    assert_near(point_course_deg(a, (struct point){383872000, 1062309000}), 180, 0.01);
    assert_near(point_course_deg(a, (struct point){384872000, 1062209000}), 270, 0.1);
}

static void plane_goes_there_and_back(void **state)
{
    struct point origin = {384872000, 1062309000}, p = {385001234, 1061987654}, q;
    struct plane plane = plane_at(origin);
    double x, y;

    (void)state;
    plane_xy(&plane, p, &x, &y);
    q = plane_point(&plane, x, y);
    assert_true(point_equal(p, q));
    assert_near(hypot(x, y), point_haversine_m(origin, p), 5);
    assert_true(x < 0 && y > 0);
}

static void crow_flight_is_rounded_up(void **state)
{
    struct point a = {0, 0}, b = {0, 10000000};

    (void)state;
    assert_int_equal(crow_eta_s(a, b, 140, 40), 14011); /* 111,195.08 m x 1.4 at 40 km/h */
    assert_int_equal(crow_eta_s(a, a, 140, 40), 0);
    assert_int_equal(crow_eta_s(a, (struct point){0, 1}, 100, 40), 1);
    assert_string_equal(eta_source_name(ETA_CROW), "crow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_decimal_degrees),
        cmocka_unit_test(refuses_what_is_no_place),
        cmocka_unit_test(formats_what_it_parses),
        cmocka_unit_test(measures_distances),
        cmocka_unit_test(gives_courses),
        cmocka_unit_test(plane_goes_there_and_back),
        cmocka_unit_test(crow_flight_is_rounded_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
