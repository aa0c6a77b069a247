#include "geo/point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EARTH_M 6371008.8 /* mean radius, IUGG */
#define RAD (M_PI / 180.0)
#define E7 1e-7
#define LAT_MAX_E7 900000000
#define LON_MAX_E7 1800000000

bool point_valid(struct point p)
{
    return p.lat_e7 >= -LAT_MAX_E7 && p.lat_e7 <= LAT_MAX_E7 && p.lon_e7 >= -LON_MAX_E7 &&
           p.lon_e7 <= LON_MAX_E7;
}

bool point_equal(struct point a, struct point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static const char *skip_spaces(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Decimal degrees to e7, the eighth decimal rounds. NULL when there is no number of at most three
 * whole digits; no locale, no exponent, no "nan". */
static const char *parse_e7(const char *s, int64_t *out)
{
    bool negative = *s == '-';
    int64_t value = 0;
    int whole = 0, decimals = 0;

    s += *s == '-' || *s == '+';
    for (; is_digit(*s); s++, whole++)
        value = whole < 4 ? value * 10 + (*s - '0') : value;
    if (*s == '.')
        s++;
    for (; is_digit(*s); s++, decimals++) {
        if (decimals < 7)
            value = value * 10 + (*s - '0');
        else if (decimals == 7 && *s >= '5')
            value++;
    }
    if (whole < 1 || whole > 3)
        return NULL;
    for (; decimals < 7; decimals++)
        value *= 10;
    *out = negative ? -value : value;
    return s;
}

int point_parse(const char *text, struct point *out)
{
    int64_t lat, lon;
    const char *s = parse_e7(skip_spaces(text), &lat);

    if (!s)
        return -1;
    s = skip_spaces(s);
    if (*s != ',')
        return -1;
    s = parse_e7(skip_spaces(s + 1), &lon);
    if (!s || *skip_spaces(s))
        return -1;
    if (lat < -LAT_MAX_E7 || lat > LAT_MAX_E7 || lon < -LON_MAX_E7 || lon > LON_MAX_E7)
        return -1;
    *out = (struct point){(int32_t)lat, (int32_t)lon};
    return 0;
}

int point_from_deg(double lat, double lon, struct point *out)
{
    if (!(fabs(lat) <= 90.0) || !(fabs(lon) <= 180.0))
        return -1;
    *out = (struct point){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
    return 0;
}

static const char *sign_of(int32_t e7)
{
    return e7 < 0 ? "-" : "";
}

char *point_format(struct point p, char text[POINT_TEXT_MAX])
{
    long long lat = llabs((long long)p.lat_e7), lon = llabs((long long)p.lon_e7);

    snprintf(text, POINT_TEXT_MAX, "%s%lld.%07lld,%s%lld.%07lld", sign_of(p.lat_e7), lat / 10000000,
             lat % 10000000, sign_of(p.lon_e7), lon / 10000000, lon % 10000000);
    return text;
}

/* East-west difference the short way round. */
static double lon_diff_e7(struct point a, struct point b)
{
    int64_t diff = (int64_t)b.lon_e7 - a.lon_e7;

    if (diff > LON_MAX_E7)
        diff -= 2 * (int64_t)LON_MAX_E7;
    if (diff < -(int64_t)LON_MAX_E7)
        diff += 2 * (int64_t)LON_MAX_E7;
    return (double)diff;
}

double point_dist_m(struct point a, struct point b)
{
    double mid = ((double)a.lat_e7 + (double)b.lat_e7) * 0.5 * E7 * RAD;
    double x = lon_diff_e7(a, b) * E7 * RAD * cos(mid);
    double y = ((double)b.lat_e7 - (double)a.lat_e7) * E7 * RAD;

    return EARTH_M * sqrt(x * x + y * y);
}

double point_haversine_m(struct point a, struct point b)
{
    double lat_a = a.lat_e7 * E7 * RAD, lat_b = b.lat_e7 * E7 * RAD;
    double s = sin((lat_b - lat_a) / 2), t = sin(lon_diff_e7(a, b) * E7 * RAD / 2);
    double h = s * s + cos(lat_a) * cos(lat_b) * t * t;

    return 2 * EARTH_M * asin(fmin(1.0, sqrt(h)));
}

double point_course_deg(struct point a, struct point b)
{
    double lat_a = a.lat_e7 * E7 * RAD, lat_b = b.lat_e7 * E7 * RAD;
    double lon = lon_diff_e7(a, b) * E7 * RAD;
    double deg =
        atan2(sin(lon) * cos(lat_b), cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(lon)) /
        RAD;

    deg = deg < 0 ? deg + 360.0 : deg;
    return deg >= 360.0 ? 0.0 : deg;
}

struct plane plane_at(struct point origin)
{
    double per_e7 = EARTH_M * RAD * E7;

    return (struct plane){origin, per_e7, per_e7 * cos(origin.lat_e7 * E7 * RAD)};
}

void plane_xy(const struct plane *plane, struct point p, double *x_m, double *y_m)
{
    *x_m = lon_diff_e7(plane->origin, p) * plane->m_per_lon_e7;
    *y_m = ((double)p.lat_e7 - (double)plane->origin.lat_e7) * plane->m_per_lat_e7;
}

void plane_dm(const struct plane *plane, struct point p, int32_t *x_dm, int32_t *y_dm)
{
    double x_m, y_m;

    plane_xy(plane, p, &x_m, &y_m);
    *x_dm = (int32_t)lround(x_m * 10);
    *y_dm = (int32_t)lround(y_m * 10);
}

struct point plane_point(const struct plane *plane, double x_m, double y_m)
{
    return (struct point){plane->origin.lat_e7 + (int32_t)lround(y_m / plane->m_per_lat_e7),
                          plane->origin.lon_e7 + (int32_t)lround(x_m / plane->m_per_lon_e7)};
}
