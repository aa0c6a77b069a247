#include "dispatch/policy/warnfile.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/core/kind.h"
#include "dispatch/policy/yamlfile.h"

enum { PATH_BYTES = 512, SECTION_KEYS_MAX = 32 };

struct number_row {
    const char *section, *key;
    long low, high;
    size_t offset;
};

static const struct number_row number_rows[] = {
#define NUMBER(section, key, low, high)                                                            \
    {#section, #key, low, high, offsetof(struct watch_numbers, section##_##key)},
#include "dispatch/warn/watch.def"
#undef NUMBER
};

enum { NUMBER_ROWS = sizeof number_rows / sizeof *number_rows };

struct loading {
    struct yamlfile file;
    struct watch_policy *policy;
};

static void refuse(struct loading *l, const yaml_node_t *node, const char *what, const char *value)
{
    complain(l->file.complaints, l->file.path, yamlfile_line(node), "%s \"%s\"", what, value);
}

static void copy(struct loading *l, const yaml_node_t *map, const char *key, char *to, size_t room)
{
    const char *text = yamlfile_text(&l->file, map, key);
    if (text && strlen(text) >= room)
        refuse(l, map, "longer than there is room for:", text);
    else if (text)
        snprintf(to, room, "%s", text);
}

static void copy_if(struct loading *l, const yaml_node_t *map, const char *key, char *to,
                    size_t room)
{
    if (yamlfile_get(&l->file, map, key))
        copy(l, map, key, to, room);
}

static bool has_room(struct loading *l, const yaml_node_t *map, uint32_t count, uint32_t max)
{
    if (count < max)
        return true;
    complain(l->file.complaints, l->file.path, yamlfile_line(map), "more than %u rows", max);
    return false;
}

static bool yes(struct loading *l, const yaml_node_t *map, const char *key)
{
    const char *text = yamlfile_text(&l->file, map, key);
    if (text && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        refuse(l, map, "yes or no, not", text);
    return text && strcmp(text, "yes") == 0;
}

/* The list under `key` of a document with these rows in it. */
static const yaml_node_item_t *rows_of(struct loading *l, const char *key, size_t *count)
{
    const char *const keys[] = {"version", "licence", "source", "approved_by", key, NULL};
    const yaml_node_t *root = yamlfile_root(&l->file);
    *count = 0;
    return yamlfile_form(&l->file, root, keys) < 0
               ? NULL
               : yamlfile_list(&l->file, root, key, 1, count);
}

/* --- syndromes --- */

static uint32_t syndrome_named(const struct watch_policy *policy, const char *code)
{
    for (uint32_t i = 0; i < policy->syndrome_count; i++)
        if (strcmp(policy->syndrome[i].code, code) == 0)
            return i;
    return WATCH_SYNDROMES_MAX;
}

static void add_matches(struct loading *l, const yaml_node_t *map, uint32_t syndrome)
{
    struct watch_policy *policy = l->policy;
    size_t count;
    const yaml_node_item_t *items = yamlfile_list(&l->file, map, "when", 1, &count);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *node = yamlfile_item(&l->file, items[i]);
        const char *code = yamlfile_scalar(&l->file, node, "when");
        if (!code || !has_room(l, node, policy->match_count, WATCH_MATCHES_MAX))
            continue;
        struct watch_match *match = &policy->match[policy->match_count++];
        match->syndrome = syndrome;
        if (strlen(code) >= sizeof match->code)
            refuse(l, node, "longer than there is room for:", code);
        else
            snprintf(match->code, sizeof match->code, "%s", code);
    }
}

static void add_syndrome(struct loading *l, const yaml_node_t *map)
{
    static const char *const keys[] = {"code", "zh", "en", "count", "scan", "plan", "when", NULL};
    struct watch_policy *policy = l->policy;
    struct watch_syndrome syndrome = {0};
    if (yamlfile_form(&l->file, map, keys) < 0 ||
        !has_room(l, map, policy->syndrome_count, WATCH_SYNDROMES_MAX))
        return;
    copy(l, map, "code", syndrome.code, sizeof syndrome.code);
    copy(l, map, "zh", syndrome.zh, sizeof syndrome.zh);
    copy(l, map, "en", syndrome.en, sizeof syndrome.en);
    copy_if(l, map, "plan", syndrome.plan, sizeof syndrome.plan);
    syndrome.counted = yes(l, map, "count");
    syndrome.scanned = yes(l, map, "scan");
    if (syndrome_named(policy, syndrome.code) != WATCH_SYNDROMES_MAX)
        refuse(l, map, "there twice:", syndrome.code);
    policy->syndrome[policy->syndrome_count] = syndrome;
    add_matches(l, map, policy->syndrome_count++);
}

static void load_syndromes(struct loading *l)
{
    size_t count;
    const yaml_node_item_t *items = rows_of(l, "syndromes", &count);
    for (size_t i = 0; i < count; i++)
        add_syndrome(l, yamlfile_item(&l->file, items[i]));
}

/* --- rules --- */

static uint32_t site_kinds(struct loading *l, const yaml_node_t *map)
{
    size_t count;
    uint32_t kinds = 0;
    const yaml_node_item_t *items = yamlfile_list(&l->file, map, "sites", 0, &count);
    for (size_t i = 0; items && i < count; i++) {
        const yaml_node_t *node = yamlfile_item(&l->file, items[i]);
        const char *key = yamlfile_scalar(&l->file, node, "sites");
        int kind = key ? kind_find(&zone_kind_table, key) : -1;
        if (kind >= 0)
            kinds |= KIND_BIT(kind);
        else if (key)
            refuse(l, node, "no such kind of zone:", key);
    }
    return kinds;
}

static enum watch_level level_of(struct loading *l, const yaml_node_t *map)
{
    static const char *const words[] = {"none", "blue", "yellow", "orange", "red"};
    const char *text = yamlfile_text(&l->file, map, "level");
    for (int i = WATCH_BLUE; text && i <= WATCH_RED; i++)
        if (strcmp(text, words[i]) == 0)
            return (enum watch_level)i;
    if (text)
        refuse(l, map, "blue, yellow, orange or red, not", text);
    return WATCH_NONE;
}

static void read_where(struct loading *l, const yaml_node_t *map, struct watch_rule *rule)
{
    long radius_m = 0, within_min = 0, at_least = 0;
    rule->site_kinds = site_kinds(l, map);
    if (yamlfile_get(&l->file, map, "radius_m"))
        yamlfile_number(&l->file, map, "radius_m", 1, 50000, &radius_m);
    yamlfile_number(&l->file, map, "within_min", 1, 10080, &within_min);
    yamlfile_number(&l->file, map, "at_least", 2, 1000, &at_least);
    if (!radius_m == !rule->site_kinds)
        complain(l->file.complaints, l->file.path, yamlfile_line(map),
                 "a rule needs either \"radius_m\" or \"sites\"");
    rule->radius_m = (uint32_t)radius_m;
    rule->within_ms = within_min * INT64_C(60000);
    rule->at_least = (uint32_t)at_least;
}

static void add_rule(struct loading *l, const yaml_node_t *map)
{
    static const char *const keys[] = {"code",     "zh",         "en",    "syndrome",
                                       "count",    "at_least",   "sites", "radius_m",
                                       "within_min", "level", "plan",  "source", NULL};
    struct watch_policy *policy = l->policy;
    struct watch_rule rule = {0};
    char syndrome[WATCH_CODE_MAX] = "", count[16] = "";
    if (yamlfile_form(&l->file, map, keys) < 0 ||
        !has_room(l, map, policy->rule_count, WATCH_RULES_MAX))
        return;
    copy(l, map, "code", rule.code, sizeof rule.code);
    copy(l, map, "zh", rule.zh, sizeof rule.zh);
    copy(l, map, "en", rule.en, sizeof rule.en);
    copy(l, map, "plan", rule.plan, sizeof rule.plan);
    copy(l, map, "source", rule.source, sizeof rule.source);
    copy(l, map, "syndrome", syndrome, sizeof syndrome);
    copy(l, map, "count", count, sizeof count);
    rule.syndrome = syndrome_named(policy, syndrome);
    if (syndrome[0] && rule.syndrome == WATCH_SYNDROMES_MAX)
        refuse(l, map, "no such syndrome:", syndrome);
    rule.patients = strcmp(count, "patients") == 0;
    if (count[0] && !rule.patients && strcmp(count, "incidents") != 0)
        refuse(l, map, "patients or incidents, not", count);
    rule.level = level_of(l, map);
    read_where(l, map, &rule);
    policy->rule[policy->rule_count++] = rule;
}

static void load_rules(struct loading *l)
{
    size_t count;
    const yaml_node_item_t *items = rows_of(l, "rules", &count);
    for (size_t i = 0; i < count; i++)
        add_rule(l, yamlfile_item(&l->file, items[i]));
}

/* --- special days --- */

/* Days since 1970 of "2026-02-17" (proleptic Gregorian), or -1. */
static int64_t day_number(const char *text)
{
    char year[5] = {0}, month[3] = {0}, day[3] = {0};
    long y, m, d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return -1;
    memcpy(year, text, 4);
    memcpy(month, text + 5, 2);
    memcpy(day, text + 8, 2);
    if (yamlfile_parse_number(year, 1970, 9999, &y) < 0 ||
        yamlfile_parse_number(month, 1, 12, &m) < 0 || yamlfile_parse_number(day, 1, 31, &d) < 0)
        return -1;
    long shifted = y - (m <= 2), of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year - 719468;
}

static void add_days(struct loading *l, const yaml_node_t *map)
{
    static const char *const keys[] = {"kind", "zh", "en", "days", NULL};
    struct watch_policy *policy = l->policy;
    long kind = 0;
    size_t count;
    if (yamlfile_form(&l->file, map, keys) < 0 ||
        yamlfile_number(&l->file, map, "kind", 1, 15, &kind) < 0)
        return;
    const yaml_node_item_t *items = yamlfile_list(&l->file, map, "days", 1, &count);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *node = yamlfile_item(&l->file, items[i]);
        const char *text = yamlfile_scalar(&l->file, node, "days");
        int64_t day = text ? day_number(text) : -1;
        if (text && day < 0)
            refuse(l, node, "a date is YEAR-MO-DA, not", text);
        else if (text && has_room(l, node, policy->day_count, WATCH_DAYS_MAX))
            policy->day[policy->day_count++] = (struct watch_day){day, (uint32_t)kind};
    }
}

static void load_days(struct loading *l)
{
    size_t count;
    const yaml_node_item_t *items = rows_of(l, "kinds", &count);
    for (size_t i = 0; i < count; i++)
        add_days(l, yamlfile_item(&l->file, items[i]));
}

/* --- numbers --- */

/* The keys of one section, or with section NULL the names of all sections; ends with NULL. */
static void list_keys(const char *section, const char **keys, size_t n)
{
    for (int i = 0; i < NUMBER_ROWS && n + 1 < SECTION_KEYS_MAX; i++) {
        const struct number_row *row = &number_rows[i];
        bool first = i == 0 || strcmp(row->section, number_rows[i - 1].section) != 0;
        if (section ? strcmp(row->section, section) == 0 : first)
            keys[n++] = section ? row->key : row->section;
    }
    keys[n] = NULL;
}

static void read_number(struct loading *l, const yaml_node_t *map, const struct number_row *row)
{
    long number;
    if (yamlfile_number(&l->file, map, row->key, row->low, row->high, &number) == 0)
        *(uint32_t *)(void *)((char *)&l->policy->number + row->offset) = (uint32_t)number;
}

static void load_numbers(struct loading *l)
{
    const char *keys[SECTION_KEYS_MAX] = {"version", "licence", "source", "approved_by"};
    const yaml_node_t *root = yamlfile_root(&l->file), *map = NULL;
    list_keys(NULL, keys, 4);
    if (yamlfile_form(&l->file, root, keys) < 0)
        return;
    for (int i = 0; i < NUMBER_ROWS; i++) {
        const struct number_row *row = &number_rows[i];
        if (i == 0 || strcmp(row->section, number_rows[i - 1].section) != 0) {
            map = yamlfile_get(&l->file, root, row->section);
            list_keys(row->section, keys, 0);
            if (!map)
                complain(l->file.complaints, l->file.path, 1, "\"%s\" is missing", row->section);
            else if (yamlfile_form(&l->file, map, keys) < 0)
                map = NULL;
        }
        if (map)
            read_number(l, map, row);
    }
}

/* What must hold between the numbers. */
static void check_numbers(struct loading *l)
{
    const struct watch_numbers *n = &l->policy->number;
    struct complaints *complaints = l->file.complaints;
    const char *path = l->file.path;
    if (n->level_blue_h >= n->level_yellow_h || n->level_yellow_h >= n->level_orange_h ||
        n->level_orange_h >= n->level_red_h)
        complain(complaints, path, 0, "\"level\": blue < yellow < orange < red");
    if (n->window_short_h >= n->window_middle_h || n->window_middle_h >= n->window_long_h)
        complain(complaints, path, 0, "\"window\": short < middle < long");
    if (n->lateness_usual_permille >= n->lateness_raised_permille)
        complain(complaints, path, 0, "\"lateness\": usual < raised");
    if (n->coverage_enter_permille > n->coverage_leave_permille)
        complain(complaints, path, 0, "\"coverage\": enter <= leave");
    if (n->demand_known_weeks > n->demand_weeks)
        complain(complaints, path, 0, "\"demand\": known_weeks <= weeks");
    if (n->preparedness_enter_milli > n->preparedness_leave_milli)
        complain(complaints, path, 0, "\"preparedness\": enter <= leave");
    if (n->scan_radius_m > 16 * n->scan_cell_m)
        complain(complaints, path, 0, "\"scan\": radius_m is more than 16 cell_m");
    if (n->stp_window_days >= n->stp_days)
        complain(complaints, path, 0, "\"stp\": window_days < days");
}

/* --- all of it --- */

static void load(struct loading *l, const char *dir, const char *name,
                 void (*load_cb)(struct loading *l), struct complaints *complaints)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (yamlfile_open(&l->file, path, complaints) < 0)
        return;
    load_cb(l);
    if (load_cb == load_numbers && complaints->count == 0)
        check_numbers(l);
    yamlfile_close(&l->file);
}

int warnfile_load(const char *dir, uint32_t utc_offset_min, struct watch_policy *policy,
                  struct complaints *complaints)
{
    struct loading l = {.policy = policy};
    memset(policy, 0, sizeof *policy);
    policy->utc_offset_min = utc_offset_min;
    load(&l, dir, "syndromes.yaml", load_syndromes, complaints);
    if (policy->syndrome_count == 0 && complaints->count == 0)
        complain(complaints, dir, 0, "no syndromes");
    load(&l, dir, "rules.yaml", load_rules, complaints);
    load(&l, dir, "days.yaml", load_days, complaints);
    load(&l, dir, "detectors.yaml", load_numbers, complaints);
    return complaints->count ? -1 : 0;
}
