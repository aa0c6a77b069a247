# plan_match.c: A unit is turned round in the last quarter of a long way.
s/left_ms \* 4 > drive_ms/left_ms * 400 > drive_ms/
