/* types: the words of the domain as C types. No owner, no thread, no errors: plain values.
 * Times are milliseconds since 1970 UTC, coordinates 1e-7 degree WGS-84, durations say their unit.
 * To add a word, append to enum.def; to add an id kind, append to ID_KINDS. */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#define ID_MAX ((uint64_t)1 << 53) /* browsers count exactly up to here */

/* Id kinds with the letter people see (I12 is incident 12). */
#define ID_KINDS(X)                                                                                \
    X(call, 'C') X(incident, 'I') X(unit, 'U') X(assignment, 'A') X(station, 'S')                  \
    X(hospital, 'H') X(terminal, 'T') X(zone, 'Z') X(alert, 'W') X(task, 'K') X(condition, 'R')    \
    X(message, 'M') X(user, 'D') X(shift, 'X') X(seat, 'P') X(plan_run, 'L')

#define ID_TYPE(kind, letter)                                                                      \
    struct kind##_id {                                                                             \
        uint64_t v;                                                                                \
    };
ID_KINDS(ID_TYPE)
#undef ID_TYPE

enum id_letter {
#define ID_LETTER(kind, letter) LETTER_##kind = letter,
    ID_KINDS(ID_LETTER)
#undef ID_LETTER
};

/* Bytes borrowed for the call; what keeps them copies. Text is UTF-8 without a final zero. */
struct text {
    const char *p;
    uint32_t n;
};
struct u32s {
    const uint32_t *v;
    uint32_t n;
};
struct u64s {
    const uint64_t *v;
    uint32_t n;
};

#define TEXT(literal) ((struct text){literal, sizeof(literal) - 1})

/* enum.def: enum duty { DUTY_OFF, … }; word tables are in schema.h. */
#define WORD(PREFIX, NAME, word, zh, en) PREFIX##_##NAME,
#define VOCABULARY(name, words) enum name { words };
#include "dispatch/core/enum.def"
#undef VOCABULARY
#undef WORD

enum refusal {
#define REFUSAL(NAME, name, zh, en) REFUSE_##NAME,
#include "dispatch/core/refusal.def"
#undef REFUSAL
    REFUSAL_COUNT
};

enum deadline {
#define DEADLINE(NAME, name, object, LEVEL, zh, en) DEADLINE_##NAME,
#include "dispatch/core/deadline.def"
#undef DEADLINE
    DEADLINE_COUNT
};

#define STEP_COUNT (STEP_DIVERTED + 1)
#define GRADE_MAX 5
#define PLAN_RUN_STEP_MAX 32

/* Who speaks. The gate fills it from the session, never from the message. `scope` is the unit of a
 * crew and the hospital of a hospital page. */
struct actor {
    struct user_id user;
    enum role role;
    uint32_t seat;
    uint64_t scope;
};

#endif
