/* broken: the journal with one of its promises taken away, so that it can be shown that the tests
 * would notice. Production code has no switch for this: calls are replaced when the test is linked
 * (--wrap). Set before the journal is opened; any thread reads it. */
#ifndef TESTS_FAULT_BROKEN_H
#define TESTS_FAULT_BROKEN_H

enum broken {
    BROKEN_NOTHING,
    BROKEN_SYNC,  /* synchronous=NORMAL */
    BROKEN_BOOT,  /* nothing is committed after recovery before what was found is acknowledged */
    BROKEN_REPLY, /* acknowledged when appended, not when committed */
    BROKEN_COUNT
};

extern enum broken broken;

/* Pages in the -wal file before SQLite empties it: small, so that it happens in short lives. */
extern int broken_wal_pages;

#endif
