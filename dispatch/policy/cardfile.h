/* cardfile: question cards and response plans from YAML into a compiled card_set.
 *
 * A directory of cards (*.yaml, among them universal.yaml) and one file of plans; the forms are
 * described in deploy/cards/README.md. Loading checks every word against the form and puts
 * "file:line: text" into `complaints`; what the cards say together is proved by card_check().
 *
 * Owner: the caller (a card_set is about 230 KB: static or heap, not the stack). Thread: any.
 * Start here if you add a word to the form: cardfile_card.c, cardfile_plan.c; a word of a test:
 * cardfile_rule.c. */
#ifndef POLICY_CARDFILE_H
#define POLICY_CARDFILE_H

#include "dispatch/core/grade.h"
#include "dispatch/policy/complaints.h"

/* 0, or -1 with at least one complaint; *set is written only on success. */
int cardfile_load(const char *cards_dir, const char *plans_file, struct card_set *set,
                  struct complaints *complaints);

#endif
