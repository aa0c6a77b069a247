# plan.c: A township is stripped of its last unit without a thought.
s/pass == 1 && \*free_n == 1/pass == 1 \&\& *free_n == 0/
