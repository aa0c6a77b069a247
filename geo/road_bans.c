#include "geo/road_bans.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/road.h"

struct road_ban_link {
    uint32_t half, next;
};

int road_bans_init(struct road_bans *bans, size_t half_n, size_t route_n, size_t step_n)
{
    *bans = (struct road_bans){.stem = calloc(step_n + 1, sizeof *bans->stem),
                               .of_half = malloc((half_n + 1) * sizeof *bans->of_half),
                               .link = calloc(route_n + 1, sizeof *bans->link)};
    if (!bans->stem || !bans->of_half || !bans->link) {
        road_bans_close(bans);
        return -1;
    }
    memset(bans->of_half, 0xff, half_n * sizeof *bans->of_half);
    return 0;
}

void road_bans_close(struct road_bans *bans)
{
    free(bans->stem);
    free(bans->of_half);
    free(bans->link);
    *bans = (struct road_bans){0};
}

static uint32_t child_of(const struct road_bans *bans, uint32_t stem, uint32_t half)
{
    uint32_t child;

    if (stem == ROAD_NONE)
        return bans->of_half[half];
    child = bans->stem[stem].child;
    while (child != ROAD_NONE && bans->stem[child].half != half)
        child = bans->stem[child].next;
    return child;
}

static uint32_t add_stem(struct road_bans *bans, uint32_t before, uint32_t half)
{
    uint32_t number = bans->stem_n++;
    uint32_t *list = before == ROAD_NONE ? &bans->of_half[half] : &bans->stem[before].child;
    uint32_t depth = before == ROAD_NONE ? 1 : bans->stem[before].depth + 1;

    bans->stem[number] =
        (struct road_stem){half, before, ROAD_NONE, ROAD_NONE, *list, ROAD_NONE, depth};
    *list = number;
    bans->depth_max = depth > bans->depth_max ? depth : bans->depth_max;
    return number;
}

static bool is_listed(const struct road_bans *bans, uint32_t stem, uint32_t half)
{
    uint32_t link = bans->stem[stem].link;

    while (link != ROAD_NONE && bans->link[link].half != half)
        link = bans->link[link].next;
    return link != ROAD_NONE;
}

void road_bans_add(struct road_bans *bans, const uint32_t *half, size_t n)
{
    uint32_t stem = ROAD_NONE;

    must(n >= 2);
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t child = child_of(bans, stem, half[i]);
        stem = child != ROAD_NONE ? child : add_stem(bans, stem, half[i]);
    }
    if (is_listed(bans, stem, half[n - 1]))
        return;
    bans->link[bans->link_n] = (struct road_ban_link){half[n - 1], bans->stem[stem].link};
    bans->stem[stem].link = bans->link_n++;
}

/* A stem ends with what its `before` ends with, one half longer: the shallow ones first. */
void road_bans_finish(struct road_bans *bans)
{
    for (uint32_t depth = 2; depth <= bans->depth_max; depth++) {
        for (uint32_t i = 0; i < bans->stem_n; i++) {
            struct road_stem *stem = &bans->stem[i];
            if (stem->depth == depth)
                stem->shorter = road_bans_after(bans, bans->stem[stem->before].shorter, stem->half);
        }
    }
}

uint32_t road_bans_after(const struct road_bans *bans, uint32_t stem, uint32_t half)
{
    for (; stem != ROAD_NONE; stem = bans->stem[stem].shorter) {
        uint32_t child = child_of(bans, stem, half);
        if (child != ROAD_NONE)
            return child;
    }
    return bans->of_half[half];
}

bool road_bans_forbid(const struct road_bans *bans, uint32_t stem, uint32_t half)
{
    for (; stem != ROAD_NONE; stem = bans->stem[stem].shorter) {
        if (is_listed(bans, stem, half))
            return true;
    }
    return false;
}

bool road_bans_any(const struct road_bans *bans, uint32_t stem)
{
    for (; stem != ROAD_NONE; stem = bans->stem[stem].shorter) {
        if (bans->stem[stem].link != ROAD_NONE)
            return true;
    }
    return false;
}
