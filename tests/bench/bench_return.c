/* bench_return HTTP:TCP COUNT TOKEN_FILE [ROUNDS]: how long a crowd of consoles takes to be in.
 *
 * Half of COUNT come over TCP, half over WebSocket. Whenever all are in (welcomed, with a whole
 * picture or resumed) a line says how long it took since the first was lost; then somebody may kill
 * the server and start it again on the same ports. Ends after ROUNDS such lines (1 unless given).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dispatch/must.h"
#include "tests/bench/crowd.h"

static struct crowd crowd;

/* When each came in, from the beginning of the round. */
struct round {
    struct latency in;
    bool *seen;
    uint64_t began_ns;
    uint32_t resumed;
};

static void note_arrivals(struct round *round)
{
    for (uint32_t i = 0; i < crowd.count; i++) {
        if (!crowd.console[i].in || round->seen[i])
            continue;
        round->seen[i] = true;
        round->resumed += crowd.console[i].resumed;
        latency_add(&round->in, os_mono_ns() - round->began_ns);
    }
}

static void run_round(struct round *round)
{
    uint64_t refused = crowd.refused, lost = crowd.lost;
    while (crowd.in_count < crowd.count) {
        crowd_turn(&crowd, 10);
        note_arrivals(round);
    }
    note_arrivals(round);
    printf("all in: consoles=%u resumed=%u lost=%" PRIu64 " tries_refused=%" PRIu64 " ",
           crowd.count, round->resumed, crowd.lost - lost, crowd.refused - refused);
    latency_print(&round->in);
    printf("\n");
    fflush(stdout);
}

/* Nobody comes back before all have been lost: what is measured begins there. */
static void await_loss(void)
{
    while (crowd.in_count == crowd.count)
        crowd_turn(&crowd, 10);
    crowd.again = false;
    while (crowd.in_count > 0)
        crowd_turn(&crowd, 10);
    crowd.again = true;
}

int main(int argc, char **argv)
{
    unsigned http = 0, tcp = 0;
    long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
    uint32_t count = argc > 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    if (!count || sscanf(argv[1], "%u:%u", &http, &tcp) != 2 ||
        crowd_read_token(&crowd, argv[3]) < 0) {
        fprintf(stderr, "usage: bench_return HTTP:TCP COUNT TOKEN_FILE [ROUNDS]\n");
        return 2;
    }
    wire_init();
    crowd.http = (uint16_t)http;
    crowd.tcp = (uint16_t)tcp;
    crowd.again = true;
    for (long i = 0; i < rounds; i++) {
        struct round round = {.seen = calloc(count, sizeof(bool))};
        must(round.seen);
        if (i > 0)
            await_loss();
        round.began_ns = os_mono_ns();
        if (i == 0)
            crowd_open(&crowd, count / 2, count);
        run_round(&round);
        free(round.seen);
    }
    crowd_close(&crowd);
    return 0;
}
