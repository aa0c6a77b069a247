# plan_match.c: An incident loses one unit after the other.
s/from->since_taken_ms < rules->divert_pause_ms/rules->divert_pause_ms < 0/
