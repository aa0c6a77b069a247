/* The road file: it comes back as it was, and whatever happens to it is refused with a reason,
 * never a crash. Run under the address sanitizer this also shows that no check reads past its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "geo/field.h"
#include "geo/hash.h"
#include "geo/load.h"
#include "tests/lib/random_road.h"

#define TABLE_AT 32
#define HASH_AT 24

struct place {
    char directory[64], path[96];
    struct random_road r;
    unsigned char *bytes; /* of the sound file */
    size_t size;
    char errmsg[ROAD_ERRMSG_MAX];
};

static void read_bytes(struct place *p)
{
    FILE *file = fopen(p->path, "rb");
    struct stat info;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    p->size = (size_t)info.st_size;
    p->bytes = malloc(p->size);
    assert_int_equal(fread(p->bytes, 1, p->size, file), p->size);
    fclose(file);
}

static void write_bytes(struct place *p, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(p->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static int open_place(void **state)
{
    static struct place p;

    *state = &p;
    snprintf(p.directory, sizeof p.directory, "/tmp/road-XXXXXX");
    if (!mkdtemp(p.directory))
        return -1;
    snprintf(p.path, sizeof p.path, "%s/roads", p.directory);
    random_road_make(&p.r, 20, true);
    p.r.road.synthetic = true;
    snprintf(p.r.road.label, ROAD_TEXT_MAX, "synthetic: test");
    snprintf(p.r.road.source, ROAD_TEXT_MAX, "dice");
    snprintf(p.r.road.attribution, ROAD_TEXT_MAX, "© nobody");
    if (road_save(&p.r.road, p.path, p.errmsg))
        return -1;
    read_bytes(&p);
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;

    free(p->bytes);
    road_close(&p->r.road);
    unlink(p->path);
    return rmdir(p->directory); /* fails when anything was left beside the file */
}

static void comes_back_as_it_was(void **state)
{
    struct place *p = *state;
    struct road road, *was = &p->r.road;

    assert_int_equal(road_load(&road, p->path, p->errmsg), 0);
    assert_int_equal(road.hash, was->hash);
    assert_int_equal(road.node_n, was->node_n);
    assert_int_equal(road.arc_n, was->arc_n);
    assert_memory_equal(road.node, was->node, was->node_n * sizeof *was->node);
    assert_memory_equal(road.arc, was->arc, was->arc_n * sizeof *was->arc);
    assert_memory_equal(road.shape, was->shape, was->shape_n * sizeof *was->shape);
    assert_memory_equal(road.in_arc, was->in_arc, was->arc_n * sizeof *was->in_arc);
    assert_true(road.synthetic);
    assert_string_equal(road.label, "synthetic: test");
    assert_string_equal(road.source, "dice");
    assert_string_equal(road.attribution, "© nobody");
    assert_true(point_equal(road.south_west, was->south_west));
    for (uint32_t i = 0; i < road.arc_n; i++)
        assert_string_equal(road_name(&road, i), road_name(was, i));
    road_close(&road);
}

static void assert_refused(struct place *p, const char *why)
{
    struct road road = {.node_n = 77};

    assert_int_equal(road_load(&road, p->path, p->errmsg), -1);
    assert_int_equal(road.node_n, 77);
    if (!strstr(p->errmsg, why) || strncmp(p->errmsg, p->path, strlen(p->path)) != 0)
        fail_msg("'%s' does not say '%s'", p->errmsg, why);
}

static void every_flipped_bit_is_refused(void **state)
{
    struct place *p = *state;

    for (size_t i = 0; i < p->size; i++) {
        p->bytes[i] ^= (unsigned char)(1u << (i % 8));
        write_bytes(p, p->bytes, p->size);
        assert_refused(p, i < 8 ? "not a road file" : ": ");
        p->bytes[i] ^= (unsigned char)(1u << (i % 8));
    }
}

static void every_cut_is_refused(void **state)
{
    struct place *p = *state;

    for (size_t size = 0; size < p->size; size += size < 200 ? 1 : 37) {
        write_bytes(p, p->bytes, size);
        assert_refused(p, size < 112 ? "cut short" : "cut or grown");
    }
    unsigned char *longer = calloc(1, p->size + 1);
    memcpy(longer, p->bytes, p->size);
    write_bytes(p, longer, p->size + 1);
    assert_refused(p, "cut or grown");
    free(longer);
}

static void put_le(unsigned char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* A forger who knows the hash. */
static void write_rehashed(struct place *p, const unsigned char *bytes)
{
    unsigned char *copy = malloc(p->size);

    memcpy(copy, bytes, p->size);
    put_le(copy + HASH_AT, hash_bytes(HASH_START, copy + TABLE_AT, p->size - TABLE_AT), 8);
    write_bytes(p, copy, p->size);
    free(copy);
}

static void foreign_versions_say_what_to_do(void **state)
{
    struct place *p = *state;

    put_le(p->bytes + 8, 1, 4);
    write_bytes(p, p->bytes, p->size);
    assert_refused(p, "version 1, this program reads 2: import again with dispatchctl import-osm");
    memset(p->bytes, 'x', 8);
    write_bytes(p, p->bytes, p->size);
    assert_refused(p, "not a road file");
}

/* Offsets of the sections in this file. */
static size_t section_at(const struct place *p, int section)
{
    const struct road *road = &p->r.road;
    size_t at = 112;

    at += section > 0 ? 772 : 0;
    at += section > 1 ? (size_t)road->node_n * 16 : 0;
    at += section > 2 ? (size_t)road->arc_n * 44 : 0;
    at += section > 3 ? (size_t)road->shape_n * 8 : 0;
    return at;
}

static void forge(struct place *p, size_t at, uint64_t value, unsigned bytes, const char *why)
{
    unsigned char saved[8];

    memcpy(saved, p->bytes + at, bytes);
    put_le(p->bytes + at, value, bytes);
    write_rehashed(p, p->bytes);
    assert_refused(p, why);
    memcpy(p->bytes + at, saved, bytes);
}

static void forged_numbers_are_refused_by_name(void **state)
{
    struct place *p = *state;
    const struct road *road = &p->r.road;
    size_t node = section_at(p, 1), arc = section_at(p, 2), shape = section_at(p, 3);
    size_t names = section_at(p, 4), last = arc + 44 * (size_t)(road->arc_n - 1);

    forge(p, 32, 2, 4, "section 1: unusable");
    forge(p, 36, 771, 4, "section 1: unusable");
    forge(p, 32 + 16 + 8, UINT64_MAX, 8, "section 2: unusable");
    forge(p, 32 + 16 + 8, road->node_n + 1, 8, "do not fill it");
    forge(p, 32 + 64 + 8, 0, 8, "section 5: unusable");
    forge(p, 112, 4, 4, "label is unreadable");
    memset(p->bytes + 116, 'y', 256);
    write_rehashed(p, p->bytes);
    assert_refused(p, "label is unreadable");
    memset(p->bytes + 116, 0, 256);
    forge(p, node + 8, 900000001, 4, "node 0 lies nowhere");
    forge(p, shape + 4, 0x80000000u, 4, "shape point 0 lies nowhere");
    forge(p, names, 'x', 1, "not closed texts");
    forge(p, p->size - 1, 'x', 1, "not closed texts");
    forge(p, arc + 8, road->node_n, 4, "joins nodes that do not exist");
    forge(p, arc + 12, UINT32_MAX, 4, "joins nodes that do not exist");
    forge(p, last + 8, 0, 4, "out of order");
    forge(p, arc + 16, 0, 4, "impossible length");
    forge(p, arc + 16, 2000001, 4, "impossible length");
    forge(p, arc + 20, road->shape_n - 1, 4, "line outside the shapes");
    forge(p, arc + 20, UINT32_MAX, 4, "line outside the shapes");
    forge(p, arc + 24, 1, 4, "line outside the shapes");
    forge(p, arc + 24, UINT32_MAX, 4, "line outside the shapes");
    forge(p, arc + 28, road->names_n, 4, "name outside the names");
    forge(p, arc + 32, road->arc_n, 4, "arc that does not exist");
    forge(p, arc + 36, ROAD_NONE, 4, "arc that does not exist");
    forge(p, arc + 40, 0x100, 2, "unknown class, flag or limit");
    forge(p, arc + 42, ROAD_CLASSES, 1, "unknown class, flag or limit");
    forge(p, arc + 43, 251, 1, "unknown class, flag or limit");
    for (uint32_t i = 0; i < road->arc_n; i++) {
        size_t at = arc + 44 * (size_t)i;
        if (road->arc[i].original == i)
            forge(p, at + 36, i == 0 ? 1 : 0, 4, "arc");
        if (road->arc[i].twin != ROAD_NONE)
            forge(p, at + 32, i, 4, "arc");
        uint32_t other = point_equal(road->node[road->arc[i].head].at, road->node[0].at) ? 1 : 0;
        forge(p, at + 12, other, 4, "arc");
    }
}

/* Any bytes may be forged: either it is refused, or it is a network that can be used. */
static void forged_at_random_it_never_crashes(void **state)
{
    struct place *p = *state;
    uint32_t loaded = 0;

    for (int round = 0; round < 1500; round++) {
        unsigned char *bytes = malloc(p->size);
        struct road road;
        struct weights w;
        struct field field;
        memcpy(bytes, p->bytes, p->size);
        for (uint32_t n = 1 + random_below(&p->r, 3); n > 0; n--)
            bytes[TABLE_AT + random_below(&p->r, (uint32_t)p->size - TABLE_AT)] =
                (unsigned char)random_below(&p->r, 256);
        write_rehashed(p, bytes);
        free(bytes);
        if (road_load(&road, p->path, p->errmsg))
            continue;
        static struct speed_profile profile;
        for (int c = 0; c < ROAD_CLASSES; c++)
            profile.kmh[c] = 50;
        memset(profile.percent, 100, sizeof profile.percent);
        assert_int_equal(weights_init(&w, &road), 0);
        assert_int_equal(weights_build(&w, &road, &profile, 0, NULL, 0, 1), 0);
        assert_int_equal(field_init(&field, &road), 0);
        field_open(&field, &w, &(struct snap){.arc = road.arc[0].original}, 1);
        assert_true(field_settle(&field, ROAD_INF, UINT32_MAX));
        field_close(&field);
        weights_close(&w);
        road_close(&road);
        loaded++;
    }
    assert_in_range(loaded, 50, 1450);
}

static void says_when_it_cannot_read_or_write(void **state)
{
    struct place *p = *state;
    struct road road;

    assert_int_equal(road_load(&road, "/nonexistent/roads", p->errmsg), -1);
    assert_non_null(strstr(p->errmsg, "cannot be opened: No such file"));
    assert_int_equal(road_load(&road, p->directory, p->errmsg), -1);
    assert_int_equal(road_save(&p->r.road, "/nonexistent/roads", p->errmsg), -1);
    assert_non_null(strstr(p->errmsg, "cannot be written: No such file"));
}

static void a_failed_save_leaves_the_old_file(void **state)
{
    struct place *p = *state;
    char blocker[128];
    struct road road;

    snprintf(blocker, sizeof blocker, "%s.new", p->path);
    assert_int_equal(mkdir(blocker, 0755), 0);
    assert_int_equal(road_save(&p->r.road, p->path, p->errmsg), -1);
    assert_int_equal(rmdir(blocker), 0);
    assert_int_equal(road_load(&road, p->path, p->errmsg), 0);
    road_close(&road);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(comes_back_as_it_was),
        place_test(every_flipped_bit_is_refused),
        place_test(every_cut_is_refused),
        place_test(foreign_versions_say_what_to_do),
        place_test(forged_numbers_are_refused_by_name),
        place_test(forged_at_random_it_never_crashes),
        place_test(says_when_it_cannot_read_or_write),
        place_test(a_failed_save_leaves_the_old_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
