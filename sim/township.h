/* township: the demonstration city's districts and townships as one constant table.
 * Constants, any thread, no errors. Start here: add a row to township.def. */
#ifndef SIM_TOWNSHIP_H
#define SIM_TOWNSHIP_H

#include "geo/point.h"

enum district { DAWUKOU, HUINONG, PINGLUO, DISTRICTS };

enum town_kind { TOWN_CORE, TOWN_PART, TOWN_TOWN, TOWN_VILLAGE };

struct township {
    uint32_t code;
    const char *name;
    enum district district;
    struct point at; /* its seat */
    enum town_kind kind;
    double weight;
};

#define TOWNSHIPS 36
extern const struct township township_table[TOWNSHIPS];

#define DISTRICT_RING_MAX 5
struct district_row {
    uint32_t code;
    const char *name, *short_name;
    struct point ring[DISTRICT_RING_MAX]; /* convex */
    size_t ring_n;
};
extern const struct district_row district_table[DISTRICTS];

/* The row of that code, or -1. */
int township_find(uint32_t code);

#endif
