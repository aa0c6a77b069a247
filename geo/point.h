/* point: a place on Earth as 1e-7 degree integers (WGS-84), and the metres between two.
 * Values only: nothing is owned, any thread. Angles e7 or degrees (course: 0 = north, clockwise),
 * distances in metres. Outside text enters through point_parse, outside integers are tested with
 * point_valid. Other datums are converted in datum.h before a point is made.
 * Start here if you add anything that measures. */
#ifndef GEO_POINT_H
#define GEO_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct point {
    int32_t lat_e7, lon_e7;
};

/* A flat piece of the Earth around origin: metres east (x) and north (y) of it. Good to 0.1 % over
 * 50 km. */
struct plane {
    struct point origin;
    double m_per_lat_e7, m_per_lon_e7;
};

#define POINT_TEXT_MAX 32

bool point_valid(struct point p);
bool point_equal(struct point a, struct point b);

/* "38.4872,106.2309" (latitude first, spaces allowed around each number). 0, or -1 and *out is
 * untouched. */
int point_parse(const char *text, struct point *out);
/* Degrees to a point. -1 when not finite or out of range. */
int point_from_deg(double lat, double lon, struct point *out);
/* Writes "38.4872000,106.2309000" and returns text. */
char *point_format(struct point p, char text[POINT_TEXT_MAX]);

/* Equirectangular: fast, 0.1 % within a city. */
double point_dist_m(struct point a, struct point b);
/* Great circle: any distance. */
double point_haversine_m(struct point a, struct point b);
/* Course from a to b, 0 <= deg < 360. */
double point_course_deg(struct point a, struct point b);

struct plane plane_at(struct point origin);
void plane_xy(const struct plane *plane, struct point p, double *x_m, double *y_m);
/* The same to the nearest decimetre. */
void plane_dm(const struct plane *plane, struct point p, int32_t *x_dm, int32_t *y_dm);
struct point plane_point(const struct plane *plane, double x_m, double y_m);

#endif
