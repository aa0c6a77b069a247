#include "dispatch/core/ready.h"

#include "dispatch/core/learned.h"
#include "dispatch/core/step.h"

static enum ready ready_on_task(const struct state *state, const struct unit *unit)
{
    const struct assignment *task = state_assignment(state, unit->assignment.v);
    if (!task || task->step == STEP_RESERVED)
        return READY_TAKEN;
    if (task->step < STEP_AT_SCENE)
        return unit->next.v ? READY_TAKEN : READY_ON_WAY;
    return READY_BUSY;
}

enum ready ready_state(const struct state *state, const struct unit *unit)
{
    if (unit->duty != DUTY_ON)
        return READY_TAKEN;
    if (unit->assignment.v)
        return ready_on_task(state, unit);
    return unit->next.v ? READY_TAKEN : READY_FREE;
}

static int64_t left_of(int64_t mean_ms, int64_t since_ms, int64_t now_ms)
{
    int64_t spent_ms = since_ms && now_ms > since_ms ? now_ms - since_ms : 0;
    const int64_t day_ms = INT64_C(86400000);
    spent_ms = spent_ms < day_ms ? spent_ms : day_ms;
    return mean_ms ? mean_ms * (mean_ms + spent_ms) / (mean_ms + 2 * spent_ms) : 0;
}

static int64_t mean_ms(const struct core *core, uint64_t measure, uint32_t otherwise_s)
{
    return learned_mean(core, measure, otherwise_s) * 1000;
}

/* At this hospital; at any, while little is known of this one. */
static int64_t handover_ms(const struct core *core, const struct assignment *task)
{
    const struct policy *p = &core->policy;
    int64_t any_s = learned_mean(core, LEARNED_HANDOVER, p->handover_s);
    return task->hospital.v ? learned_mean(core, LEARNED_HOSPITAL + task->hospital.v, any_s) * 1000
                            : any_s * 1000;
}

/* From the hospital's door on. */
static int64_t hospital_ms(const struct core *core, const struct assignment *task)
{
    return handover_ms(core, task) + mean_ms(core, LEARNED_CLEAR, core->policy.clear_s);
}

static int64_t scene_ms(const struct core *core, const struct assignment *task, int64_t now_ms)
{
    const struct policy *p = &core->policy;
    int64_t since_ms = task->at_scene_ms ? task->at_scene_ms : task->at_patient_ms;
    int64_t carried = learned_mean(core, LEARNED_CARRIED, p->transport_permille);
    int64_t after_ms =
        mean_ms(core, LEARNED_TO_HOSPITAL, p->to_hospital_s) + hospital_ms(core, task);
    return left_of(mean_ms(core, LEARNED_SCENE, p->scene_s), since_ms, now_ms) +
           carried * after_ms / 1000;
}

int64_t ready_in_ms(const struct core *core, const struct unit *unit, int64_t now_ms)
{
    const struct policy *p = &core->policy;
    const struct assignment *task = state_assignment(&core->state, unit->assignment.v);
    switch (task ? task->step : STEP_NONE) {
    case STEP_AT_SCENE:
    case STEP_AT_PATIENT:
        return scene_ms(core, task, now_ms);
    case STEP_LEFT_SCENE:
        return left_of(mean_ms(core, LEARNED_TO_HOSPITAL, p->to_hospital_s), task->left_scene_ms,
                       now_ms) +
               hospital_ms(core, task);
    case STEP_AT_HOSPITAL:
        return left_of(handover_ms(core, task), task->at_hospital_ms, now_ms) +
               mean_ms(core, LEARNED_CLEAR, p->clear_s);
    case STEP_HANDED_OVER:
        return left_of(mean_ms(core, LEARNED_CLEAR, p->clear_s), task->handed_over_ms, now_ms);
    default:
        return 0;
    }
}

int64_t ready_chute_ms(const struct core *core, const struct unit *unit)
{
    bool at_station = !unit->assignment.v && unit->returned_ms >= unit->free_ms;
    return (int64_t)(at_station ? core->policy.chute_s_station : core->policy.chute_s_mobile) *
           1000;
}
