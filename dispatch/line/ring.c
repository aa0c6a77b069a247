#include "dispatch/line/ring.h"

#include "dispatch/must.h"

void ring_alarm(struct pipeline *pipeline, enum alarm alarm, uint64_t unit)
{
    struct command command = {.kind = COMMAND_RAISE_ALERT};
    must(alarm < ALARMS);
    command.raise_alert.detector = alarm_rows[alarm].name;
    command.raise_alert.level = alarm_rows[alarm].level;
    command.raise_alert.words = alarm_rows[alarm].words;
    command.raise_alert.unit.v = unit;
    pipeline_submit_own(pipeline, &command);
}
