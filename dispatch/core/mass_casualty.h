/* mass_casualty: many patients, shared out over the hospitals. Never all to the nearest.
 *
 * The cheapest flow (flow.h) of the patients still at the scenes, by triage class, to what the
 * hospitals can take of each class. A patient costs its class's weight for every second of drive
 * and wait, a hospital that diverts or lacks the capability counts as further away, and every next
 * patient of a class at one hospital waits `every_s` longer: that is what spreads them. Whom no
 * hospital has room for is said, never hidden. The dead (black) are counted and not carried.
 *
 * Values only; decide_hospitals.c fills them from the state. Owner: the caller, of every array and
 * the workspace. Thread: any. Units: seconds, patients. Errors: none; more than MASS_*_MAX is a bug
 * of the caller. Method: reference/decision.md B10. Start here: mass_distribute. */
#ifndef CORE_MASS_CASUALTY_H
#define CORE_MASS_CASUALTY_H

#include <stddef.h>

#include "dispatch/core/types.h"

enum triage { TRIAGE_RED, TRIAGE_YELLOW, TRIAGE_GREEN, TRIAGE_COUNT };
enum { MASS_SCENES_MAX = 8, MASS_HOSPITALS_MAX = 64, MASS_PATIENTS_MAX = 2000 };

/* Policy: data with its source. By triage class where a list. */
struct mass_rules {
    uint32_t patients;                  /* from so many on the machine proposes it; 0: never */
    uint32_t weight[TRIAGE_COUNT];      /* of a second */
    uint32_t every_s[TRIAGE_COUNT];     /* a hospital takes one in after the other */
    uint32_t room[TRIAGE_COUNT];        /* what a hospital takes that has said nothing */
    uint32_t trauma_room[TRIAGE_COUNT]; /* and a trauma centre */
    uint32_t per_unit[TRIAGE_COUNT];    /* patients for whom one unit is asked */
    uint32_t lack_s, divert_s;          /* counted as so much further away */
    uint32_t none_s;                    /* what no hospital at all costs */
};

struct mass_scene {
    uint32_t count[TRIAGE_COUNT]; /* still at the scene */
    uint32_t need;                /* hospital kinds of which any will do for red and yellow */
};

struct mass_hospital {
    uint32_t room[TRIAGE_COUNT];
    uint32_t kinds, wait_s;
    bool diverts;
};

struct mass_problem {
    const struct mass_rules *rules;
    const struct mass_scene *scene;
    const struct mass_hospital *hospital;
    const uint32_t *drive_s; /* [scene * hospital_n + hospital]; UINT32_MAX: no way */
    uint32_t scene_n, hospital_n;
};

struct mass_answer {
    uint32_t *sent;   /* [(scene * hospital_n + hospital) * TRIAGE_COUNT + class] */
    uint32_t *unsent; /* [scene * TRIAGE_COUNT + class] */
};

void mass_distribute(const struct mass_problem *problem, void *workspace,
                     struct mass_answer *answer);
size_t mass_bytes(uint32_t scene_n, uint32_t hospital_n);

/* Why this hospital gets some of this scene's patients, and not the nearest all of them. */
enum hospital_why mass_why(const struct mass_problem *problem, const struct mass_answer *answer,
                           uint32_t scene, uint32_t hospital);

/* How many units these patients ask for. */
uint32_t mass_units(const struct mass_rules *rules, const uint32_t count[static TRIAGE_COUNT]);

#endif
