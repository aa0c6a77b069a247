# plan.c: Any unit will do for any slot.
s/slot->incident != offer\.incident \|\| slot->wanted & ~offer\.unit->capabilities/slot->incident != offer.incident/
