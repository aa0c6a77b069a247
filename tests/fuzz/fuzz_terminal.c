/* Any bytes as the stream of a terminal to the JT/T 808 server: from its first byte, or when the
 * first byte is odd, after it has registered and authenticated. The connection ends each time, and
 * what the server tells of it is in range. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/must.h"
#include "geo/point.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/lib/jt808_town.h"

static struct town *town;
static char code[256];

static void begin(void)
{
    void *state;
    struct terminal first;
    must(town_setup(&state) == 0);
    town = state;
    town_open(town);
    terminal_open(&first, town, "13900000001");
    must(terminal_enrol(&first, code) == 0);
    shutdown(first.fd, SHUT_WR);
    terminal_await_over(&first);
    close(first.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct linger reset = {1, 0};
    struct terminal terminal;
    if (!town)
        begin();
    if (n == 0)
        return 0;
    terminal_open(&terminal, town, "13900000001");
    if (bytes[0] % 2)
        must(terminal_authenticate(&terminal, code) == 0);
    town->heard.fix = (struct fix){0};
    (void)!send(terminal.fd, bytes + 1, n - 1, MSG_NOSIGNAL);
    shutdown(terminal.fd, SHUT_WR);
    terminal_await_over(&terminal);
    must(point_valid((struct point){town->heard.fix.lat_e7, town->heard.fix.lon_e7}));
    must(town->heard.status < BUTTON_STATUSES);
    setsockopt(terminal.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(terminal.fd);
    return 0;
}
