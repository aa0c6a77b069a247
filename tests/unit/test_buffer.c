/* buffer: grows to its limit, and then says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/wire/buffer.h"

static void test_grows_byte_by_byte_to_its_limit(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    for (unsigned i = 0; i < 1000; i++)
        buffer_add(&buffer, &(unsigned char){(unsigned char)i}, 1);
    assert_false(buffer.full);
    assert_int_equal(buffer.n, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(buffer.bytes[i], (unsigned char)i);
    buffer_add(&buffer, "x", 1);
    assert_true(buffer.full);
    assert_int_equal(buffer.n, 1000);
    buffer_close(&buffer);
}

static void test_full_stays_full_until_cleared(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_add_text(&buffer, "abc");
    buffer_add_text(&buffer, "de"); /* does not fit */
    buffer_add_text(&buffer, "f");  /* would, but then a hole would stand before it */
    assert_true(buffer.full);
    assert_int_equal(buffer.n, 3);
    assert_memory_equal(buffer.bytes, "abc", 3);
    assert_null(buffer_extend(&buffer, 0));
    buffer_clear(&buffer);
    buffer_print(&buffer, "%d", 1234);
    assert_false(buffer.full);
    assert_memory_equal(buffer.bytes, "1234", 4);
    buffer_close(&buffer);
}

static void test_lengths_that_overflow(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_add_text(&buffer, "abc");
    assert_null(buffer_extend(&buffer, SIZE_MAX));
    assert_null(buffer_extend(&buffer, SIZE_MAX - 2));
    assert_int_equal(buffer.n, 3);
    buffer_close(&buffer);
}

static void test_nothing_is_somewhere(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    assert_non_null(buffer_extend(&buffer, 0)); /* an empty message is no error */
    buffer_add(&buffer, NULL, 0);
    assert_false(buffer.full);
    buffer_close(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_byte_by_byte_to_its_limit),
        cmocka_unit_test(test_full_stays_full_until_cleared),
        cmocka_unit_test(test_lengths_that_overflow),
        cmocka_unit_test(test_nothing_is_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
