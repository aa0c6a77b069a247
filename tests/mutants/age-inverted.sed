# plan.c: Who has waited longer weighs less.
s/1024 \+ ratio \* ratio \/ 1024/1024 * 1024 \/ (1024 + ratio)/
