/* core: the pure heart of the line. A command is decided into facts or a refusal; facts, and only
 * facts, change the state.
 *
 *     core_decide(core, command, now_ms, decision)   const; no clock, no I/O, no malloc, no dice
 *     core_apply(core, record)                       the only writer; its own records never fail
 *
 * The same core runs in the server, in the simulator and in the stories. What it needs from the
 * world arrives inside commands: the time, the zones of a place, travel times as integers.
 *
 * Owner: the caller gives the memory. Thread: one. Units: names say them. Errors: refusals only
 * (refusal.def). Glossary: types.h, enum.def.
 * Start here: a new command is a row in command.def, a case in decide.c that emits facts, a row in
 * fact.def and a case in apply.c, and a story in tests/story. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "dispatch/core/grade.h"
#include "dispatch/core/hospital_choice.h"
#include "dispatch/core/mass_casualty.h"
#include "dispatch/core/standby.h"
#include "dispatch/core/plan_match.h"
#include "dispatch/core/state.h"
#include "dispatch/core/surge.h"

/* When a second opinion is for another unit than the recommended one. */
struct opinion_rules {
    uint32_t gain_s;   /* it saves at least this, in seconds of the incident's own waiting */
    uint32_t sure_pct; /* and so many hundredths of the standard error */
};

/* Numbers that are policy: read from configuration with their sources, never constants here. */
struct policy {
    int64_t deadline_ms[DEADLINE_COUNT];  /* 0: off */
    bool turnout_from_acknowledged;       /* else from ordered */
    bool dispatcher_downgrades;           /* else only a supervisor, with a reason */
    int64_t retention_ms;                 /* closed objects stay this long */
    int64_t claim_future_ms, claim_past_ms; /* how far a claimed time may lie from now */
    int64_t shelve_max_ms;                  /* an alert is shelved no longer */
    uint32_t utc_offset_min;              /* local hour for response plans */
    uint32_t text_max;                    /* bytes of one text */
    uint32_t vitals_max;                  /* readings of one assignment */
    uint32_t rows_max;                    /* of a recommendation */
    uint32_t switch_s;                    /* a better unit must be better by this to be offered */
    uint32_t eta_p90_pct[SOURCE_CROW + 1]; /* the time that 9 of 10 keep, of eta_s, by source */
    uint32_t chute_s_station, chute_s_mobile; /* order to wheels rolling */
    uint32_t stale_age_s;                 /* an older position is not trusted */
    uint32_t stale_penalty_s;
    uint32_t missing_penalty_s;           /* a preferred capability is missing */
    uint32_t none_s;                      /* what leaving a slot empty costs, in seconds */
    uint32_t weight[GRADE_MAX + 1];       /* of a second of waiting, by grade; [0] not graded */
    uint32_t age_target_s[GRADE_MAX + 1]; /* the age factor reaches 2 here */
    uint32_t in_time_s[GRADE_MAX + 1];    /* 0: no target; later costs late_s more */
    uint32_t late_s[GRADE_MAX + 1];
    uint32_t change_s[GRADE_MAX + 1]; /* another unit for one on its way must be better by this */
    uint32_t turn_s;                  /* and by this for nothing more urgent */
    uint32_t freeze_s, divert_pause_s, starved_s, unsure_1_s;
    bool diverts;
    uint32_t last_unit_s;                     /* what the last free unit of a zone costs */
    uint32_t meal_after_s, meal_s;            /* on duty without a break: what sending it costs */
    uint32_t shift_s, overtime_s;             /* longer than a shift */
    uint32_t scene_s, transport_permille, to_hospital_s, handover_s, clear_s; /* until learned */
    uint32_t learned_calls;                   /* samples that these count for */
    struct hospital_rules hospital;
    struct mass_rules mass;
    struct surge_rules surge;
    struct move_rules move;
    struct opinion_rules opinion;
};

struct core {
    struct state state;
    struct policy policy;
    const struct card_set *cards; /* borrowed; may be NULL: then nothing can be graded by card */
    char cards_hash[72];          /* hexadecimal, of *cards */
};

enum { DECISION_FACT_MAX = 512 };

/* What was decided. The facts borrow from the command, the core and `scratch`. */
struct decision {
    struct fact fact[DECISION_FACT_MAX];
    uint32_t fact_count;
    uint64_t made; /* id of what the command made */
    char *scratch;
    size_t scratch_size, scratch_used;
};

size_t core_bytes(const struct limits *limits);
size_t decision_scratch_bytes(const struct limits *limits);

void core_init(struct core *core, void *memory, const struct limits *limits,
               const struct policy *policy);
/* The cards in force; the caller keeps them until the next call. */
void core_set_cards(struct core *core, const struct card_set *cards);

/* Facts, or a refusal and none. decision->scratch is the caller's. */
enum refusal core_decide(const struct core *core, const struct command *command, int64_t now_ms,
                         struct decision *decision);

/* Whether this idempotency key was answered before; then *answer has what was said
 * (seq, refusal, made). REFUSE_OLD_NUMBER stands there when it is too old to know. */
bool core_answered(const struct core *core, uint64_t client, uint64_t number,
                   struct record *answer);

/* Requires: record->seq is head.seq + 1. */
void core_apply(struct core *core, const struct record *record);

/* When `tick` next has something to do; INT64_MAX: never, at most now: at once. */
int64_t core_next_deadline_ms(const struct core *core);

/* An operator has spoken and not taken it back (no calls at all): nothing is counted over it. */
static inline bool core_demand_is_said(const struct zone_name *zone)
{
    return zone->calls_a_week && !zone->demand_weeks;
}

/* Whether the unit may be offered: on duty, and nothing given to it. */
static inline bool core_unit_is_free(const struct unit *unit)
{
    return unit->duty == DUTY_ON && unit->assignment.v == 0 && unit->next.v == 0;
}

/* What plan_match is told of the policy. */
struct plan_rules core_plan_rules(const struct policy *policy);

/* The surge level in force, and whether it holds this incident back. */
uint32_t core_surge_level(const struct core *core);
bool core_holds_back(const struct core *core, const struct incident *incident, int64_t now_ms);

/* Whether a crew is with a patient there and no hospital has it yet, or it is a mass casualty: then
 * the drives to the hospitals are asked for. */
bool core_wants_hospital(const struct state *state, const struct incident *incident);

/* The shift of its unit that this one ends, or NULL. */
const struct shift *shift_ended_by(const struct state *state, const struct crew_signed_on *fact);

/* Whether the state keeps what it must, whatever came: "" or the sentence that is broken. */
const char *core_check(const struct core *core);

#endif
