# plan.c: The least urgent waits for ever.
s/\.starved_ms = p->starved_s/.starved_ms = 0 * p->starved_s/
