#include "dispatch/line/allowance.h"

bool allowance_take(struct allowance *a, uint64_t user, int64_t now_ms)
{
    if (a->burst == 0)
        return true;
    int64_t one_ms = 60000 / (a->per_minute ? a->per_minute : 1);
    int64_t *full_ms = &a->bucket[user % ALLOWANCE_BUCKETS].full_ms;
    int64_t then_ms = (*full_ms > now_ms ? *full_ms : now_ms) + one_ms;
    if (then_ms - now_ms > one_ms * a->burst)
        return false;
    *full_ms = then_ms;
    return true;
}
