# decide_unit.c: An order given on an old picture goes through.
s/return stale \? REFUSE_STALE_VIEW : REFUSE_NONE;/return stale \&\& !d ? REFUSE_STALE_VIEW : REFUSE_NONE;/
