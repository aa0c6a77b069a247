/* Plans: what they ask for goes into commands, what they say goes to consoles. */
#include <jansson.h>
#include <stdlib.h>

#include "dispatch/server/server_impl.h"

/* --- into commands --- */

static struct text text_at(const struct plan_book *book, uint32_t offset)
{
    const char *text = plan_text(book, offset);
    return (struct text){text, (uint32_t)strlen(text)};
}

/* What comes from outside is never believed: no such plan, no steps, and the core refuses. */
static void fill_start(struct server *s, struct start_plan *c)
{
    const struct plan_entry *plan = plan_book_find(s->plans, c->plan);
    c->edition = plan ? text_at(s->plans, plan->edition) : TEXT("");
    c->step_due_s = (struct u32s){s->plan_due_s, 0};
    c->step_role = (struct u32s){s->plan_role, 0};
    for (uint8_t i = 0; plan && i < plan->step_count; i++) {
        s->plan_due_s[c->step_due_s.n++] = plan->step[i].due_s;
        s->plan_role[c->step_role.n++] = plan->step[i].role;
    }
}

static void fill_proposal(const struct server *s, struct text detector, struct text syndrome,
                          enum level level, struct text *code)
{
    const struct plan_entry *plan =
        code->n ? NULL : plan_book_propose(s->plans, detector, syndrome, level);
    if (plan)
        *code = text_at(s->plans, plan->code);
}

void server_fill_plan(struct server *s, struct command *command)
{
    if (command->kind == COMMAND_START_PLAN)
        fill_start(s, &command->start_plan);
    if (command->kind == COMMAND_RAISE_ALERT) {
        struct raise_alert *c = &command->raise_alert;
        fill_proposal(s, c->detector, c->syndrome, c->level, &c->plan);
    }
    if (command->kind == COMMAND_UPDATE_ALERT) {
        struct update_alert *c = &command->update_alert;
        const struct alert *alert = state_alert(&s->pipeline.core.state, c->alert.v);
        if (alert)
            fill_proposal(s, alert->detector, c->syndrome, c->level, &c->plan);
    }
}

/* --- to consoles --- */

static json_t *string_at(const struct plan_book *book, uint32_t offset)
{
    return json_string(plan_text(book, offset));
}

/* {"zh": …, "en": …}; more may be added. */
static json_t *words_json(const struct plan_book *book, struct plan_words words)
{
    return json_pack("{s:o, s:o}", "zh", string_at(book, words.zh), "en",
                     string_at(book, words.en));
}

static json_t *steps_json(const struct plan_book *book, const struct plan_entry *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->step_count; i++) {
        json_t *step = words_json(book, plan->step[i].words);
        json_object_set_new(step, "role",
                            json_string(words_name(&plan_role_words, plan->step[i].role)));
        json_object_set_new(step, "due_s", json_integer(plan->step[i].due_s));
        json_array_append_new(list, step);
    }
    return list;
}

static json_t *people_json(const struct plan_book *book, const struct plan_entry *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->people_count; i++) {
        json_t *person = words_json(book, plan->people[i].words);
        json_object_set_new(person, "role",
                            json_string(words_name(&plan_role_words, plan->people[i].role)));
        json_array_append_new(list, person);
    }
    return list;
}

static json_t *resources_json(const struct plan_book *book, const struct plan_entry *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->resource_count; i++)
        json_array_append_new(list, words_json(book, plan->resource[i]));
    return list;
}

static json_t *messages_json(const struct plan_book *book, const struct plan_entry *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->message_count; i++) {
        json_t *message = words_json(book, plan->message[i].words);
        json_object_set_new(message, "to", words_json(book, plan->message[i].to));
        json_array_append_new(list, message);
    }
    return list;
}

static json_t *plan_json(const struct plan_book *book, const struct plan_entry *plan)
{
    json_t *json = words_json(book, plan->name);
    json_object_set_new(json, "code", string_at(book, plan->code));
    json_object_set_new(json, "edition", string_at(book, plan->edition));
    json_object_set_new(json, "source", string_at(book, plan->source));
    json_object_set_new(json, "approved_by", string_at(book, plan->approved_by));
    json_object_set_new(json, "people", people_json(book, plan));
    json_object_set_new(json, "steps", steps_json(book, plan));
    json_object_set_new(json, "resources", resources_json(book, plan));
    json_object_set_new(json, "messages", messages_json(book, plan));
    return json;
}

void server_plans_json(const struct plan_book *book, struct buffer *out)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < book->count; i++)
        json_array_append_new(list, plan_json(book, &book->plan[i]));
    char *text = json_dumps(list, JSON_COMPACT);
    buffer_add_text(out, text ? text : "[]");
    free(text);
    json_decref(list);
}
