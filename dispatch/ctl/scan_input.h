/* scan_input: places, cases and what was expected of them, from CSV files, as a scan wants them.
 *
 * Cases: columns place, cases, and slot (a whole number or a date) when there is time; controls for
 * a Bernoulli scan; expected for the others. Places: columns place, x (or lon), y (or lat), of the
 * same file or of geo=FILE, which then also names the places without cases. population=FILE:
 * columns place, year, population and any others that the cases have, too (age group, sex, …): what
 * is expected then follows the population between the years, each counted on 1 July, within each
 * combination of the others. Owner: the caller; scan_input_close frees. Thread: one. Errors: an
 * exit code, said. */
#ifndef CTL_SCAN_INPUT_H
#define CTL_SCAN_INPUT_H

#include "dispatch/ctl/csv_table.h"
#include "dispatch/warn/scan.h"

struct scan_wish {
    enum scan_model model;
    const char *geo, *population; /* files, or NULL */
    const char *first, *last;     /* the slots studied; NULL: those of the cases */
};

struct scan_numbers {
    char **name; /* of each place */
    struct scan_place *place;
    uint32_t places, slots;
    uint32_t *cases;  /* [place * slots + slot] */
    double *expected; /* the same */
    int64_t first_slot;
    bool dates; /* slots are days since 1970 */
};

int scan_input_read(struct scan_numbers *numbers, struct csv_table *in,
                    const struct scan_wish *wish);
void scan_input_close(struct scan_numbers *numbers);

/* "2001-11-22", or the number. */
void scan_slot_print(const struct scan_numbers *numbers, uint32_t slot, FILE *out);

#endif
