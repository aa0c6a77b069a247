/* Any bytes as what arrives over HTTP about callers and phones: requests, reports, call events. */
#include <stdlib.h>
#include <string.h>

#include "dispatch/ingest/caller.h"
#include "dispatch/ingest/http_request.h"
#include "dispatch/ingest/osmand.h"
#include "dispatch/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_report(const struct http_request *q)
{
    static const char *const types[] = {"application/json", ""};
    char target[HTTP_HEAD_MAX + 1], errmsg[160];
    struct osmand_report report;
    must(q->target_len < sizeof target && q->body_len <= HTTP_BODY_MAX);
    memcpy(target, q->target, q->target_len);
    target[q->target_len] = '\0';
    for (size_t i = 0; i < 2; i++) {
        if (osmand_read(target, types[i], q->body, q->body_len, &report, errmsg, sizeof errmsg) ==
            0)
            must(report.id[0] != '\0' && strlen(report.id) < OSMAND_ID_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct http_request q;
    struct caller_event e;
    char errmsg[160];
    ssize_t taken = http_request_read(bytes, size, &q);
    must(taken <= (ssize_t)size);
    if (taken > 0)
        read_report(&q);
    if (caller_read_json(bytes, size, &e, errmsg, sizeof errmsg) == 0)
        must(!e.has_location || point_valid(e.place));
    if (caller_read_aml_sms(bytes, size, "120", &e, errmsg, sizeof errmsg) == 0)
        must(!e.has_location || point_valid(e.place));
    if (caller_read_aml_form(bytes, size, &e, errmsg, sizeof errmsg) == 0)
        must(!e.has_location || point_valid(e.place));
    return 0;
}
