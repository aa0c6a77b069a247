/* command_parse on any line: it reads only the line, and what it took prints and reads back alike.
 */
#include <stdint.h>
#include <string.h>

#include "dispatch/core/print.h"
#include "dispatch/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char store[1 << 16], again_store[1 << 16], line[1 << 17], again_line[1 << 17];
    const struct print_how how = {.personal = true, .zero_ms = 1000};
    struct command command = {0}, again = {0};
    char why[200];
    if (n > 4096 || command_parse(&command, (const char *)bytes, n, how.zero_ms, store,
                                  sizeof(store), why, sizeof(why)) < 0)
        return 0;
    size_t length = command_print(line, sizeof(line), &command, how);
    must(command_parse(&again, line, length, how.zero_ms, again_store, sizeof(again_store), why,
                       sizeof(why)) == 0);
    command_print(again_line, sizeof(again_line), &again, how);
    must(strcmp(line, again_line) == 0);
    return 0;
}
