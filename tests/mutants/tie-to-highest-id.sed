# plan.c: Equal prices fall to the highest unit.
s/urgency\(d, slot->incident\) \* seconds;/urgency(d, slot->incident) * seconds - column;/
