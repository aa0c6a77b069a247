/* place: where is what somebody says, out of memory alone: coordinates, zones, stations, hospitals.
 *
 * Names are found by a part of them or by pinyin initials ("szs"): the first 3,755 Hanzi of GB 2312
 * stand there in the order of their pinyin, so the initial follows from the code; names with rarer
 * ones are found by their characters, and by PostGIS's gazetteer (deploy/sql/006_initials.sql).
 * Thread: the loop's. Errors: none, a place that is not found is not written.
 * Start here: place_search. */
#ifndef ATLAS_PLACE_H
#define ATLAS_PLACE_H

#include "dispatch/core/state.h"
#include "dispatch/travel/zones.h"
#include "dispatch/wire/buffer.h"
#include "geo/point.h"

/* Rows of a JSON array behind what `out` has; near (0, 0) is nowhere. True: the words were a
 * coordinate, WGS-84 or GCJ-02 after "gcj", and there is nothing else to find. */
bool place_search(const struct state *state, struct zones *zones, const char *words,
                  struct point near, struct buffer *out);

/* Initials of a name: Hanzi give their pinyin's, words of letters their first letter, numbers stay.
 * What has none is left out. Cut at size. */
void place_initials(struct text name, char *out, size_t size);

/* "39.0190,106.3760" or "gcj 39.0190 106.3760", latitude first unless it cannot be one. */
bool place_read(const char *words, struct point *out);

#endif
