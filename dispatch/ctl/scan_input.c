#include "dispatch/ctl/scan_input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/base/csv.h"
#include "dispatch/ctl/ctl.h"
#include "dispatch/ctl/scan_population.h"
#include "dispatch/ctl/warn_option.h"

enum { SLOTS_MAX = 100000 };

static int place_of(const struct scan_numbers *n, const char *name)
{
    for (uint32_t i = 0; i < n->places; i++)
        if (strcmp(n->name[i], name) == 0)
            return (int)i;
    return -1;
}

/* Days since 1970 of a date, or the number itself. */
static int slot_of(const char *text, int64_t *slot, bool *date)
{
    char whole[40];
    int64_t ms;
    double number;
    *date = strlen(text) == 10 && text[4] == '-';
    if (*date) {
        snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
        if (csv_time(whole, &ms) < 0)
            return -1;
        *slot = ms / 86400000;
        return 0;
    }
    if (csv_number(text, &number) < 0 || number != (double)(int64_t)number)
        return -1;
    *slot = (int64_t)number;
    return 0;
}

static int read_places(struct scan_numbers *n, struct csv_table *t)
{
    int name = csv_table_column(t, "place");
    int x = csv_table_find(t, "lon") >= 0 ? csv_table_find(t, "lon") : csv_table_column(t, "x");
    int y = csv_table_find(t, "lat") >= 0 ? csv_table_find(t, "lat") : csv_table_column(t, "y");
    if (name < 0 || x < 0 || y < 0)
        return warn_table_fail(t);
    n->name = calloc(t->rows + 1, sizeof *n->name);
    n->place = calloc(t->rows + 1, sizeof *n->place);
    for (uint32_t row = 0; n->name && n->place && row < t->rows; row++) {
        struct scan_place at;
        if (place_of(n, t->cell[row][name]) >= 0)
            continue;
        if (csv_table_number(t, row, x, &at.x) < 0 || csv_table_number(t, row, y, &at.y) < 0)
            return warn_table_fail(t);
        n->place[n->places] = at;
        n->name[n->places] = strdup(t->cell[row][name]);
        if (!n->name[n->places++])
            return ctl_fail(CTL_FAILED, "out of memory");
    }
    return n->name && n->place ? CTL_OK : ctl_fail(CTL_FAILED, "out of memory");
}

static int read_geo(struct scan_numbers *n, struct csv_table *cases, const char *geo)
{
    struct csv_table places;
    if (!geo)
        return read_places(n, cases);
    int code =
        csv_table_read(&places, geo) < 0 ? warn_table_fail(&places) : read_places(n, &places);
    csv_table_close(&places);
    return code;
}

static int widen(struct scan_numbers *n, struct csv_table *t, const char *text, uint32_t row,
                 int64_t *last)
{
    int64_t slot;
    if (slot_of(text, &slot, &n->dates) < 0)
        return ctl_fail(CTL_FAILED, "%s:%u: slot '%s' is neither a whole number nor YYYY-MM-DD",
                        t->path, row + 2, text);
    if (slot < n->first_slot)
        n->first_slot = slot;
    if (slot > *last)
        *last = slot;
    return CTL_OK;
}

static int find_slots(struct scan_numbers *n, struct csv_table *t, const struct scan_wish *wish)
{
    int column = csv_table_find(t, "slot"), code = CTL_OK;
    int64_t last = INT64_MIN;
    n->slots = 1;
    if (column < 0 || t->rows == 0)
        return CTL_OK;
    n->first_slot = INT64_MAX;
    for (uint32_t row = 0; code == CTL_OK && row < t->rows && !(wish->first && wish->last); row++)
        code = widen(n, t, t->cell[row][column], row, &last);
    if (code == CTL_OK && wish->first) {
        n->first_slot = INT64_MAX;
        code = widen(n, t, wish->first, 0, &(int64_t){0});
    }
    if (code == CTL_OK && wish->last) {
        bool dates;
        code = slot_of(wish->last, &last, &dates) < 0
                   ? ctl_fail(CTL_USAGE, "last=%s is no slot", wish->last)
                   : CTL_OK;
    }
    if (code == CTL_OK && (last < n->first_slot || last - n->first_slot >= SLOTS_MAX))
        return ctl_fail(CTL_FAILED, "%s: the slots run from %" PRId64 " to %" PRId64 ": too many",
                        t->path, n->first_slot, last);
    n->slots = (uint32_t)(last - n->first_slot + 1);
    return code;
}

/* The columns of the cases' file. */
struct columns {
    int place, slot, cases, controls, expected;
};

static int take_row(struct scan_numbers *n, struct csv_table *t, uint32_t row,
                    const struct columns *c, enum scan_model model)
{
    double cases, more = 0;
    int64_t slot = n->first_slot;
    bool date;
    int place = place_of(n, t->cell[row][c->place]);
    int extra = model == SCAN_BERNOULLI ? c->controls : c->expected;
    if (place < 0)
        return ctl_fail(CTL_FAILED, "%s:%u: no such place: %s", t->path, row + 2,
                        t->cell[row][c->place]);
    if (csv_table_number(t, row, c->cases, &cases) < 0 ||
        (extra >= 0 && csv_table_number(t, row, extra, &more) < 0))
        return warn_table_fail(t);
    if (cases < 0 || more < 0 || cases != (double)(uint32_t)cases)
        return ctl_fail(CTL_FAILED, "%s:%u: cases are whole numbers from 0", t->path, row + 2);
    if (c->slot >= 0 && slot_of(t->cell[row][c->slot], &slot, &date) < 0)
        return ctl_fail(CTL_FAILED, "%s:%u: '%s' is no slot", t->path, row + 2,
                        t->cell[row][c->slot]);
    if (slot < n->first_slot || slot >= n->first_slot + (int64_t)n->slots)
        return ctl_fail(CTL_FAILED, "%s:%u: slot '%s' is outside first= and last=", t->path,
                        row + 2, t->cell[row][c->slot]);
    size_t cell = (size_t)place * n->slots + (size_t)(slot - n->first_slot);
    n->cases[cell] += (uint32_t)cases;
    n->expected[cell] += model == SCAN_BERNOULLI ? cases + more : more;
    return CTL_OK;
}

static int read_cases(struct scan_numbers *n, struct csv_table *t, const struct scan_wish *wish)
{
    struct columns c = {csv_table_column(t, "place"), csv_table_find(t, "slot"), -1, -1, -1};
    const char *extra = wish->model == SCAN_BERNOULLI     ? "controls"
                        : wish->model == SCAN_PERMUTATION ? NULL
                        : wish->population                ? NULL
                                                          : "expected";
    c.cases = c.place < 0 ? -1 : csv_table_column(t, "cases");
    int column = c.cases >= 0 && extra ? csv_table_column(t, extra) : 0;
    if (c.cases < 0 || column < 0)
        return warn_table_fail(t);
    c.controls = wish->model == SCAN_BERNOULLI ? column : -1;
    c.expected = wish->model != SCAN_BERNOULLI && extra ? column : -1;
    int code = CTL_OK;
    for (uint32_t row = 0; code == CTL_OK && row < t->rows; row++)
        code = take_row(n, t, row, &c, wish->model);
    return code;
}

int scan_input_read(struct scan_numbers *n, struct csv_table *in, const struct scan_wish *wish)
{
    *n = (struct scan_numbers){0};
    int code = read_geo(n, in, wish->geo);
    if (code == CTL_OK)
        code = find_slots(n, in, wish);
    if (code != CTL_OK)
        return code;
    size_t cells = (size_t)n->places * n->slots;
    n->cases = calloc(cells + 1, sizeof *n->cases);
    n->expected = calloc(cells + 1, sizeof *n->expected);
    if (!n->cases || !n->expected)
        return ctl_fail(CTL_FAILED, "out of memory");
    code = read_cases(n, in, wish);
    if (code == CTL_OK && wish->population)
        code = scan_population_expect(n, in, wish->population);
    return code;
}

void scan_input_close(struct scan_numbers *n)
{
    for (uint32_t i = 0; i < n->places; i++)
        free(n->name[i]);
    free(n->name);
    free(n->place);
    free(n->cases);
    free(n->expected);
    *n = (struct scan_numbers){0};
}

void scan_slot_print(const struct scan_numbers *n, uint32_t slot, FILE *out)
{
    int64_t value = n->first_slot + slot;
    char text[16];
    if (!n->dates) {
        fprintf(out, "%" PRId64, value);
        return;
    }
    time_t at = (time_t)(value * 86400);
    struct tm tm;
    strftime(text, sizeof text, "%Y-%m-%d", gmtime_r(&at, &tm));
    fputs(text, out);
}
