# decide_moves.c: The unit that is moved is the one that is missed most.
s/loss_ms\[station\] > s->loss_ms\[\*from\]/loss_ms[station] < s->loss_ms[*from]/
