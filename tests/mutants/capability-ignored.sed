# plan.c: Any unit will do for any slot.
s/\(wanted & ~can\) == 0/(wanted \& ~can) < 64/
