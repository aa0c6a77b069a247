/* card_check: proofs about a loaded card_set, by trying every combination of answers, ages, vitals
 * and zones that a card's rules can tell apart.
 *
 * Complains ("file:line: text") of: a way through the questions that ends without a grade; a rule
 * that never decides; a question no rule reads; an answer towards red (unknown included) that
 * makes the grade less urgent; a grade without a plan; a plan that is never used.
 *
 * Owner: the set is borrowed for the call. Thread: any; takes memory for one card's combinations
 * (at most 32 MB) and gives it back. Errors: a card with more combinations is a complaint too.
 * Start here if you add a proof: check_card(). */
#ifndef POLICY_CARD_CHECK_H
#define POLICY_CARD_CHECK_H

#include "dispatch/core/grade.h"
#include "dispatch/policy/complaints.h"

/* 0, or -1 with at least one complaint. */
int card_check(const struct card_set *set, struct complaints *complaints);

#endif
