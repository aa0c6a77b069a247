#include "dispatch/core/move_up.h"

#include <string.h>

#define ONE ((int64_t)1 << 24) /* a share of the demand */

enum { TERMS_MAX = 64 };

/* term[k]: what of a zone's demand the (k+1)-th unit covers; 0 from TERMS_MAX on. */
static void make_terms(uint32_t busy_permille, int64_t term[static TERMS_MAX])
{
    int64_t busy = busy_permille < 1000 ? busy_permille : 1000, share = ONE * (1000 - busy) / 1000;
    for (int k = 0; k < TERMS_MAX; k++) {
        term[k] = share;
        share = share * busy / 1000;
    }
}

static int64_t all_demand(const struct move_problem *p)
{
    int64_t sum = 0;
    for (uint32_t z = 0; z < p->zone_n; z++)
        sum += p->demand[z];
    return sum;
}

static int64_t millionths(const struct move_problem *p, int64_t demand_share)
{
    int64_t all = all_demand(p);
    return all ? demand_share / all * 1000000 / ONE + demand_share % all * 1000000 / ONE / all : 0;
}

static int64_t next_term(const int64_t *term, uint32_t reached)
{
    return reached < TERMS_MAX ? term[reached] : 0;
}

void move_gains(const struct move_problem *p, const uint32_t *at, uint32_t *reached, int64_t *gain)
{
    int64_t term[TERMS_MAX];
    make_terms(p->busy_permille, term);
    memset(reached, 0, p->zone_n * sizeof(*reached));
    memset(gain, 0, p->station_n * sizeof(*gain));
    for (uint32_t i = 0; i < p->pair_n; i++)
        reached[p->pair[i].zone] += at[p->pair[i].station];
    for (uint32_t i = 0; i < p->pair_n; i++) {
        uint32_t zone = p->pair[i].zone;
        gain[p->pair[i].station] += p->demand[zone] * next_term(term, reached[zone]);
    }
    for (uint32_t s = 0; s < p->station_n; s++)
        gain[s] = millionths(p, gain[s]);
}

uint32_t move_zone(const struct move_problem *p, const uint32_t *reached, uint32_t station)
{
    int64_t term[TERMS_MAX], most = 0;
    uint32_t best = p->zone_n;
    make_terms(p->busy_permille, term);
    for (uint32_t i = 0; i < p->pair_n; i++) {
        uint32_t zone = p->pair[i].zone;
        int64_t gained = p->demand[zone] * next_term(term, reached[zone]);
        if (p->pair[i].station != station || gained < most || (gained == most && zone >= best))
            continue;
        most = gained;
        best = gained ? zone : p->zone_n;
    }
    return best;
}

int64_t move_covered(const struct move_problem *p, const uint32_t *reached)
{
    int64_t term[TERMS_MAX], sum = 0;
    make_terms(p->busy_permille, term);
    for (uint32_t z = 0; z < p->zone_n; z++)
        for (uint32_t k = 0; k < reached[z] && k < TERMS_MAX; k++)
            sum += p->demand[z] * term[k];
    return millionths(p, sum);
}
