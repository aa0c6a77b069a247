/* road_bans: forbidden drives along several streets one after another: what a driver has to
 * remember. A turn restriction is a route of two streets, one via a way is longer. All of a route
 * but its last street is a stem. Who has driven a stem may not go on by some halves (directions of
 * a street, see road_split.c); what must be remembered after any drive is the longest stem it ends
 * with. Internal to geo (road_split.c owns one); one thread.
 *
 * The automaton of A. Aho, M. Corasick (CACM 18, 1975), with streets for letters. */
#ifndef GEO_ROAD_BANS_H
#define GEO_ROAD_BANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct road_stem {
    uint32_t half;        /* driven last */
    uint32_t before;      /* the stem without that, ROAD_NONE: it is the first */
    uint32_t shorter;     /* the longest other stem that it ends with, or ROAD_NONE */
    uint32_t child, next; /* longer by one half; linked to those of the same `before` */
    uint32_t link;        /* halves forbidden behind it, linked */
    uint32_t depth;
};

struct road_bans {
    struct road_stem *stem;
    uint32_t stem_n, depth_max;
    uint32_t *of_half; /* the stem of this half alone, or ROAD_NONE */
    struct road_ban_link *link;
    uint32_t link_n;
};

/* For at most route_n routes of step_n halves together, numbered below half_n. -1 when out of
 * memory.
 */
int road_bans_init(struct road_bans *bans, size_t half_n, size_t route_n, size_t step_n);
/* n >= 2; twice the same route is one. */
void road_bans_add(struct road_bans *bans, const uint32_t *half, size_t n);
/* After the last route, before the first question. */
void road_bans_finish(struct road_bans *bans);
/* What is to be remembered when this half has been driven after a stem (ROAD_NONE: after nothing).
 */
uint32_t road_bans_after(const struct road_bans *bans, uint32_t stem, uint32_t half);
bool road_bans_forbid(const struct road_bans *bans, uint32_t stem, uint32_t half);
/* Is anything forbidden behind it? */
bool road_bans_any(const struct road_bans *bans, uint32_t stem);
void road_bans_close(struct road_bans *bans);

#endif
