/* bench_decide: what the core alone needs to decide a proposal (`propose`, the whole assignment of
 * all open slots), with 200, 2,000 and 10,000 units on duty and 1 or 40 incidents open: each with
 * the 32 soonest units, or as many as the incidents need, as travel sends them. Judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/config.h"
#include "dispatch/core/core.h"
#include "dispatch/core/print.h"
#include "dispatch/must.h"
#include "dispatch/pipeline.h"
#include "sim/dice.h"

enum {
    ROUNDS = 2000,
    CANDIDATES = 32,
    INCIDENTS_MAX = 40,
    ROWS = INCIDENTS_MAX * 4 * INCIDENTS_MAX
};

static struct core core;
static void *memory;
static struct decision decision;
static struct dice dice;
static int64_t now_ms = INT64_C(1800000000000);
static uint64_t incident[ROWS], unit[ROWS];
static uint32_t eta_s[ROWS], source[ROWS], age_s[ROWS], lat90_e7[ROWS], lon180_e7[ROWS],
    course_deg[ROWS], speed_kmh[ROWS], row_n;

static void make_core(uint32_t units)
{
    static struct config config;
    struct limits limits;
    struct policy policy;

    config_defaults(&config);
    config.limits.units = (int32_t)units;
    pipeline_limits(&config, &limits);
    pipeline_policy(&config, &policy);
    memory = malloc(core_bytes(&limits));
    must(memory);
    core_init(&core, memory, &limits, &policy);
    decision.scratch_size = decision_scratch_bytes(&limits);
    decision.scratch = malloc(decision.scratch_size);
    must(decision.scratch);
}

static void apply(const struct command *command, enum refusal refusal)
{
    struct record record = {.seq = core.state.head->seq + 1,
                            .now_ms = now_ms,
                            .client = command->client,
                            .number = command->number,
                            .actor = command->actor,
                            .command = command->kind,
                            .refusal = refusal,
                            .made = decision.made,
                            .fact = decision.fact,
                            .fact_count = decision.fact_count};

    must(refusal == REFUSE_NONE);
    core_apply(&core, &record);
}

static void say(enum role role, const char *line)
{
    struct command command = {0};
    char store[1024], why[256] = "";

    if (command_parse(&command, line, strlen(line), 0, store, sizeof(store), why, sizeof(why)) <
        0) {
        fprintf(stderr, "%s: %s\n", line, why);
        exit(1);
    }
    command.actor = (struct actor){.user = {7}, .role = role, .seat = 1};
    command.client = 1;
    command.number = core.state.head->seq + 1;
    apply(&command, core_decide(&core, &command, now_ms, &decision));
}

static void make_town(uint32_t units, uint32_t incidents)
{
    char line[256];

    say(ROLE_OPERATOR, "define_station S1 code=S-1 name=one at=41.1500,-8.6100");
    for (uint32_t i = 1; i <= units; i++) {
        snprintf(line, sizeof(line), "define_unit U%u code=U-%u plate=%u S1 capabilities=%u crew=3",
                 i, i, i, i % 4 ? 15u : 1u);
        say(ROLE_OPERATOR, line);
        snprintf(line, sizeof(line), "set_duty U%u duty=on", i);
        say(ROLE_GATEWAY, line);
    }
    for (uint32_t i = 1; i <= incidents; i++) {
        snprintf(line, sizeof(line), "open_incident words=here at=41.15%02u,-8.6100", i);
        say(ROLE_DISPATCHER, line);
        snprintf(line, sizeof(line), "regrade_incident I%u grade=%u reason=bench", i, 1 + i % 4);
        now_ms += 1000;
    }
}

static void put_row(uint32_t i, uint32_t seconds, uint32_t units)
{
    incident[row_n] = i;
    unit[row_n] = 1 + dice_below(&dice, units);
    for (uint32_t k = row_n; k-- > 0 && incident[k] == i;)
        if (unit[k] == unit[row_n])
            return; /* once each */
    eta_s[row_n] = seconds;
    source[row_n] = SOURCE_ROAD;
    age_s[row_n] = 3;
    lat90_e7[row_n] = 411500000 + 900000000;
    lon180_e7[row_n] = (uint32_t)(INT64_C(1800000000) - 86100000);
    course_deg[row_n] = UINT16_MAX;
    speed_kmh[row_n++] = 0;
}

static void make_proposal(struct command *command, uint32_t units, uint32_t incidents)
{
    struct propose *p = &command->propose;
    uint32_t candidates = incidents * 4 > CANDIDATES ? incidents * 4 : CANDIDATES;

    row_n = 0;
    for (uint32_t i = 1; i <= incidents; i++)
        for (uint32_t k = 0; k < candidates; k++)
            put_row(i, 60 + k * 5 + dice_below(&dice, 5), units);
    *command = (struct command){.kind = COMMAND_PROPOSE, .actor = {.role = ROLE_MACHINE}};
    p->incident = (struct u64s){incident, row_n};
    p->unit = (struct u64s){unit, row_n};
    p->eta_s = (struct u32s){eta_s, row_n};
    p->source = (struct u32s){source, row_n};
    p->age_s = (struct u32s){age_s, row_n};
    p->lat90_e7 = (struct u32s){lat90_e7, row_n};
    p->lon180_e7 = (struct u32s){lon180_e7, row_n};
    p->course_deg = (struct u32s){course_deg, row_n};
    p->speed_kmh = (struct u32s){speed_kmh, row_n};
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static void measure(uint32_t units, uint32_t incidents)
{
    static uint64_t ns[ROUNDS];
    struct command command;
    uint64_t facts = 0;

    dice = dice_make(units + incidents, "proposals");
    make_core(units + 1);
    make_town(units, incidents);
    for (int i = 0; i < ROUNDS; i++) {
        make_proposal(&command, units, incidents);
        uint64_t began_ns = os_mono_ns();
        enum refusal refusal = core_decide(&core, &command, now_ms, &decision);
        ns[i] = os_mono_ns() - began_ns;
        facts += decision.fact_count;
        must(refusal == REFUSE_NONE);
    }
    qsort(ns, ROUNDS, sizeof(*ns), by_value);
    printf("%6u units, %2u incidents, %5u rows: p50 %8.1f  p99 %8.1f  p99.9 %8.1f us, %.1f facts\n",
           units, incidents, row_n, (double)ns[ROUNDS / 2] / 1e3,
           (double)ns[ROUNDS * 99 / 100] / 1e3, (double)ns[ROUNDS * 999 / 1000] / 1e3,
           (double)facts / ROUNDS);
    free(memory);
    free(decision.scratch);
}

int main(void)
{
    static const uint32_t units[] = {200, 2000, 10000};

    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        measure(units[i], 1);
        measure(units[i], INCIDENTS_MAX);
    }
    return 0;
}
