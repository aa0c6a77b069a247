/* alarm: what the house itself rings about, as rows of alarm.def: name, level and words of the
 * alert. The core raises those that it can see (a seat without sound); the server the others
 * (dispatch/line/ring.h).
 *
 * Owner: nobody; constants. Thread: any. Errors: none. Start here if you add one: alarm.def. */
#ifndef CORE_ALARM_H
#define CORE_ALARM_H

#include "dispatch/core/types.h"

enum alarm {
#define ALARM(NAME, name, LEVEL, zh, en, words) ALARM_##NAME,
#include "dispatch/core/alarm.def"
#undef ALARM
    ALARMS
};

struct alarm_row {
    struct text name, words;
    enum level level;
};

extern const struct alarm_row alarm_rows[ALARMS];

#endif
