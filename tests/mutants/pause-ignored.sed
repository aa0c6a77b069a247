# plan_match.c: An incident loses one unit after the other.
s/slot->since_taken_ms >= p->rules->divert_pause_ms \|\| no_later/slot->since_taken_ms >= 0 || no_later/
