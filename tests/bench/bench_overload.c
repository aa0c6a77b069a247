/* bench_overload HTTP:TCP CONSOLES RATE SECONDS TOKEN_FILE: waves of calls beside a city that
 * lives.
 *
 * CONSOLES look on, half over TCP, half over WebSocket, positions and all. Every minute the first
 * sends RATE calls a second for a fifth of it: each rings, is answered when it has rung and ended
 * when it was answered. Open loop: an acknowledgement's time counts from when the call was due,
 * those of answer and end from when they were sent. Prints figures; ends with 1 when a command was
 * refused or never answered. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "tests/bench/crowd.h"

enum { MINUTE_S = 60, WAVE_S = 12, PATIENCE_MS = 30000 };
enum stage { STAGE_RING, STAGE_ANSWER, STAGE_END };

static struct crowd crowd;
static struct latency latency[STAGE_END + 1];
static enum stage stage_of[CROWD_PENDING]; /* by command number, as due_ns */
static uint64_t call_of[CROWD_PENDING];

static void say(enum stage stage, uint64_t call, const char *line, uint64_t due_ns)
{
    size_t slot = (crowd.number + 1) % CROWD_PENDING;
    stage_of[slot] = stage;
    call_of[slot] = call;
    crowd_say(&crowd, line, due_ns);
}

static void on_reply(struct crowd *from, const struct stream_reply *reply)
{
    size_t slot = reply->number % CROWD_PENDING;
    enum stage stage = stage_of[slot];
    char line[64];
    uint64_t now_ns = os_mono_ns();
    latency_add(&latency[stage], now_ns - from->due_ns[slot]);
    if (reply->refusal != REFUSE_NONE) {
        fprintf(stderr, "refused: %.*s\n", (int)reply->name.n, reply->name.p);
        return;
    }
    uint64_t call = stage == STAGE_RING ? reply->made : call_of[slot];
    if (stage == STAGE_END)
        return;
    snprintf(line, sizeof(line), "%s C%" PRIu64, stage == STAGE_RING ? "answer_call" : "end_call",
             call);
    say(stage == STAGE_RING ? STAGE_ANSWER : STAGE_END, call, line, now_ns);
}

static void ring(uint64_t n, uint64_t due_ns)
{
    char line[128];
    snprintf(line, sizeof(line),
             "ring_call number=1000%07" PRIu64 " line=%" PRIu64 " at=%d.%04d,%s", n, n % 30 + 100,
             38, 9000 + (int)(n % 97), "106.5600");
    say(STAGE_RING, 0, line, due_ns);
}

static bool everything_answered(void)
{
    return crowd.replies == crowd.number;
}

static void run(uint64_t rate, uint64_t seconds)
{
    uint64_t began_ns = os_mono_ns(), n = 0;
    for (uint64_t minute = 0; minute * MINUTE_S < seconds; minute++) {
        for (uint64_t k = 0; k < rate * WAVE_S;) {
            uint64_t due_ns = began_ns + minute * MINUTE_S * 1000000000 + k * 1000000000 / rate;
            if (os_mono_ns() >= due_ns) {
                ring(++n, due_ns);
                k++;
            } else {
                crowd_turn(&crowd, 1);
            }
        }
        while (os_mono_ns() < began_ns + (minute + 1) * MINUTE_S * 1000000000 &&
               os_mono_ns() < began_ns + seconds * 1000000000)
            crowd_turn(&crowd, 10);
    }
    int64_t until_ms = os_mono_ms() + PATIENCE_MS;
    while (!everything_answered() && os_mono_ms() < until_ms)
        crowd_turn(&crowd, 10);
}

int main(int argc, char **argv)
{
    static const char *const name[] = {"ring  ", "answer", "end   "};
    unsigned http = 0, tcp = 0;
    if (argc != 6 || sscanf(argv[1], "%u:%u", &http, &tcp) != 2 ||
        crowd_read_token(&crowd, argv[5]) < 0) {
        fprintf(stderr, "usage: bench_overload HTTP:TCP CONSOLES RATE SECONDS TOKEN_FILE\n");
        return 2;
    }
    uint32_t consoles = (uint32_t)strtoul(argv[2], NULL, 10);
    uint64_t rate = strtoull(argv[3], NULL, 10), seconds = strtoull(argv[4], NULL, 10);
    must(consoles > 0 && rate > 0);
    wire_init();
    crowd.http = (uint16_t)http;
    crowd.tcp = (uint16_t)tcp;
    crowd.again = crowd.positions = true;
    crowd.reply_cb = on_reply;
    crowd_open(&crowd, consoles / 2 + 1, consoles);
    while (crowd.in_count < consoles)
        crowd_turn(&crowd, 100);
    run(rate, seconds);
    for (int i = 0; i <= STAGE_END; i++) {
        printf("%s ", name[i]);
        latency_print(&latency[i]);
        printf("\n");
    }
    printf("commands=%" PRIu64 " answered=%" PRIu64 " refused=%" PRIu64 " consoles_lost=%" PRIu64
           " in_at_the_end=%u\n",
           crowd.number, crowd.replies, crowd.refusals, crowd.lost, crowd.in_count);
    return crowd.refusals || !everything_answered();
}
