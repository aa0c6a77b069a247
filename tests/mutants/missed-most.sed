# decide_moves.c: The unit that is moved is the one that is missed most.
s/\) -$/) +/
