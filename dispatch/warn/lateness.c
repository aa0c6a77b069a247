#include "dispatch/warn/lateness.h"

#include <math.h>
#include <stdlib.h>

static double step_of(const struct lateness *l, bool late)
{
    return late ? log(l->raised / l->usual) : log((1 - l->raised) / (1 - l->usual));
}

bool lateness_add(struct lateness *l, bool late)
{
    l->s = fmax(0, l->s + step_of(l, late));
    if (l->s < l->h)
        return false;
    l->s = 0;
    return true;
}

/* Two steps lead away from each state: up when late, down when not. The mean times are found by
 * sweeps that converge because every state reaches the alarm. */
double lateness_run_length(const struct lateness *l, double share, unsigned states)
{
    double *time = calloc(states + 1, sizeof *time), up = step_of(l, true), moved = 1;
    double down = step_of(l, false), width = l->h / states;
    for (int round = 0; time && round < 1000000 && moved > 1e-10; round++) {
        moved = 0;
        for (unsigned i = states; i-- > 0;) {
            double high = (i * width + up) / width, low = fmax(0, (i * width + down) / width);
            double after_late = high >= states ? 0 : time[(unsigned)(high + 0.5)];
            double after_not = time[(unsigned)(low + 0.5)];
            double now = 1 + share * after_late + (1 - share) * after_not;
            moved = fmax(moved, fabs(now - time[i]) / now);
            time[i] = now;
        }
    }
    double length = time ? time[0] : -1;
    free(time);
    return length;
}

struct share_interval wilson(double k, double n, double z)
{
    if (n <= 0)
        return (struct share_interval){0, 1};
    double p = k / n, zz = z * z / n;
    double centre = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / n + zz / (4 * n));
    return (struct share_interval){centre - half, centre + half};
}
