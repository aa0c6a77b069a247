/* cch_file: the order of a road's nodes on disk, so that a start need not work it out again.
 * Belongs to one network: its hash and size stand in it. Anything else in the file's place is
 * refused with a text, and the order is made anew. Written beside the target, synced and renamed.
 * Any thread. */
#ifndef GEO_CCH_FILE_H
#define GEO_CCH_FILE_H

#include "geo/cch.h"

/* 0, or -1 and errmsg; order[road->node_n] may then hold anything. */
int cch_file_load(const char *path, const struct road *road, uint32_t *order,
                  char errmsg[CCH_ERRMSG_MAX]);
int cch_file_save(const char *path, const struct road *road, const uint32_t *order,
                  char errmsg[CCH_ERRMSG_MAX]);

#endif
