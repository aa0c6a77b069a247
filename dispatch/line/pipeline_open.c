/* The pipeline's beginning and end: configuration into limits and policy, journal into core, the
 * BOOT record before anything is served, the last commit before the process goes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/line/fold.h"
#include "dispatch/line/pipeline_impl.h"

void pipeline_limits(const struct config *c, struct limits *limits)
{
    memset(limits, 0, sizeof(*limits));
    limits->max[OBJECT_STATION] = (uint32_t)c->limits.stations;
    limits->max[OBJECT_HOSPITAL] = (uint32_t)c->limits.hospitals;
    limits->max[OBJECT_ZONE_NAME] = (uint32_t)c->limits.zones;
    limits->max[OBJECT_UNIT] = (uint32_t)c->limits.units;
    limits->max[OBJECT_TERMINAL] = (uint32_t)c->limits.terminals;
    limits->max[OBJECT_CALL] = (uint32_t)c->limits.calls;
    limits->max[OBJECT_TASK] = (uint32_t)c->limits.tasks;
    limits->max[OBJECT_INCIDENT] = (uint32_t)c->limits.incidents;
    limits->max[OBJECT_ASSIGNMENT] = (uint32_t)c->limits.assignments;
    limits->max[OBJECT_CONDITION] = (uint32_t)c->limits.road_conditions;
    limits->max[OBJECT_MESSAGE] = (uint32_t)c->limits.messages;
    limits->max[OBJECT_ALERT] = (uint32_t)c->limits.alerts;
    limits->max[OBJECT_SHIFT] = (uint32_t)c->limits.units;
    limits->max[OBJECT_SEAT] = (uint32_t)c->limits.seats;
    limits->max[OBJECT_SURGE] = 2; /* one; half full is no alarm */
    limits->max[OBJECT_PLAN_RUN] = (uint32_t)c->limits.plan_runs;
    limits->max[OBJECT_CLIENT] = (uint32_t)c->limits.clients;
    limits->max[OBJECT_LEARNED] = 2 * (uint32_t)c->limits.hospitals + 64; /* never nearly full */
    limits->text_bytes = (size_t)c->limits.text_kib * 1024;
}

static void policy_deadlines(const struct config *c, struct policy *policy)
{
    policy->deadline_ms[DEADLINE_UNANSWERED] = c->deadline.unanswered_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_CALLBACK] = c->deadline.callback_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_UNGRADED] = c->deadline.ungraded_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_UNASSIGNED] = c->deadline.unassigned_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_UNACKNOWLEDGED] = c->deadline.unacknowledged_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_TURNOUT] = c->deadline.turnout_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_LONG_SCENE] = c->deadline.long_scene_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_LONG_HANDOVER] = c->deadline.long_handover_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_SILENT_TERMINAL] = c->deadline.silent_terminal_s * INT64_C(1000);
    policy->deadline_ms[DEADLINE_LATE_STEP] = c->deadline.late_step_s * INT64_C(1000);
}

/* Of the plan: what it prefers, what it never does, and what it expects until it has learned. */
static void policy_plan(const struct config *c, struct policy *policy)
{
    const int32_t in_time[] = {0,
                               c->recommend.in_time_1_s,
                               c->recommend.in_time_2_s,
                               c->recommend.in_time_3_s,
                               c->recommend.in_time_4_s,
                               c->recommend.in_time_5_s};
    for (int grade = 0; grade <= GRADE_MAX; grade++) {
        policy->in_time_s[grade] = (uint32_t)in_time[grade];
        policy->late_s[grade] =
            (uint32_t)(grade == 1 ? c->recommend.late_1_s : c->recommend.late_s);
        policy->change_s[grade] =
            (uint32_t)(grade == 1 ? c->recommend.change_1_s : c->recommend.change_s);
    }
    policy->turn_s = (uint32_t)c->recommend.turn_s;
    policy->freeze_s = (uint32_t)c->recommend.freeze_s;
    policy->divert_pause_s = (uint32_t)c->recommend.divert_pause_s;
    policy->unsure_1_s = (uint32_t)c->recommend.unsure_1_s;
    policy->starved_s = (uint32_t)c->recommend.starved_s;
    policy->diverts = c->recommend.diverts;
    policy->last_unit_s = (uint32_t)c->recommend.last_unit_s;
    policy->meal_after_s = (uint32_t)c->recommend.meal_after_h * 3600;
    policy->meal_s = (uint32_t)c->recommend.meal_s;
    policy->shift_s = (uint32_t)c->recommend.shift_h * 3600;
    policy->overtime_s = (uint32_t)c->recommend.overtime_s;
    policy->scene_s = (uint32_t)c->recommend.scene_s;
    policy->transport_permille = (uint32_t)c->recommend.transport_permille;
    policy->to_hospital_s = (uint32_t)c->recommend.to_hospital_s;
    policy->handover_s = (uint32_t)c->recommend.handover_s;
    policy->clear_s = (uint32_t)c->recommend.clear_s;
    policy->learned_calls = (uint32_t)c->recommend.learned_calls;
}

/* The settings that there are three of. */
static void policy_triage(const struct config *c, struct mass_rules *rules)
{
#define TRIAGE(CLASS, class)                                                                       \
    rules->weight[TRIAGE_##CLASS] = (uint32_t)c->mass_casualty.weight_##class;                     \
    rules->every_s[TRIAGE_##CLASS] = (uint32_t)c->mass_casualty.every_##class##_s;                 \
    rules->room[TRIAGE_##CLASS] = (uint32_t)c->mass_casualty.room_##class;                         \
    rules->trauma_room[TRIAGE_##CLASS] = (uint32_t)c->mass_casualty.trauma_##class;                \
    rules->per_unit[TRIAGE_##CLASS] = (uint32_t)c->mass_casualty.per_unit_##class
    TRIAGE(RED, red);
    TRIAGE(YELLOW, yellow);
    TRIAGE(GREEN, green);
#undef TRIAGE
}

static void policy_advice(const struct config *c, struct policy *policy)
{
    policy->hospital = (struct hospital_rules){
        .handover_weight = (uint32_t)c->hospital.handover_weight,
        .bays = (uint32_t)c->hospital.bays,
        .switch_s = (uint32_t)c->hospital.switch_s,
        .report_ms = c->hospital.report_min * INT64_C(60000),
    };
    policy->mass = (struct mass_rules){
        .patients = (uint32_t)c->mass_casualty.patients,
        .lack_s = (uint32_t)c->mass_casualty.lack_s,
        .divert_s = (uint32_t)c->mass_casualty.divert_s,
        .none_s = (uint32_t)c->mass_casualty.none_s,
    };
    policy_triage(c, &policy->mass);
    policy->move = (struct move_rules){
        .cover_s = (uint32_t)c->move_up.cover_s,
        .late_s = (uint32_t)c->move_up.late_s,
        .far_times = (uint32_t)c->move_up.far_times,
        .none_s = (uint32_t)c->move_up.none_s,
        .busy_permille = (uint32_t)c->move_up.busy_permille,
        .scarce_permille = (uint32_t)c->move_up.scarce_permille,
        .gone_permille = (uint32_t)c->move_up.gone_permille,
        .stay_s = (uint32_t)c->move_up.stay_s,
        .gain_s = (uint32_t)c->move_up.gain_s,
        .extra_s = (uint32_t)c->move_up.extra_s,
        .extra_per_h = (uint32_t)c->move_up.extra_per_h,
        .at_once = (uint32_t)c->move_up.at_once,
        .drive_s_max = (uint32_t)c->move_up.drive_s_max,
        .life_ms = c->move_up.life_min * INT64_C(60000),
        .rest_ms = c->move_up.rest_min * INT64_C(60000),
    };
    policy->opinion = (struct opinion_rules){.gain_s = (uint32_t)c->second_opinion.gain_s,
                                             .sure_pct = (uint32_t)c->second_opinion.sure_pct};
    policy->surge = (struct surge_rules){
        .line_pct = {0, (uint32_t)c->surge.line_1_pct, (uint32_t)c->surge.line_2_pct,
                     (uint32_t)c->surge.line_3_pct},
        .held_grade = {0, (uint32_t)c->surge.hold_1, (uint32_t)c->surge.hold_2,
                       (uint32_t)c->surge.hold_3},
        .margin_pct = (uint32_t)c->surge.margin_pct,
        .units_min = (uint32_t)c->surge.units_min,
        .held_ms_max = c->surge.held_min_max * INT64_C(60000),
    };
}

void pipeline_policy(const struct config *c, struct policy *policy)
{
    memset(policy, 0, sizeof(*policy));
    policy_deadlines(c, policy);
    policy_advice(c, policy);
    policy->turnout_from_acknowledged = strcmp(c->deadline.turnout_from, "acknowledged") == 0;
    policy->dispatcher_downgrades = strcmp(c->grade.downgrade_role, "dispatcher") == 0;
    policy->retention_ms = c->limits.retention_min * INT64_C(60000);
    policy->claim_future_ms = c->limits.claim_future_s * INT64_C(1000);
    policy->claim_past_ms = c->limits.claim_past_h * INT64_C(3600000);
    policy->shelve_max_ms = c->deadline.shelve_max_h * INT64_C(3600000);
    policy->utc_offset_min = (uint32_t)c->server.utc_offset_min;
    policy->text_max = (uint32_t)c->limits.text_bytes;
    policy->vitals_max = (uint32_t)c->limits.vitals;
    policy->rows_max = (uint32_t)c->recommend.rows;
    policy->switch_s = (uint32_t)c->recommend.switch_s;
    policy->eta_p90_pct[SOURCE_ROAD] = (uint32_t)c->recommend.eta_p90_road_pct;
    policy->eta_p90_pct[SOURCE_CROW] = (uint32_t)c->recommend.eta_p90_crow_pct;
    policy->chute_s_station = (uint32_t)c->recommend.chute_station_s;
    policy->chute_s_mobile = (uint32_t)c->recommend.chute_mobile_s;
    policy->stale_age_s = (uint32_t)c->recommend.stale_fix_s;
    policy->stale_penalty_s = (uint32_t)c->recommend.stale_penalty_s;
    policy->missing_penalty_s = (uint32_t)c->recommend.missing_penalty_s;
    policy->none_s = (uint32_t)c->recommend.none_s;
    const int32_t weight[] = {c->recommend.weight_0, c->recommend.weight_1, c->recommend.weight_2,
                              c->recommend.weight_3, c->recommend.weight_4, c->recommend.weight_5};
    const int32_t target[] = {c->recommend.target_0_s, c->recommend.target_1_s,
                              c->recommend.target_2_s, c->recommend.target_3_s,
                              c->recommend.target_4_s, c->recommend.target_5_s};
    for (int grade = 0; grade <= GRADE_MAX; grade++) {
        policy->weight[grade] = (uint32_t)weight[grade];
        policy->age_target_s[grade] = (uint32_t)target[grade];
    }
    policy_plan(c, policy);
}

static int fail(struct pipeline *p, const char *what)
{
    snprintf(p->errmsg, sizeof(p->errmsg), "%s", what);
    return -1;
}

static void refused_policy(struct pipeline *p, const struct config *config)
{
    p->refused.burst = (uint32_t)config->gate.refused_burst;
    p->refused.per_minute = (uint32_t)config->gate.refused_per_minute;
}

static int open_core(struct pipeline *p, const struct config *config)
{
    struct limits limits;
    struct policy policy;
    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    refused_policy(p, config);
    p->core_memory = malloc(core_bytes(&limits));
    p->decision = calloc(1, sizeof(*p->decision));
    p->pending = calloc(PIPELINE_PENDING_MAX, sizeof(*p->pending));
    if (!p->core_memory || !p->decision || !p->pending)
        return fail(p, "no memory for the tables: lower [limits]");
    p->decision->scratch_size = decision_scratch_bytes(&limits);
    p->decision->scratch = malloc(p->decision->scratch_size);
    if (!p->decision->scratch || wire_arena_init(&p->arena, WIRE_ARENA) < 0)
        return fail(p, "no memory for the tables: lower [limits]");
    core_init(&p->core, p->core_memory, &limits, &policy);
    buffer_init(&p->sealed, JOURNAL_BODY_MAX);
    buffer_init(&p->clear, JOURNAL_BODY_MAX);
    return 0;
}

static const char *journal_dir(const struct config *config)
{
    return config->journal.dir[0] ? config->journal.dir : config->server.data_dir;
}

static int open_journal(struct pipeline *p, const struct config *config, uv_loop_t *loop)
{
    const struct journal_options options = {
        .dir = journal_dir(config),
        .loop = loop,
        .reserve_bytes = (uint64_t)config->journal.reserve,
        .ballast_bytes = (uint64_t)config->journal.ballast,
        .queue_bytes = (uint64_t)config->journal.queue,
        .verify_all = strcmp(config->journal.verify, "all") == 0,
        .on_durable_cb = pipeline_durable,
        .ctx = p,
    };
    if (journal_open(&p->journal, &options, p->errmsg) < 0 ||
        journal_reader_open(&p->reader, options.dir, p->errmsg) < 0)
        return -1;
    p->space_ok = journal_space_ok(p->journal);
    p->encrypt = config->privacy.encrypt;
    if (vault_init(&p->vault, p->reader, config->privacy.master_key_file,
                   (uint32_t)config->privacy.cache) < 0)
        return fail(p, p->vault.errmsg);
    personal_init(&p->personal, &p->vault);
    return 0;
}

static int fold_journal(struct pipeline *p)
{
    struct fold fold;
    int result = fold_init(&fold, &p->core, p->reader, &p->vault);
    if (result == 0)
        result = fold_snapshot(&fold, UINT64_MAX);
    if (result == 0)
        result = fold_records(&fold, UINT64_MAX);
    p->folded = fold.records;
    log_info("journal-folded", "seq=%" PRIu64 " records=%" PRIu64 " snapshot=%" PRIu64,
             pipeline_seq(p), fold.records, fold.snapshot_seq);
    if (result < 0)
        fail(p, fold.errmsg);
    fold_close(&fold);
    return result;
}

/* --- the clock --- */

enum { CLOCK_STEP_MS = 2000, CLOCK_GAP_MS = 86400000 };

/* A journal that ends after the machine's time: the house goes on from where it was, because a
 * clock that stood still until the machine's had caught up would let no deadline pass. */
static void start_clock(struct pipeline *p)
{
    int64_t ahead_ms = pipeline_wall_ms(p) - p->core.state.head->now_ms;
    if (p->driven) {
        p->driven_ms = p->core.state.head->now_ms;
        return;
    }
    if (ahead_ms < 0)
        p->wall_zero_ms -= ahead_ms;
    if (ahead_ms < -CLOCK_STEP_MS)
        log_error("clock-behind-journal", "behind_s=%" PRId64 " why=%s", -ahead_ms / 1000,
                  "the machine's clock is before the last record: times go on from that record; "
                  "set the clock");
    if (ahead_ms > CLOCK_GAP_MS && pipeline_seq(p) > 0)
        log_warn("clock-ahead-of-journal", "ahead_s=%" PRId64 " why=%s", ahead_ms / 1000,
                 "nothing was journalled for so long, or the machine's clock is wrong");
    p->clock_off_ms = ahead_ms < 0 ? ahead_ms : 0;
}

static void watch_clock(struct pipeline *p)
{
    int64_t off_ms = os_wall_ms() - pipeline_wall_ms(p);
    metrics_set(p->metrics, METRIC_CLOCK_OFF, off_ms / 1000);
    if (llabs(off_ms - p->clock_off_ms) < CLOCK_STEP_MS)
        return;
    log_warn("clock-set", "off_s=%" PRId64 " why=%s", off_ms / 1000,
             "somebody set the machine's clock: ours goes on as before until a restart");
    p->clock_off_ms = off_ms;
}

static void on_tick(uv_timer_t *timer)
{
    struct pipeline *p = timer->data;
    struct journal_stats stats = journal_stats(p->journal);
    bool space_ok = journal_space_ok(p->journal);
    if (space_ok != p->space_ok)
        log_warn("disk-reserve", "ok=%d free_bytes=%" PRIu64, space_ok, stats.free_bytes);
    p->space_ok = space_ok;
    metrics_set(p->metrics, METRIC_JOURNAL_QUEUE, (int64_t)stats.queued_records);
    if (p->driven)
        return;
    watch_clock(p);
    pipeline_tick(p);
}

/* After a crash, records that were never synced may have been read back: nothing is served until
 * this one record has been synced after them. */
static void commit_boot(struct pipeline *p)
{
    struct command boot = {.kind = COMMAND_BOOT};
    boot.boot.version = TEXT(MINGDI_VERSION);
    boot.boot.clean = journal_was_clean(p->journal);
    boot.boot.driven = p->driven;
    pipeline_submit_own(p, &boot);
}

int pipeline_open(struct pipeline *p, const struct config *config, uv_loop_t *loop,
                  struct metrics *metrics)
{
    static const char *names[REFUSAL_COUNT];
    for (int i = 0; i < REFUSAL_COUNT; i++)
        names[i] = refusal_text[i].name;
    metrics_label(metrics, FAMILY_REFUSALS, names, REFUSAL_COUNT);
    p->metrics = metrics;
    p->driven = strcmp(config->server.clock, "driven") == 0;
    p->wall_zero_ms = os_wall_ms();
    p->mono_zero_ns = os_mono_ns();
    if (open_core(p, config) < 0 || open_journal(p, config, loop) < 0 || fold_journal(p) < 0)
        return -1;
    if (feed_init(&p->feed, p->reader, &p->vault, pipeline_seq(p)) < 0)
        return fail(p, p->feed.errmsg);
    if (pipeline_snapshots_open(p, config, loop) < 0)
        return -1;
    start_clock(p);
    uv_timer_init(loop, &p->tick);
    p->tick.data = p;
    uv_timer_start(&p->tick, on_tick, 100, 100);
    commit_boot(p);
    return 0;
}

void pipeline_reload(struct pipeline *p, const struct config *config)
{
    pipeline_policy(config, &p->core.policy);
    refused_policy(p, config);
    p->deadline_seq = 0;
    pipeline_snapshots_reload(p, config);
}

/* --- the end --- */

struct closing {
    struct pipeline *pipeline;
    void (*closed_cb)(void *context);
    void *context;
};

static void on_journal_closed(void *context)
{
    struct closing *closing = context;
    struct pipeline *p = closing->pipeline;
    feed_close(&p->feed);
    vault_close(&p->vault);
    journal_reader_close(p->reader);
    wire_arena_close(&p->arena);
    buffer_close(&p->sealed);
    buffer_close(&p->clear);
    free(p->decision->scratch);
    free(p->decision);
    free(p->pending);
    free(p->core_memory);
    closing->closed_cb(closing->context);
    free(closing);
}

static void on_snapshots_closed(struct pipeline *p)
{
    journal_close(p->journal, on_journal_closed, p->tick.data);
}

static void on_tick_closed(uv_handle_t *handle)
{
    struct closing *closing = handle->data;
    pipeline_snapshots_close(closing->pipeline, on_snapshots_closed);
}

void pipeline_close(struct pipeline *p, void (*closed_cb)(void *context), void *context)
{
    struct closing *closing = malloc(sizeof(*closing));
    if (!closing)
        abort();
    *closing = (struct closing){p, closed_cb, context};
    uv_timer_stop(&p->tick);
    p->tick.data = closing;
    uv_close((uv_handle_t *)&p->tick, on_tick_closed);
}
