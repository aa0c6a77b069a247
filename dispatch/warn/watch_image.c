/* Everything the detectors have learned, as bytes, and back: so that a restart goes on where it
 * was. One walk over the state serves for counting, keeping and taking; what is derived (the hash
 * of the squares, what is only work space) is not in it, nor is the policy: whoever keeps the bytes
 * also keeps which policy they belong to. The layout is this program's own; WATCH_VERSION and the
 * sizes of what is copied stand at the front, and an image of others is not taken.
 *
 *   shape | times, nulls, service, charts | demand | book | series and roll of each syndrome |
 *   squares | cases */
#include "dispatch/warn/watch_impl.h"

enum direction { COUNTING, KEEPING, TAKING };

struct tape {
    enum direction direction;
    unsigned char *out;
    const unsigned char *in;
    size_t n, at;
    bool failed;
};

static void pass(struct tape *t, void *item, size_t n)
{
    if (t->failed || (t->direction != COUNTING && n > t->n - t->at)) {
        t->failed = true;
        return;
    }
    if (t->direction == KEEPING && n > 0)
        memcpy(t->out + t->at, item, n);
    else if (t->direction == TAKING && n > 0)
        memcpy(item, t->in + t->at, n);
    t->at += n;
}

/* A count that rows follow: never more of them than there is room for. */
static void pass_count(struct tape *t, uint32_t *count, uint32_t max)
{
    uint32_t n = *count;
    pass(t, &n, sizeof n);
    if (n > max)
        t->failed = true;
    else if (t->direction == TAKING)
        *count = n;
}

static void pass_shape(struct tape *t, const struct watch_state *state)
{
    const uint32_t own[] = {WATCH_VERSION,
                            state->policy.syndrome_count,
                            (uint32_t)sizeof(struct watch_case),
                            (uint32_t)sizeof(struct watch_alert),
                            (uint32_t)sizeof(struct watch_series),
                            (uint32_t)sizeof(struct watch_service),
                            (uint32_t)sizeof(struct watch_chart),
                            (uint32_t)sizeof(struct watch_null),
                            (uint32_t)sizeof(struct watch_cell),
                            (uint32_t)sizeof(struct watch_township)};
    uint32_t shape[sizeof own / sizeof *own];
    memcpy(shape, own, sizeof own);
    pass(t, shape, sizeof shape);
    if (memcmp(shape, own, sizeof own) != 0)
        t->failed = true;
}

static void pass_book(struct tape *t, struct watch_state *state)
{
    pass_count(t, &state->booked, BOOK_MAX);
    if (t->failed)
        return;
    pass(t, state->book, state->booked * sizeof *state->book);
    pass(t, state->quiet_ms, state->booked * sizeof *state->quiet_ms);
    pass(t, state->cleared_ms, state->booked * sizeof *state->cleared_ms);
    pass(t, state->told, state->booked * sizeof *state->told);
}

static void pass_forecast(struct tape *t, struct forecast *f)
{
    const struct forecast_policy *policy = &f->policy;
    pass(t, f->week, (size_t)policy->weeks * policy->period * sizeof *f->week);
    pass(t, f->profile, policy->period * sizeof *f->profile);
    pass(t, f->now, policy->period * sizeof *f->now);
    pass(t, &f->level, sizeof f->level);
    pass(t, &f->phi, sizeof f->phi);
    pass(t, f->came, sizeof f->came);
    pass(t, f->expected, sizeof f->expected);
    pass(t, &f->seen, sizeof f->seen);
    pass(t, &f->kept, sizeof f->kept);
    pass_count(t, &f->slot, policy->period - 1);
}

static void pass_series(struct tape *t, struct watch_series *series)
{
    pass(t, series->minute, sizeof series->minute);
    pass(t, series->sum, sizeof series->sum);
    pass_forecast(t, &series->forecast);
    pass(t, series->mean, sizeof series->mean);
    pass(t, &series->hour_count, sizeof series->hour_count);
    pass(t, &series->day_count, sizeof series->day_count);
    pass(t, &series->cusum, sizeof series->cusum);
    pass(t, series->day, sizeof series->day);
    pass_count(t, &series->days, EARS_DAYS);
}

static void pass_roll(struct tape *t, struct watch_roll *roll)
{
    pass(t, &roll->count, sizeof roll->count);
    uint64_t rows = roll->count < WATCH_CASES ? roll->count : WATCH_CASES;
    pass(t, roll->entry, (size_t)rows * sizeof *roll->entry);
}

static void pass_ground(struct tape *t, struct watch_state *state)
{
    struct watch_ground *ground = &state->ground;
    pass(t, &ground->metres_per_e7_north, sizeof ground->metres_per_e7_north);
    pass(t, &ground->metres_per_e7_east, sizeof ground->metres_per_e7_east);
    pass(t, &ground->anchored, sizeof ground->anchored);
    pass(t, &ground->slot, sizeof ground->slot);
    pass(t, ground->count, sizeof ground->count);
    pass_count(t, &ground->cells, CELLS_MAX);
    if (t->failed)
        return;
    pass(t, ground->cell, ground->cells * sizeof *ground->cell);
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
        if (ground->slots[s])
            pass(t, ground->slots[s], (size_t)ground->cells * SLOTS * sizeof *ground->slots[s]);
}

/* Where a case lies follows from which incident it is. */
static void pass_cases(struct tape *t, struct watch_state *state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; t->direction != TAKING && i < WATCH_CASES; i++)
        count += state->cases[i].incident != 0;
    pass_count(t, &count, WATCH_CASES);
    for (uint32_t i = 0; t->direction != TAKING && i < WATCH_CASES; i++)
        if (state->cases[i].incident)
            pass(t, &state->cases[i], sizeof state->cases[i]);
    for (uint32_t i = 0; t->direction == TAKING && !t->failed && i < count; i++) {
        struct watch_case c = {0};
        pass(t, &c, sizeof c);
        t->failed |= c.site_count > WATCH_SITES_MAX ||
                     (c.cell != NO_CELL && c.cell >= state->ground.cells);
        state->cases[c.incident % WATCH_CASES] = c;
    }
}

static void pass_demands(struct tape *t, struct watch_demands *demands)
{
    pass(t, &demands->week, sizeof demands->week);
    pass(t, &demands->hour, sizeof demands->hour);
    pass(t, demands->hours, sizeof demands->hours);
    pass_count(t, &demands->townships, WATCH_DEMANDS_MAX);
    if (!t->failed)
        pass(t, demands->row, demands->townships * sizeof *demands->row);
}

static void pass_all(struct tape *t, struct watch_state *state)
{
    pass_shape(t, state);
    if (t->failed)
        return;
    pass(t, &state->seq, sizeof state->seq);
    pass(t, &state->next_index, sizeof state->next_index);
    pass(t, &state->minute, sizeof state->minute);
    pass(t, &state->hour, sizeof state->hour);
    pass(t, &state->day, sizeof state->day);
    pass(t, state->null, sizeof state->null);
    pass(t, &state->service, sizeof state->service);
    pass_count(t, &state->quality.charts, CHARTS_MAX);
    if (!t->failed)
        pass(t, state->quality.chart, state->quality.charts * sizeof *state->quality.chart);
    pass_demands(t, &state->demands);
    pass_book(t, state);
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++) {
        pass_series(t, &state->series[s]);
        pass_roll(t, &state->roll[s]);
    }
    pass_ground(t, state);
    pass_cases(t, state);
}

size_t watch_image_bytes(const struct watch *watch)
{
    struct tape t = {.direction = COUNTING};
    pass_all(&t, watch->state);
    return t.at;
}

void watch_image_keep(const struct watch *watch, unsigned char *bytes, size_t n)
{
    struct tape t = {.direction = KEEPING, .out = bytes, .n = n};
    pass_all(&t, watch->state);
    must(!t.failed && t.at == n);
}

/* Rows that other rows point into, and lists that are walked by their counts. */
static bool is_sound(const struct watch_state *state)
{
    const struct watch_service *service = &state->service;
    bool sound = service->stations <= STATIONS_MAX && service->hospitals <= HOSPITALS_MAX &&
                 service->open_count <= OPEN_MAX;
    for (uint32_t i = 0; sound && i < service->hospitals; i++)
        sound = service->hospital[i].units <= WAITING_MAX;
    for (uint32_t i = 0; sound && i < state->booked; i++) {
        const struct watch_alert *a = &state->book[i];
        sound = a->evidence_count <= WATCH_EVIDENCE_MAX && a->syndrome <= WATCH_NO_SYNDROME &&
                a->detector < WATCH_DETECTORS && a->level <= WATCH_RED;
    }
    return sound;
}

/* A fit that was under way ended with the process: it is due again. */
static void ask_again(struct watch_state *state)
{
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
        if (state->null[s].asked) {
            state->null[s].asked = false;
            state->null[s].day -= state->policy.number.scan_refit_days;
        }
}

int watch_image_take(struct watch *watch, const unsigned char *bytes, size_t n)
{
    struct tape t = {.direction = TAKING, .in = bytes, .n = n};
    pass_all(&t, watch->state);
    if (t.failed || t.at != n || !is_sound(watch->state))
        return -1;
    ground_index(&watch->state->ground);
    ask_again(watch->state);
    return 0;
}
