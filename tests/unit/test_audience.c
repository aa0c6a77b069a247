/* audience: over days of anything, nobody is shown what is not theirs, and nobody misses what is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/readers/audience.h"
#include "tests/lib/journal_memory.h"
#include "tests/lib/random_day.h"

static struct random_day day;

static uint64_t id_of(const struct schema *schema, const void *body, const char *name)
{
    const struct schema_field *field = schema_find(schema, name, strlen(name));
    return field && field->type == FIELD_ID ? field_number(field, body) : 0;
}

static bool is_mine(struct audience who, const struct assignment *a)
{
    return a && (who.role == ROLE_CREW ? a->unit.v == who.scope : a->hospital.v == who.scope);
}

static bool is_my_incident(const struct core *core, struct audience who, uint64_t incident)
{
    bool mine = false;
    EACH (&core->state, ASSIGNMENT, assignment, it)
        mine |= it->incident.v == incident && is_mine(who, it);
    return mine;
}

struct tally {
    uint32_t shown, hidden, whole;
};
static struct tally crews, hospitals;

/* What a crew or hospital sees names its own assignment, unit, hospital or incident. */
static void check_scoped(const struct core *core, struct audience who, const struct fact *fact,
                         struct tally *tally)
{
    const struct schema *schema = fact_schema(fact->kind);
    const void *body = fact_body(fact);
    bool sees = audience_sees(core, who, fact);
    uint64_t assignment = id_of(schema, body, "assignment");
    uint64_t incident = id_of(schema, body, "incident");
    const struct audience desk = {ROLE_DISPATCHER, 0}, gateway = {ROLE_GATEWAY, 0};
    tally->shown += sees;
    tally->hidden += !sees;
    if (!sees) {
        if (fact->kind == FACT_STEP_REACHED)
            assert_false(is_mine(who, state_assignment(&core->state, assignment)));
        return;
    }
    assert_true(audience_sees(core, desk, fact)); /* nothing is theirs that is not the desk's */
    if (audience_sees(core, gateway, fact))
        return; /* the registry is everyone's */
    if (who.role == ROLE_CREW && id_of(schema, body, "unit"))
        assert_int_equal(id_of(schema, body, "unit"), who.scope);
    else if (assignment)
        assert_true(is_mine(who, state_assignment(&core->state, assignment)));
    else
        assert_true(is_my_incident(core, who, incident));
}

static void check_gain(const struct core *core, struct audience who, const struct fact *fact,
                       struct tally *tally)
{
    uint64_t gained = audience_gains(core, who, fact);
    tally->whole += gained != 0;
    assert_true(!gained || is_my_incident(core, who, gained));
    if (who.role == ROLE_CREW && fact->kind == FACT_UNIT_RESERVED &&
        fact->unit_reserved.unit.v == who.scope)
        assert_int_equal(gained, fact->unit_reserved.incident.v);
}

static void on_applied(void *context, const struct record *record)
{
    const struct core *core = &day.pipeline.core;
    (void)context;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        for (uint64_t scope = 1; scope <= 4; scope++) {
            struct audience crew = {ROLE_CREW, scope}, hospital = {ROLE_HOSPITAL, scope};
            check_scoped(core, crew, &record->fact[i], &crews);
            check_gain(core, crew, &record->fact[i], &crews);
            check_scoped(core, hospital, &record->fact[i], &hospitals);
            check_gain(core, hospital, &record->fact[i], &hospitals);
        }
        const struct audience nobody = {ROLE_MACHINE, 0};
        assert_false(audience_sees(core, nobody, &record->fact[i]));
    }
}

static void check_own_lists(const struct core *core, struct audience who)
{
    uint64_t own[2048];
    uint32_t n = audience_own_incidents(core, who, own), at = 0;
    assert_true(core->state.table[OBJECT_ASSIGNMENT].count <= 2048);
    EACH (&core->state, INCIDENT, incident, it) {
        bool mine = is_my_incident(core, who, it->incident.v);
        assert_int_equal(audience_sees_object(core, who, OBJECT_INCIDENT, it), mine);
        while (at < n && own[at] < it->incident.v)
            at++;
        assert_int_equal(at < n && own[at] == it->incident.v, mine);
    }
}

static void test_days_of_anything(void **state)
{
    const struct core *core = &day.pipeline.core;
    (void)state;
    random_day_make(&day, NULL);
    random_day_open(&day, 5);
    day.pipeline.applied_cb = on_applied;
    for (int i = 0; i < 40; i++) {
        random_day_pass(&day, 100);
        for (uint64_t scope = 1; scope <= 4; scope++) {
            check_own_lists(core, (struct audience){ROLE_CREW, scope});
            check_own_lists(core, (struct audience){ROLE_HOSPITAL, scope});
        }
    }
    assert_true(crews.shown > 500 && crews.hidden > 500 && crews.whole > 20);
    assert_true(hospitals.shown > 100 && hospitals.hidden > 500 && hospitals.whole > 5);
    random_day_close(&day);
    journal_memory_wipe();
}

static void test_objects_by_role(void **state)
{
    struct core core = {0};
    const struct client client = {0};
    const struct alert alert = {0};
    const struct unit unit = {0};
    (void)state;
    for (int role = 0; role <= ROLE_MACHINE; role++) {
        struct audience who = {(enum role)role, 1};
        bool desk = role == ROLE_DISPATCHER || role == ROLE_SUPERVISOR || role == ROLE_OPERATOR;
        assert_false(audience_sees_object(&core, who, OBJECT_CLIENT, &client));
        assert_int_equal(audience_sees_object(&core, who, OBJECT_ALERT, &alert), desk);
        assert_int_equal(audience_sees_object(&core, who, OBJECT_UNIT, &unit),
                         role != ROLE_MACHINE && role != 0);
    }
    assert_false(audience_sees_personal((struct audience){ROLE_OPERATOR, 0}));
    assert_false(audience_sees_personal((struct audience){ROLE_GATEWAY, 0}));
    assert_false(audience_sees_personal((struct audience){ROLE_MACHINE, 0}));
    assert_true(audience_sees_personal((struct audience){ROLE_CREW, 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_of_anything),
        cmocka_unit_test(test_objects_by_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
