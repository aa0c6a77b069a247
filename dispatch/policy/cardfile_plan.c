#include "dispatch/policy/cardfile_build.h"

#include <string.h>

static uint8_t read_grades(struct card_builder *builder, const yaml_node_t *map)
{
    size_t count;
    const yaml_node_item_t *items = yamlfile_list(&builder->file, map, "grades", 1, &count);
    uint8_t grades = 0;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *node = yamlfile_item(&builder->file, items[i]);
        const char *text = yamlfile_scalar(&builder->file, node, "grades");
        long grade;
        if (text == NULL)
            continue;
        if (yamlfile_parse_number(text, 1, GRADE_COUNT, &grade) == 0)
            grades = (uint8_t)(grades | 1u << grade);
        else
            build_complain(builder, node, "a grade is 1 to %d, not \"%s\"", GRADE_COUNT, text);
    }
    return grades;
}

/* "22-6" under `key`; the whole range [low, high] if it is missing. */
static void read_range(struct card_builder *builder, const yaml_node_t *map, const char *key,
                       uint8_t high, uint8_t *from, uint8_t *to)
{
    char first[8] = {0};
    long from_number, to_number;
    const yaml_node_t *node = yamlfile_get(&builder->file, map, key);
    *from = 0;
    *to = high;
    if (node == NULL)
        return;
    const char *text = yamlfile_scalar(&builder->file, node, key);
    const char *dash = text == NULL ? NULL : strchr(text, '-');
    if (text == NULL)
        return;
    if (dash != NULL && dash - text < (ptrdiff_t)sizeof first)
        memcpy(first, text, (size_t)(dash - text));
    if (dash == NULL || yamlfile_parse_number(first, 0, high, &from_number) < 0 ||
        yamlfile_parse_number(dash + 1, 0, high, &to_number) < 0) {
        build_complain(builder, node, "\"%s\" must be FROM-TO with numbers from 0 to %u", key,
                       high);
        return;
    }
    *from = (uint8_t)from_number;
    *to = (uint8_t)to_number;
}

static void add_slot(struct card_builder *builder, struct plan *plan, const yaml_node_t *map)
{
    static const char *const keys[] = {"need", "prefer", "count", NULL};
    long count = 0;
    if (yamlfile_form(&builder->file, map, keys) < 0 ||
        !build_room(builder, map, plan->slot_count, PLAN_SLOT_MAX, "sorts of units in one plan") ||
        yamlfile_number(&builder->file, map, "count", 1, 20, &count) < 0)
        return;
    plan->slots[plan->slot_count++] = (struct plan_slot){
        .required = build_kinds(builder, map, "need", &capability_table),
        .preferred = build_kinds(builder, map, "prefer", &capability_table),
        .count = (uint8_t)count,
    };
}

/* The check-list, if it has one. */
static void read_steps(struct card_builder *builder, const yaml_node_t *map, struct plan *plan)
{
    static const char *const keys[] = {"zh", "en", NULL};
    size_t count;
    if (!yamlfile_get(&builder->file, map, "steps"))
        return;
    const yaml_node_item_t *items = yamlfile_list(&builder->file, map, "steps", 1, &count);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *step = yamlfile_item(&builder->file, items[i]);
        if (yamlfile_form(&builder->file, step, keys) == 0 &&
            build_room(builder, step, plan->step_count, PLAN_STEP_MAX, "steps of one plan"))
            plan->steps[plan->step_count++] = build_languages(builder, step);
    }
}

static void read_plan_id(struct card_builder *builder, const yaml_node_t *map, struct plan *plan)
{
    const struct card_set *set = builder->set;
    long number = 0;
    const char *code = build_name(builder, map, "code", '-');
    for (size_t i = 0; i < set->plan_count && code != NULL; i++)
        if (strcmp(card_text(set, set->plans[i].code), code) == 0)
            build_complain(builder, map, "plan \"%s\" is there twice", code);
    plan->code = build_text(builder, code);
    if (yamlfile_number(&builder->file, map, "number", 1, 9999, &number) == 0 &&
        plan_by_id(set, (uint32_t)number) != NULL)
        build_complain(builder, map, "plan number %ld is there twice", number);
    plan->id = (uint32_t)number;
}

static void add_plan(struct card_builder *builder, const yaml_node_t *map)
{
    static const char *const keys[] = {"code", "number", "grades", "zones",     "hours", "surge",
                                       "zh",   "en",     "units",  "hospitals", "steps", NULL};
    struct card_set *set = builder->set;
    struct plan plan = {.line = (uint16_t)yamlfile_line(map)};
    size_t count;
    if (yamlfile_form(&builder->file, map, keys) < 0 ||
        !build_room(builder, map, set->plan_count, PLAN_MAX, "plans"))
        return;
    read_plan_id(builder, map, &plan);
    plan.text = build_languages(builder, map);
    plan.grades = read_grades(builder, map);
    plan.zones = build_kinds(builder, map, "zones", &zone_kind_table);
    plan.hospitals = build_kinds(builder, map, "hospitals", &hospital_kind_table);
    read_range(builder, map, "hours", 24, &plan.hour_from, &plan.hour_to);
    read_range(builder, map, "surge", PLAN_SURGE_MAX, &plan.surge_from, &plan.surge_to);
    if (plan.surge_from > plan.surge_to)
        build_complain(builder, map, "\"surge\" must go upwards");
    const yaml_node_item_t *items = yamlfile_list(&builder->file, map, "units", 1, &count);
    for (size_t i = 0; i < count; i++)
        add_slot(builder, &plan, yamlfile_item(&builder->file, items[i]));
    read_steps(builder, map, &plan);
    set->plans[set->plan_count++] = plan;
}

void build_plans(struct card_builder *builder)
{
    static const char *const keys[] = {"version",     "licence", "source",
                                       "approved_by", "plans",   NULL};
    struct card_set *set = builder->set;
    const yaml_node_t *root = yamlfile_root(&builder->file);
    size_t count;
    if (yamlfile_form(&builder->file, root, keys) < 0)
        return;
    yamlfile_text(&builder->file, root, "version");
    yamlfile_text(&builder->file, root, "licence");
    yamlfile_text(&builder->file, root, "source");
    if (build_optional_text(builder, root, "approved_by") == 0)
        set->demonstration = true;
    set->plan_file = build_text(builder, builder->file.path);
    const yaml_node_item_t *items = yamlfile_list(&builder->file, root, "plans", 1, &count);
    for (size_t i = 0; i < count; i++)
        add_plan(builder, yamlfile_item(&builder->file, items[i]));
}
