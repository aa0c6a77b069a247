/* story: plain text that a dispatcher can read, run on the core with a virtual clock.
 *
 *     # The nearest free unit is offered.                  a comment
 *     policy deadline.callback_s=30 recommend.switch_s=0   settings of dispatchd (config.def)
 *     limits call=2 unit=3 text=4096                       table sizes (object.def), bytes of text
 *     cards on                                             deploy/cards and deploy/plans
 *     after town.setup                                     commands of a file that are not told
 *     00:02.000 order_unit I1 U1 by D3                     a command (print.h) and who gives it
 *             > unit_reserved A1 I1 U1                     the facts, or "refused <name>"
 *             > 00:10.000 alert_raised W1 …                what the clock did before the next line
 *     01:00.000 wait                                       only the clock
 *
 * Who: `D3` is a dispatcher; others say their role: `supervisor D9`, `crew D7 of U3`,
 * `hospital D8 of H1`, `gateway`, `operator`, `machine`. Behind it `seat=2`, and the idempotency
 * key `client=7 number=1`; a retry is answered "again: …".
 *
 * Everything above the first ">" of a command is input; the ">" lines are what must come out. After
 * each record the state is checked (core_check), and a second core that was given nothing but the
 * packed records must have the same digest. At the end a third one is unpacked from the snapshot.
 *
 * Owner: the caller. Thread: one. Errors: -1 with "file:line: what" in errmsg.
 * Start here: story_run. */
#ifndef TESTS_LIB_STORY_H
#define TESTS_LIB_STORY_H

#include "dispatch/base/os.h"
#include "dispatch/core/core.h"
#include "dispatch/wire/buffer.h"

/* What stories made happen; added up over as many as are run with it. */
struct story_coverage {
    uint32_t command[COMMAND_KIND_COUNT]; /* accepted */
    uint32_t fact[FACT_KIND_COUNT];
    uint32_t refusal[REFUSAL_COUNT];
    uint32_t deadline[DEADLINE_COUNT];
    uint32_t move[STEP_COUNT][STEP_COUNT]; /* of assignments, from and to */
};

/* What a console would have been told, for tests of its store. */
struct story_tape {
    struct buffer frames;  /* a Facts frame a record, each after its 32-bit big-endian length */
    struct buffer objects; /* at the end: every object as JSON, one a line */
};

/* Runs the story at `path`. *out becomes the story as it came out: the input lines and the ">"
 * lines of this run. `source_dir` is where deploy/ lies. `tape` may be NULL. */
int story_run(const char *path, const char *source_dir, struct story_coverage *coverage,
              struct story_tape *tape, struct buffer *out, char errmsg[static ERRMSG_MAX]);

#endif
