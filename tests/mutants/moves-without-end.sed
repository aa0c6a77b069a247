# decide_moves.c: Waiting units are moved about as often as it pays.
s/return last_ms == 0 \|\|/return last_ms >= 0 ||/
