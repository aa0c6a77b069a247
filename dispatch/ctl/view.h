/* view: the state of a centre as lines for people: the same for a running server (board.h) and for
 * a journal folded by `replay`.
 * Owner: the state is borrowed. Thread: its owner's. Personal fields only when `personal`.
 * Start here if you add a column: its function in view.c. */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include "dispatch/core/state.h"
#include "dispatch/ctl/ctl.h"

struct view {
    const struct ctl *ctl;
    const struct state *state;
    int64_t now_ms;
    bool json, personal;
};

void view_counts(const struct view *view);
void view_units(const struct view *view);
void view_calls(const struct view *view);     /* ringing calls and call-backs that are due */
void view_incidents(const struct view *view); /* open ones, most urgent first */
void view_alerts(const struct view *view);    /* not cleared */
void view_surge(const struct view *view); /* when there is one */
void view_moves(const struct view *view);
void view_advice(const struct view *view, const struct incident *incident);
/* The units recommended, and why. */
void view_offer(const struct incident *incident);
void view_plans(const struct view *view);     /* that run, or did today */
void view_timeline(const struct view *view, const struct incident *incident);

/* A duration as "4:07" or "1:04:07". */
enum { VIEW_AGE_MAX = 24 };
const char *view_age(int64_t ms, char out[static VIEW_AGE_MAX]);

/* A text cut or filled to so many columns of a terminal: Chinese characters take two. */
void view_cell(const char *text, size_t n, int width);

#endif
