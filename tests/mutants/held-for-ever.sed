# surge.c: Who is held back waits until the level falls.
s/ && waited_ms < rules->held_ms_max/ \&\& waited_ms >= 0/
