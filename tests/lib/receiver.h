/* receiver: a house that takes alerts over HTTP on the loopback interface, and behaves as badly as
 * it is told: request by request one letter of `manner`, then well.
 *
 *   o  takes it: 200        5  answers 500              r  answers 302 to elsewhere
 *   l  takes it, and the answer is lost                 c  cuts the connection before it has read
 *   h  reads it and never answers
 *
 * What it took is kept, in order. Owner: the test. Thread: the loop's. Errors abort. */
#ifndef TESTS_LIB_RECEIVER_H
#define TESTS_LIB_RECEIVER_H

#include <uv.h>

enum { RECEIVER_TAKEN_MAX = 256, RECEIVER_KEY_MAX = 192, RECEIVER_BYTES_MAX = 65536 };

struct taken {
    char key[RECEIVER_KEY_MAX], type[64], timestamp[32], signature[128];
    char *body; /* ends with zero */
};

struct receiver {
    uv_tcp_t listener;
    const char *manner;
    int port;
    uint32_t asked, taken_count, open; /* requests begun; taken; sockets not closed yet */
    struct taken taken[RECEIVER_TAKEN_MAX];
    /* Each taken one as it comes; NULL: nobody wants to know. */
    void (*taken_cb)(const struct taken *taken);
};

/* port 0: any. */
void receiver_open(struct receiver *receiver, uv_loop_t *loop, int port, const char *manner);
/* Closes the listener; done when `open` is 0: what hangs ends when the other side gives up. */
void receiver_close(struct receiver *receiver);
void receiver_forget(struct receiver *receiver);

#endif
