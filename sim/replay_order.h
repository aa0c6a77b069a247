/* replay_order: the order in which a recording is entered, and what is odd in it. Pure.
 * Part of replay_csv; called once by its reader. -1 when out of memory. */
#ifndef SIM_REPLAY_ORDER_H
#define SIM_REPLAY_ORDER_H

struct replay_csv;

/* Fills event and counts. */
int replay_order(struct replay_csv *csv);

#endif
