/* fact_line: a fact of a journal record as a line for people or as JSON, for `watch` and `facts`.
 *
 *     1042 2026-11-22 08:31:02.123 D3 dispatcher  unit_ordered A7 at_ms=… D3
 *
 * Owner: nothing is kept. Thread: any. Personal fields only when asked for. */
#ifndef CTL_FACT_LINE_H
#define CTL_FACT_LINE_H

#include "dispatch/core/schema.h"
#include "dispatch/ctl/ctl.h"

struct fact_how {
    const struct ctl *ctl;
    bool json, personal;
};

/* One line. */
void fact_line(const struct fact_how *how, const struct record *record, const struct fact *fact);

/* "D3 dispatcher seat 2", "machine". */
enum { ACTOR_TEXT_MAX = 64 };
const char *actor_text(struct actor actor, char out[static ACTOR_TEXT_MAX]);

#endif
