/* core_server: the core behind the stream's frames, in a thread, without journal or disk: what a
 * gateway that drives the clock needs of a server. One connection, then the thread ends.
 * The caller owns the struct; between start and join it is the thread's. For tests. */
#ifndef TESTS_CORE_SERVER_H
#define TESTS_CORE_SERVER_H

#include <pthread.h>

#include "dispatch/core/core.h"
#include "dispatch/wire/wire_stream.h"

struct core_server {
    struct core core;
    void *memory;
    struct decision *decision;
    struct wire_arena arena;
    struct buffer out;
    pthread_t thread;
    int listener, port;
    int64_t now_ms;
    uint64_t clocks, backward; /* frames that set the clock; those that went back */
};

/* wire_init must have been called. */
void core_server_start(struct core_server *server);
void core_server_join(struct core_server *server);
void core_server_close(struct core_server *server);

#endif
