/* bench_fanout tcp|ws PORTS PID LISTENERS RATE SECONDS TOKEN_FILE   PORTS: HTTP:TCP of a dispatchd
 * bench_fanout mqtt|mqtt-ws PORT PID LISTENERS RATE SECONDS        of a mosquitto
 *
 * One says something RATE times a second, LISTENERS hear it: a note on I1, or as many bytes
 * published over MQTT. A delivery's time counts from when the message was due (open loop). PID is
 * the server's; its CPU is read from /proc. Prints figures; ends with 1 when a delivery is missing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "dispatch/must.h"
#include "tests/bench/crowd.h"

enum { NOTE_CHARS = 130, PAYLOAD_BYTES = 200, PATIENCE_MS = 20000 };

struct fanout {
    struct crowd crowd; /* dispatchd's consoles; its latency serves both */
    struct listener *subscriber;
    struct listener publisher;
    int epoll;
    bool mqtt;
    uint32_t listeners, ready;
    uint64_t rate, seconds, said;
    pid_t pid;
};

static struct fanout f;

static void on_packet(struct listener *listener, const uint8_t *bytes, size_t n)
{
    (void)listener;
    f.ready += n > 0 && bytes[0] == 0x90; /* subscribed */
    uint32_t marks = marks_take(bytes, n, 0, &f.crowd.latency);
    f.crowd.heard += marks;
    f.crowd.heard_bytes += marks ? n : 0;
}

static void turn(int wait_ms)
{
    struct epoll_event event[256];
    if (!f.mqtt) {
        crowd_turn(&f.crowd, wait_ms);
        return;
    }
    int n = epoll_wait(f.epoll, event, 256, wait_ms);
    for (int i = 0; i < n; i++) {
        struct listener *l = event[i].data.ptr;
        if (l->fd >= 0 && listener_read(l) < 0) {
            f.crowd.lost++;
            listener_close(l);
        }
    }
}

static void open_mqtt(bool websocket, uint16_t port)
{
    f.epoll = epoll_create1(EPOLL_CLOEXEC);
    f.subscriber = calloc(f.listeners, sizeof(*f.subscriber));
    must(f.epoll >= 0 && f.subscriber);
    for (uint32_t i = 0; i <= f.listeners; i++) {
        struct listener *l = i < f.listeners ? &f.subscriber[i] : &f.publisher;
        l->way = websocket && i < f.listeners ? LISTENER_WEBSOCKET : LISTENER_MQTT;
        l->mqtt = websocket && i < f.listeners;
        l->message_cb = on_packet;
        uint16_t to = (uint16_t)(i < f.listeners || !websocket ? port : port + 1);
        if (listener_open(l, f.epoll, to, NULL, 0) < 0) {
            fprintf(stderr, "mosquitto does not take us\n");
            exit(2);
        }
    }
    f.listeners++; /* the publisher has subscribed as well */
    while (f.ready < f.listeners && !f.crowd.lost)
        turn(100);
}

static void open_consoles(bool websocket)
{
    f.listeners++; /* the first, over TCP, speaks and hears */
    crowd_open(&f.crowd, websocket ? 1 : f.listeners, f.listeners);
    while (f.crowd.in_count < f.listeners && !f.crowd.lost)
        turn(100);
}

static void say(uint64_t due_ns)
{
    char mark[MARK_CHARS + 1], line[512];
    mark_write(mark, due_ns);
    if (f.mqtt) {
        uint8_t payload[PAYLOAD_BYTES];
        memset(payload, '.', sizeof(payload));
        memcpy(payload, mark, MARK_CHARS);
        must(listener_publish(&f.publisher, payload, sizeof(payload)) == 0);
    } else {
        snprintf(line, sizeof(line), "add_note I1 words=%s%0*d", mark, NOTE_CHARS - MARK_CHARS, 0);
        crowd_say(&f.crowd, line, due_ns);
    }
    f.said++;
}

static void run_schedule(void)
{
    uint64_t began_ns = os_mono_ns(), total = f.rate * f.seconds;
    while (f.said < total && !f.crowd.lost) {
        uint64_t due_ns = began_ns + f.said * 1000000000 / f.rate;
        if (os_mono_ns() >= due_ns)
            say(due_ns);
        else
            turn(due_ns - os_mono_ns() > 1000000 ? 1 : 0);
    }
    int64_t until_ms = os_mono_ms() + PATIENCE_MS;
    while (f.crowd.heard < total * f.listeners && !f.crowd.lost && os_mono_ms() < until_ms)
        turn(100);
}

static int report(const char *way, const struct usage *before, const struct usage *after,
                  uint64_t own_us)
{
    uint64_t wanted = f.said * f.listeners, heard = f.crowd.heard;
    printf("%-7s listeners=%u deliveries=%" PRIu64 "/%" PRIu64 " lost=%" PRIu64 " bytes=%" PRIu64
           " ",
           way, f.listeners, heard, wanted, f.crowd.lost, heard ? f.crowd.heard_bytes / heard : 0);
    latency_print(&f.crowd.latency);
    double n = heard ? (double)heard : 1;
    printf(" server_cpu_us=%.2f generator_cpu_us=%.2f rss_kib=%" PRIu64 "\n",
           (double)(after->cpu_us - before->cpu_us) / n, (double)own_us / n, after->rss_kib);
    return heard == wanted && !f.crowd.lost ? 0 : 1;
}

static int measure(const char *way)
{
    struct usage before, after, own_before, own_after;
    must(process_usage(f.pid, &before) == 0 && process_usage(getpid(), &own_before) == 0);
    run_schedule();
    must(process_usage(f.pid, &after) == 0 && process_usage(getpid(), &own_after) == 0);
    return report(way, &before, &after, own_after.cpu_us - own_before.cpu_us);
}

int main(int argc, char **argv)
{
    unsigned http = 0, tcp = 0;
    if (argc < 7) {
        fprintf(stderr, "usage: bench_fanout tcp|ws|mqtt|mqtt-ws PORTS PID LISTENERS RATE SECONDS"
                        " [TOKEN_FILE]\n");
        return 2;
    }
    wire_init();
    f.mqtt = strncmp(argv[1], "mqtt", 4) == 0;
    f.pid = (pid_t)strtol(argv[3], NULL, 10);
    f.listeners = (uint32_t)strtoul(argv[4], NULL, 10);
    f.rate = strtoull(argv[5], NULL, 10);
    f.seconds = strtoull(argv[6], NULL, 10);
    if (sscanf(argv[2], "%u:%u", &http, &tcp) < 1 || !f.listeners || !f.rate || !f.seconds)
        return 2;
    f.crowd.http = (uint16_t)http;
    f.crowd.tcp = (uint16_t)tcp;
    if (f.mqtt)
        open_mqtt(strcmp(argv[1], "mqtt-ws") == 0, (uint16_t)http);
    else if (argc < 8 || crowd_read_token(&f.crowd, argv[7]) < 0)
        return 2;
    else
        open_consoles(strcmp(argv[1], "ws") == 0);
    return measure(argv[1]);
}
