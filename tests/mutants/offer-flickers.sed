# plan.c: The offer changes with every second.
s/return plan->d->core->policy\.switch_s \* INT64_C\(1000\);/return plan->d->core->policy.switch_s;/
