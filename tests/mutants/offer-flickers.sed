# plan.c: The offer changes with every second.
s/int64_t kept = seconds - d->core->policy\.switch_s;/int64_t kept = seconds;/
