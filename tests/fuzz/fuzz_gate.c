/* Any bytes to the gate's two ports. The first byte chooses: frames over TCP, whose number is known
 * beforehand; a WebSocket already upgraded; HTTP from its first byte. The connection ends each
 * time, and no answer holds a file that lies beside the console's. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatch/must.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/lib/edge.h"

#define SECRET "not-the-consoles-file"
enum { FRAME_BYTES = 4096 };

static struct edge edge;
static struct gate_config config;
static char console[600];

static void answer(void *user, const struct gate_request *request)
{
    (void)user;
    must(request->body_len <= config.body_bytes_max);
    must(request->body_len == 0 || request->body[request->body_len] == 0);
    gate_answer(&edge.gate, request->id, 200, "text/plain", request->body, request->body_len);
}

static void begin(void)
{
    fuzz_dir_sub("console");
    fuzz_dir_put("console/index.html", "<p>board</p>", 12);
    fuzz_dir_put("secret", SECRET, strlen(SECRET));
    snprintf(console, sizeof(console), "%s/console", fuzz_dir());
    gate_config_defaults(&config);
    config.console_dir = console;
    config.http_port = config.tcp_port = 0;
    config.frame_bytes_max = config.body_bytes_max = FRAME_BYTES;
    config.handshakes_per_s = 1000000;
    edge_start(&edge, &config);
    must(gate_route(&edge.gate, GATE_GET, "/api/look", answer, NULL) == 0);
    must(gate_route(&edge.gate, GATE_POST, "/api/say", answer, NULL) == 0);
}

/* How many frames stand in the stream before its end or its first mistake. */
static uint32_t frames_in(const uint8_t *bytes, size_t n)
{
    uint32_t count = 0;
    while (n >= 4) {
        size_t length = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 |
                        (size_t)bytes[3];
        if (length == 0 || length > FRAME_BYTES || n - 4 < length)
            break;
        bytes += 4 + length;
        n -= 4 + length;
        count++;
    }
    return count;
}

/* Says it in two pieces, cut where `cut` says, and hears the other side out. */
static void say(struct peer *peer, const uint8_t *bytes, size_t n, size_t cut)
{
    cut = n ? cut % n : 0;
    peer_write(peer, bytes, cut);
    edge_turn(&edge);
    peer_write(peer, bytes + cut, n - cut);
    shutdown(peer->fd, SHUT_WR);
    peer_wait_end(peer);
    must(!memmem(peer->in, peer->in_len, SECRET, strlen(SECRET)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct linger reset = {1, 0};
    struct peer peer;
    if (!console[0])
        begin();
    if (n < 2)
        return 0;
    int which = bytes[0] % 3;
    uint32_t before = edge.frames;
    peer_open(&peer, &edge, which == 0 ? gate_tcp_port(&edge.gate) : gate_http_port(&edge.gate));
    if (which == 1)
        must(peer_upgrade(&peer, "/ws", NULL) == 101);
    say(&peer, bytes + 2, n - 2, bytes[1]);
    if (which == 0)
        must(edge.frames - before == frames_in(bytes + 2, n - 2));
    setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    peer_close(&peer);
    edge_until(&edge, edge.metrics.value[METRIC_CONNECTIONS] == 0);
    edge.opened = edge.closed_count = 0;
    return 0;
}
