/* The replay against the real core: everything is entered, and the times that the core then holds
 * give the published figures of the San Francisco week. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/base/csv.h"
#include "sim/replay.h"
#include "sim/sf_csv.h"
#include "tests/lib/core_server.h"

static int replay_text(struct core_server *server, const struct replay_csv *csv,
                       struct replay_result *result)
{
    struct session_config config = {.client = 42, .token = "t"};
    char errmsg[ERRMSG_MAX] = "";

    core_server_start(server);
    snprintf(config.address.host, sizeof(config.address.host), "127.0.0.1");
    config.address.port = server->port;
    int status = replay_run(csv, &config, result, errmsg);
    core_server_join(server);
    if (status < 0)
        print_error("%s\n", errmsg);
    assert_string_equal(core_check(&server->core), "");
    assert_int_equal(server->backward, 0);
    return status;
}

static void read_csv(struct replay_csv *csv, const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int err = replay_csv_read(csv, in, "test.csv");
    fclose(in);
    if (err < 0)
        print_error("%s\n", csv->errmsg);
    assert_int_equal(err, 0);
}

/* Hospital before leaving the scene; a second order before the first has ended; a row without an
 * end. Every recorded time must stand in the core all the same. */
static void test_oddities(void **state)
{
    static const char text[] =
        "call,received,opened,unit,ordered,departed,at_scene,left_scene,at_hospital,completed\n"
        "a,1000000,1010000,U,1020000,1030000,1100000,1500000,1400000,2000000\n"
        "b,1200000,1200000,U,1300000,1310000,,,,1350000\n"
        "c,1250000,,V,1260000,,,,,\n"
        "d,1250000,,,,,,,,\n";
    struct core_server server;
    struct replay_result result;
    struct replay_csv csv;

    (void)state;
    read_csv(&csv, text);
    assert_int_equal(replay_text(&server, &csv, &result), 0);
    assert_int_equal(result.refused, 0);
    assert_int_equal(result.skipped, 0);
    assert_int_equal(result.overlaps, 1);
    assert_int_equal(result.ended, 1);
    assert_int_equal(result.closed, 4);
    assert_int_equal(result.reported + result.corrected, csv.counts.points);
    const struct assignment *a = state_assignment(&server.core.state, 1);
    assert_int_equal(a->ordered_ms, 1020000);
    assert_int_equal(a->departed_ms, 1030000);
    assert_int_equal(a->at_scene_ms, 1100000);
    assert_int_equal(a->left_scene_ms, 1500000);
    assert_int_equal(a->at_hospital_ms, 1400000);
    assert_int_equal(a->completed_ms, 2000000);
    const struct assignment *c = state_assignment(&server.core.state, 2);
    assert_int_equal(c->step, STEP_CANCELLED);
    assert_int_equal(c->cancelled_ms, 1260000);
    assert_int_equal(state_incident(&server.core.state, 4)->outcome, OUTCOME_CANCELLED);
    replay_csv_close(&csv);
    core_server_close(&server);
}

/* An end that is claimed years before its order is refused; so is closing the incident then. */
static void test_refusal(void **state)
{
    static const char text[] = "call,received,unit,ordered,completed\n"
                               "a,99000000000,U,99000000001,5\n"
                               "b,99000000000,V,99000000001,99000000002\n";
    struct core_server server;
    struct replay_result result;
    struct replay_csv csv;

    (void)state;
    read_csv(&csv, text);
    assert_int_equal(replay_text(&server, &csv, &result), 1);
    assert_int_equal(result.refused, 2);
    assert_int_equal(result.skipped, 0);
    assert_int_equal(state_incident(&server.core.state, 1)->state, INCIDENT_OPEN);
    assert_int_equal(state_incident(&server.core.state, 2)->state, INCIDENT_CLOSED);
    replay_csv_close(&csv);
    core_server_close(&server);
}

/* ---- the week ---- */

struct sample {
    double *s;
    size_t n;
};

static void add(struct sample *sample, int64_t from_ms, int64_t to_ms)
{
    if (from_ms == 0 || to_ms == 0 || to_ms < from_ms)
        return;
    sample->s[sample->n++] = (double)(to_ms - from_ms) / 1000;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double rank(const struct sample *sample, int percent)
{
    return sample->s[(sample->n * (size_t)percent + 99) / 100 - 1];
}

/* The published value of an indicator. */
static double expected(const char *kpi)
{
    char line[512];
    FILE *in = fopen(SHARED_DATA "/calls/expected_kpis.csv", "r");
    double value = NAN;

    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        char *field[CSV_FIELDS_MAX], why[80];
        if (csv_split(line, field, CSV_FIELDS_MAX, why, sizeof(why)) >= 3 &&
            strcmp(field[1], kpi) == 0)
            assert_int_equal(csv_number(field[2], &value), 0);
    }
    fclose(in);
    return value;
}

static void check(struct sample *sample, const char *kpi)
{
    static const int percents[] = {50, 90, 95};
    char name[120];

    qsort(sample->s, sample->n, sizeof(*sample->s), by_size);
    snprintf(name, sizeof(name), "%s n", kpi);
    assert_int_equal(sample->n, (size_t)expected(name));
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s P%d nearest-rank", kpi, percents[i]);
        assert_true(fabs(rank(sample, percents[i]) - expected(name)) < 1e-9);
    }
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static void check_incidents(const struct state *state, struct sample *dispatch,
                            struct sample *scene)
{
    size_t within = 0;

    EACH (state, INCIDENT, incident, it) {
        int64_t ordered_ms = 0, at_scene_ms = 0;
        if (it->kind.n != 7 || memcmp(it->kind.p, "medical", 7) != 0)
            continue;
        EACH (state, ASSIGNMENT, assignment, a) {
            if (a->incident.v != it->incident.v)
                continue;
            ordered_ms = earlier(ordered_ms, a->ordered_ms);
            at_scene_ms = earlier(at_scene_ms, a->at_scene_ms);
        }
        add(dispatch, state_call(state, it->call.v)->ringing_ms, ordered_ms);
        add(scene, state_call(state, it->call.v)->ringing_ms, at_scene_ms);
    }
    check(dispatch, "medical received->first dispatch s");
    check(scene, "medical received->first on scene s");
    for (size_t i = 0; i < scene->n; i++)
        within += scene->s[i] <= 480;
    assert_true(fabs((double)within / (double)scene->n -
                     expected("share of medical calls first on scene <= 480 s")) < 5e-5);
}

static void check_units(const struct state *state, struct sample *sample)
{
    sample->n = 0;
    EACH (state, ASSIGNMENT, assignment, it)
        add(sample, it->ordered_ms, it->departed_ms);
    check(sample, "unit dispatch->response s");
    sample->n = 0;
    EACH (state, ASSIGNMENT, assignment, it)
        add(sample, it->left_scene_ms, it->at_hospital_ms);
    check(sample, "unit transport->hospital s");
    sample->n = 0;
    EACH (state, ASSIGNMENT, assignment, it)
        add(sample, it->at_hospital_ms, it->completed_ms);
    check(sample, "unit hospital->available s");
}

static void test_week(void **state)
{
    static double room[2][8000];
    struct sample first = {room[0], 0}, second = {room[1], 0};
    char path[] = "/tmp/test_replay.XXXXXX", errmsg[ERRMSG_MAX];
    struct core_server server;
    struct replay_result result;
    struct replay_csv csv;
    size_t rows = 0;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(
        sf_csv_convert(SHARED_DATA "/calls/sf_fire_ems_week_2017.csv.gz", path, &rows, errmsg), 0);
    assert_int_equal(rows, 7704);
    assert_int_equal(replay_csv_load(&csv, path), 0);
    unlink(path);
    assert_int_equal(csv.counts.calls, 3560);
    assert_int_equal(csv.counts.out_of_order, 28);
    assert_int_equal(csv.counts.overlaps, 9);
    assert_int_equal(csv.counts.unfinished, 5);
    assert_int_equal(replay_text(&server, &csv, &result), 0);
    assert_int_equal(result.refused + result.skipped, 0);
    assert_int_equal(result.reported + result.corrected, csv.counts.points);
    assert_int_equal(result.overlaps, 9);
    assert_int_equal(result.ended, 5);
    assert_int_equal(result.closed, 3560);
    assert_int_equal(server.core.state.table[OBJECT_ASSIGNMENT].count, 7704);
    check_incidents(&server.core.state, &first, &second);
    check_units(&server.core.state, &first);
    replay_csv_close(&csv);
    core_server_close(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oddities),
        cmocka_unit_test(test_refusal),
    };
    const struct CMUnitTest week[] = {cmocka_unit_test(test_week)};

    wire_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        return failed;
    if (access(SHARED_DATA "/calls/sf_fire_ems_week_2017.csv.gz", R_OK) != 0) {
        printf("SKIP: the San Francisco week is not at %s/calls\n", SHARED_DATA);
        return 77;
    }
    return cmocka_run_group_tests_name("week", week, NULL, NULL);
}
