/* What the machine advises for one incident, as lines: part of view.h. */
#include <inttypes.h>

#include "dispatch/ctl/view.h"

static void print_name(const struct view *view, uint64_t id)
{
    const struct hospital *hospital = state_hospital(view->state, id);
    printf("H%" PRIu64 " %.*s", id, hospital ? (int)hospital->name.n : 0,
           hospital ? hospital->name.p : "");
}

static const char *why_text(const struct u32s *why, uint32_t i)
{
    return i < why->n && why->v[i] < hospital_why_words.count
               ? hospital_why_words.word[why->v[i]].en
               : "?";
}

static void view_shares(const struct view *view, const struct incident *it)
{
    if (!it->mass)
        return;
    printf("  mass casualty, at the scene: %u red, %u yellow, %u green, %u black\n", it->red,
           it->yellow, it->green, it->black);
    for (uint32_t i = 0; i < it->share_hospital.n; i++) {
        printf("  %u red, %u yellow, %u green to ", it->share_red.v[i], it->share_yellow.v[i],
               it->share_green.v[i]);
        print_name(view, it->share_hospital.v[i]);
        printf(" (drive %u s): %s\n", it->share_drive_s.v[i], why_text(&it->share_why, i));
    }
    if (it->unplaced_red || it->unplaced_yellow || it->unplaced_green)
        printf("  no room anywhere for %u red, %u yellow, %u green\n", it->unplaced_red,
               it->unplaced_yellow, it->unplaced_green);
}

void view_advice(const struct view *view, const struct incident *it)
{
    for (uint32_t i = 0; i < it->advised_hospital.n; i++) {
        uint32_t drive_s = it->advised_drive_s.v[i], wait_s = it->advised_wait_s.v[i];
        fputs("  hospital ", stdout);
        print_name(view, it->advised_hospital.v[i]);
        printf(" in %u min (drive %u s%s, wait %u s): %s\n", (drive_s + wait_s + 59) / 60, drive_s,
               it->advised_source.v[i] == SOURCE_CROW ? " as the crow flies" : "", wait_s,
               why_text(&it->advised_why, i));
    }
    view_shares(view, it);
}

void view_surge(const struct view *view)
{
    const struct surge *surge = state_surge(view->state, 1);
    if (!surge || surge->level == 0)
        return;
    printf("surge           level %u: %u of %u units free, under %u %%", surge->level,
           surge->free_units, surge->on_duty, surge->line_pct);
    printf(surge->held_grade ? "; grades from %u on wait\n" : "\n", surge->held_grade);
}

/* Who stands by elsewhere, and who should. */
void view_moves(const struct view *view)
{
    EACH (view->state, UNIT, unit, it) {
        if (it->post.v)
            printf("stands by       U%" PRIu64 " at S%" PRIu64 "\n", it->unit.v, it->post.v);
        if (it->move_to.v)
            printf("move up         U%" PRIu64 " to S%" PRIu64 ": the next call %d s sooner, "
                   "+%u permille of calls covered\n",
                   it->unit.v, it->move_to.v, it->move_sooner_s, it->move_gain_permille);
    }
}
