/* Any text as dispatchd's settings. What is taken prints and reads back the same; what is not is
 * complained of with the file's name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/config.h"
#include "dispatch/must.h"
#include "tests/fuzz/fuzz_file.h"

static char *print(const struct config *config)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    must(out);
    config_print(config, out);
    must(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char complaints[CONFIG_COMPLAINT_MAX];
    static struct config config, again;
    char *text = strndup((const char *)bytes, n);
    must(text);
    config_defaults(&config);
    config_defaults(&again);
    if (config_parse(&config, "settings", text, complaints) == 0) {
        char *once = print(&config);
        if (config_parse(&again, "settings", once, complaints) < 0)
            fprintf(stderr, "%s", complaints);
        char *twice = print(&again);
        must(strcmp(once, twice) == 0);
        free(once);
        free(twice);
    } else {
        must(strncmp(complaints, "settings", 8) == 0);
    }
    free(text);
    return 0;
}
