/* board: the server's state as its snapshot shows it to us, in the core's own tables.
 * Owner: the caller; board_close in any case. Thread: one. Errors: an enum ctl_exit, said.
 * Start here: board_open. */
#ifndef CTL_BOARD_H
#define CTL_BOARD_H

#include "dispatch/core/state.h"
#include "dispatch/ctl/online.h"

struct board {
    struct state state;
    void *memory;
    uint64_t seq; /* the state is that of this record */
    int64_t now_ms;
};

/* Opens the session with facts and reads its snapshot. A server shares one snapshot among those who
 * come within seconds: when facts have followed since, it is asked again. */
int board_open(struct board *board, struct ctl *ctl, struct session *session);
void board_close(struct board *board);

/* Asks the server one of its questions; *json is the caller's to free. */
int board_ask(struct session *session, const char *what, char **json);

#endif
