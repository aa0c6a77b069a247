/* cardfile: question cards and response plans from YAML into a compiled card_set.
 *
 * A directory of cards (*.yaml, among them universal.yaml) and one file of plans; the forms are
 * described in deploy/cards/README.md. Loading checks every word against the form; card_check()
 * then proves what the cards say. Both put "file:line: text" into `complaints`.
 *
 * Owner: the caller (a card_set is about 230 KB: static or heap, not the stack). Thread: any.
 * Start here if you add a word to the form: the fields of cardfile.c, a test word in
 * cardfile_test.c. */
#ifndef DISPATCH_CARDFILE_H
#define DISPATCH_CARDFILE_H

#include "dispatch/complaints.h"
#include "dispatch/core/grade.h"

/* 0, or -1 with at least one complaint; *set is written only on success. */
int cardfile_load(const char *cards_dir, const char *plans_file, struct card_set *set,
                  struct complaints *complaints);

/* card_check: every combination of answers a card's rules can tell apart is tried. Complains of a
 * way through the questions that ends without a grade, a rule that never decides, a question no
 * rule reads, an answer towards red (unknown included) that makes the grade less urgent, a grade
 * without a plan, and a plan that is never used. 0, or -1 with at least one complaint. */
int card_check(const struct card_set *set, struct complaints *complaints);

#endif
