/* bench_stall HTTP:TCP READERS RATE TOKEN_FILE: two of a crowd stop reading; the others must not
 * notice, and the two come back and miss nothing.
 *
 * READERS consoles, half over TCP and half over WebSocket, hear RATE long notes a second on I1. Two
 * more, one each way, come in and read no more. On the first SIGUSR1 (somebody saw that the server
 * cut them off) the notes stop and the two read again, find themselves lost, come back and resume.
 * Prints figures; ends with 1 when a reader was lost or missed a note, or one of the two was not
 * resumed up to the last. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "dispatch/must.h"
#include "tests/bench/crowd.h"

enum { NOTE_CHARS = 3500, SLOW = 2, PATIENCE_MS = 30000 };

static struct crowd readers, slow;
static volatile sig_atomic_t told;

static void on_signal(int number)
{
    (void)number;
    told = 1;
}

static void say(uint64_t due_ns)
{
    static char line[NOTE_CHARS + 64];
    char mark[MARK_CHARS + 1];
    mark_write(mark, due_ns);
    snprintf(line, sizeof(line), "add_note I1 words=%s%0*d", mark, NOTE_CHARS - MARK_CHARS, 0);
    crowd_say(&readers, line, due_ns);
}

static void open_crowd(struct crowd *crowd, uint32_t count)
{
    crowd_open(crowd, count / 2, count);
    while (crowd->in_count < count)
        crowd_turn(crowd, 10);
}

/* Little room in the kernel, and nobody takes what comes. */
static void stop_reading(struct crowd *crowd)
{
    int small = 4096;
    for (uint32_t i = 0; i < crowd->count; i++) {
        struct listener *l = &crowd->console[i].listener;
        must(setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
        must(epoll_ctl(crowd->epoll, EPOLL_CTL_DEL, l->fd, NULL) == 0);
    }
}

static void read_again(struct crowd *crowd)
{
    crowd->again = true;
    for (uint32_t i = 0; i < crowd->count; i++) {
        struct listener *l = &crowd->console[i].listener;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
        must(epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, l->fd, &event) == 0);
    }
}

static uint64_t speak(uint64_t rate)
{
    uint64_t began_ns = os_mono_ns(), said = 0;
    while (!told && !readers.lost) {
        uint64_t due_ns = began_ns + said * 1000000000 / rate;
        if (os_mono_ns() >= due_ns) {
            say(due_ns);
            said++;
        } else {
            crowd_turn(&readers, 1);
        }
    }
    return said;
}

static bool all_resumed(void)
{
    for (uint32_t i = 0; i < SLOW; i++)
        if (!slow.console[i].in || !slow.console[i].resumed ||
            slow.console[i].seq < readers.console->seq)
            return false;
    return slow.lost >= SLOW;
}

int main(int argc, char **argv)
{
    unsigned http = 0, tcp = 0;
    if (argc != 5 || sscanf(argv[1], "%u:%u", &http, &tcp) != 2 ||
        crowd_read_token(&readers, argv[4]) < 0 || crowd_read_token(&slow, argv[4]) < 0) {
        fprintf(stderr, "usage: bench_stall HTTP:TCP READERS RATE TOKEN_FILE\n");
        return 2;
    }
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    uint64_t rate = strtoull(argv[3], NULL, 10);
    must(count > 1 && rate > 0 && signal(SIGUSR1, on_signal) != SIG_ERR);
    wire_init();
    readers.http = slow.http = (uint16_t)http;
    readers.tcp = slow.tcp = (uint16_t)tcp;
    open_crowd(&readers, count);
    open_crowd(&slow, SLOW);
    stop_reading(&slow);
    uint64_t said = speak(rate);
    int64_t until_ms = os_mono_ms() + PATIENCE_MS;
    while (readers.heard < said * count && !readers.lost && os_mono_ms() < until_ms)
        crowd_turn(&readers, 10);
    read_again(&slow);
    until_ms = os_mono_ms() + PATIENCE_MS;
    while (!all_resumed() && os_mono_ms() < until_ms) {
        crowd_turn(&slow, 10);
        crowd_turn(&readers, 0);
    }
    printf("notes=%" PRIu64 " heard=%" PRIu64 "/%" PRIu64 " readers_lost=%" PRIu64
           " slow_lost=%" PRIu64 " resumed=%d ",
           said, readers.heard, said * count, readers.lost, slow.lost, all_resumed());
    latency_print(&readers.latency);
    printf("\n");
    return readers.lost || readers.heard != said * count || !all_resumed();
}
