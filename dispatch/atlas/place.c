#include "dispatch/atlas/place.h"

#include <ctype.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/wire/wire_json.h"
#include "geo/datum.h"

enum { FOUND_MAX = 20, NAME_MAX_BYTES = 256, LEVEL_ONE_FIRST = 0xb0a1, LEVEL_ONE_LAST = 0xd7f9 };

/* --- initials --- */

/* GB 2312 codes with which each initial begins. */
static char initial_of(unsigned code)
{
    static const struct {
        unsigned first;
        char letter;
    } rows[] = {
        {0xb0a1, 'a'}, {0xb0c5, 'b'}, {0xb2c1, 'c'}, {0xb4ee, 'd'}, {0xb6ea, 'e'}, {0xb7a2, 'f'},
        {0xb8c1, 'g'}, {0xb9fe, 'h'}, {0xbbf7, 'j'}, {0xbfa6, 'k'}, {0xc0ac, 'l'}, {0xc2e8, 'm'},
        {0xc4c3, 'n'}, {0xc5b6, 'o'}, {0xc5be, 'p'}, {0xc6da, 'q'}, {0xc8bb, 'r'}, {0xc8f6, 's'},
        {0xcbfa, 't'}, {0xcdda, 'w'}, {0xcef4, 'x'}, {0xd1b9, 'y'}, {0xd4d1, 'z'},
    };
    char letter = 0;
    if (code < LEVEL_ONE_FIRST || code > LEVEL_ONE_LAST)
        return 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && rows[i].first <= code; i++)
        letter = rows[i].letter;
    return letter;
}

static void initials_of_gbk(const unsigned char *gbk, size_t n, char *out, size_t size)
{
    size_t used = 0;
    bool in_word = false;
    for (size_t i = 0; i < n && used + 1 < size; i++) {
        bool wide = gbk[i] >= 0x80 && i + 1 < n;
        char letter = wide               ? initial_of((unsigned)gbk[i] << 8 | gbk[i + 1])
                      : isdigit(gbk[i])  ? (char)gbk[i]
                      : !isalpha(gbk[i]) ? 0
                      : in_word          ? 0
                                         : (char)tolower(gbk[i]);
        in_word = !wide && isalpha(gbk[i]);
        i += wide;
        if (letter)
            out[used++] = letter;
    }
    out[used] = 0;
}

void place_initials(struct text name, char *out, size_t size)
{
    char gbk[NAME_MAX_BYTES], *to = gbk, *from = (char *)(uintptr_t)name.p;
    size_t left = name.n, room = sizeof(gbk);
    iconv_t convert = iconv_open("GBK//TRANSLIT", "UTF-8");
    out[0] = 0;
    if (convert == (iconv_t)-1)
        return;
    (void)!iconv(convert, &from, &left, &to, &room); /* what does not fit is left out */
    iconv_close(convert);
    initials_of_gbk((const unsigned char *)gbk, (size_t)(to - gbk), out, size);
}

/* --- coordinates --- */

static bool read_degrees(const char **at, double *out)
{
    char *end;
    *at += strspn(*at, " ,;");
    if (!isdigit((unsigned char)**at) && **at != '-')
        return false;
    *out = strtod(*at, &end);
    bool read = end != *at;
    *at = end;
    return read;
}

bool place_read(const char *words, struct point *out)
{
    double lat, lon;
    enum datum datum = DATUM_WGS84;
    struct point point;
    const char *at = words + strspn(words, " ");
    size_t letters = strcspn(at, " 0123456789-");
    char name[16] = {0};
    if (letters > 0 && letters < sizeof(name)) {
        for (size_t i = 0; i < letters; i++)
            name[i] = (char)tolower((unsigned char)at[i]);
        if (strcmp(name, "gcj") == 0)
            datum = DATUM_GCJ02;
        else if (datum_parse(name, &datum) < 0)
            return false;
        at += letters;
    }
    if (!read_degrees(&at, &lat) || !strchr(" ,;", *at) || *at == 0 || !read_degrees(&at, &lon) ||
        at[strspn(at, " ")] != 0)
        return false;
    bool swapped = lat > 90 || lat < -90;
    if (point_from_deg(swapped ? lon : lat, swapped ? lat : lon, &point))
        return false;
    point = datum_to_wgs84(datum, point);
    if (!point_valid(point))
        return false;
    *out = point;
    return true;
}

/* --- searching --- */

struct found {
    const char *kind;
    uint64_t id;
    struct text name;
    struct point at;
    bool has_place;
};

struct search {
    struct zones *zones;
    const char *words;
    struct point near;
    struct buffer *out;
    uint32_t count;
};

static void put(struct search *s, const struct found *found)
{
    uint64_t zone[ZONES_AT_MAX];
    int zones = found->has_place && s->zones->loaded
                    ? zone_set_at(&s->zones->set, found->at, zone, ZONES_AT_MAX)
                    : 0;
    buffer_add_text(s->out, s->count++ ? ",{\"name\":" : "{\"name\":");
    wire_json_text(s->out, found->name);
    buffer_print(s->out, ",\"kind\":\"%s\",\"id\":%" PRIu64, found->kind, found->id);
    if (found->has_place)
        buffer_print(s->out, ",\"lat_e7\":%" PRId32 ",\"lon_e7\":%" PRId32, found->at.lat_e7,
                     found->at.lon_e7);
    if (found->has_place && (s->near.lat_e7 || s->near.lon_e7))
        buffer_print(s->out, ",\"dist_m\":%.0f", point_dist_m(s->near, found->at));
    buffer_add_text(s->out, ",\"zone\":[");
    for (int i = 0; i < zones && i < ZONES_AT_MAX; i++)
        buffer_print(s->out, "%s%" PRIu64, i ? "," : "", zone[i]);
    buffer_add_text(s->out, "]}");
}

static bool has_part(struct text name, const char *words)
{
    size_t n = strlen(words);
    for (size_t i = 0; i + n <= name.n; i++)
        if (memcmp(name.p + i, words, n) == 0)
            return true;
    return false;
}

static bool is_called(struct text name, const char *words)
{
    char initials[NAME_MAX_BYTES];
    size_t n = strlen(words);
    if (has_part(name, words))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)words[i]))
            return false;
    place_initials(name, initials, sizeof(initials));
    return strncasecmp(initials, words, n) == 0;
}

static void offer(struct search *s, const struct found *found)
{
    if (s->count < FOUND_MAX && is_called(found->name, s->words))
        put(s, found);
}

bool place_search(const struct state *state, struct zones *zones, const char *words,
                  struct point near, struct buffer *out)
{
    struct search search = {zones, words, near, out, 0};
    struct found exact = {"coordinates", 0, {words, (uint32_t)strlen(words)}, {0, 0}, true};
    if (place_read(words, &exact.at)) {
        put(&search, &exact);
        return true;
    }
    EACH (state, HOSPITAL, hospital, it)
        offer(&search, &(struct found){
                           "hospital", it->hospital.v, it->name, {it->lat_e7, it->lon_e7}, true});
    EACH (state, STATION, station, it)
        offer(&search,
              &(struct found){"station", it->station.v, it->name, {it->lat_e7, it->lon_e7}, true});
    EACH (state, ZONE_NAME, zone_name, it)
        offer(&search, &(struct found){"zone", it->zone.v, it->name, {0, 0}, false});
    return false;
}
