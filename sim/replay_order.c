#include "sim/replay_order.h"

#include <stdlib.h>

#include "sim/replay_csv.h"

static void add_event(struct replay_csv *csv, struct replay_event event)
{
    csv->event[csv->event_n++] = event;
}

static int64_t opened_ms(const struct replay_call *call)
{
    return call->opened_ms > call->received_ms ? call->opened_ms : call->received_ms;
}

static void add_response(struct replay_csv *csv, uint32_t row)
{
    const struct replay_response *r = &csv->response[row];
    int64_t order_ms = r->at_ms[STEP_ORDERED], last_ms;

    if (order_ms < opened_ms(&csv->call[r->call]))
        order_ms = opened_ms(&csv->call[r->call]);
    add_event(csv, (struct replay_event){order_ms, REPLAY_ORDER, STEP_ORDERED, row});
    last_ms = order_ms;
    for (int step = STEP_ORDERED + 1; step <= STEP_COMPLETED; step++) {
        if (r->at_ms[step] == 0)
            continue;
        bool later = r->at_ms[step] > order_ms;
        add_event(csv, (struct replay_event){later ? r->at_ms[step] : order_ms,
                                             later ? REPLAY_STEP : REPLAY_EARLY_STEP,
                                             (enum step)step, row});
        if (r->at_ms[step] > last_ms)
            last_ms = r->at_ms[step];
        csv->counts.points++;
    }
    if (r->at_ms[STEP_COMPLETED] == 0)
        add_event(csv, (struct replay_event){last_ms, REPLAY_UNFINISHED, STEP_NONE, row});
}

/* By time, then by kind: what ends at a moment comes before what begins at it. */
static int compare(const void *left, const void *right)
{
    const struct replay_event *a = left, *b = right;
    if (a->enter_ms != b->enter_ms)
        return a->enter_ms < b->enter_ms ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (int)a->step - (int)b->step;
}

static void count_order(struct replay_csv *csv, const struct replay_response *r)
{
    int64_t highest_ms = csv->call[r->call].received_ms, before_ms = highest_ms;
    bool odd = false;

    for (int step = STEP_ORDERED; step <= STEP_COMPLETED; step++) {
        if (r->at_ms[step] == 0)
            continue;
        odd = odd || r->at_ms[step] < highest_ms;
        csv->counts.negative += r->at_ms[step] < before_ms;
        before_ms = r->at_ms[step];
        if (before_ms > highest_ms)
            highest_ms = before_ms;
    }
    csv->counts.out_of_order += odd;
    csv->counts.unfinished += r->at_ms[STEP_COMPLETED] == 0;
}

/* Orders within the recorded span of the order before, unit by unit. */
static void count_overlaps(struct replay_csv *csv, int64_t *busy_until_ms)
{
    for (size_t i = 0; i < csv->event_n; i++) {
        if (csv->event[i].kind != REPLAY_ORDER)
            continue;
        const struct replay_response *r = &csv->response[csv->event[i].row];
        int64_t *until_ms = &busy_until_ms[r->unit];
        csv->counts.overlaps += r->at_ms[STEP_ORDERED] < *until_ms;
        if (r->at_ms[STEP_COMPLETED] > *until_ms)
            *until_ms = r->at_ms[STEP_COMPLETED];
    }
}

int replay_order(struct replay_csv *csv)
{
    size_t most = 2 * csv->call_n + csv->response_n * (STEP_COMPLETED - STEP_ORDERED + 2);
    int64_t *busy_until_ms = calloc(csv->unit_n + 1, sizeof(*busy_until_ms));

    csv->event = malloc((most + 1) * sizeof(*csv->event));
    if (!csv->event || !busy_until_ms) {
        free(busy_until_ms);
        return -1;
    }
    for (size_t i = 0; i < csv->call_n; i++) {
        add_event(csv, (struct replay_event){csv->call[i].received_ms, REPLAY_CALL, STEP_NONE,
                                             (uint32_t)i});
        add_event(csv, (struct replay_event){opened_ms(&csv->call[i]), REPLAY_OPEN, STEP_NONE,
                                             (uint32_t)i});
    }
    for (size_t i = 0; i < csv->response_n; i++) {
        add_response(csv, (uint32_t)i);
        count_order(csv, &csv->response[i]);
    }
    qsort(csv->event, csv->event_n, sizeof(*csv->event), compare);
    count_overlaps(csv, busy_until_ms);
    free(busy_until_ms);
    csv->counts.calls = (uint32_t)csv->call_n;
    csv->counts.responses = (uint32_t)csv->response_n;
    return 0;
}
