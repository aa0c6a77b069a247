#include "dispatch/ingest/fix.h"

#include "dispatch/must.h"

static const char *const mark_names[FIX_MARKS] = {
    "future",   "ancient",    "jump",      "no_lock", "no_place", "no_time",
    "reupload", "from_gcj02", "bad_items", "stale",   "mock",
};

const char *fix_mark_name(int bit)
{
    must(bit >= 0 && bit < FIX_MARKS);
    return mark_names[bit];
}
