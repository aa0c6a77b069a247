/* Fixes from a real spool into a real PostGIS: all of them, once, in their days, whatever happens
 * to the session. Under with_pg. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/readers/mirror_fix.h"
#include "tests/lib/temp_dir.h"

#define DAY_MS INT64_C(86400000)
#define NOON_MS (INT64_C(20000) * DAY_MS + DAY_MS / 2) /* 2024-10-04 12:00 */

struct road {
    char dir[TEMP_DIR_MAX];
    struct config config;
    struct metrics metrics;
    uv_loop_t loop;
    struct spool spool;
    struct mirror_fix mirror;
    bool closed;
};

static void road_open(struct road *road)
{
    assert_int_equal(uv_loop_init(&road->loop), 0);
    mirror_fix_open(&road->mirror, &road->loop, &road->config, road->dir, &road->metrics);
}

static void on_closed(void *context)
{
    ((struct road *)context)->closed = true;
}

static void road_close(struct road *road)
{
    road->closed = false;
    mirror_fix_close(&road->mirror, on_closed, road);
    while (!road->closed)
        uv_run(&road->loop, UV_RUN_ONCE);
    uv_run(&road->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&road->loop), 0);
}

static void turn_until_mirrored(struct road *road)
{
    while (!mirror_fix_caught_up(&road->mirror))
        uv_run(&road->loop, UV_RUN_ONCE);
}

/* A fix each second from then on, received when it was made. */
static void drive(struct road *road, uint64_t unit, int64_t from_ms, uint32_t seconds)
{
    for (uint32_t i = 0; i < seconds; i++) {
        struct fix fix = {.unit = unit,
                          .at_ms = from_ms + i * 1000,
                          .received_ms = from_ms + i * 1000,
                          .lat_e7 = 390000000 + (int32_t)i,
                          .lon_e7 = 1060000000,
                          .speed_dkmh = 300,
                          .course_deg = UINT16_MAX,
                          .altitude_m = INT16_MIN,
                          .accuracy_m = 5,
                          .alarm = UINT32_MAX,
                          .source = FIX_JT808};
        assert_int_equal(spool_append(&road->spool, &fix), 0);
    }
}

static void assert_answer(const struct road *road, const char *sql, const char *expected)
{
    PGconn *conn = PQconnectdb(road->config.postgres.conninfo);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    assert_string_equal(PQntuples(result) ? PQgetvalue(result, 0, 0) : "", expected);
    PQclear(result);
    PQfinish(conn);
}

static int set_up(void **state)
{
    struct road *road = calloc(1, sizeof(*road));
    assert_non_null(road);
    temp_dir_make(road->dir);
    config_defaults(&road->config);
    road->config.postgres.fix_days = 36500; /* NOON_MS is years ago */
    metrics_init(&road->metrics);
    snprintf(road->config.postgres.conninfo, sizeof(road->config.postgres.conninfo), "%s",
             getenv("MINGDI_DB"));
    assert_int_equal(spool_open(&road->spool, road->dir, 100000000, 7), 0);
    assert_answer(road, "truncate fix, spool_cursor, quarantine", "");
    *state = road;
    return 0;
}

static int tear_down(void **state)
{
    struct road *road = *state;
    spool_close(&road->spool);
    temp_dir_remove(road->dir);
    free(road);
    return 0;
}

static void copies_every_fix_into_its_day(void **state)
{
    struct road *road = *state;
    drive(road, 1, NOON_MS, 1500);
    drive(road, 2, NOON_MS + DAY_MS, 1500);
    road_open(road);
    turn_until_mirrored(road);
    assert_answer(road, "select count(*) from fix_20241004", "1500");
    assert_answer(road, "select count(*) from fix_20241005", "1500");
    drive(road, 2, NOON_MS + DAY_MS + 5000000, 10); /* what comes later comes later */
    turn_until_mirrored(road);
    assert_answer(road,
                  "select concat_ws(' ', unit, fix_at at time zone 'UTC', lat_e7, lon_e7,"
                  " speed_dkmh, coalesce(course_deg, -1), coalesce(altitude_m, -1), accuracy_m,"
                  " alarm, marks, source) from fix order by unit, fix_at limit 1",
                  "1 2024-10-04 12:00:00 390000000 1060000000 300 -1 -1 5 4294967295 0 1");
    assert_answer(road, "select count(*) from fix", "3010");
    road_close(road);
}

static void passes_over_what_is_there(void **state)
{
    struct road *road = *state;
    drive(road, 1, NOON_MS, 100);
    drive(road, 1, NOON_MS, 100); /* uploaded again */
    road_open(road);
    turn_until_mirrored(road);
    road_close(road);
    assert_answer(road, "select count(*) from fix", "100");
    assert_answer(road, "delete from spool_cursor", ""); /* and the whole spool again */
    road_open(road);
    turn_until_mirrored(road);
    road_close(road);
    assert_answer(road, "select count(*) from fix", "100");
}

static void goes_on_where_it_was(void **state)
{
    struct road *road = *state;
    drive(road, 1, NOON_MS, 1200);
    road_open(road);
    turn_until_mirrored(road);
    road_close(road);
    drive(road, 1, NOON_MS + 2000000, 50);
    road_open(road);
    turn_until_mirrored(road);
    assert_int_equal(road->mirror.mirrored, 50);
    road_close(road);
    assert_answer(road, "select count(*) from fix", "1250");
}

static void survives_cut_sessions(void **state)
{
    struct road *road = *state;
    road_open(road);
    for (int i = 0; i < 6; i++) {
        drive(road, 7, NOON_MS + i * 3000000, 2000);
        for (int turns = 0; turns < 3; turns++)
            uv_run(&road->loop, UV_RUN_ONCE);
        assert_answer(road,
                      "select count(pg_terminate_backend(pid)) > -1 from pg_stat_activity where "
                      "application_name = 'mingdi-fix'",
                      "t");
    }
    turn_until_mirrored(road);
    assert_answer(road, "select count(*) from fix", "12000");
    road_close(road);
}

static void quarantines_a_refused_fix(void **state)
{
    struct road *road = *state;
    assert_answer(road, "alter table fix add constraint poison check (unit <> 666)", "");
    drive(road, 1, NOON_MS, 5);
    drive(road, 666, NOON_MS, 1);
    drive(road, 2, NOON_MS, 5);
    road_open(road);
    turn_until_mirrored(road);
    road_close(road);
    assert_answer(road, "select count(*) from fix", "10");
    assert_answer(road, "select what || ' ' || id || ' ' || substr(reason, 1, 5) from quarantine",
                  "fix 666 23514");
    assert_int_equal(road->metrics.value[METRIC_QUARANTINED], 1);
    assert_answer(road, "alter table fix drop constraint poison", "");
}

/* The day ends at the UTC midnight before which all of it lies fix_days back. */
static void drops_days_past_their_time(void **state)
{
    struct road *road = *state;
    int64_t today_ms = os_wall_ms() / DAY_MS * DAY_MS;
    road->config.postgres.fix_days = 3;
    drive(road, 1, today_ms - 4 * DAY_MS, 10);
    drive(road, 1, today_ms - 3 * DAY_MS, 20);
    drive(road, 1, today_ms - DAY_MS, 30);
    road_open(road);
    while (road->mirror.dropped_day == 0 || road->mirror.mirrored < 60)
        uv_run(&road->loop, UV_RUN_ONCE);
    turn_until_mirrored(road);
    road_close(road);
    assert_answer(road, "select count(*) from fix", "50");
    assert_answer(road, "select min(fix_at) >= current_date - 3 from fix", "t");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(copies_every_fix_into_its_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(passes_over_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_where_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_cut_sessions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drops_days_past_their_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quarantines_a_refused_fix, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
