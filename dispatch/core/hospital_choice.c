#include "dispatch/core/hospital_choice.h"

enum tier { TIER_GOOD, TIER_DIVERTS, TIER_LACKS, TIER_LACKS_DIVERTS, TIER_NONE };

static uint32_t few(uint32_t seen_n)
{
    return seen_n < HANDOVERS_MAX ? seen_n : HANDOVERS_MAX;
}

uint32_t hospital_mean_s(uint32_t mean_s, uint32_t seen_n, uint32_t took_s)
{
    uint64_t n = seen_n < HANDOVERS_MAX ? seen_n : HANDOVERS_MAX - 1;
    return (uint32_t)((mean_s * n + took_s) / (n + 1));
}

uint32_t hospital_wait_s(const struct hospital_rules *rules, const struct handovers *known)
{
    uint64_t n = few(known->seen_n), bays = rules->bays ? rules->bays : 1;
    uint64_t sum = (uint64_t)known->usual_s * rules->handover_weight + known->mean_s * n;
    n += rules->handover_weight;
    uint64_t mean_s = n ? sum / n : known->usual_s;
    uint64_t wait_s = mean_s + mean_s * known->waiting_n / bays;
    if (wait_s < known->reported_s)
        wait_s = known->reported_s;
    return wait_s < UINT32_MAX ? (uint32_t)wait_s : UINT32_MAX;
}

static enum tier tier_of(const struct hospital_way *way, uint32_t need)
{
    bool lacks = need && !(way->kinds & need), diverts = way->status == HOSPITAL_DIVERT;
    if (way->status == HOSPITAL_CLOSED)
        return TIER_NONE;
    if (lacks)
        return diverts ? TIER_LACKS_DIVERTS : TIER_LACKS;
    return diverts ? TIER_DIVERTS : TIER_GOOD;
}

static uint64_t care_s(const struct hospital_way *way)
{
    return (uint64_t)way->drive_s + way->wait_s;
}

static bool is_better(const struct hospital_way *a, const struct hospital_way *b, uint32_t need)
{
    if (tier_of(a, need) != tier_of(b, need))
        return tier_of(a, need) < tier_of(b, need);
    return care_s(a) != care_s(b) ? care_s(a) < care_s(b) : a->hospital < b->hospital;
}

static uint32_t insert_row(const struct hospital_way *way, uint32_t need, struct hospital_row *row,
                           uint32_t n, uint32_t max, uint32_t new)
{
    uint32_t at = n;
    while (at > 0 && is_better(&way[new], &way[row[at - 1].way], need))
        at--;
    if (at == max)
        return n;
    uint32_t last = n < max ? n : max - 1;
    for (uint32_t i = last; i > at; i--)
        row[i] = row[i - 1];
    row[at].way = new;
    return last + 1;
}

/* What speaks against a hospital that is nearer by road than the one chosen. */
static enum hospital_why why_not(const struct hospital_way *nearer, uint32_t need)
{
    if (nearer->status == HOSPITAL_CLOSED)
        return CHOICE_NEARER_CLOSED;
    if (need && !(nearer->kinds & need))
        return CHOICE_NEARER_LACKS;
    return nearer->status == HOSPITAL_DIVERT ? CHOICE_NEARER_DIVERTS : CHOICE_NEARER_WAITS;
}

static enum hospital_why why_first(const struct hospital_way *way, uint32_t n, uint32_t need,
                                   const struct hospital_way *first)
{
    enum hospital_why why = CHOICE_SOONEST;
    uint32_t nearest_s = first->drive_s;
    for (uint32_t i = 0; i < n; i++)
        if (way[i].drive_s < nearest_s) {
            nearest_s = way[i].drive_s;
            why = why_not(&way[i], need);
        }
    return why;
}

static enum hospital_why why_later(const struct hospital_way *way, uint32_t need,
                                   const struct hospital_way *first)
{
    if (need && !(way->kinds & need))
        return CHOICE_LACKS;
    if (way->status == HOSPITAL_DIVERT)
        return CHOICE_DIVERTS;
    return way->drive_s > first->drive_s ? CHOICE_FARTHER : CHOICE_WAITS_LONGER;
}

uint32_t hospital_rank(const struct hospital_way *way, uint32_t n, uint32_t need,
                       struct hospital_row *row, uint32_t max)
{
    uint32_t rows = 0;
    for (uint32_t i = 0; i < n; i++)
        if (tier_of(&way[i], need) != TIER_NONE)
            rows = insert_row(way, need, row, rows, max, i);
    for (uint32_t i = 0; i < rows; i++) {
        const struct hospital_way *first = &way[row[0].way], *own = &way[row[i].way];
        bool stands_first = i == 0 && tier_of(own, need) == TIER_GOOD;
        row[i].why = stands_first ? why_first(way, n, need, first) : why_later(own, need, first);
    }
    return rows;
}
