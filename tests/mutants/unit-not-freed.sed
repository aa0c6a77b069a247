# apply_unit.c: A unit keeps its assignment after the end.
s/^        unit->assignment = unit->next;$/        (void)0;/
