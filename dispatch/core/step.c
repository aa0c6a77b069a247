/*
 *  reserved ─► ordered ─► delivered ─► acknowledged ─► departed ─► at_scene ─► at_patient
 *                 │           │             │             │           │            │
 *                 │◄──────────┴─ refused ◄──┘             │           │            ▼
 *                 │                                       │           │       left_scene
 *                 ├──────────── cancelled, diverted ◄─────┘           │            │
 *                 │                                                   │            ▼
 *                 └── empty_run ◄── departed, at_scene, at_patient ◄──┘       at_hospital
 *                                                                                  │
 *                              completed ◄──────── handed_over ◄───────────────────┘
 *
 * Forward steps may be skipped (a crew forgets a button); nothing goes back but by a correction.
 */
#include "dispatch/core/step.h"

#include "dispatch/must.h"

#define TO(step) (1u << STEP_##step)

/* Everything ahead of a step up to `completed`. */
#define AHEAD(step) ((1u << (STEP_COMPLETED + 1)) - (2u << STEP_##step))

static const uint32_t may_follow[STEP_COUNT] = {
    [STEP_RESERVED] = TO(ORDERED) | TO(CANCELLED),
    [STEP_ORDERED] = AHEAD(ORDERED) | TO(CANCELLED) | TO(REFUSED) | TO(DIVERTED) | TO(EMPTY_RUN),
    [STEP_DELIVERED] =
        AHEAD(DELIVERED) | TO(CANCELLED) | TO(REFUSED) | TO(DIVERTED) | TO(EMPTY_RUN),
    [STEP_ACKNOWLEDGED] =
        AHEAD(ACKNOWLEDGED) | TO(CANCELLED) | TO(REFUSED) | TO(DIVERTED) | TO(EMPTY_RUN),
    [STEP_DEPARTED] = AHEAD(DEPARTED) | TO(CANCELLED) | TO(DIVERTED) | TO(EMPTY_RUN),
    [STEP_AT_SCENE] = AHEAD(AT_SCENE) | TO(EMPTY_RUN),
    [STEP_AT_PATIENT] = AHEAD(AT_PATIENT) | TO(EMPTY_RUN),
    [STEP_LEFT_SCENE] = AHEAD(LEFT_SCENE),
    [STEP_AT_HOSPITAL] = AHEAD(AT_HOSPITAL),
    [STEP_HANDED_OVER] = AHEAD(HANDED_OVER),
};

bool step_may_follow(enum step from, enum step to)
{
    return (may_follow[from] >> to) & 1u;
}

bool step_is_over(enum step step)
{
    return step >= STEP_COMPLETED;
}

bool step_has_patient(enum step step)
{
    return step == STEP_LEFT_SCENE || step == STEP_AT_HOSPITAL || step == STEP_HANDED_OVER;
}

int64_t *step_time(struct assignment *assignment, enum step step)
{
    int64_t *const time[STEP_COUNT] = {
        [STEP_RESERVED] = &assignment->reserved_ms,
        [STEP_ORDERED] = &assignment->ordered_ms,
        [STEP_DELIVERED] = &assignment->delivered_ms,
        [STEP_ACKNOWLEDGED] = &assignment->acknowledged_ms,
        [STEP_DEPARTED] = &assignment->departed_ms,
        [STEP_AT_SCENE] = &assignment->at_scene_ms,
        [STEP_AT_PATIENT] = &assignment->at_patient_ms,
        [STEP_LEFT_SCENE] = &assignment->left_scene_ms,
        [STEP_AT_HOSPITAL] = &assignment->at_hospital_ms,
        [STEP_HANDED_OVER] = &assignment->handed_over_ms,
        [STEP_COMPLETED] = &assignment->completed_ms,
        [STEP_CANCELLED] = &assignment->cancelled_ms,
        [STEP_EMPTY_RUN] = &assignment->empty_run_ms,
        [STEP_REFUSED] = &assignment->refused_ms,
        [STEP_DIVERTED] = &assignment->diverted_ms,
    };
    must(step > STEP_NONE && step < STEP_COUNT);
    return time[step];
}
