/* online: from a command line to a session: which server, and who we are there.
 * Owner: the caller's session. Errors: an enum ctl_exit, said on standard error.
 * Start here: online_open. */
#ifndef CTL_ONLINE_H
#define CTL_ONLINE_H

#include "dispatch/ctl/ctl.h"
#include "dispatch/ctl/session.h"

enum { ONLINE_TOKEN_MAX = 256 };

/* A session of the command line's server and account, for commands and questions. Close it in any
 * case. */
int online_open(struct ctl *ctl, struct session *session);

/* The same with what the caller wants to hear; the token and version of the hello are filled in. */
int online_hello(struct ctl *ctl, struct session *session, struct stream_hello *hello);

/* The session's end as an exit code, said. */
int online_lost(const struct session *session, int end);

/* Sends the command; says its refusal in both languages (as "name: …" when `where` is given). */
int online_do(struct session *session, struct command *command, struct stream_reply *reply,
              const char *where);

#endif
