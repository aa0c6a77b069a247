/* GCJ-02 and BD-09 against the published vectors, and the inverse everywhere in China. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "geo/datum.h"

struct vector {
    double from_lat, from_lon, to_lat, to_lon;
};

/* eviltransform's and coordtransform's own test vectors. */
static const struct vector wgs84_gcj02[] = {
    {31.1774276, 121.5272106, 31.17530398364597, 121.531541859215},
    {22.543847, 113.912316, 22.540796131694766, 113.9171764808363},
    {39.911954, 116.377817, 39.91334545536069, 116.38404722455657},
    {39.915, 116.404, 39.91640428150164, 116.41024449916938},
};
static const struct vector gcj02_bd09 = {39.915, 116.404, 39.92133699351021, 116.41036949371029};

static void assert_deg(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.14f is not %.14f", a, b);
}

static void forward_matches_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wgs84_gcj02 / sizeof *wgs84_gcj02; i++) {
        const struct vector *v = &wgs84_gcj02[i];
        double lat = v->from_lat, lon = v->from_lon;
        datum_from_wgs84_deg(DATUM_GCJ02, &lat, &lon);
        assert_deg(lat, v->to_lat, 1e-11);
        assert_deg(lon, v->to_lon, 1e-11);
    }
}

static void inverse_matches_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wgs84_gcj02 / sizeof *wgs84_gcj02; i++) {
        const struct vector *v = &wgs84_gcj02[i];
        double lat = v->to_lat, lon = v->to_lon;
        datum_to_wgs84_deg(DATUM_GCJ02, &lat, &lon);
        assert_deg(lat, v->from_lat, 1e-10); /* 0.01 mm */
        assert_deg(lon, v->from_lon, 1e-10);
    }
}

static void bd09_matches_its_vector(void **state)
{
    double lat = gcj02_bd09.from_lat, lon = gcj02_bd09.from_lon;

    (void)state;
    datum_to_wgs84_deg(DATUM_GCJ02, &lat, &lon);
    datum_from_wgs84_deg(DATUM_BD09, &lat, &lon);
    assert_deg(lat, gcj02_bd09.to_lat, 1e-9);
    assert_deg(lon, gcj02_bd09.to_lon, 1e-9);
}

/* Also beyond the famous rectangle: the datum decides, not the place. */
static void inverse_is_exact_to_a_centimetre(void **state)
{
    static const enum datum shifted[] = {DATUM_GCJ02, DATUM_BD09};

    (void)state;
    for (int d = 0; d < 2; d++) {
        for (double lat = 4; lat <= 56; lat += 1.37) {
            for (double lon = 70; lon <= 140; lon += 1.73) {
                double to_lat = lat, to_lon = lon;
                datum_from_wgs84_deg(shifted[d], &to_lat, &to_lon);
                assert_true(fabs(to_lat - lat) + fabs(to_lon - lon) > 1e-5);
                datum_to_wgs84_deg(shifted[d], &to_lat, &to_lon);
                assert_deg(to_lat, lat, 5e-8); /* 5 mm */
                assert_deg(to_lon, lon, 5e-8);
            }
        }
    }
}

static void yinchuan_shifts_by_386_metres(void **state)
{
    struct point wgs = {384872000, 1062309000};
    struct point gcj = datum_from_wgs84(DATUM_GCJ02, wgs), back = datum_to_wgs84(DATUM_GCJ02, gcj);
    double shift_m = point_dist_m(wgs, gcj);

    (void)state;
    assert_true(shift_m > 370 && shift_m < 400);
    assert_true(point_dist_m(wgs, back) < 0.02); /* e7 rounds to 1.1 cm */
}

static void wgs84_and_cgcs2000_stay(void **state)
{
    struct point p = {384872000, 1062309000};

    (void)state;
    assert_true(point_equal(datum_to_wgs84(DATUM_WGS84, p), p));
    assert_true(point_equal(datum_to_wgs84(DATUM_CGCS2000, p), p));
    assert_true(point_equal(datum_from_wgs84(DATUM_CGCS2000, p), p));
}

static void off_the_earth_is_not_valid(void **state)
{
    (void)state;
    assert_false(point_valid(datum_from_wgs84(DATUM_GCJ02, (struct point){100, 1800000000})) &&
                 point_valid(datum_from_wgs84(DATUM_GCJ02, (struct point){900000000, 0})));
}

static void names_are_checked(void **state)
{
    enum datum datum;

    (void)state;
    for (int i = 0; i < DATUMS; i++) {
        assert_int_equal(datum_parse(datum_name((enum datum)i), &datum), 0);
        assert_int_equal(datum, i);
    }
    assert_int_equal(datum_parse("GCJ", &datum), -1);
    assert_int_equal(datum_parse("", &datum), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_matches_the_vectors),
        cmocka_unit_test(inverse_matches_the_vectors),
        cmocka_unit_test(bd09_matches_its_vector),
        cmocka_unit_test(inverse_is_exact_to_a_centimetre),
        cmocka_unit_test(yinchuan_shifts_by_386_metres),
        cmocka_unit_test(wgs84_and_cgcs2000_stay),
        cmocka_unit_test(off_the_earth_is_not_valid),
        cmocka_unit_test(names_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
