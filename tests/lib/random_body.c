#include "tests/lib/random_body.h"

#include <string.h>

uint64_t dice_roll(struct dice *dice)
{
    uint64_t z = (dice->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Often at an edge, otherwise anywhere below `end`. */
static uint64_t number_below(struct dice *dice, uint64_t end)
{
    switch (dice_roll(dice) % 4) {
    case 0:
        return 0;
    case 1:
        return end - 1;
    default:
        return dice_roll(dice) % end;
    }
}

static struct text random_text(struct dice *dice)
{
    static const struct text texts[] = {
        {"", 0},          {"a", 1},     {"胸痛 大武口区朝阳街", 28}, {"line\nbreak \"quoted\" \\", 21},
        {"\xf0\x9f\x9a\x91", 4}, {"13900001111", 11},
    };
    return texts[dice_roll(dice) % (sizeof(texts) / sizeof(texts[0]))];
}

static const uint64_t *random_list(struct dice *dice, uint32_t *n, uint64_t end)
{
    uint64_t *list = dice->memory + dice->used;
    *n = (uint32_t)(dice_roll(dice) % 5);
    for (uint32_t i = 0; i < *n; i++)
        list[i] = number_below(dice, end);
    dice->used = (dice->used + *n) % 4000;
    return list;
}

static void random_lists(struct dice *dice, const struct schema_field *field, void *body)
{
    void *at = (char *)body + field->offset;
    uint32_t n = 0;
    if (field->type == FIELD_TEXT) {
        *(struct text *)at = random_text(dice);
    } else if (field->type == FIELD_U64S) {
        const uint64_t *list = random_list(dice, &n, ID_MAX);
        *(struct u64s *)at = (struct u64s){list, n};
    } else if (field->type == FIELD_U32S) {
        const void *list = random_list(dice, &n, UINT64_MAX);
        *(struct u32s *)at = (struct u32s){list, 2 * n};
    }
}

void random_body(struct dice *dice, const struct schema *schema, void *body, bool keep_lists)
{
    if (!keep_lists)
        dice->used = 0;
    memset(body, 0, schema->size);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        uint64_t value = 0;
        if (field->type == FIELD_ENUM)
            value = number_below(dice, field->words->count);
        else if (field->type == FIELD_U32)
            value = number_below(dice, (uint64_t)UINT32_MAX + 1);
        else if (field->type == FIELD_I32)
            value = number_below(dice, (uint64_t)UINT32_MAX + 1) + (uint64_t)INT32_MIN;
        else if (field->type == FIELD_MS)
            value = number_below(dice, 2 * ID_MAX) - ID_MAX;
        else if (field->type == FIELD_BOOL)
            value = number_below(dice, 2);
        else
            value = number_below(dice, ID_MAX);
        field_set_number(field, body, value);
        random_lists(dice, field, body);
    }
}

const char *body_difference(const struct schema *schema, const void *a, const void *b,
                            bool personal)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        size_t n = list_bytes(field, a);
        if (field->personal && !personal)
            n = 0;
        if (field_number(field, a) != field_number(field, b) || n != list_bytes(field, b) ||
            (n > 0 && memcmp(field_text(field, a)->p, field_text(field, b)->p, n) != 0))
            return field->name;
    }
    return NULL;
}
