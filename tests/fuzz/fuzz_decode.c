/* Any lines as what `dispatchctl jt808 decode` is given: each answer is a line of JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/jt808_decode.h"
#include "dispatch/must.h"
#include "tests/fuzz/fuzz_file.h"

static void check_line(const char *line, size_t n)
{
    json_error_t error;
    json_t *answer = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
    must(json_is_boolean(json_object_get(answer, "ok")));
    json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = NULL;
    size_t size;
    FILE *in = fopen(fuzz_file(bytes, n), "r"), *out = open_memstream(&text, &size);
    must(in && out);
    must(ctl_jt808_decode(in, out) == 0);
    fclose(in);
    must(fclose(out) == 0);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        must(line[length] == '\n');
        check_line(line, length);
        line += length + 1;
    }
    free(text);
    return 0;
}
