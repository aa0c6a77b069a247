/* A reader that hears only of what a shadow says has changed knows the whole core, after every
 * record; and a shadow begun in the middle is where one is that began at the beginning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/readers/shadow.h"
#include "dispatch/wire/wire_json.h"
#include "tests/lib/random_day.h"
#include "tests/lib/temp_dir.h"

enum { ID_BELOW = 2048 };

/* What was heard, as JSON, by kind and id; NULL: nothing, or it left. */
struct heard {
    struct shadow shadow;
    struct buffer json;
    char *text[OBJECT_KIND_COUNT][ID_BELOW];
    uint32_t left;
};

static const char *json_of(struct heard *heard, enum object_kind kind, const void *object)
{
    buffer_clear(&heard->json);
    wire_json_object(&heard->json, (struct wire_object){kind, object}, true);
    buffer_add(&heard->json, "", 1);
    assert_false(heard->json.full);
    return (const char *)heard->json.bytes;
}

static char **place_of(struct heard *heard, enum object_kind kind, const void *object)
{
    uint64_t id = field_number(object_schema(kind)->field, object);
    assert_true(id < ID_BELOW);
    return &heard->text[kind][id];
}

static void on_changed(void *context, enum object_kind kind, const void *object)
{
    char **text = place_of(context, kind, object);
    free(*text);
    *text = strdup(json_of(context, kind, object));
}

/* What leaves is shown as it was heard of last. */
static void on_leaving(void *context, enum object_kind kind, const void *object)
{
    struct heard *heard = context;
    char **text = place_of(heard, kind, object);
    assert_non_null(*text);
    assert_string_equal(*text, json_of(heard, kind, object));
    free(*text);
    *text = NULL;
    heard->left++;
}

static void compare(void *context, enum object_kind kind, const void *object)
{
    struct heard *heard = context;
    if (kind == OBJECT_CLIENT || kind == OBJECT_HEAD || kind == OBJECT_LEARNED)
        return;
    const char *text = *place_of(heard, kind, object);
    if (!text)
        fail_msg("seq %lu: nothing heard of %s", (unsigned long)shadow_seq(&heard->shadow),
                 json_of(heard, kind, object));
    assert_string_equal(text, json_of(heard, kind, object));
}

static bool apply(void *context, const struct record *record)
{
    struct heard *heard = context;
    shadow_apply(&heard->shadow, record);
    shadow_flush(&heard->shadow);
    state_walk(&heard->shadow.core.state, compare, heard);
    return true;
}

static void open_heard(struct heard *heard, const struct config *config, struct feed *feed)
{
    struct limits limits;
    struct policy policy;
    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    assert_int_equal(shadow_init(&heard->shadow, &limits, &policy, feed->journal), 0);
    heard->shadow.changed_cb = on_changed;
    heard->shadow.leaving_cb = on_leaving;
    heard->shadow.context = heard;
    buffer_init(&heard->json, 1024 * 1024);
}

static void close_heard(struct heard *heard)
{
    for (size_t kind = 0; kind < OBJECT_KIND_COUNT; kind++)
        for (size_t id = 0; id < ID_BELOW; id++)
            free(heard->text[kind][id]);
    shadow_close(&heard->shadow);
    buffer_close(&heard->json);
    free(heard);
}

struct day {
    char dir[TEMP_DIR_MAX];
    struct random_day day;
};

static int set_up(void **state)
{
    struct day *it = calloc(1, sizeof(*it));
    assert_non_null(it);
    temp_dir_make(it->dir);
    random_day_make(&it->day, it->dir);
    random_day_open(&it->day, 42);
    random_day_pass(&it->day, 600);
    random_day_settle(&it->day);
    *state = it;
    return 0;
}

static int tear_down(void **state)
{
    struct day *it = *state;
    random_day_close(&it->day);
    temp_dir_remove(it->dir);
    free(it);
    return 0;
}

static void tells_of_everything_that_changed(void **state)
{
    struct day *it = *state;
    struct heard *heard = calloc(1, sizeof(*heard));
    assert_non_null(heard);
    struct feed *feed = &it->day.pipeline.feed;
    open_heard(heard, &it->day.config, feed);
    assert_true(feed_read(feed, 0, UINT64_MAX, apply, heard) > 600);
    assert_int_equal(shadow_seq(&heard->shadow), pipeline_seq(&it->day.pipeline));
    assert_true(heard->left > 20);
    close_heard(heard);
}

static void finds_any_place(void **state)
{
    struct day *it = *state;
    struct heard *heard = calloc(1, sizeof(*heard));
    assert_non_null(heard);
    open_heard(heard, &it->day.config, &it->day.pipeline.feed);
    for (uint64_t seq = 0; seq <= pipeline_seq(&it->day.pipeline); seq += 123) {
        assert_int_equal(shadow_begin(&heard->shadow, seq), 0);
        assert_true(shadow_seq(&heard->shadow) <= seq);
        int there = 0;
        while ((there = shadow_fold(&heard->shadow, seq, 10)) == 0)
            continue;
        assert_int_equal(there, 1);
        assert_int_equal(shadow_seq(&heard->shadow), seq);
        assert_string_equal(core_check(&heard->shadow.core), "");
        assert_int_equal(shadow_begin(&heard->shadow, seq), 0);
        assert_int_equal(shadow_seq(&heard->shadow), seq); /* it stands there already */
    }
    assert_int_equal(shadow_fold(&heard->shadow, pipeline_seq(&it->day.pipeline) + 1, 10000), 0);
    assert_int_equal(shadow_fold(&heard->shadow, pipeline_seq(&it->day.pipeline) + 1, 10000), -1);
    close_heard(heard);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_of_everything_that_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_any_place, set_up, tear_down),
    };
    wire_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
