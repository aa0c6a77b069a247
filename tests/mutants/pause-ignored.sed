# plan_match.c: An incident loses one unit after the other.
s/(slot|from)->since_taken_ms >= p->rules->divert_pause_ms/p->rules->divert_pause_ms >= 0/
