/* How fast who drives when, what is in time, whose units may be taken. */
#include <math.h>
#include <string.h>

#include "sim/judge_jemss.h"

static int read_speeds(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"travelModeIndex", "offRoadSpeed"};
    int column[2], got;
    uint32_t n = 0;
    if (sheet_find(csv, "travelModes", names, column, 2) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; n++) {
        double km_day;
        if (n == city->ways.mode_n)
            return sheet_fail(csv, "more travel modes than the arcs have");
        if (jemss_index(csv, column[0], n) < 0 ||
            sheet_number(csv, column[1], 1e-6, 1e9, &km_day) < 0)
            return -1;
        city->off_km_ns[n] = 86400e9 / km_day;
    }
    return got == 0 && n < city->ways.mode_n
               ? sheet_fail(csv, "fewer travel modes than the arcs have")
               : got;
}

int jemss_timing(struct sheet_csv *csv, const char *table, const char *set_name, uint32_t sets,
                 struct judge_timing **timing, uint32_t *n)
{
    const char *const names[] = {"startTime", set_name};
    int column[2], got;
    *n = 0;
    if (sheet_find(csv, table, names, column, 2) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        double days;
        uint32_t set;
        if (sheet_number(csv, column[0], 0, 1e5, &days) < 0 ||
            sheet_count(csv, column[1], 1, sets, &set) < 0)
            return -1;
        if (*n && jemss_ns(days) <= (*timing)[*n - 1].start_ns)
            return sheet_fail(csv, "start times must grow");
        if (!(*timing = jemss_grow(*timing, *n, sizeof(**timing))))
            return sheet_fail(csv, "out of memory");
        (*timing)[(*n)++] = (struct judge_timing){jemss_ns(days), set - 1};
    }
    return got == 0 && *n == 0 ? sheet_fail(csv, "there is no row") : got;
}

static int read_travel(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"travelSetIndex", "priority", "travelModeIndex"};
    int column[3], got;
    uint32_t sets = 0, seen[JUDGE_SETS_MAX] = {0};
    if (read_speeds(city, csv) < 0 || sheet_find(csv, "travelSets", names, column, 3) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        uint32_t set, priority, mode;
        if (sheet_count(csv, column[0], 1, JUDGE_SETS_MAX, &set) < 0 ||
            jemss_priority(csv, column[1], &priority) < 0 ||
            sheet_count(csv, column[2], 1, city->ways.mode_n, &mode) < 0)
            return -1;
        sets = set > sets ? set : sets;
        seen[set - 1] |= 1u << priority;
        city->mode_of[set - 1][priority] = mode - 1;
    }
    for (uint32_t s = 0; s < sets && got == 0; s++)
        if (seen[s] != (1u << JUDGE_PRIORITIES) - 1)
            return sheet_fail(csv, "travel set %u lacks a priority", s + 1);
    if (got < 0 || sets == 0)
        return got < 0 ? -1 : sheet_fail(csv, "there are no travel sets");
    return jemss_timing(csv, "travelSetsTiming", "travelSetIndex", sets, &city->travel,
                        &city->travel_n);
}

static int read_priorities(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"priority", "name", "targetResponseTime?",
                                        "targetResponseDuration?", "responseTravelPriority?"};
    int column[5], got;
    uint32_t n = 0;
    if (sheet_find(csv, "priorities", names, column, 5) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; n++) {
        uint32_t named;
        double days;
        if (n == JUDGE_PRIORITIES)
            return sheet_fail(csv, "more than %d priorities", JUDGE_PRIORITIES);
        if (jemss_index(csv, column[0], n) < 0 || jemss_priority(csv, column[1], &named) < 0 ||
            sheet_number(csv, column[2] >= 0 ? column[2] : column[3], 1e-9, 1e3, &days) < 0)
            return -1;
        if (named != n)
            return sheet_fail(csv, "priority %u is called %s", n + 1, sheet_text(csv, column[1]));
        city->target_ns[n] = jemss_ns(days);
        city->travels_as[n] = n;
        if (column[4] >= 0 && sheet_text(csv, column[4])[0] &&
            jemss_priority(csv, column[4], &city->travels_as[n]) < 0)
            return -1;
    }
    for (uint32_t p = n; p < JUDGE_PRIORITIES && n; p++) { /* fewer: the rest is as the last */
        city->target_ns[p] = city->target_ns[n - 1];
        city->travels_as[p] = p;
    }
    return got == 0 && n == 0 ? sheet_fail(csv, "there are no priorities") : got;
}

static int read_redispatch(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const allow[] = {"allowRedispatch"};
    static const char *const names[] = {"fromCallPriority", "toCallPriority", "allowRedispatch"};
    int column[3], got;
    double yes;
    if (sheet_find(csv, "miscData", allow, column, 1) < 0)
        return -1;
    if ((got = sheet_row(csv)) <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "miscData has no row");
    if (sheet_number(csv, column[0], 0, 1, &yes) < 0)
        return -1;
    if (yes == 0)
        return 0;
    if (sheet_find(csv, "redispatchConditions", names, column, 3) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        uint32_t from, to;
        if (jemss_priority(csv, column[0], &from) < 0 || jemss_priority(csv, column[1], &to) < 0 ||
            sheet_number(csv, column[2], 0, 1, &yes) < 0)
            return -1;
        if (yes != 0 && from <= to)
            return sheet_fail(csv, "a unit is only taken for a more urgent call");
        city->may_take[from][to] = yes != 0;
    }
    return got;
}

int jemss_read_rules(struct judge_city *city, const char *dir)
{
    if (jemss_read(city, dir, "travel", false, read_travel) < 0 ||
        jemss_read(city, dir, "priorities", false, read_priorities) < 0)
        return -1;
    return jemss_read(city, dir, "redispatch", true, read_redispatch);
}
