# plan_match.c: A unit is turned round at the scene's door.
s/left_ms > rules->freeze_ms && //
