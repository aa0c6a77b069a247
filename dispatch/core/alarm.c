#include "dispatch/core/alarm.h"

#define LITERAL(literal) {literal, sizeof(literal) - 1}

const struct alarm_row alarm_rows[ALARMS] = {
#define ALARM(NAME, name, LEVEL, zh, en, words) {LITERAL(#name), LITERAL(words), LEVEL_##LEVEL},
#include "dispatch/core/alarm.def"
#undef ALARM
};
