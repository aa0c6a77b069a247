# plan_match.c: Who has waited longer weighs less.
s/\(16 \+ ratio \* ratio \/ 256\)/256 \/ (16 + ratio * ratio \/ 256)/
