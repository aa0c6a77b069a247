/* verified: what `dispatchctl verify` says of a random day and its copies.
 * Owner: the test. Fails the test at once. */
#ifndef TESTS_LIB_VERIFIED_H
#define TESTS_LIB_VERIFIED_H

#include "tests/lib/random_day.h"

void assert_verified(const struct random_day *day); /* clean */
/* It differs, and `expected` is among what it says. */
void assert_differs(const struct random_day *day, const char *expected);

#endif
