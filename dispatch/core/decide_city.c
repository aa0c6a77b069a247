/* The city's registry, hospitals' status, road conditions, what is in force, terminals' edges. */
#include "dispatch/core/decide.h"

#include <string.h>

static enum refusal check_id(uint64_t id)
{
    return id == 0 || id >= ID_MAX ? REFUSE_BAD_ID : REFUSE_NONE;
}

/* A code or phone names one object; `field` is that text's name in both schemas. */
static bool text_taken(const struct deciding *d, enum object_kind kind, uint64_t id,
                       const char *field, const struct text *text)
{
    const struct schema_field *of = schema_find(object_schema(kind), field, strlen(field));
    for (uint32_t i = 0; i < d->state->table[kind].count; i++) {
        const void *object = table_at(&d->state->table[kind], i);
        uint64_t other;
        memcpy(&other, object, sizeof(other));
        if (other != id && text->n && text_same(*field_text(of, object), *text))
            return true;
    }
    return false;
}

static bool same_text(const struct text *a, const struct text *b, size_t width)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n * width) == 0);
}

static bool same_field(const struct schema_field *of, const void *object,
                       const struct schema_field *in, const void *body)
{
    switch (of->type) {
    case FIELD_TEXT:
        return same_text(field_text(of, object), field_text(in, body), 1);
    case FIELD_U32S:
        return same_text(field_text(of, object), field_text(in, body), sizeof(uint32_t));
    case FIELD_U64S:
        return same_text(field_text(of, object), field_text(in, body), sizeof(uint64_t));
    default:
        return field_number(of, object) == field_number(in, body);
    }
}

/* Whether the object is as the command defines it. */
static bool is_defined_so(const struct deciding *d, enum object_kind kind, const void *object)
{
    const struct schema *from = command_schema(d->command->kind);
    for (uint32_t i = 0; i < from->count; i++) {
        const struct schema_field *in = &from->field[i], *of;
        of = schema_find(object_schema(kind), in->name, strlen(in->name));
        if (of && !same_field(of, object, in, command_body(d->command)))
            return false;
    }
    return true;
}

/* A city told again as it is leaves no trace. */
static enum refusal define(struct deciding *d, enum object_kind kind, uint64_t id,
                           const char *unique, const struct text *text, enum fact_kind fact)
{
    enum refusal refusal = check_id(id);
    if (refusal != REFUSE_NONE)
        return refusal;
    const void *object = state_find(d->state, kind, id);
    if (!object && state_room(d->state, kind) == 0)
        return REFUSE_FULL;
    d->out->made = id;
    if (object && is_defined_so(d, kind, object))
        return REFUSE_NONE;
    if (text_taken(d, kind, id, unique, text))
        return REFUSE_CODE_TAKEN;
    emit_same(d, fact);
    return REFUSE_NONE;
}

static enum refusal define_station(struct deciding *d)
{
    const struct define_station *c = &d->command->define_station;
    if (check_place(true, c->lat_e7, c->lon_e7) != REFUSE_NONE)
        return REFUSE_BAD_PLACE;
    return define(d, OBJECT_STATION, c->station.v, "code", &c->code, FACT_STATION_DEFINED);
}

static enum refusal define_hospital(struct deciding *d)
{
    const struct define_hospital *c = &d->command->define_hospital;
    if (check_place(true, c->lat_e7, c->lon_e7) != REFUSE_NONE)
        return REFUSE_BAD_PLACE;
    return define(d, OBJECT_HOSPITAL, c->hospital.v, "code", &c->code, FACT_HOSPITAL_DEFINED);
}

static enum refusal define_unit(struct deciding *d)
{
    const struct define_unit *c = &d->command->define_unit;
    if (c->station.v && !state_station(d->state, c->station.v))
        return REFUSE_NO_STATION;
    return define(d, OBJECT_UNIT, c->unit.v, "code", &c->code, FACT_UNIT_DEFINED);
}

static enum refusal define_terminal(struct deciding *d)
{
    const struct define_terminal *c = &d->command->define_terminal;
    if (!state_unit(d->state, c->unit.v))
        return REFUSE_NO_UNIT;
    return define(d, OBJECT_TERMINAL, c->terminal.v, "phone", &c->phone, FACT_TERMINAL_DEFINED);
}

static enum refusal define_zone(struct deciding *d)
{
    const struct define_zone *c = &d->command->define_zone;
    if (c->grade_floor > GRADE_MAX)
        return REFUSE_BAD_VALUE;
    return define(d, OBJECT_ZONE_NAME, c->zone.v, "code", &c->code, FACT_ZONE_DEFINED);
}

static enum refusal set_hospital_status(struct deciding *d)
{
    const struct set_hospital_status *c = &d->command->set_hospital_status;
    if (!state_hospital(d->state, c->hospital.v))
        return REFUSE_NO_HOSPITAL;
    if (!speaks_for_hospital(d, c->hospital.v))
        return REFUSE_NOT_YOURS;
    emit_same(d, FACT_HOSPITAL_STATUS_SET);
    return REFUSE_NONE;
}

static enum refusal set_condition(struct deciding *d)
{
    const struct set_road_condition *c = &d->command->set_road_condition;
    bool known = c->condition.v != 0;
    if (known && !state_condition(d->state, c->condition.v))
        return REFUSE_NO_CONDITION;
    if (c->state == ROAD_OPEN ||
        (c->state == ROAD_SLOW && (c->slow_pct <= 100 || c->slow_pct > 10000)))
        return REFUSE_BAD_VALUE;
    if (c->way.n == 0 && c->radius_m == 0)
        return REFUSE_BAD_VALUE;
    if (check_place(true, c->lat_e7, c->lon_e7) != REFUSE_NONE)
        return REFUSE_BAD_PLACE;
    if (c->until_ms && c->until_ms <= d->now_ms)
        return REFUSE_BAD_TIME;
    if (!known && state_room(d->state, OBJECT_CONDITION) == 0)
        return REFUSE_FULL;
    struct fact *fact = emit_same(d, FACT_ROAD_CONDITION_SET);
    if (!known)
        fact->road_condition_set.condition.v = d->state->head->last_condition + 1;
    d->out->made = fact->road_condition_set.condition.v;
    return REFUSE_NONE;
}

static enum refusal clear_condition(struct deciding *d)
{
    if (!state_condition(d->state, d->command->clear_road_condition.condition.v))
        return REFUSE_NO_CONDITION;
    emit_same(d, FACT_ROAD_CONDITION_CLEARED);
    return REFUSE_NONE;
}

static enum refusal activate(struct deciding *d, uint64_t epoch, enum fact_kind kind)
{
    const struct activate_weights *c = &d->command->activate_weights;
    if (c->epoch < epoch)
        return REFUSE_OLD_WEIGHTS;
    emit_same(d, kind);
    return REFUSE_NONE;
}

static enum refusal terminal_edge(struct deciding *d, struct terminal_id id, int64_t claimed_ms,
                                  bool lost)
{
    const struct terminal *terminal = state_terminal(d->state, id.v);
    int64_t at_ms;
    if (!terminal)
        return REFUSE_NO_TERMINAL;
    enum refusal refusal = claimed_time(d, claimed_ms, &at_ms);
    if (refusal != REFUSE_NONE || terminal->lost == lost)
        return refusal;
    struct fact *fact = emit_same(d, lost ? FACT_TERMINAL_LOST : FACT_TERMINAL_HEARD);
    fact->terminal_lost.at_ms = at_ms; /* both facts have the same fields */
    return REFUSE_NONE;
}

enum refusal decide_city(struct deciding *d)
{
    const struct command *c = d->command;
    switch (c->kind) {
    case COMMAND_DEFINE_STATION:
        return define_station(d);
    case COMMAND_DEFINE_HOSPITAL:
        return define_hospital(d);
    case COMMAND_DEFINE_UNIT:
        return define_unit(d);
    case COMMAND_DEFINE_TERMINAL:
        return define_terminal(d);
    case COMMAND_DEFINE_ZONE:
        return define_zone(d);
    case COMMAND_SET_HOSPITAL_STATUS:
        return set_hospital_status(d);
    case COMMAND_SET_ROAD_CONDITION:
        return set_condition(d);
    case COMMAND_CLEAR_ROAD_CONDITION:
        return clear_condition(d);
    case COMMAND_ACTIVATE_WEIGHTS:
        return activate(d, d->state->head->weights_epoch, FACT_WEIGHTS_ACTIVATED);
    case COMMAND_ACTIVATE_CARDS:
        return activate(d, 0, FACT_CARDS_ACTIVATED);
    case COMMAND_ACTIVATE_ZONES:
        return activate(d, 0, FACT_ZONES_ACTIVATED);
    case COMMAND_LOSE_TERMINAL:
        return terminal_edge(d, c->lose_terminal.terminal, c->lose_terminal.at_ms, true);
    case COMMAND_HEAR_TERMINAL:
        return terminal_edge(d, c->hear_terminal.terminal, c->hear_terminal.at_ms, false);
    default:
        return REFUSE_BAD_COMMAND;
    }
}
