#include "tests/lib/random_day.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/core/print.h"
#include "dispatch/must.h"

static const char *const town[] = {
    "define_station S1 code=S-1 name=\"大武口急救站\" at=39.0190,106.3760",
    "define_station S2 code=S-2 name=\"惠农急救站\" at=39.2190,106.7760",
    "define_hospital H1 code=H-1 name=\"市第一人民医院\" capabilities=3 beds=400 "
    "at=39.0250,106.3900",
    "define_hospital H2 code=H-2 name=\"惠农区人民医院\" capabilities=1 beds=200 "
    "at=39.2200,106.7700",
    "define_unit U1 code=U-1 plate=\"宁B12001\" kind=ambulance S1 capabilities=15 crew=3",
    "define_unit U2 code=U-2 plate=\"宁B12002\" kind=ambulance S1 capabilities=1 crew=3",
    "define_unit U3 code=U-3 plate=\"宁B12003\" kind=ambulance S2 capabilities=11 crew=3",
    "define_unit U4 code=U-4 plate=\"宁B12004\" kind=ambulance S2 capabilities=1 crew=2",
    "define_terminal T1 phone=13300000001 U1",
    "define_terminal T2 phone=13300000002 U2",
    "define_zone Z1 code=Z-1 name=\"大武口区\" kind=service_area kind_mask=1",
    "set_duty U1 duty=on",
    "set_duty U2 duty=on",
    "set_duty U3 duty=on",
    "set_duty U4 duty=on",
    "set_demand Z1 at=39.0150,106.3700 calls_a_week=300",
    "set_hospital_capacity H1 red=2 yellow=4 green=20",
    "move_unit U1 post=S2",
};

/* Tables for a day of it: a core is cleared whole whenever one is made. */
static void small_tables(struct config *config)
{
    config->limits.calls = config->limits.incidents = config->limits.assignments = 5000;
    config->limits.alerts = config->limits.tasks = config->limits.messages = 5000;
    config->limits.zones = config->limits.road_conditions = 1000;
    config->limits.text_kib = 8192;
}

void random_day_make(struct random_day *day, const char *dir)
{
    struct config *config = &day->config;
    must(sodium_init() >= 0);
    wire_init();
    log_set_level(LOG_LEVEL_ERROR);
    config_defaults(config);
    snprintf(config->server.data_dir, sizeof(config->server.data_dir), "%s", dir ? dir : "memory");
    snprintf(config->server.clock, sizeof(config->server.clock), "driven");
    config->journal.reserve = 1048576;
    config->journal.ballast = 0;
    config->journal.snapshot_records = dir ? 100 : 10000000; /* in memory it is for one thread */
    config->limits.retention_min = 60;
    config->limits.claim_past_h = 8760;
    small_tables(config);
}

static void on_opened(void *context)
{
    struct random_day *day = context;
    day->opened = true;
}

void random_day_do(struct random_day *day, const char *line)
{
    uint64_t store[1024];
    char why[256] = "";
    struct command command = {0};
    must(command_parse(&command, line, strlen(line), 0, store, sizeof(store), why, sizeof(why)) ==
             0 ||
         !fprintf(stderr, "%s: %s\n", line, why));
    command.client = 9;
    command.number = ++day->number;
    command.actor = (struct actor){.user = {7}, .role = ROLE_SUPERVISOR, .seat = 2};
    if (command_schema(command.kind)->who[0] && strncmp(line, "define_", 7) == 0)
        command.actor.role = ROLE_OPERATOR;
    pipeline_submit(&day->pipeline, &command, NULL, NULL, 0);
}

void random_day_open(struct random_day *day, uint64_t seed)
{
    memset(&day->pipeline, 0, sizeof(day->pipeline));
    day->opened = day->closed = false;
    must(uv_loop_init(&day->loop) == 0);
    day->dice = seed;
    day->now_ms = INT64_C(1800000000000);
    metrics_init(&day->metrics);
    day->pipeline.opened_cb = on_opened;
    day->pipeline.context = day;
    if (pipeline_open(&day->pipeline, &day->config, &day->loop, &day->metrics) < 0) {
        fprintf(stderr, "%s\n", day->pipeline.errmsg);
        must(!"the journal opens");
    }
    random_day_until(day, day->opened);
    bool founded = pipeline_seq(&day->pipeline) > 2;
    if (pipeline_now_ms(&day->pipeline) > day->now_ms)
        day->now_ms = pipeline_now_ms(&day->pipeline);
    pipeline_drive(&day->pipeline, day->now_ms);
    day->number = pipeline_seq(&day->pipeline);
    for (size_t i = 0; !founded && i < sizeof(town) / sizeof(*town); i++)
        random_day_do(day, town[i]);
}

static void on_closed(void *context)
{
    struct random_day *day = context;
    day->closed = true;
}

void random_day_settle(struct random_day *day)
{
    random_day_until(day, day->pipeline.feed.durable >= pipeline_seq(&day->pipeline));
}

void random_day_close(struct random_day *day)
{
    random_day_settle(day);
    pipeline_close(&day->pipeline, on_closed, day);
    uv_run(&day->loop, UV_RUN_DEFAULT);
    must(day->closed);
    must(uv_loop_close(&day->loop) == 0);
}

/* --- what may happen --- */

static uint64_t roll(struct random_day *day, uint64_t below)
{
    day->dice = day->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return below ? (day->dice >> 33) % below : 0;
}

/* The id of any of that kind, mostly a recent one; 1 when there is none. */
static uint64_t any(struct random_day *day, enum object_kind kind)
{
    const struct table *table = &day->pipeline.core.state.table[kind];
    if (table->count == 0)
        return 1;
    uint64_t back = roll(day, table->count < 6 || roll(day, 8) == 0 ? table->count : 6);
    return field_number(table->schema->field, table_at(table, table->count - 1 - (uint32_t)back));
}

__attribute__((format(printf, 2, 3))) static void act(struct random_day *day, const char *format,
                                                      ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    random_day_do(day, line);
}

static void next_step(struct random_day *day)
{
    static const char *const step[] = {"acknowledged", "departed",    "at_scene",    "at_patient",
                                       "left_scene",   "at_hospital", "handed_over", "completed",
                                       "completed",    "empty_run"};
    uint64_t id = any(day, OBJECT_ASSIGNMENT);
    const struct assignment *it = state_assignment(&day->pipeline.core.state, id);
    uint64_t at = it && it->step >= STEP_ORDERED ? it->step - STEP_ORDERED : 0;
    if (at > 0 && roll(day, 5))
        at--; /* the next one; else it is skipped */
    act(day, "report_step A%" PRIu64 " step=%s", id, step[at < 9 ? at : roll(day, 10)]);
}

static void something(struct random_day *day)
{
    uint64_t call = any(day, OBJECT_CALL), incident = any(day, OBJECT_INCIDENT);
    uint64_t unit = any(day, OBJECT_UNIT), assignment = any(day, OBJECT_ASSIGNMENT);
    switch (roll(day, 28)) {
    case 0:
    case 1:
        act(day, "ring_call number=1390000%04" PRIu64 " line=120-%" PRIu64, roll(day, 10000),
            roll(day, 4));
        break;
    case 2:
    case 3:
        act(day, "answer_call C%" PRIu64, call);
        break;
    case 4:
    case 5:
        act(day,
            "open_incident C%" PRIu64 " words=\"朝阳街 %" PRIu64
            " 号\" complaint=\"胸口疼\" patients=1 age_months=%" PRIu64 " at=39.0%" PRIu64
            ",106.37 source=map zone=1",
            call, roll(day, 99), roll(day, 1000), roll(day, 900) + 100);
        break;
    case 6:
        act(day, "regrade_incident I%" PRIu64 " grade=%" PRIu64 " reason=clinical", incident,
            roll(day, 5) + 1);
        break;
    case 7:
    case 8:
    case 9:
        act(day, "order_unit I%" PRIu64 " U%" PRIu64 " eta_s=%" PRIu64 " source=road H1", incident,
            unit, roll(day, 900));
        break;
    case 10:
        act(day, "cancel_assignment A%" PRIu64 " reason=caller_cancelled", assignment);
        break;
    case 11:
        act(day, "correct_step A%" PRIu64 " step=departed at_ms=%" PRId64 " reason=late_record",
            assignment, day->now_ms - 1000);
        break;
    case 12:
        act(day, "close_incident I%" PRIu64 " outcome=%s", incident,
            roll(day, 2) ? "treated" : "advice");
        break;
    case 13:
        act(day, "end_call C%" PRIu64, call);
        break;
    case 14:
        act(day,
            "set_road_condition R%" PRIu64 " state=closed at=39.01,106.37 radius_m=50 "
            "cause=\"修路\"",
            roll(day, 3));
        break;
    case 15:
        act(day, "clear_road_condition R%" PRIu64, any(day, OBJECT_CONDITION));
        break;
    case 16:
        act(day, "set_hospital_status H1 status=open beds_free=%" PRIu64, roll(day, 50));
        break;
    case 17:
        act(day, "acknowledge_alert W%" PRIu64, any(day, OBJECT_ALERT));
        break;
    case 18:
        act(day, "raise_alert detector=test level=yellow I%" PRIu64, incident);
        break;
    case 19:
        act(day, "send_message U%" PRIu64 " words=\"请走南门\"", unit);
        break;
    case 20:
        act(day, "sign_on_crew U%" PRIu64 " names=\"王医生 李师傅\"", unit);
        break;
    case 21:
        act(day, "record_vitals A%" PRIu64 " vitals=\"heart_rate=%" PRIu64 " spo2=95\"", assignment,
            roll(day, 200));
        break;
    case 22:
        act(day, "expect_patient A%" PRIu64, assignment);
        break;
    case 23:
        act(day, "check_unit U%" PRIu64 " fit fuel_pct=80 missing=\"吸引器\"", unit);
        break;
    default:
        next_step(day);
    }
}

void random_day_pass(struct random_day *day, uint32_t commands)
{
    for (uint32_t i = 0; i < commands; i++) {
        day->now_ms += (int64_t)roll(day, 60000);
        pipeline_drive(&day->pipeline, day->now_ms);
        something(day);
        if (i % 8 == 7) {
            struct command tick = {.kind = COMMAND_TICK};
            pipeline_submit_own(&day->pipeline, &tick);
            uv_run(&day->loop, UV_RUN_NOWAIT);
        }
    }
}
