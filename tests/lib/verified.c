#include "tests/lib/verified.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/ctl/verify.h"

static int verify(const struct random_day *day, char *text, size_t size)
{
    FILE *out = fmemopen(text, size, "w");
    assert_non_null(out);
    int result = ctl_verify(&day->config, out);
    fclose(out);
    return result;
}

void assert_verified(const struct random_day *day)
{
    char text[8192];
    int result = verify(day, text, sizeof(text));
    if (result != CTL_VERIFY_CLEAN)
        fail_msg("verify says %d:\n%s", result, text);
}

void assert_differs(const struct random_day *day, const char *expected)
{
    char text[8192];
    assert_int_equal(verify(day, text, sizeof(text)), CTL_VERIFY_DIFFERS);
    if (!strstr(text, expected))
        fail_msg("verify does not say \"%s\":\n%s", expected, text);
}
