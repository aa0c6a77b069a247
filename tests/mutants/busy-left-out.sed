# ready.c: Nobody is free again soon.
s/return READY_BUSY;/return READY_TAKEN;/
