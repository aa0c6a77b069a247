/* Any lines as commands to the core, in a small town whose tables are nearly full:
 *
 *     d3+5 order_unit I1 U2          by dispatcher D3, five seconds after the line before
 *     =d3+0 order_unit I1 U2         the same again under the number of the line before
 *
 * Letters are d dispatcher, s supervisor, c crew of the unit, h hospital, g gateway, o operator,
 * m machine. What comes from outside is checked as the pipeline checks it; then nothing may break:
 * core_check is silent, a second core told only the packed records is the same (tests/lib/twin.h).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/config.h"
#include "dispatch/core/print.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/must.h"
#include "dispatch/policy/cardfile.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/lib/twin.h"

static const int64_t zero_ms = INT64_C(1780279200000);
enum { ROWS = 12, TEXT_BYTES = 8192, LINES_MAX = 64, TICKS_MAX = 200 };

static struct twin twin;
static struct card_set cards;
static struct limits limits;
static int64_t now_ms;
static uint64_t number;

/* The town, to begin each input with. */
static struct core town, town_second;
static void *town_memory;

static const struct {
    char letter;
    enum role role;
} roles[] = {{'d', ROLE_DISPATCHER}, {'s', ROLE_SUPERVISOR}, {'c', ROLE_CREW},
             {'h', ROLE_HOSPITAL},   {'g', ROLE_GATEWAY},    {'o', ROLE_OPERATOR},
             {'m', ROLE_MACHINE}};

static void submit(const struct command *command)
{
    char why[ERRMSG_MAX];
    if (wire_command_check(command, why) < 0)
        return;
    if (twin_decide(&twin, command, now_ms) < 0 || twin_apply(&twin) < 0) {
        fprintf(stderr, "%s\n", twin.errmsg);
        abort();
    }
}

static void let_time_pass(int64_t until_ms)
{
    const struct command tick = {.kind = COMMAND_TICK, .actor = {.role = ROLE_MACHINE}};
    for (int i = 0; i < TICKS_MAX; i++) {
        int64_t next_ms = core_next_deadline_ms(&twin.core);
        if (next_ms > until_ms)
            break;
        now_ms = next_ms > now_ms ? next_ms : now_ms;
        submit(&tick);
        must(!twin.silent || core_next_deadline_ms(&twin.core) > now_ms);
    }
    now_ms = until_ms;
}

/* "d3+5 " into the command's giver and the seconds; what follows it, or NULL. */
static const char *read_giver(const char *line, const char *end, struct command *command,
                              int64_t *seconds)
{
    size_t r = 0;
    uint64_t digits[2] = {0, 0};
    while (r < sizeof(roles) / sizeof(roles[0]) && (line == end || roles[r].letter != *line))
        r++;
    if (r == sizeof(roles) / sizeof(roles[0]))
        return NULL;
    line++;
    for (int i = 0; i < 2; i++) {
        for (int n = 0; n < 6 && line < end && isdigit((unsigned char)*line); n++)
            digits[i] = digits[i] * 10 + (uint64_t)(*line++ - '0');
        if (line == end || *line++ != (i == 0 ? '+' : ' '))
            return NULL;
    }
    bool scoped = roles[r].role == ROLE_CREW || roles[r].role == ROLE_HOSPITAL;
    command->actor = (struct actor){
        .role = roles[r].role, .user = {scoped ? 7 : digits[0]}, .scope = scoped ? digits[0] : 0};
    *seconds = (int64_t)digits[1];
    return line;
}

static void do_line(const char *line, const char *end)
{
    static uint64_t store[4096];
    char why[ERRMSG_MAX];
    struct command command = {0};
    int64_t seconds;
    bool again = line < end && *line == '=';
    line = read_giver(line + again, end, &command, &seconds);
    struct actor actor = command.actor;
    if (!line || command_parse(&command, line, (size_t)(end - line), zero_ms, store, sizeof(store),
                               why, sizeof(why)) < 0)
        return;
    let_time_pass(now_ms + seconds * 1000);
    command.actor = actor;
    command.client = 1;
    command.number = again ? number : ++number;
    submit(&command);
}

static void do_lines(const char *text, size_t n)
{
    const char *end = text + n;
    for (int i = 0; i < LINES_MAX && text < end; i++) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        line_end = line_end ? line_end : end;
        do_line(text, line_end);
        text = line_end + 1;
    }
}

static void begin(void)
{
    static const char founding[] =
        "o1+0 define_station S1 code=S-1 name=\"站\" at=39.0190,106.3760\n"
        "o1+0 define_hospital H1 code=H-1 name=\"院\" capabilities=3 beds=400 at=39.0250,106.3900\n"
        "o1+0 define_hospital H2 code=H-2 name=\"院\" capabilities=1 beds=200 at=39.2200,106.7700\n"
        "o1+0 define_unit U1 code=U-1 plate=\"1\" kind=ambulance S1 capabilities=15 crew=3\n"
        "o1+0 define_unit U2 code=U-2 plate=\"2\" kind=ambulance S1 capabilities=1 crew=3\n"
        "o1+0 define_unit U3 code=U-3 plate=\"3\" kind=ambulance S1 capabilities=11 crew=3\n"
        "o1+0 define_terminal T1 phone=13300000001 U1\n"
        "o1+0 define_zone Z1 code=Z-1 name=\"区\" kind=service_area kind_mask=1\n"
        "o1+0 define_zone Z3 code=Z-3 name=\"厂\" kind=chemical_works kind_mask=32 grade_floor=2\n"
        "g1+0 set_duty U1 duty=on\n"
        "g1+0 set_duty U2 duty=on\n"
        "g1+0 set_duty U3 duty=on\n";
    static struct config config;
    static struct complaints complaints;
    struct policy policy;
    wire_init();
    config_defaults(&config);
    pipeline_policy(&config, &policy);
    must(cardfile_load(SOURCE_DIR "/deploy/cards", SOURCE_DIR "/deploy/plans/response.yaml", &cards,
                       &complaints) == 0);
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = ROWS;
    limits.text_bytes = TEXT_BYTES;
    must(twin_init(&twin, &limits, &policy, &cards) == 0);
    now_ms = zero_ms;
    do_lines(founding, sizeof(founding) - 1);
    must(state_unit(&twin.core.state, 3)->duty == DUTY_ON);
    size_t bytes = core_bytes(&limits);
    must((town_memory = malloc(2 * bytes)));
    memcpy(town_memory, twin.memory, bytes);
    memcpy((char *)town_memory + bytes, twin.second_memory, bytes);
    town = twin.core;
    town_second = twin.second;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (!town_memory)
        begin();
    size_t size = core_bytes(&limits);
    memcpy(twin.memory, town_memory, size);
    memcpy(twin.second_memory, (char *)town_memory + size, size);
    twin.core = town;
    twin.second = town_second;
    now_ms = zero_ms;
    number = 1000;
    do_lines((const char *)bytes, n);
    return 0;
}
