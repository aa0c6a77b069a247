/* journal_memory: what the journal without a disk offers besides dispatch/journal/journal.h.
 * A "directory" is a name; its records outlive the journal that wrote them, so that a test can
 * crash a server and start the next one. With a loop, records become durable on the loop's next
 * turn; without one (options.loop NULL), when the test says so. One thread. */
#ifndef TESTS_JOURNAL_MEMORY_H
#define TESTS_JOURNAL_MEMORY_H

#include "dispatch/journal/journal.h"

/* Make what was appended durable and tell on_durable_cb. */
void journal_memory_flush(struct journal *journal);

/* Power cut: what was not durable is gone, and so is the journal. */
void journal_memory_crash(struct journal *journal);

void journal_memory_set_space(struct journal *journal, bool ok);
void journal_memory_hold(struct journal *journal, bool hold); /* a disk that does not answer */

/* Forget every directory. */
void journal_memory_wipe(void);

#endif
