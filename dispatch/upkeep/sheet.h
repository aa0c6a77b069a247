/* sheet: the fallback board, on paper when everything else is gone: calls, incidents with their
 * units, units with their time in status, hospitals, alerts, and empty lines to go on by hand.
 * Black on white, A4 across, Chinese first; it says when it was printed and from which record.
 *
 * Owner: state and words are borrowed for the call, the buffer is the caller's. Thread: the
 * state's. Times: ms since 1970, shown at the look's offset. Errors: the buffer is full. Start here
 * if you add a column: the table's columns and its rows, in sheet.c. */
#ifndef UPKEEP_SHEET_H
#define UPKEEP_SHEET_H

#include "dispatch/core/state.h"
#include "dispatch/wire/buffer.h"

enum sheet_form { SHEET_HTML, SHEET_TEXT };

struct sheet_look {
    const char *centre;
    int64_t printed_ms; /* now */
    int64_t as_of_ms;   /* of the last record the state has */
    uint64_t seq;
    int32_t utc_offset_min;
    bool personal; /* false: what is about a person is left out */
};

void sheet_write(const struct state *state, const struct sheet_look *look, enum sheet_form form,
                 struct buffer *out);

#endif
