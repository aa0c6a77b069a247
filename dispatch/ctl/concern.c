#include "dispatch/ctl/concern.h"

static bool is_known(const struct concern *concern, char letter, uint64_t id)
{
    if (letter == LETTER_incident)
        return id == concern->incident;
    for (uint32_t i = 0; i < concern->count; i++)
        if (concern->known[i].letter == letter && concern->known[i].id == id)
            return true;
    return false;
}

/* Units, hospitals, users and stations serve many incidents: they say nothing. */
static bool says_which(char letter)
{
    return letter == LETTER_incident || letter == LETTER_call || letter == LETTER_assignment ||
           letter == LETTER_task || letter == LETTER_alert;
}

bool concern_has(const struct concern *concern, const struct fact *fact)
{
    const struct schema *schema = fact_schema(fact->kind);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        if (field->type == FIELD_ID && says_which(field->letter) &&
            is_known(concern, field->letter, field_number(field, fact_body(fact))))
            return true;
    }
    return false;
}

void concern_learn(struct concern *concern, const struct fact *fact)
{
    const struct schema *schema = fact_schema(fact->kind);
    const struct schema_field *own = schema_find(schema, "incident", 8);
    /* A call-back belongs where its call belongs. */
    bool ours = own ? field_number(own, fact_body(fact)) == concern->incident
                    : fact->kind == FACT_CALLBACK_OPENED && concern_has(concern, fact);
    for (uint32_t i = 0; ours && i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        uint64_t id = field->type == FIELD_ID ? field_number(field, fact_body(fact)) : 0;
        if (id == 0 || !says_which(field->letter) || is_known(concern, field->letter, id) ||
            field->letter == LETTER_incident || concern->count == CONCERN_MAX)
            continue;
        concern->known[concern->count].letter = field->letter;
        concern->known[concern->count++].id = id;
    }
}
