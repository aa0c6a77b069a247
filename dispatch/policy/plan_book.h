/* plan_book: the plans (预案) of a directory, one <code>.yaml each; the form is told in
 * deploy/plans/README.md. response.yaml there is another table (cardfile.h).
 *
 * A plan says which alerts it answers, who does what within how many minutes of its start, with
 * what, and what is told to whom. The core runs it (command start_plan); this only knows the words.
 *
 * Owner: the caller; a plan_book is plain data of about 150 KB (static or heap), filled by
 * plan_book_load and then only read. Thread: any. Errors: "file:line: text" in `complaints`.
 * Start here: plan_book_load, plan_book_find, plan_book_propose. */
#ifndef POLICY_PLAN_BOOK_H
#define POLICY_PLAN_BOOK_H

#include "dispatch/core/types.h"
#include "dispatch/policy/complaints.h"

enum {
    PLAN_BOOK_MAX = 64,
    PLAN_BOOK_TEXT_MAX = 96 * 1024,
    PLAN_TRIGGER_MAX = 8,
    PLAN_PEOPLE_MAX = 8,
    PLAN_RESOURCE_MAX = 16,
    PLAN_MESSAGE_MAX = 8,
    PLAN_DUE_MIN_MAX = 30 * 24 * 60,
};

/* Offsets of zero-terminated texts in plan_book.text; 0 is the empty text. */
struct plan_words {
    uint32_t zh, en;
};

/* An alert of this detector and this syndrome ("": any), of this level or above. */
struct plan_trigger {
    uint32_t detector, syndrome;
    enum level level;
};

/* A role of the plan, and who that is. */
struct plan_person {
    enum plan_role role;
    struct plan_words words;
};

struct plan_task {
    enum plan_role role;
    uint32_t due_s; /* after the start */
    struct plan_words words;
};

struct plan_message {
    struct plan_words to, words;
};

struct plan_entry {
    uint32_t code, edition, source, approved_by; /* approved_by empty: a demonstration */
    struct plan_words name;
    uint8_t trigger_count, people_count, step_count, resource_count, message_count;
    struct plan_trigger trigger[PLAN_TRIGGER_MAX];
    struct plan_person people[PLAN_PEOPLE_MAX];
    struct plan_task step[PLAN_RUN_STEP_MAX];
    struct plan_words resource[PLAN_RESOURCE_MAX];
    struct plan_message message[PLAN_MESSAGE_MAX];
};

struct plan_book {
    uint32_t count, text_bytes;
    struct plan_entry plan[PLAN_BOOK_MAX]; /* in order of code */
    char text[PLAN_BOOK_TEXT_MAX];
};

/* 0, or -1 with at least one complaint; *book is written only on success. */
int plan_book_load(const char *dir, struct plan_book *book, struct complaints *complaints);

/* NULL when there is none of that code. */
const struct plan_entry *plan_book_find(const struct plan_book *book, struct text code);

/* The plan whose trigger fits the alert most closely: by detector and syndrome before one of the
 * two, the higher level before the lower. NULL: none fits. */
const struct plan_entry *plan_book_propose(const struct plan_book *book, struct text detector,
                                           struct text syndrome, enum level level);

static inline const char *plan_text(const struct plan_book *book, uint32_t offset)
{
    return book->text + offset;
}

#endif
