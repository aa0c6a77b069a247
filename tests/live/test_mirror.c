/* The mirror in a real PostGIS: what verify finds clean, through restarts, stops, refused rows and
 * a restored journal, and what it finds when somebody has tampered. Under with_pg. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "dispatch/readers/mirror_postgis.h"
#include "tests/lib/temp_dir.h"
#include "tests/lib/verified.h"

/* A server's line with the mirror as its only reader. */
struct town {
    char dir[TEMP_DIR_MAX];
    struct random_day day;
    struct mirror_postgis mirror;
    bool mirror_closed;
};

static void town_open(struct town *town, uint64_t seed)
{
    random_day_open(&town->day, seed);
    assert_int_equal(mirror_postgis_open(&town->mirror, &town->day.loop, &town->day.config,
                                         &town->day.pipeline.feed, &town->day.metrics),
                     0);
}

static void on_mirror_closed(void *context)
{
    ((struct town *)context)->mirror_closed = true;
}

static void town_close(struct town *town)
{
    town->mirror_closed = false;
    mirror_postgis_close(&town->mirror, on_mirror_closed, town);
    random_day_until(&town->day, town->mirror_closed);
    random_day_close(&town->day);
}

static void turn_until_mirrored(struct town *town)
{
    random_day_until(&town->day, town->mirror.reader.cursor >= pipeline_seq(&town->day.pipeline));
}

/* One number or word from the database. */
static void ask(const struct town *town, const char *sql, char *answer, size_t size)
{
    PGconn *conn = PQconnectdb(town->day.config.postgres.conninfo);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    snprintf(answer, size, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(conn);
}

static void tell(const struct town *town, const char *sql)
{
    char answer[64];
    ask(town, sql, answer, sizeof(answer));
}

static void assert_answer(const struct town *town, const char *sql, const char *expected)
{
    char answer[256];
    ask(town, sql, answer, sizeof(answer));
    assert_string_equal(answer, expected);
}

static int set_up(void **state)
{
    struct town *town = calloc(1, sizeof(*town));
    assert_non_null(town);
    temp_dir_make(town->dir);
    random_day_make(&town->day, town->dir);
    struct config *config = &town->day.config;
    snprintf(config->postgres.conninfo, sizeof(config->postgres.conninfo), "%s",
             getenv("MINGDI_DB"));
    config->postgres.batch = 50;
    *state = town;
    return 0;
}

static int tear_down(void **state)
{
    struct town *town = *state;
    temp_dir_remove(town->dir);
    free(town);
    return 0;
}

/* A thousand commands, mirrored as they happen; then a day that leaves the memory. */
static void mirrors_a_random_day(void **state)
{
    struct town *town = *state;
    town_open(town, 1);
    random_day_pass(&town->day, 1000);
    turn_until_mirrored(town);
    assert_verified(&town->day);
    assert_answer(town, "select count(*) > 10 from assignment where ordered_at is not null", "t");
    assert_answer(town, "select count(*) > 3 from assignment where completed_at is not null", "t");
    assert_answer(town, "select count(*) from quarantine", "0");
    assert_answer(town, "select bool_or(n > 0) from indicator_figure where indicator = 'turnout'",
                  "t");
    assert_answer(town, "select count(*) > 0 from fact where kind = 'incident_archived'", "t");
    town_close(town);
}

/* What is about persons stands in `personal` and nowhere else. */
static void keeps_persons_apart(void **state)
{
    struct town *town = *state;
    town_open(town, 2);
    random_day_do(&town->day, "ring_call number=13912345678 line=120-1");
    random_day_do(&town->day, "answer_call C1");
    random_day_do(&town->day, "open_incident C1 words=\"朝阳街 7 号\"");
    turn_until_mirrored(town);
    assert_answer(town, "select value from personal where kind = 'C' and id = 1", "13912345678");
    assert_answer(town, "select value from personal where kind = 'I' and id = 1", "朝阳街 7 号");
    assert_answer(town,
                  "select count(*) from fact where body::text like '%13912345678%' or "
                  "body::text like '%朝阳%'",
                  "0");
    assert_answer(town, "select body->>'number' from fact where kind = 'call_rang'", "[redacted]");
    assert_answer(town, "select actor from fact where kind = 'call_rang'", "supervisor D7");
    town_close(town);
}

/* The server ends in the middle and starts again; half of the work happens while the mirror is
 * gone. */
static void resumes_after_a_restart(void **state)
{
    struct town *town = *state;
    town_open(town, 3);
    random_day_pass(&town->day, 300);
    town_close(town);
    town_open(town, 4);
    random_day_pass(&town->day, 300);
    turn_until_mirrored(town);
    assert_verified(&town->day);
    town_close(town);
}

/* Sessions are cut again and again, in the middle of whatever they do. */
static void survives_cut_sessions(void **state)
{
    struct town *town = *state;
    town_open(town, 5);
    for (int i = 0; i < 12; i++) {
        random_day_pass(&town->day, 60);
        tell(town, "select pg_terminate_backend(pid) from pg_stat_activity where "
                   "application_name = 'mingdi-mirror'");
    }
    turn_until_mirrored(town);
    assert_verified(&town->day);
    town_close(town);
}

static void pg(const char *what)
{
    char command[1024];
    snprintf(command, sizeof(command), "'%s/deploy/pg' %s '%s'", SOURCE_DIR, what,
             getenv("PG_FOLDER"));
    assert_int_equal(system(command), 0);
}

/* The whole server goes away, work goes on, it comes back. */
static void survives_a_stopped_server(void **state)
{
    struct town *town = *state;
    town_open(town, 12);
    random_day_pass(&town->day, 100);
    pg("stop");
    random_day_pass(&town->day, 200);
    random_day_until(&town->day, town->mirror.reader.down);
    uint64_t tries = town->mirror.link.backoff.next_ms;
    /* Refused connections are tried again. */
    random_day_until(&town->day, town->mirror.link.backoff.next_ms > tries);
    assert_true(town->mirror.reader.cursor < pipeline_seq(&town->day.pipeline));
    pg("start");
    turn_until_mirrored(town);
    assert_verified(&town->day);
    town_close(town);
}

/* The session hangs; the mirror gives it up and goes on with another, then the old one wakes with
 * a batch in its hands. */
static void survives_a_stopped_session(void **state)
{
    struct town *town = *state;
    town_open(town, 6);
    turn_until_mirrored(town);
    town->mirror.link.timeout_ms = 200;
    pid_t hung = PQbackendPID(town->mirror.link.conn);
    if (hung <= 0 || kill(hung, SIGSTOP) < 0) {
        town_close(town);
        print_message("SKIP: may not stop the database's process\n");
        skip();
    }
    random_day_pass(&town->day, 200);
    random_day_until(&town->day, town->mirror.reader.down);
    turn_until_mirrored(town);
    random_day_pass(&town->day, 100);
    assert_int_equal(kill(hung, SIGCONT), 0);
    turn_until_mirrored(town);
    assert_verified(&town->day);
    town_close(town);
}

static void quarantines_a_refused_row(void **state)
{
    struct town *town = *state;
    town_open(town, 7);
    random_day_pass(&town->day, 100);
    turn_until_mirrored(town);
    tell(town, "alter table call add constraint poison check (line <> 'poison')");
    random_day_do(&town->day, "ring_call number=13900000001 line=poison");
    random_day_pass(&town->day, 30);
    turn_until_mirrored(town);
    assert_answer(town, "select what || ' ' || substr(reason, 1, 5) from quarantine", "call 23514");
    assert_answer(town, "select count(*) from fact where body->>'line' = 'poison'", "1");
    assert_true(town->day.metrics.value[METRIC_QUARANTINED] >= 1);
    assert_differs(&town->day, "refused rows lie in quarantine");
    tell(town, "alter table call drop constraint poison");
    town_close(town);
}

static void rebuilds_for_a_restored_journal(void **state)
{
    struct town *town = *state;
    char errmsg[ERRMSG_MAX], backup[TEMP_DIR_MAX + 16];
    snprintf(backup, sizeof(backup), "%s/backup.db", town->dir);
    town_open(town, 8);
    random_day_pass(&town->day, 100);
    town_close(town);
    assert_int_equal(journal_backup(town->dir, backup, errmsg), 0);
    town_open(town, 9);
    random_day_pass(&town->day, 200);
    turn_until_mirrored(town);
    town_close(town);
    assert_int_equal(journal_restore(town->dir, backup, errmsg), 0);
    town->day.config.postgres.timeout_ms = 1000;
    assert_differs(&town->day, "");
    town_open(town, 10);
    random_day_pass(&town->day, 20);
    turn_until_mirrored(town);
    assert_verified(&town->day);
    town_close(town);
}

static void verify_reports_tampering(void **state)
{
    static const struct {
        const char *sql, *expected;
    } tampering[] = {
        {"update unit set crew = crew + 1 where id = 2", "postgis: unit 2 differs in crew"},
        {"update assignment set ordered_at = ordered_at + interval '1 ms' where id = 1",
         "postgis: assignment 1 differs in ordered_ms"},
        {"delete from incident where id = 1", "postgis: incident 1 is missing"},
        {"insert into call (id) values (99999)", "postgis: call has "},
        {"update fact set body = body || '{\"duty\":\"off\"}' where (seq, idx) in (select seq, idx "
         "from fact where kind = 'duty_set' order by seq limit 1)",
         "postgis: fact duty_set of record "},
        {"update fact set at_ms = at_ms + 1 where (seq, idx) in (select seq, idx from fact where "
         "kind = 'unit_defined' order by seq limit 1)",
         "postgis: fact unit_defined of record "},
        {"delete from fact where kind = 'duty_set' and body->>'unit' = '1'",
         "postgis: fact duty_set has 3 rows, the journal 4"},
    };
    struct town *town = *state;
    town_open(town, 11);
    random_day_pass(&town->day, 300);
    turn_until_mirrored(town);
    town_close(town);
    assert_verified(&town->day);
    for (size_t i = 0; i < sizeof(tampering) / sizeof(*tampering); i++) {
        tell(town, tampering[i].sql);
        assert_differs(&town->day, tampering[i].expected);
    }
}

/* A name is looked up while dispatch waits. */
static void test_names_are_refused(void **state)
{
    char why[ERRMSG_MAX] = "";
    (void)state;
    assert_int_equal(mirror_link_check("host=database dbname=x", why), -1);
    assert_non_null(strstr(why, "hostaddr"));
    assert_int_equal(mirror_link_check("postgresql://database/x", why), -1);
    assert_int_equal(mirror_link_check("host=database hostaddr=10.0.0.1", why), 0);
    assert_int_equal(mirror_link_check("host=10.0.0.1", why), 0);
    assert_int_equal(mirror_link_check("host=/run/postgresql", why), 0);
    assert_int_equal(mirror_link_check("nonsense", why), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_refused),
        cmocka_unit_test_setup_teardown(mirrors_a_random_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_persons_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resumes_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_cut_sessions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_stopped_session, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_stopped_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quarantines_a_refused_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rebuilds_for_a_restored_journal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verify_reports_tampering, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
