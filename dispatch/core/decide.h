/* decide (inside the core): what the files decide_*.c share. Not for the world outside the core.
 *
 * A `deciding` is one call of core_decide: the state it may read, the command, the facts emitted
 * so far. Emitting never fails: DECISION_FACT_MAX and the scratch are sized for the largest
 * command; whether the state has room for the facts' texts is checked after all are emitted.
 * Thread: the core's. */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "dispatch/core/core.h"
#include "dispatch/core/step.h"

struct deciding {
    const struct core *core;
    const struct state *state;
    const struct command *command;
    int64_t now_ms;
    struct decision *out;
};

/* A new fact of this kind, zeroed; fill its own struct. */
struct fact *emit(struct deciding *d, enum fact_kind kind);

/* A fact that repeats the command's fields of the same names. */
struct fact *emit_same(struct deciding *d, enum fact_kind kind);

/* Bytes from the decision's scratch, aligned to 8. */
void *scratch(struct deciding *d, size_t bytes);

/* Lookups that refuse: *object is NULL exactly when the refusal is not NONE. */
enum refusal find_call(const struct deciding *d, uint64_t id, const struct call **call);
enum refusal find_open_incident(const struct deciding *d, uint64_t id,
                                const struct incident **incident);
enum refusal find_unit(const struct deciding *d, uint64_t id, const struct unit **unit);
enum refusal find_assignment(const struct deciding *d, uint64_t id,
                             const struct assignment **assignment);
enum refusal find_active(const struct deciding *d, uint64_t id,
                         const struct assignment **assignment);

/* A claimed time, or now when none is claimed. */
enum refusal claimed_time(const struct deciding *d, int64_t claimed_ms, int64_t *at_ms);

/* A crew speaks for its own unit only, a hospital for itself. */
bool speaks_for_unit(const struct deciding *d, uint64_t unit);
bool speaks_for_hospital(const struct deciding *d, uint64_t hospital);

enum refusal check_place(bool has_place, int32_t lat_e7, int32_t lon_e7);

/* Room for n more, and nothing else. */
enum refusal room_for(const struct deciding *d, enum object_kind kind, uint32_t n);

bool is_desk(enum role role);

/* A plan that sends nobody: advice by telephone. Without a plan one unit is wanted. */
bool wants_no_unit(const struct incident *incident);

enum refusal decide_city(struct deciding *d);
enum refusal decide_call(struct deciding *d);
enum refusal decide_incident(struct deciding *d);
enum refusal decide_unit(struct deciding *d);
enum refusal decide_alert(struct deciding *d);
enum refusal decide_care(struct deciding *d);
enum refusal decide_plan(struct deciding *d);
enum refusal decide_propose(struct deciding *d);
enum refusal decide_tick(struct deciding *d);
enum refusal decide_hospitals(struct deciding *d);
enum refusal decide_mass(struct deciding *d);
enum refusal decide_moves(struct deciding *d);
enum refusal decide_opinion(struct deciding *d);

/* Hospital kinds of which any will do for this patient; 0: all. */
uint32_t hospital_need(const struct deciding *d, const struct incident *incident);

/* What a crew that arrives there now waits until it has handed over. */
uint32_t hospital_expected_wait_s(const struct deciding *d, const struct hospital *hospital);

/* A crew speaks of the incident it is on. */
bool crew_is_on(const struct deciding *d, struct incident_id incident);

/* So many patients are a mass casualty, says policy; said once. */
void emit_mass_proposal(struct deciding *d, const struct incident *incident, uint32_t patients);

/* How the patients of all mass casualties are shared out, where it changes. The command is
 * propose_hospitals. */
void share_casualties(struct deciding *d);

/* Whether the level no longer fits the free units; then the next tick changes it. */
bool surge_is_due(const struct core *core);
void tick_surge(struct deciding *d);

/* What the cards look at. The incident's own answers count, with `question` answered anew. */
struct grading {
    const struct incident *incident;
    const struct text *card;
    const struct u64s *zone;
    uint32_t age_months;
    enum sex sex;
    uint32_t question; /* 0: none */
    enum answer answer;
};

/* Emits the grade when it rises, a proposal when it would fall, and the plan that goes with it. */
void emit_grading(struct deciding *d, const struct grading *grading);

/* What its card asked for, when it closes. */
void emit_review(struct deciding *d, const struct grading *grading);

/* The card with this code, or NULL. */
const struct card *card_named(const struct deciding *d, const struct text *code);
struct text cards_hash(const struct deciding *d);

/* The response plan for a grade, when it differs from the one in force. */
void emit_plan(struct deciding *d, const struct incident *incident, uint32_t grade,
               const struct u64s *zone);

/* The units of this plan (NULL: of none), and so many as the patients of a mass casualty ask for
 * (count, by triage; NULL: it is none). */
void emit_slots(struct deciding *d, const struct incident *incident, const struct plan *plan,
                const uint32_t *count);

/* The union of the kinds of these zones, and the most urgent grade floor among them (0: none). */
uint32_t zone_kinds(const struct deciding *d, const struct u64s *zone, uint32_t *floor);

/* The alert is over because its cause is. */
void emit_alert_resolved(struct deciding *d, const struct alert *alert);

/* Bytes that a started run keeps beside what its fact borrows. */
size_t plan_run_bytes(uint32_t steps);

/* When the first step of the run that nobody has done is due (INT64_MAX: none is). `but`: as if
 * this step were done; 0: none. */
int64_t plan_run_due_ms(const struct plan_run *run, uint32_t but);

/* When this deadline of this object is due (INT64_MAX: not running). */
int64_t deadline_due_ms(const struct core *core, enum deadline deadline, const void *object);

#endif
