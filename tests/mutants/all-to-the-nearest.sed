# mass_casualty.c: The next patient waits no longer than the one before.
s/\(int64_t\)p->rules->every_s\[class\] \* p->rules->weight\[class\]/0 * (int64_t)p->rules->every_s[class] * p->rules->weight[class]/
