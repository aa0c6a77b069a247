/* tcp_port: a listening TCP port and its connections, for the servers of this room: accepting up
 * to a limit, a write queue with an end, a regular look at every connection, an orderly close.
 * Owner: a server that embeds the port and whose sessions begin with a struct tcp_conn; one
 * thread, the loop's. tcp_port_close is asynchronous: the memory of port and owner may go only in
 * its callback. A connection is freed by the port after freed_cb; code may go on with one that is
 * `closing` until it returns to the loop, and what it writes then is dropped. */
#ifndef INGEST_TCP_PORT_H
#define INGEST_TCP_PORT_H

#include <stdbool.h>
#include <uv.h>

struct tcp_conn {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct tcp_port *port;
    struct tcp_conn *prev, *next;
    uint64_t opened_at; /* loop's ms */
    bool finishing;     /* what is queued is still written, nothing is read */
    bool closing;
};

struct tcp_handlers {
    size_t conn_size; /* of the struct that begins with a struct tcp_conn; it starts zeroed */
    void (*opened_cb)(struct tcp_conn *c);
    void (*read_cb)(struct tcp_conn *c, const uint8_t *bytes, size_t n);
    void (*ended_cb)(struct tcp_conn *c); /* by the peer or the network: close it */
    void (*check_cb)(struct tcp_conn *c); /* every period; may close it */
    void (*freed_cb)(struct tcp_conn *c); /* the port frees it next */
    void (*tick_cb)(void *owner);         /* every period, after the checks; may be NULL */
    void (*turned_cb)(void *owner);       /* all that could be read now was; may be NULL */
};

struct tcp_counters {
    uint64_t connections, full, accept_errors;
};

struct tcp_port {
    uv_loop_t *loop;
    void *owner;
    const struct tcp_handlers *handlers;
    uv_tcp_t listener;
    uv_timer_t timer;
    uv_check_t turned;
    uint16_t number; /* the port in use */
    uint32_t conn_max, conn_count;
    struct tcp_conn *conns;
    struct tcp_counters counters;
    uint32_t handles; /* open ones; the last one's close ends the port */
    bool closing;
    void (*closed_cb)(void *owner);
    uint8_t inbuf[64 * 1024]; /* of the connection that is reading just now */
};

/* Listens; number 0 is any free port. 0 or a negative libuv error; after an error, too, the port
 * has to be closed. */
int tcp_port_open(struct tcp_port *p, uv_loop_t *loop, const char *host, uint16_t number,
                  uint32_t conn_max, uint64_t period_ms, const struct tcp_handlers *handlers,
                  void *owner);
/* Connections still open must have been told by the owner; the port closes what is left. */
void tcp_port_close(struct tcp_port *p, void (*closed_cb)(void *owner));

/* False when more than queue_max would wait to be read, or there is no memory: close it then. */
bool tcp_conn_write(struct tcp_conn *c, const void *bytes, size_t n, size_t queue_max);
/* Reads no more, writes what is queued, and then ended_cb. A peer that does not read keeps it
 * open: look after it in check_cb. */
void tcp_conn_finish(struct tcp_conn *c);
void tcp_conn_close(struct tcp_conn *c);

#endif
