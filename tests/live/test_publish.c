/* The live copy in a real Redis: what verify finds clean, through kills, stops, tampering and a
 * restored journal, and what it finds when somebody has tampered. Under with_redis. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "dispatch/readers/publish_redis.h"
#include "tests/lib/temp_dir.h"
#include "tests/lib/verified.h"

/* A server's line with the live copy as its only reader. */
struct town {
    char dir[TEMP_DIR_MAX];
    struct random_day day;
    struct track track;
    struct positions positions;
    struct publish_redis redis;
    bool redis_closed;
};

static void town_open(struct town *town, uint64_t seed)
{
    random_day_open(&town->day, seed);
    assert_int_equal(publish_redis_open(&town->redis, &town->day.loop, &town->day.config,
                                        &town->day.pipeline.feed, &town->positions),
                     0);
}

static void on_redis_closed(void *context)
{
    ((struct town *)context)->redis_closed = true;
}

static void town_close(struct town *town)
{
    town->redis_closed = false;
    publish_redis_close(&town->redis, on_redis_closed, town);
    random_day_until(&town->day, town->redis_closed);
    random_day_close(&town->day);
}

static void turn_until_published(struct town *town)
{
    random_day_until(&town->day, town->redis.reader.cursor >= pipeline_seq(&town->day.pipeline) &&
                                     town->redis.state == PUBLISH_IDLE);
}

static void turn_until_down(struct town *town)
{
    random_day_until(&town->day, town->redis.reader.down);
}

/* --- Redis, asked directly --- */

static redisContext *dial(const struct town *town)
{
    redisContext *redis =
        redisConnect(town->day.config.redis.address.host, town->day.config.redis.address.port);
    assert_true(redis && !redis->err);
    return redis;
}

/* The answer as text: a number, a string, the number of a list's elements; "" for nil. */
__attribute__((format(printf, 4, 5))) static void ask(const struct town *town, char *answer,
                                                      size_t size, const char *format, ...)
{
    va_list arguments;
    redisContext *redis = dial(town);
    va_start(arguments, format);
    redisReply *reply = redisvCommand(redis, format, arguments);
    va_end(arguments);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_INTEGER)
        snprintf(answer, size, "%lld", reply->integer);
    else if (reply->type == REDIS_REPLY_ARRAY)
        snprintf(answer, size, "%zu", reply->elements);
    else
        snprintf(answer, size, "%s", reply->str ? reply->str : "");
    freeReplyObject(reply);
    redisFree(redis);
}

#define assert_answer(town, expected, ...)                                                         \
    do {                                                                                           \
        char answer_[256];                                                                         \
        ask(town, answer_, sizeof(answer_), __VA_ARGS__);                                          \
        assert_string_equal(answer_, expected);                                                    \
    } while (0)

#define tell(town, ...)                                                                            \
    do {                                                                                           \
        char answer_[256];                                                                         \
        ask(town, answer_, sizeof(answer_), __VA_ARGS__);                                          \
    } while (0)

static pid_t server_pid(void)
{
    char path[512];
    long pid = 0;
    snprintf(path, sizeof(path), "%s/redis.pid", getenv("REDIS_FOLDER"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &pid), 1);
    fclose(file);
    return (pid_t)pid;
}

static void start_server(struct town *town)
{
    char command[1024];
    snprintf(command, sizeof(command), "'%s/deploy/redis' start '%s'", SOURCE_DIR,
             getenv("REDIS_FOLDER"));
    assert_int_equal(system(command), 0);
    (void)town;
}

static void read_address(struct config_addr *address)
{
    const char *text = getenv("REDIS_ADDRESS"), *colon = strrchr(text, ':');
    snprintf(address->host, sizeof(address->host), "%.*s", (int)(colon - text), text);
    address->port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

static int set_up(void **state)
{
    struct town *town = calloc(1, sizeof(*town));
    struct track_config track;
    assert_non_null(town);
    temp_dir_make(town->dir);
    random_day_make(&town->day, town->dir);
    read_address(&town->day.config.redis.address);
    track_config_default(&track);
    track.dir = town->dir;
    assert_true(track_open(&town->track, &track, 1, NULL, NULL) >= 0);
    *state = town;
    return 0;
}

static int tear_down(void **state)
{
    struct town *town = *state;
    positions_close(&town->positions);
    track_close(&town->track);
    temp_dir_remove(town->dir);
    free(town);
    return 0;
}

/* --- the tests --- */

static void publishes_a_random_day(void **state)
{
    struct town *town = *state;
    town_open(town, 1);
    random_day_pass(&town->day, 1000);
    turn_until_published(town);
    assert_verified(&town->day);
    assert_answer(town, "4", "SCARD %sunits", town->redis.keys);
    assert_answer(town, "ambulance", "HGET %sunit:2 kind", town->redis.keys);
    assert_answer(town, town->redis.keys, "GET mingdi:current");
    town_close(town);
}

static void says_nothing_of_persons(void **state)
{
    struct town *town = *state;
    town_open(town, 2);
    random_day_do(&town->day, "ring_call number=13912345678 line=120-1");
    random_day_do(&town->day, "answer_call C1");
    random_day_do(&town->day, "open_incident C1 words=\"Rose Street 7\"");
    turn_until_published(town);
    assert_answer(town, "open", "HGET %sincident:1 state", town->redis.keys);
    assert_answer(town, "", "HGET %sincident:1 words", town->redis.keys);
    redisContext *redis = dial(town);
    redisReply *reply = redisCommand(redis, "XRANGE %sfacts - +", town->redis.keys);
    assert_int_equal(reply->elements, pipeline_seq(&town->day.pipeline));
    for (size_t i = 0; i < reply->elements; i++) {
        const char *json = reply->element[i]->element[1]->element[1]->str;
        assert_null(strstr(json, "13912345678"));
        assert_null(strstr(json, "Rose Street"));
    }
    freeReplyObject(reply);
    redisFree(redis);
    town_close(town);
}

static void tells_of_alerts(void **state)
{
    struct town *town = *state;
    town_open(town, 3);
    turn_until_published(town);
    redisContext *listener = dial(town);
    redisReply *reply = redisCommand(listener, "SUBSCRIBE %salerts", town->redis.keys);
    assert_non_null(reply);
    freeReplyObject(reply);
    random_day_do(&town->day, "raise_alert detector=test level=red words=flood");
    turn_until_published(town);
    assert_int_equal(redisGetReply(listener, (void **)&reply), REDIS_OK);
    assert_string_equal(reply->element[0]->str, "message");
    assert_non_null(strstr(reply->element[2]->str, "\"words\":\"flood\""));
    freeReplyObject(reply);
    redisFree(listener);
    assert_answer(town, "1", "XLEN %salerts", town->redis.keys);
    town_close(town);
}

static void keeps_streams_within_their_bound(void **state)
{
    struct town *town = *state;
    town->day.config.redis.stream_max = 100;
    town_open(town, 4);
    random_day_pass(&town->day, 300);
    turn_until_published(town);
    assert_answer(town, "100", "XLEN %sfacts", town->redis.keys);
    assert_verified(&town->day);
    tell(town, "FLUSHALL"); /* the copy made anew begins where the bound says */
    tell(town, "CLIENT KILL TYPE normal SKIPME yes");
    turn_until_down(town);
    turn_until_published(town);
    assert_answer(town, "100", "XLEN %sfacts", town->redis.keys);
    assert_verified(&town->day);
    town_close(town);
}

static void shows_positions(void **state)
{
    struct town *town = *state;
    struct fix fix = {.unit = 3,
                      .at_ms = 1000000,
                      .received_ms = 1000000,
                      .lat_e7 = 390190000,
                      .lon_e7 = 1063760000,
                      .source = FIX_OSMAND};
    char count[32];
    town_open(town, 5);
    turn_until_published(town);
    assert_int_equal(track_put(&town->track, &fix, 1000000, NULL), TRACK_LIVE);
    do {
        positions_put(&town->positions, &town->track);
        uv_run(&town->day.loop, UV_RUN_ONCE);
        ask(town, count, sizeof(count), "ZCARD %spositions", town->redis.keys);
    } while (strcmp(count, "1") != 0);
    assert_answer(town, "1", "GEOSEARCH %spositions FROMLONLAT 106.376 39.019 BYRADIUS 10 m",
                  town->redis.keys);
    assert_answer(town, "0", "GEOSEARCH %spositions FROMLONLAT 106.378 39.019 BYRADIUS 10 m",
                  town->redis.keys);
    town_close(town);
}

/* The server ends and starts again: what is there stays, only the rest is added. */
static void resumes_after_a_restart(void **state)
{
    struct town *town = *state;
    town_open(town, 6);
    random_day_pass(&town->day, 200);
    turn_until_published(town);
    tell(town, "HSET %sunit:1 mark here", town->redis.keys);
    random_day_pass(&town->day, 100);
    town_close(town);
    town_open(town, 7);
    random_day_pass(&town->day, 100);
    turn_until_published(town);
    assert_verified(&town->day);
    assert_answer(town, "here", "HGET %sunit:1 mark", town->redis.keys);
    town_close(town);
}

static void survives_a_killed_redis(void **state)
{
    struct town *town = *state;
    town_open(town, 8);
    random_day_pass(&town->day, 200);
    turn_until_published(town);
    assert_int_equal(kill(server_pid(), SIGKILL), 0);
    random_day_pass(&town->day, 200);
    turn_until_down(town);
    uint64_t tries = town->redis.backoff.next_ms;
    /* Refused connections are tried again. */
    random_day_until(&town->day, town->redis.backoff.next_ms > tries);
    start_server(town);
    read_address(&town->day.config.redis.address);
    turn_until_published(town);
    assert_verified(&town->day);
    town_close(town);
}

/* It hangs with a batch in its socket, is given up, and wakes with the batch still there. */
static void survives_a_stopped_redis(void **state)
{
    struct town *town = *state;
    town->day.config.redis.timeout_ms = 100;
    town_open(town, 9);
    random_day_pass(&town->day, 100);
    turn_until_published(town);
    assert_int_equal(kill(server_pid(), SIGSTOP), 0);
    random_day_pass(&town->day, 100);
    turn_until_down(town);
    random_day_pass(&town->day, 100);
    assert_int_equal(kill(server_pid(), SIGCONT), 0);
    turn_until_published(town);
    town->day.config.redis.timeout_ms = 2000;
    assert_verified(&town->day);
    town_close(town);
}

static void survives_cut_connections(void **state)
{
    struct town *town = *state;
    town_open(town, 10);
    for (int i = 0; i < 12; i++) {
        random_day_pass(&town->day, 60);
        tell(town, "CLIENT KILL TYPE normal SKIPME yes");
    }
    turn_until_published(town);
    assert_verified(&town->day);
    town_close(town);
}

/* Somebody writes over a key: the script breaks off, and the copy is made anew. */
static void repairs_what_was_written_over(void **state)
{
    struct town *town = *state;
    town_open(town, 11);
    random_day_pass(&town->day, 200);
    turn_until_published(town);
    tell(town, "SET %squeue nonsense", town->redis.keys);
    tell(town, "SET %sfacts nonsense", town->redis.keys);
    random_day_pass(&town->day, 50);
    turn_until_published(town);
    assert_verified(&town->day);
    town_close(town);
}

static void begins_anew_for_a_restored_journal(void **state)
{
    struct town *town = *state;
    char errmsg[ERRMSG_MAX], backup[TEMP_DIR_MAX + 16], old_keys[PUBLISH_KEYS_MAX];
    snprintf(backup, sizeof(backup), "%s/backup.db", town->dir);
    town_open(town, 12);
    random_day_pass(&town->day, 100);
    town_close(town);
    assert_int_equal(journal_backup(town->dir, backup, errmsg), 0);
    town_open(town, 13);
    random_day_pass(&town->day, 100);
    turn_until_published(town);
    snprintf(old_keys, sizeof(old_keys), "%s", town->redis.keys);
    town_close(town);
    assert_int_equal(journal_restore(town->dir, backup, errmsg), 0);
    town_open(town, 14);
    random_day_pass(&town->day, 20);
    turn_until_published(town);
    assert_string_not_equal(town->redis.keys, old_keys);
    assert_answer(town, "0", "KEYS %s*", old_keys);
    assert_verified(&town->day);
    town_close(town);
}

static void verify_reports_tampering(void **state)
{
    static const struct {
        const char *command, *expected;
    } tampering[] = {
        {"HSET %sunit:2 crew 9", "redis: unit 2 differs in crew"},
        {"SREM %sunits 3", "redis: unit 3 is missing"},
        {"ZADD %squeue 1 1", "redis: incident 1 is out of place in the queue"},
        {"HDEL %sincident:1 grade", "redis: incident 1 differs in grade"},
        {"XTRIM %sfacts MAXLEN 5", "redis: facts has 5 entries"},
        {"SET %sseq 3", "redis: facts ends at "},
        {"SET %sseq 99999", "beyond the journal's end"},
    };
    struct town *town = *state;
    town_open(town, 15);
    random_day_do(&town->day, "ring_call number=13900000001 line=120-1");
    random_day_do(&town->day, "answer_call C1");
    random_day_do(&town->day, "open_incident C1 words=x");
    random_day_do(&town->day, "regrade_incident I1 grade=2 reason=clinical");
    turn_until_published(town);
    assert_verified(&town->day);
    char keys[PUBLISH_KEYS_MAX];
    snprintf(keys, sizeof(keys), "%s", town->redis.keys);
    town_close(town);
    for (size_t i = 0; i < sizeof(tampering) / sizeof(*tampering); i++) {
        char command[512];
        redisContext *redis = dial(town);
        snprintf(command, sizeof(command), tampering[i].command, keys);
        freeReplyObject(redisCommand(redis, command));
        redisFree(redis);
        assert_differs(&town->day, tampering[i].expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(publishes_a_random_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_nothing_of_persons, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_alerts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_streams_within_their_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shows_positions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resumes_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_killed_redis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_stopped_redis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_cut_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repairs_what_was_written_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(begins_anew_for_a_restored_journal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verify_reports_tampering, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
