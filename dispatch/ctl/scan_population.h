/* scan_population: what to expect of each place from who lives there (scan_input.h, population=).
 *
 * The person-time of each stratum (the columns that both files have besides place, slot, cases,
 * year, population) is the integral over the years of the cases, straight lines between the counts
 * of 1 July, level before the first and after the last; expected = cases of the stratum shared out
 * by person-time (indirect standardisation). Purely spatial: one slot. Errors: an exit code, said.
 */
#ifndef CTL_SCAN_POPULATION_H
#define CTL_SCAN_POPULATION_H

#include "dispatch/ctl/scan_input.h"

/* The cases need a column `year`. Writes numbers->expected. */
int scan_population_expect(struct scan_numbers *numbers, struct csv_table *cases, const char *path);

#endif
