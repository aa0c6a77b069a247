/* The recommendation in force of one incident, for people: the unit of each slot, what it is taken
 * from, why this one, how sure that is; then the rows to choose from. */
#include <inttypes.h>
#include <stdio.h>

#include "dispatch/ctl/view.h"

static uint64_t id_at(struct u64s list, uint32_t i)
{
    return i < list.n ? list.v[i] : 0;
}

static uint32_t number_at(struct u32s list, uint32_t i)
{
    return i < list.n ? list.v[i] : 0;
}

static void print_term(struct u32s term, struct u32s term_s, uint32_t i, const char *before)
{
    uint32_t word = number_at(term, i);
    if (!word || word >= term_words.count)
        return;
    printf("%s%s %s", before, term_words.word[word].zh, term_words.word[word].en);
    if (number_at(term_s, i))
        printf(" %u s", number_at(term_s, i));
}

static void print_why(const struct incident *it, uint32_t i)
{
    uint32_t why = number_at(it->slot_why, i);
    if (why < why_words.count)
        printf("\n      %s %s", why_words.word[why].zh, why_words.word[why].en);
    if (id_at(it->slot_over, i))
        printf("; %sU%" PRIu64 ":", it->slot_unit.v[i] ? "than " : "", id_at(it->slot_over, i));
    print_term(it->slot_term, it->slot_term_s, i, " ");
    print_term(it->slot_term2, it->slot_term2_s, i, ", ");
    putchar('\n');
}

static void print_slot(const struct incident *it, uint32_t i)
{
    uint64_t from = id_at(it->slot_from, i), held = id_at(it->slot_held, i);
    if (!it->slot_unit.v[i]) {
        fputs("  推荐 recommended nobody", stdout);
        print_why(it, i);
        return;
    }
    printf("  推荐 recommended U%" PRIu64 " in %u s", it->slot_unit.v[i],
           number_at(it->slot_free_s, i) + number_at(it->slot_eta_s, i));
    if (number_at(it->slot_free_s, i))
        printf(" (free in %u s)", number_at(it->slot_free_s, i));
    if (from)
        printf(", 改派自 diverted from I%" PRIu64 " (reached %u s later)", from,
               number_at(it->slot_costs_s, i));
    if (held)
        printf(", 替换 in place of U%" PRIu64, held);
    printf(", first by %u %%", number_at(it->slot_first_pct, i));
    print_why(it, i);
}

static void print_difference(struct u32s list, uint32_t i, const char *of)
{
    int64_t more_s = (int64_t)number_at(list, i) - number_at(list, 0);
    const char *word = more_s < 0 ? "saves" : "costs";
    printf(" %s %" PRId64 " s %s", word, more_s < 0 ? -more_s : more_s, of);
}

/* Of each unit, beside the recommended one. */
static void print_opinion(const struct incident *it)
{
    printf("  推演 rollout for U%" PRIu64 ": %u futures of %u min\n", it->opinion_for.v,
           it->opinion_futures, it->opinion_horizon_s / 60);
    for (uint32_t i = 1; i < it->opinion_unit.n; i++) {
        printf("    U%" PRIu64, it->opinion_unit.v[i]);
        print_difference(it->opinion_here_s, i, "here,");
        print_difference(it->opinion_next_s, i, "for the next calls");
        printf(" (± %u s)\n", number_at(it->opinion_error_s, i));
    }
}

void view_offer(const struct incident *it)
{
    for (uint32_t i = 0; i < it->slot_unit.n && i < it->slot_eta_s.n; i++)
        print_slot(it, i);
    for (uint32_t i = 0; i < it->row_unit.n && i < it->row_eta_s.n; i++) {
        uint32_t free_s = number_at(it->row_free_s, i);
        printf("    %u. U%" PRIu64 " in %u s", i + 1, it->row_unit.v[i],
               free_s + it->row_eta_s.v[i]);
        if (free_s)
            printf(" (free in %u s)", free_s);
        if (id_at(it->row_from, i))
            printf(" (on its way to I%" PRIu64 ")", id_at(it->row_from, i));
        putchar('\n');
    }
    if (it->opinion_unit.n)
        print_opinion(it);
    if (it->left_out)
        printf("  %u units could not be considered\n", it->left_out);
}
