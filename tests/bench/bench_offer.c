/* bench_offer HOST:PORT TOKEN_FILE ROAD_FILE CALLS: opens incidents at random crossings of the
 * roads a dispatchd runs on, one after another, and prints for each, in microseconds, answer  from
 * sending `open_incident` to its durable answer offer   from that answer to the fact `recommended`
 * on the stream: times, then the assignment both    from sending to the offer as "NAME US" lines
 * for quantiles.awk. Each incident is closed again. Judges nothing.
 *
 *   bench_offer --city ROAD_FILE UNITS   prints a city: units on duty, each at its own station */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/load.h"
#include "sim/dice.h"
#include "sim/session.h"

static struct {
    uv_loop_t loop;
    struct session session;
    struct road road;
    struct dice dice;
    uint32_t left;
    uint64_t opened, incident, sent_ns, answered_ns, offered_ns;
    uint64_t offered[64]; /* the last incidents offered: the fact may come before the answer */
    uint64_t offered_at_ns[64];
} bench;

static void send_command(struct command *command, uint64_t *number)
{
    if (session_send(&bench.session, command, number) < 0) {
        fprintf(stderr, "%s\n", bench.session.errmsg);
        exit(1);
    }
}

static struct point random_crossing(void)
{
    const struct road_arc *arc;

    do
        arc = &bench.road.arc[dice_below(&bench.dice, bench.road.arc_n)];
    while (!(arc->flags & ROAD_MAIN));
    return bench.road.node[arc->head].at;
}

static void print_city(uint32_t units)
{
    bench.dice = dice_make(units, "city");
    for (uint32_t i = 1; i <= units; i++) {
        struct point at = random_crossing();
        printf("define_station S%u code=S-%u name=S-%u at=%.7f,%.7f\n", i, i, i, at.lat_e7 / 1e7,
               at.lon_e7 / 1e7);
        printf("define_unit U%u code=U-%u plate=U-%u kind=ambulance S%u capabilities=15 crew=3\n",
               i, i, i, i);
        printf("set_duty U%u duty=on\n", i);
    }
}

static void open_next(void)
{
    struct command command = {.kind = COMMAND_OPEN_INCIDENT};

    if (bench.left-- == 0) {
        uv_stop(&bench.loop);
        return;
    }
    struct point at = random_crossing();
    command.open_incident.words = TEXT("here");
    command.open_incident.has_place = true;
    command.open_incident.lat_e7 = at.lat_e7;
    command.open_incident.lon_e7 = at.lon_e7;
    bench.incident = 0;
    bench.sent_ns = os_mono_ns();
    send_command(&command, &bench.opened);
}

static void finish_one(uint64_t offered_ns)
{
    struct command command = {.kind = COMMAND_CLOSE_INCIDENT};
    uint64_t number;

    uint64_t after_ns = offered_ns > bench.answered_ns ? offered_ns - bench.answered_ns : 0;
    printf("answer %llu\noffer %llu\nboth %llu\n",
           (unsigned long long)(bench.answered_ns - bench.sent_ns) / 1000,
           (unsigned long long)after_ns / 1000,
           (unsigned long long)(offered_ns - bench.sent_ns) / 1000);
    command.close_incident.incident.v = bench.incident;
    command.close_incident.outcome = OUTCOME_TREATED;
    bench.incident = 0;
    send_command(&command, &number);
}

static void on_reply(void *user, const struct stream_reply *reply)
{
    (void)user;
    if (reply->refusal != REFUSE_NONE) {
        fprintf(stderr, "refused: %s\n", refusal_text[reply->refusal].en);
        exit(1);
    }
    if (reply->number != bench.opened) { /* closed */
        open_next();
        return;
    }
    bench.answered_ns = os_mono_ns();
    bench.incident = reply->made;
    if (bench.offered[reply->made % 64] == reply->made)
        finish_one(bench.offered_at_ns[reply->made % 64]);
}

static void take_fact(const struct fact *fact)
{
    if (fact->kind != FACT_RECOMMENDED)
        return;
    uint64_t incident = fact->recommended.incident.v;
    if (bench.offered[incident % 64] == incident)
        return;
    bench.offered[incident % 64] = incident;
    bench.offered_at_ns[incident % 64] = os_mono_ns();
    if (incident == bench.incident)
        finish_one(os_mono_ns());
}

static void on_frame(void *user, const struct server_frame *frame)
{
    (void)user;
    if (frame->kind == SERVER_SNAPSHOT && frame->snapshot.last)
        open_next();
    for (uint32_t i = 0; frame->kind == SERVER_FACTS && i < frame->facts.record_count; i++)
        for (uint32_t k = 0; k < frame->facts.record[i].fact_count; k++)
            take_fact(&frame->facts.record[i].fact[k]);
}

static void on_ready(void *user, const struct stream_welcome *welcome)
{
    (void)user, (void)welcome;
}

static void on_down(void *user, const char *why)
{
    (void)user;
    fprintf(stderr, "the connection is lost: %s\n", why);
    exit(1);
}

int main(int argc, char **argv)
{
    struct session_config config = {.want_facts = true};
    struct session_events events = {
        .ready_cb = on_ready, .reply_cb = on_reply, .frame_cb = on_frame, .down_cb = on_down};
    char errmsg[ROAD_ERRMSG_MAX];
    unsigned char *text;
    size_t size;

    bool city = argc == 4 && strcmp(argv[1], "--city") == 0;
    if (!city && (argc != 5 || session_address_parse(argv[1], &config.address) < 0)) {
        fprintf(stderr, "bench_offer HOST:PORT TOKEN_FILE ROAD_FILE CALLS\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    if (road_load(&bench.road, argv[city ? 2 : 3], errmsg) < 0) {
        fprintf(stderr, "%s\n", errmsg);
        return 1;
    }
    if (city) {
        print_city((uint32_t)strtoul(argv[3], NULL, 10));
        return 0;
    }
    must(os_read_file(argv[2], SESSION_TOKEN_MAX - 1, &text, &size) == 0);
    snprintf(config.token, sizeof(config.token), "%.*s", (int)strcspn((char *)text, "\n"),
             (char *)text);
    os_random(&config.client, 4);
    bench.dice = dice_make(3, "offers");
    bench.left = (uint32_t)strtoul(argv[4], NULL, 10);
    wire_init();
    must(uv_loop_init(&bench.loop) == 0);
    must(session_init(&bench.session, &bench.loop, &config, &events) == 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    return 0;
}
