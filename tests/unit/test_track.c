/* track and its spool: live and history, oddities kept, silence, restarts, corruption, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/ingest/track.h"
#include "tests/lib/temp_dir.h"

static const int64_t now = 1790000000000; /* 2026-09-21T14:13:20Z */
static const int64_t day_ms = 86400000;

struct world {
    char dir[TEMP_DIR_MAX];
    struct track_config config;
    struct track track;
    uint32_t silent, heard;
    uint64_t last_unit;
};

static int setup(void **state)
{
    static struct world world;
    world = (struct world){0};
    temp_dir_make(world.dir);
    track_config_default(&world.config);
    world.config.dir = world.dir;
    world.config.units_max = 16;
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    temp_dir_remove(((struct world *)*state)->dir);
    return 0;
}

static void on_silent(void *ctx, uint64_t unit, bool silent, int64_t heard_ms)
{
    struct world *w = ctx;
    (void)heard_ms;
    *(silent ? &w->silent : &w->heard) += 1;
    w->last_unit = unit;
}

static void start(struct world *w, int64_t now_ms)
{
    if (track_open(&w->track, &w->config, now_ms, on_silent, w) != 0)
        fail_msg("%s", w->track.errmsg);
}

static struct fix fix_at(uint64_t unit, int64_t at_ms, int32_t lat_e7)
{
    return (struct fix){.unit = unit,
                        .at_ms = at_ms,
                        .lat_e7 = lat_e7,
                        .lon_e7 = 1063765430,
                        .altitude_m = -7,
                        .source = FIX_JT808};
}

static int put(struct world *w, uint64_t unit, int64_t at_ms, int32_t lat_e7, int64_t now_ms)
{
    struct fix fix = fix_at(unit, at_ms, lat_e7);
    return track_put(&w->track, &fix, now_ms, NULL);
}

/* All that the spool holds, up to max. */
static size_t spooled(struct world *w, struct fix *out, size_t max, struct spool_reader *reader)
{
    struct spool_cursor cursor = {0};
    size_t count = 0;
    int n;
    spool_reader_init(reader, w->dir);
    while ((n = spool_read(reader, &cursor, out + count, max - count)) > 0)
        count += (size_t)n;
    assert_int_equal(n, 0);
    return count;
}

enum { LAT = 390167890 };

static void test_live_and_history(void **state)
{
    struct world *w = *state;
    struct fix all[8];
    struct spool_reader reader;
    start(w, now);
    assert_int_equal(put(w, 1, now - 1000, LAT, now), TRACK_LIVE);
    assert_int_equal(put(w, 1, now, LAT + 1000, now), TRACK_LIVE);
    assert_int_equal(put(w, 1, now - 60000, LAT + 9, now), TRACK_HISTORY); /* out of a tunnel */
    assert_int_equal(put(w, 1, now, LAT + 1000, now), TRACK_DUPLICATE);
    assert_int_equal(put(w, 1, now - 60000, LAT + 9, now), TRACK_DUPLICATE);
    assert_int_equal(put(w, 2, now, LAT, now), TRACK_LIVE); /* the same time of another unit */
    assert_int_equal(track_get(&w->track, 1)->live.lat_e7, LAT + 1000);
    assert_null(track_get(&w->track, 3));
    assert_int_equal(spooled(w, all, 8, &reader), 4);
    assert_int_equal(all[2].at_ms, now - 60000);
    assert_int_equal(all[2].received_ms, now);
    assert_int_equal(all[2].altitude_m, -7);
    assert_int_equal(w->track.counters.duplicates, 2);
    track_close(&w->track);
}

static void test_oddities_are_kept(void **state)
{
    struct world *w = *state;
    struct fix all[8], fix, marked;
    struct spool_reader reader;
    start(w, now);
    assert_int_equal(put(w, 1, now - 10000, LAT, now), TRACK_LIVE);
    assert_int_equal(put(w, 1, now + 10001, LAT, now), TRACK_HISTORY); /* future */
    assert_int_equal(put(w, 1, now + 10000, LAT, now), TRACK_LIVE);    /* within the tolerance */
    assert_int_equal(put(w, 2, now - 72 * 3600000ll - 1, LAT, now), TRACK_HISTORY);
    fix = fix_at(2, now, 910000000); /* nowhere */
    assert_int_equal(track_put(&w->track, &fix, now, &marked), TRACK_HISTORY);
    assert_int_equal(marked.marks, FIX_NO_PLACE);
    fix = fix_at(2, now + 1, LAT);
    fix.marks = FIX_NO_LOCK;
    assert_int_equal(track_put(&w->track, &fix, now, NULL), TRACK_HISTORY);
    assert_false(track_get(&w->track, 2)->has_live);
    assert_int_equal(spooled(w, all, 8, &reader), 6); /* none dropped */
    assert_int_equal(all[1].marks, FIX_FUTURE);
    assert_int_equal(all[3].marks, FIX_ANCIENT);
    assert_int_equal(w->track.counters.marks[0], 1);
    assert_string_equal(fix_mark_name(0), "future");
    track_close(&w->track);
}

static void test_impossible_speed(void **state)
{
    struct world *w = *state;
    start(w, now);
    assert_int_equal(put(w, 1, now, LAT, now), TRACK_LIVE);
    assert_int_equal(put(w, 1, now + 1000, LAT + 1000000, now + 1000), TRACK_HISTORY); /* 11 km */
    assert_int_equal(put(w, 1, now + 2000, LAT + 1000, now + 2000), TRACK_LIVE); /* a lone jump */
    assert_int_equal(put(w, 1, now + 3000, LAT + 1000000, now + 3000), TRACK_HISTORY);
    assert_int_equal(put(w, 1, now + 4000, LAT + 1000100, now + 4000), TRACK_LIVE); /* believed */
    assert_int_equal(track_get(&w->track, 1)->live.lat_e7, LAT + 1000100);
    assert_int_equal(w->track.counters.marks[2], 2);
    track_close(&w->track);
}

static void test_silence(void **state)
{
    struct world *w = *state;
    w->config.interval_ms = 1000;
    w->config.silent_factor_pct = 300;
    start(w, now);
    assert_int_equal(put(w, 1, now, LAT, now), TRACK_LIVE);
    assert_int_equal(track_expect(&w->track, 2, 60000, now), 0); /* never heard, its own pace */
    track_tick(&w->track, now + 3000);
    assert_int_equal(w->silent, 0);
    track_tick(&w->track, now + 3001);
    track_tick(&w->track, now + 9000);
    assert_int_equal(w->silent, 1); /* an edge */
    assert_int_equal(w->last_unit, 1);
    track_heard(&w->track, 1, now + 9500);
    assert_int_equal(w->heard, 1);
    track_tick(&w->track, now + 180001);
    assert_int_equal(w->silent, 3);
    track_close(&w->track);
}

static void test_table_full(void **state)
{
    struct world *w = *state;
    start(w, now);
    for (uint64_t unit = 1; unit <= 16; unit++)
        assert_int_equal(put(w, unit << 40, now, LAT, now), TRACK_LIVE);
    assert_int_equal(put(w, 17, now, LAT, now), -1);
    assert_non_null(strstr(w->track.errmsg, "16"));
    assert_int_equal(w->track.counters.unit_table_full, 1);
    assert_non_null(track_get(&w->track, (uint64_t)16 << 40));
    track_close(&w->track);
}

static void test_restart(void **state)
{
    struct world *w = *state;
    start(w, now);
    assert_int_equal(put(w, 1, now - 2000, LAT, now), TRACK_LIVE);
    assert_int_equal(put(w, 1, now - 1000, LAT + 1000, now), TRACK_LIVE);
    assert_int_equal(put(w, 2, now + 99999, LAT, now), TRACK_HISTORY); /* odd: never live */
    track_close(&w->track);
    start(w, now + 5000);
    const struct track_unit *u = track_get(&w->track, 1);
    assert_int_equal(u->live.lat_e7, LAT + 1000);
    assert_int_equal(u->live.marks, FIX_STALE);
    assert_false(track_get(&w->track, 2)->has_live);
    assert_int_equal(put(w, 1, now - 1000, LAT + 1000, now + 5000), TRACK_DUPLICATE); /* resent */
    assert_int_equal(put(w, 1, now + 5000, LAT + 2000, now + 5000), TRACK_LIVE);
    assert_int_equal(track_get(&w->track, 1)->live.marks, 0);
    track_tick(&w->track, now + 5000);
    assert_int_equal(w->silent, 0); /* a restart does not make everyone silent at once */
    track_close(&w->track);
}

static void test_restart_after_midnight(void **state)
{
    struct world *w = *state;
    int64_t midnight = now - now % day_ms + day_ms;
    start(w, midnight - 1000);
    assert_int_equal(put(w, 1, midnight - 1000, LAT, midnight - 1000), TRACK_LIVE);
    assert_int_equal(put(w, 2, midnight, LAT, midnight), TRACK_LIVE);
    track_close(&w->track);
    start(w, midnight + 1000);
    assert_true(track_get(&w->track, 1)->has_live);
    assert_true(track_get(&w->track, 2)->has_live);
    track_close(&w->track);
}

static void spool_path(struct world *w, char path[512])
{
    snprintf(path, 512, "%s/fix-20260921.spool", w->dir);
}

static void test_torn_tail(void **state)
{
    struct world *w = *state;
    struct fix all[8];
    struct spool_reader reader;
    char path[512];
    start(w, now);
    for (int i = 0; i < 3; i++)
        assert_int_equal(put(w, 1, now + i, LAT, now), TRACK_LIVE);
    track_close(&w->track);
    spool_path(w, path);
    assert_int_equal(truncate(path, 4 * SPOOL_RECORD - 10), 0); /* a power cut */
    assert_int_equal(spooled(w, all, 8, &reader), 2);
    start(w, now);
    assert_int_equal(put(w, 1, now + 2, LAT, now), TRACK_LIVE);
    assert_int_equal(w->track.spool.torn_bytes, SPOOL_RECORD - 10);
    assert_int_equal(spooled(w, all, 8, &reader), 3);
    assert_int_equal(all[2].at_ms, now + 2);
    track_close(&w->track);
}

/* What track said it has is there after the process is killed in the middle of its work. */
static void test_killed(void **state)
{
    struct world *w = *state;
    static struct fix all[100000];
    struct spool_reader reader;
    int said[2];
    size_t acknowledged = 0;
    char byte;
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        close(said[0]);
        start(w, now);
        for (int i = 0;; i++) {
            if (put(w, 1, now - 3600000 + i, LAT, now) < 0 || write(said[1], "+", 1) != 1)
                _exit(1);
        }
    }
    close(said[1]);
    while (acknowledged < 500 && read(said[0], &byte, 1) == 1)
        acknowledged++;
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(said[0], &byte, 1) == 1)
        acknowledged++;
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(said[0]);
    size_t kept = spooled(w, all, 100000, &reader);
    assert_true(acknowledged >= 500);
    assert_true(kept >= acknowledged);
    assert_int_equal(reader.corrupt, 0);
    start(w, now);
    assert_int_equal(track_get(&w->track, 1)->live.at_ms, all[kept - 1].at_ms);
    track_close(&w->track);
}

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void test_corruption(void **state)
{
    struct world *w = *state;
    struct fix all[8];
    struct spool_reader reader;
    char path[512];
    start(w, now);
    for (int i = 0; i < 3; i++)
        assert_int_equal(put(w, 1, now + i, LAT, now), TRACK_LIVE);
    track_close(&w->track);
    spool_path(w, path);
    for (off_t byte = 0; byte < SPOOL_RECORD; byte++) { /* any byte of a record */
        flip(path, 2 * SPOOL_RECORD + byte);
        assert_int_equal(spooled(w, all, 8, &reader), 2);
        assert_int_equal(reader.corrupt, 1);
        assert_int_equal(all[1].at_ms, now + 2);
        flip(path, 2 * SPOOL_RECORD + byte);
    }
    flip(path, 3); /* the header: moved aside, and new fixes have a place to go */
    start(w, now);
    assert_int_equal(put(w, 1, now + 50, LAT, now), TRACK_LIVE);
    assert_int_equal(w->track.spool.damaged_files, 1);
    snprintf(path + strlen(path), sizeof path - strlen(path), ".damaged");
    assert_int_equal(access(path, R_OK), 0);
    track_close(&w->track);
}

static void test_days_and_limit(void **state)
{
    struct world *w = *state;
    struct fix all[32];
    struct spool_reader reader;
    struct spool_cursor cursor = {0};
    w->config.spool_bytes_max = 10 * SPOOL_RECORD;
    start(w, now);
    for (int day = 0; day < 3; day++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(put(w, 1, now + day * day_ms + i, LAT, now + day * day_ms),
                             TRACK_LIVE);
    }
    assert_int_equal(w->track.spool.removed_days, 1); /* 3 × (header + 3) > 10 */
    spool_reader_init(&reader, w->dir);
    assert_int_equal(spool_read(&reader, &cursor, all, 2), 2);
    assert_int_equal(all[0].at_ms, now + day_ms);
    assert_int_equal(spool_read(&reader, &cursor, all, 2), 1); /* the end of a day */
    assert_int_equal(spool_read(&reader, &cursor, all, 2), 2); /* the next day */
    struct spool_cursor kept = cursor;
    assert_int_equal(spool_read(&reader, &cursor, all, 32), 1);
    assert_int_equal(spool_read(&reader, &cursor, all, 32), 0);
    assert_int_equal(put(w, 1, now + 2 * day_ms + 10, LAT, now + 2 * day_ms), TRACK_LIVE);
    assert_int_equal(spool_read(&reader, &cursor, all, 32), 1); /* goes on where it stood */
    assert_int_equal(spool_read(&reader, &kept, all, 32), 2);   /* and again from a kept cursor */
    assert_int_equal(reader.lost_days, 0);
    struct spool_cursor old = {.day = (uint32_t)(now / day_ms), .offset = SPOOL_RECORD};
    assert_true(spool_read(&reader, &old, all, 32) > 0);
    assert_int_equal(reader.lost_days, 1); /* its day was removed: said */

    int error = 0; /* one day alone fills it: refused, so that nothing is acknowledged */
    for (int i = 11; i < 40 && error == 0; i++)
        error = put(w, 1, now + 2 * day_ms + i, LAT, now + 2 * day_ms) < 0;
    assert_true(error);
    assert_non_null(strstr(w->track.errmsg, "limit"));
    assert_int_equal(w->track.counters.spool_errors, 1);
    track_close(&w->track);
}

static void test_days_max(void **state)
{
    struct world *w = *state;
    struct fix all[8];
    struct spool_reader reader;
    w->config.spool_days_max = 2;
    start(w, now);
    for (int day = 0; day < 4; day++)
        assert_int_equal(put(w, 1, now + day * day_ms, LAT, now + day * day_ms), TRACK_LIVE);
    assert_int_equal(w->track.spool.removed_days, 2);
    assert_int_equal(spooled(w, all, 8, &reader), 2);
    assert_int_equal(all[0].at_ms, now + 2 * day_ms);
    track_close(&w->track);
}

/* The directory is gone: not acknowledged, but the map goes on. */
static void test_no_directory(void **state)
{
    struct world *w = *state;
    start(w, now);
    assert_int_equal(rmdir(w->dir), 0);
    assert_int_equal(put(w, 1, now, LAT, now), -1);
    assert_true(track_get(&w->track, 1)->has_live);
    assert_int_equal(mkdir(w->dir, 0700), 0);
    assert_int_equal(put(w, 1, now, LAT, now), TRACK_HISTORY); /* sent again: kept now */
    track_close(&w->track);
    w->config.dir = "/nonexistent/spool";
    assert_int_equal(track_open(&w->track, &w->config, now, NULL, NULL), -1);
    assert_non_null(strstr(w->track.errmsg, "/nonexistent/spool"));
}

/* Taken together, written together; what did not reach the spool may come again, whoever sent it.
 */
static void test_settled_together(void **state)
{
    struct world *w = *state;
    struct fix all[8], fix;
    struct spool_reader reader;
    start(w, now);
    for (int i = 0; i < 3; i++) {
        fix = fix_at(1, now + i * 1000, LAT);
        assert_true(track_take(&w->track, &fix, now + i * 1000, NULL) >= 0);
    }
    assert_int_equal(spooled(w, all, 8, &reader), 0);
    assert_int_equal(track_settle(&w->track), 0);
    assert_int_equal(spooled(w, all, 8, &reader), 3);
    w->track.spool.bytes_max = 0; /* no room for one more */
    fix = fix_at(1, now + 9000, LAT);
    assert_true(track_take(&w->track, &fix, now + 9000, NULL) >= 0);
    assert_int_equal(track_settle(&w->track), -1);
    assert_int_equal(w->track.counters.spool_errors, 1);
    w->track.spool.bytes_max = w->config.spool_bytes_max;
    assert_int_equal(track_settle(&w->track), 0); /* the failure was told once */
    assert_int_equal(track_take(&w->track, &fix, now + 9000, NULL), TRACK_HISTORY);
    assert_int_equal(track_settle(&w->track), 0);
    assert_int_equal(spooled(w, all, 8, &reader), 4);
    assert_int_equal(all[3].at_ms, now + 9000);
    track_close(&w->track);
}

/* Somebody else waits for the disk; what failed is tried again. */
static void test_synced_elsewhere(void **state)
{
    struct world *w = *state;
    start(w, now);
    assert_int_equal(track_sync_begin(&w->track), -1); /* nothing to sync */
    assert_int_equal(put(w, 1, now, LAT, now), TRACK_LIVE);
    for (int error = EIO; error >= 0; error -= EIO) {
        int fd = track_sync_begin(&w->track);
        assert_true(fd >= 0);
        assert_int_equal(fdatasync(fd), 0);
        close(fd);
        assert_int_equal(track_sync_begin(&w->track), -1); /* under way */
        assert_int_equal(track_sync_end(&w->track, error), error ? -1 : 0);
    }
    assert_int_equal(w->track.counters.spool_errors, 1);
    assert_int_equal(track_sync_begin(&w->track), -1);
    track_close(&w->track);
}

/* More than wait at once are written on the way; a failure there is told at the end. */
static void test_more_than_wait(void **state)
{
    struct world *w = *state;
    static struct fix all[2 * SPOOL_WAITING];
    struct spool_reader reader;
    start(w, now);
    for (int round = 0; round < 2; round++) {
        w->track.spool.bytes_max = round == 0 ? 0 : w->config.spool_bytes_max;
        for (int i = 0; i < SPOOL_WAITING + 1; i++) {
            struct fix fix = fix_at(1, now + i * 1000, LAT);
            assert_int_not_equal(track_take(&w->track, &fix, now + i * 1000, NULL),
                                 TRACK_DUPLICATE);
        }
        assert_int_equal(track_settle(&w->track), round == 0 ? -1 : 0);
    }
    assert_int_equal(spooled(w, all, 2 * SPOOL_WAITING, &reader), SPOOL_WAITING + 1);
    track_close(&w->track);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_live_and_history),
        TEST(test_oddities_are_kept),
        TEST(test_impossible_speed),
        TEST(test_silence),
        TEST(test_table_full),
        TEST(test_restart),
        TEST(test_restart_after_midnight),
        TEST(test_torn_tail),
        TEST(test_killed),
        TEST(test_corruption),
        TEST(test_days_and_limit),
        TEST(test_days_max),
        TEST(test_no_directory),
        TEST(test_settled_together),
        TEST(test_more_than_wait),
        TEST(test_synced_elsewhere),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
