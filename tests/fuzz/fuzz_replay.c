/* Any text as a recording for `citysim replay`; behind an odd first byte, as one in the form of San
 * Francisco, which is converted first. What is read is in order of time and points into itself. */
#include <stdio.h>
#include <string.h>

#include "dispatch/must.h"
#include "sim/replay_csv.h"
#include "sim/sf_csv.h"
#include "tests/fuzz/fuzz_file.h"

static void look(const struct replay_csv *csv)
{
    for (size_t i = 0; i < csv->event_n; i++) {
        const struct replay_event *event = &csv->event[i];
        bool of_call = event->kind == REPLAY_CALL || event->kind == REPLAY_OPEN;
        must(event->row < (of_call ? csv->call_n : csv->response_n));
        must(i == 0 || event[-1].enter_ms <= event->enter_ms);
    }
    for (size_t i = 0; i < csv->response_n; i++)
        must(csv->response[i].call < csv->call_n && csv->response[i].unit < csv->unit_n);
}

static int read(const char *path)
{
    static struct replay_csv csv;
    int rc = replay_csv_load(&csv, path);
    if (rc == 0)
        look(&csv);
    else
        must(strncmp(csv.errmsg, path, strlen(path)) == 0);
    replay_csv_close(&csv);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char errmsg[ERRMSG_MAX], out[600];
    size_t rows;
    if (n == 0)
        return 0;
    const char *in = fuzz_file(bytes + 1, n - 1);
    if (bytes[0] % 2 == 0) {
        read(in);
        return 0;
    }
    snprintf(out, sizeof(out), "%s/out.csv", fuzz_dir());
    if (sf_csv_convert(in, out, &rows, errmsg) == 0)
        must(read(out) == 0);
    return 0;
}
