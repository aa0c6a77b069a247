# decide_tick.c: A deadline rings a second late.
s/: since \+ limit_ms;/: since + limit_ms + 1000;/
