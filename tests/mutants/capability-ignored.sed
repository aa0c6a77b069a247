# plan.c: Any unit will do for any slot.
s/\(plan->row\[r\]\.wanted & ~can\) == 0/(plan->row[r].wanted \& ~can) < 64/
