# plan.c: Who has waited long enough comes before a red one.
s/\.red_first = true/.red_first = false/
