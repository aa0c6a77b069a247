#include "geo/speeds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 512
#define WORDS_MAX 8
#define KMH_MAX 200

/* One file being read. */
struct reading {
    struct speeds *speeds;
    const char *path;
    int line;
    char *word[WORDS_MAX];
    size_t word_n;
};

static int complain(struct reading *r, const char *what, const char *which)
{
    snprintf(r->speeds->errmsg, sizeof r->speeds->errmsg, "%.120s:%d: %s%s%.60s%s", r->path,
             r->line, what, which ? " '" : "", which ? which : "", which ? "'" : "");
    return -1;
}

/* Whole decimal number up to max. */
static int parse_number(const char *text, uint32_t max, uint32_t *out)
{
    uint32_t value = 0;

    if (!*text || strlen(text) > 6)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (uint32_t)(*text - '0');
    }
    if (value > max)
        return -1;
    *out = value;
    return 0;
}

/* "key=text": the text, or NULL. */
static const char *value_of(const char *word, const char *key)
{
    size_t n = strlen(key);

    return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static struct speed_profile *find(struct speeds *speeds, const char *name)
{
    for (uint32_t i = 0; i < speeds->profile_n; i++) {
        if (strcmp(speeds->profile[i].name, name) == 0)
            return &speeds->profile[i];
    }
    return NULL;
}

static int read_turns(struct reading *r, struct speed_profile *profile)
{
    const char *turns = value_of(r->word[5], "turns");

    if (!turns || (strcmp(turns, "obey") && strcmp(turns, "ignore")))
        return complain(r, "turns=obey or turns=ignore wanted, not", r->word[5]);
    profile->any_turn = strcmp(turns, "ignore") == 0;
    return 0;
}

static int read_profile_values(struct reading *r, struct speed_profile *profile)
{
    const char *posted = value_of(r->word[2], "posted");
    const char *barrier = value_of(r->word[3], "barrier_s");
    const char *emergency = value_of(r->word[4], "emergency");

    if (!posted || parse_number(posted, 300, &profile->posted_percent))
        return complain(r, "posted=PERCENT (0 to 300) wanted, not", r->word[2]);
    if (!barrier || parse_number(barrier, 3600, &profile->barrier_s))
        return complain(r, "barrier_s=SECONDS (0 to 3600) wanted, not", r->word[3]);
    if (!emergency || (strcmp(emergency, "yes") && strcmp(emergency, "no")))
        return complain(r, "emergency=yes or emergency=no wanted, not", r->word[4]);
    profile->emergency = strcmp(emergency, "yes") == 0;
    return r->word_n == 6 ? read_turns(r, profile) : 0;
}

static int read_profile(struct reading *r)
{
    struct speeds *s = r->speeds;
    struct speed_profile *profile = &s->profile[s->profile_n];

    if (r->word_n != 5 && r->word_n != 6)
        return complain(r,
                        "wanted: profile NAME posted=PERCENT barrier_s=S emergency=yes|no "
                        "[turns=obey|ignore]",
                        NULL);
    if (s->profile_n == SPEED_PROFILES_MAX)
        return complain(r, "too many profiles at", r->word[1]);
    if (strlen(r->word[1]) >= sizeof profile->name)
        return complain(r, "name too long:", r->word[1]);
    if (find(s, r->word[1]))
        return complain(r, "profile given twice:", r->word[1]);
    if (read_profile_values(r, profile))
        return -1;
    memcpy(profile->name, r->word[1], strlen(r->word[1]) + 1);
    memset(profile->percent, 100, sizeof profile->percent);
    s->profile_n++;
    return 0;
}

static int read_speed(struct reading *r)
{
    struct speed_profile *profile = r->word_n == 4 ? find(r->speeds, r->word[1]) : NULL;
    enum road_class class;
    uint32_t kmh;

    if (r->word_n != 4)
        return complain(r, "wanted: speed PROFILE CLASS KMH", NULL);
    if (!profile)
        return complain(r, "no profile of that name above:", r->word[1]);
    if (road_class_parse(r->word[2], &class))
        return complain(r, "unknown class of road", r->word[2]);
    if (parse_number(r->word[3], KMH_MAX, &kmh) || kmh == 0)
        return complain(r, "speed of 1 to 200 km/h wanted, not", r->word[3]);
    if (profile->kmh[class])
        return complain(r, "speed given twice for", r->word[2]);
    profile->kmh[class] = (uint16_t)kmh;
    return 0;
}

static int parse_day(const char *name, size_t n, uint32_t *day)
{
    static const char days[] = "montuewedthufrisatsun";

    for (uint32_t i = 0; i < 7 && n == 3; i++) {
        if (memcmp(days + 3 * i, name, 3) == 0) {
            *day = i;
            return 0;
        }
    }
    return -1;
}

/* "all", "sat" or "mon-fri". */
static int parse_days(const char *text, uint32_t *first, uint32_t *last)
{
    const char *dash = strchr(text, '-');
    size_t n = dash ? (size_t)(dash - text) : strlen(text);

    if (strcmp(text, "all") == 0) {
        *first = 0;
        *last = 6;
        return 0;
    }
    if (parse_day(text, n, first))
        return -1;
    *last = *first;
    if (dash && parse_day(dash + 1, strlen(dash + 1), last))
        return -1;
    return *first <= *last ? 0 : -1;
}

/* "7-9": from 7, up to but without 9. */
static int parse_hours(char *text, uint32_t *from, uint32_t *to)
{
    char *dash = strchr(text, '-');
    int rc;

    if (!dash)
        return -1;
    *dash = '\0';
    rc = parse_number(text, 23, from) || parse_number(dash + 1, 24, to) || *from >= *to;
    *dash = '-';
    return rc ? -1 : 0;
}

static void set_hours(struct speed_profile *profile, uint32_t class, uint32_t days[2],
                      uint32_t hours[2], uint32_t percent)
{
    for (uint32_t day = days[0]; day <= days[1]; day++) {
        for (uint32_t hour = hours[0]; hour < hours[1]; hour++)
            profile->percent[class][day * 24 + hour] = (uint8_t)percent;
    }
}

static int read_hours(struct reading *r)
{
    struct speed_profile *profile = r->word_n == 6 ? find(r->speeds, r->word[1]) : NULL;
    enum road_class class = ROAD_MOTORWAY;
    uint32_t days[2], hours[2], percent;
    bool all;

    if (r->word_n != 6)
        return complain(r, "wanted: hours PROFILE CLASS|all DAYS FROM-TO PERCENT", NULL);
    all = strcmp(r->word[2], "all") == 0;
    if (!profile)
        return complain(r, "no profile of that name above:", r->word[1]);
    if (!all && road_class_parse(r->word[2], &class))
        return complain(r, "unknown class of road", r->word[2]);
    if (parse_days(r->word[3], &days[0], &days[1]))
        return complain(r, "days like mon, mon-fri or all wanted, not", r->word[3]);
    if (parse_hours(r->word[4], &hours[0], &hours[1]))
        return complain(r, "hours like 7-9 wanted, not", r->word[4]);
    if (parse_number(r->word[5], 200, &percent) || percent < 5)
        return complain(r, "5 to 200 percent wanted, not", r->word[5]);
    for (uint32_t c = 0; c < ROAD_CLASSES; c++) {
        if (all || c == (uint32_t) class)
            set_hours(profile, c, days, hours, percent);
    }
    return 0;
}

static int split_words(struct reading *r, char *line)
{
    r->word_n = 0;
    for (char *s = line; *s;) {
        s += strspn(s, " \t\r\n");
        if (!*s || *s == '#')
            break;
        if (r->word_n == WORDS_MAX)
            return complain(r, "too many words", NULL);
        r->word[r->word_n++] = s;
        s += strcspn(s, " \t\r\n");
        if (*s)
            *s++ = '\0';
    }
    return 0;
}

static int read_source(struct reading *r, const char *line)
{
    size_t n = strcspn(line, "\r\n");

    if (n == 0 || n >= sizeof r->speeds->source)
        return complain(r, "source needs a text of 1 to 255 bytes", NULL);
    memcpy(r->speeds->source, line, n);
    r->speeds->source[n] = '\0';
    return 0;
}

static int read_line(struct reading *r, char *line)
{
    if (strncmp(line, "source ", 7) == 0)
        return read_source(r, line + 7);
    if (split_words(r, line))
        return -1;
    if (r->word_n == 0)
        return 0;
    if (strcmp(r->word[0], "profile") == 0)
        return read_profile(r);
    if (strcmp(r->word[0], "speed") == 0)
        return read_speed(r);
    if (strcmp(r->word[0], "hours") == 0)
        return read_hours(r);
    return complain(r, "unknown word", r->word[0]);
}

static int check_complete(struct reading *r)
{
    if (!r->speeds->source[0])
        return complain(r, "no source line: say where the figures come from", NULL);
    if (r->speeds->profile_n == 0)
        return complain(r, "no profile", NULL);
    for (uint32_t i = 0; i < r->speeds->profile_n; i++) {
        for (int c = 0; c < ROAD_CLASSES; c++) {
            if (r->speeds->profile[i].kmh[c])
                continue;
            char text[64];
            snprintf(text, sizeof text, "%s %s", r->speeds->profile[i].name,
                     road_class_name((enum road_class)c));
            return complain(r, "missing: speed", text);
        }
    }
    return 0;
}

int speeds_load(struct speeds *speeds, const char *path)
{
    struct reading r = {.speeds = speeds, .path = path};
    char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "r");
    int rc = 0;

    *speeds = (struct speeds){0};
    if (!file)
        return complain(&r, "cannot be opened:", strerror(errno));
    while (rc == 0 && fgets(line, sizeof line, file)) {
        r.line++;
        rc = strlen(line) + 1 == sizeof line ? complain(&r, "line too long", NULL)
                                             : read_line(&r, line);
    }
    if (rc == 0 && ferror(file))
        rc = complain(&r, "cannot be read:", strerror(errno));
    fclose(file);
    return rc ? rc : check_complete(&r);
}

const struct speed_profile *speeds_profile(const struct speeds *speeds, const char *name)
{
    for (uint32_t i = 0; i < speeds->profile_n; i++) {
        if (strcmp(speeds->profile[i].name, name) == 0)
            return &speeds->profile[i];
    }
    return NULL;
}

static bool same_hour(const struct speed_profile *profile, uint32_t a, uint32_t b)
{
    for (int c = 0; c < ROAD_CLASSES; c++) {
        if (profile->percent[c][a] != profile->percent[c][b])
            return false;
    }
    return true;
}

uint32_t speeds_hour_class(const struct speed_profile *profile, uint32_t hour_of_week)
{
    uint32_t hour = 0;

    while (!same_hour(profile, hour, hour_of_week))
        hour++;
    return hour;
}
