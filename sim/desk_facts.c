/* What the desk sees: facts as they happen, objects when it comes in. */
#include <string.h>

#include "sim/desk.h"

static void see_call(struct desk *d, uint64_t call, int64_t answer_in_ms)
{
    struct desk_case *c = desk_find(d, call, 0);

    if (c || (c = desk_new(d)) == NULL)
        return;
    c->stage = DESK_RINGING;
    c->call = call;
    c->due_ms = d->now_ms + answer_in_ms;
    c->known = d->events.hear_cb(d->events.user, call, &c->truth);
}

static void see_hung_up(struct desk *d, uint64_t call)
{
    struct desk_case *c = desk_find(d, call, 0);
    if (c && !c->incident && !c->asked)
        c->stage = DESK_FREE;
}

static void see_task(struct desk *d, uint64_t task)
{
    for (uint32_t i = 0; i < d->task_n; i++)
        if (d->task[i].task == task)
            return;
    if (d->task_n < DESK_TASKS_MAX)
        d->task[d->task_n++] = (struct desk_task){task, d->now_ms + 15000};
    else
        d->counts.full++;
}

static void see_offer(struct desk *d, uint64_t incident, const struct u64s *unit)
{
    struct desk_case *c = desk_find(d, 0, incident);

    if (!c)
        return;
    c->offer_n = unit->n < PLAN_SLOT_MAX ? unit->n : PLAN_SLOT_MAX;
    for (uint32_t i = 0; i < c->offer_n; i++)
        c->offer[i] = unit->v[i];
}

/* The case and row of an assignment. */
static struct desk_case *find_unit(struct desk *d, uint64_t assignment, uint32_t *at)
{
    for (uint32_t i = 0; i < DESK_CASES_MAX; i++) {
        struct desk_case *c = &d->row[i];
        for (*at = 0; c->stage != DESK_FREE && *at < c->unit_n; ++*at)
            if (c->unit[*at].assignment == assignment)
                return c;
    }
    return NULL;
}

void desk_see_unit(struct desk *d, struct desk_case *c, uint64_t assignment, uint64_t unit,
                   enum step step, uint64_t hospital)
{
    uint32_t at;

    if (!c || c->unit_n == DESK_UNITS_MAX || find_unit(d, assignment, &at))
        return;
    c->unit[c->unit_n].assignment = assignment;
    c->unit[c->unit_n].unit = unit;
    c->unit[c->unit_n].step = step;
    c->unit[c->unit_n].hospital = hospital;
    c->unit_n++;
}

static void see_step(struct desk *d, uint64_t assignment, enum step step)
{
    uint32_t at;
    struct desk_case *c = find_unit(d, assignment, &at);

    if (!c)
        return;
    c->unit[at].step = step;
    if (step == STEP_AT_HOSPITAL)
        c->transported = true;
}

static void see_hospital(struct desk *d, uint64_t assignment, uint64_t hospital)
{
    uint32_t at;
    struct desk_case *c = find_unit(d, assignment, &at);
    if (c)
        c->unit[at].hospital = hospital;
}

static void see_place(struct desk *d, uint64_t incident, bool has, int32_t lat_e7, int32_t lon_e7)
{
    struct desk_case *c = desk_find(d, 0, incident);
    if (!c || !has)
        return;
    c->placed = true;
    c->at = (struct point){lat_e7, lon_e7};
}

/* An incident of which we hear before the answer to our own command, or that another opened. */
static void see_incident(struct desk *d, uint64_t incident, uint64_t call)
{
    struct desk_case *c = desk_find(d, call, incident);

    if (!c && (c = desk_new(d)) == NULL)
        return;
    c->call = call;
    c->incident = incident;
    if (c->stage < DESK_ASKING)
        c->stage = c->known ? DESK_ASKING : DESK_WAITING;
}

static void see_fact(struct desk *d, const struct fact *f)
{
    switch (f->kind) {
    case FACT_CALL_RANG:
        see_call(d, f->call_rang.call.v, 2000 + (int64_t)dice_below(&d->dice, 4000));
        break;
    case FACT_CALL_ENDED:
    case FACT_CALL_ABANDONED:
        see_hung_up(d, f->call_ended.call.v);
        break;
    case FACT_CALLBACK_OPENED:
        see_task(d, f->callback_opened.task.v);
        break;
    case FACT_INCIDENT_OPENED:
        see_incident(d, f->incident_opened.incident.v, f->incident_opened.call.v);
        break;
    case FACT_INCIDENT_PLACED:
        see_place(d, f->incident_placed.incident.v, f->incident_placed.has_place,
                  f->incident_placed.lat_e7, f->incident_placed.lon_e7);
        break;
    case FACT_RESPONSE_PLANNED: {
        struct desk_case *c = desk_find(d, 0, f->response_planned.incident.v);
        if (c)
            c->slots = f->response_planned.slot_capabilities.n;
        break;
    }
    case FACT_RECOMMENDED:
        see_offer(d, f->recommended.incident.v, &f->recommended.slot_unit);
        break;
    case FACT_UNIT_RESERVED:
        desk_see_unit(d, desk_find(d, 0, f->unit_reserved.incident.v),
                      f->unit_reserved.assignment.v, f->unit_reserved.unit.v, STEP_RESERVED, 0);
        break;
    case FACT_UNIT_ORDERED:
        see_step(d, f->unit_ordered.assignment.v, STEP_ORDERED);
        break;
    case FACT_STEP_REACHED:
        see_step(d, f->step_reached.assignment.v, f->step_reached.step);
        break;
    case FACT_HOSPITAL_CHOSEN:
        see_hospital(d, f->hospital_chosen.assignment.v, f->hospital_chosen.hospital.v);
        break;
    case FACT_MOVE_ADVISED:
        desk_move(d, f->move_advised.unit.v, f->move_advised.move_to.v);
        break;
    case FACT_INCIDENT_CLOSED: {
        struct desk_case *c = desk_find(d, 0, f->incident_closed.incident.v);
        if (c && !c->asked)
            c->stage = DESK_FREE;
        break;
    }
    default:
        break;
    }
}

void desk_on_record(struct desk *d, const struct record *record)
{
    if (record->seq > d->seen_seq)
        d->seen_seq = record->seq;
    for (uint32_t i = 0; i < record->fact_count; i++)
        see_fact(d, &record->fact[i]);
}

/* ---- coming in: what is there already ---- */

static void find_incident(struct desk *d, const struct incident *incident)
{
    if (incident->state != INCIDENT_OPEN)
        return;
    see_incident(d, incident->incident.v, incident->call.v);
    struct desk_case *c = desk_find(d, 0, incident->incident.v);
    if (!c)
        return;
    c->slots = incident->slot_capabilities.n;
    see_place(d, incident->incident.v, incident->has_place, incident->lat_e7, incident->lon_e7);
    see_offer(d, incident->incident.v, &incident->slot_unit);
}

static void find_assignment(struct desk *d, const struct assignment *a)
{
    struct desk_case *c = desk_find(d, 0, a->incident.v);

    if (!c)
        return;
    desk_see_unit(d, c, a->assignment.v, a->unit.v, a->step, a->hospital.v);
    c->transported = c->transported || a->at_hospital_ms;
}

void desk_on_object(struct desk *d, const struct wire_object *object)
{
    const struct call *call = object->body;
    const struct task *task = object->body;

    switch (object->kind) {
    case OBJECT_CALL:
        if (call->state == CALL_RINGING || (call->state == CALL_ANSWERED && !call->incident.v))
            see_call(d, call->call.v, 1000);
        break;
    case OBJECT_TASK:
        if (task->outcome == TASK_OPEN)
            see_task(d, task->task.v);
        break;
    case OBJECT_INCIDENT:
        find_incident(d, object->body);
        break;
    case OBJECT_ASSIGNMENT:
        find_assignment(d, object->body);
        break;
    default:
        break;
    }
}
