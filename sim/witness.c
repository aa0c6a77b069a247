#include "sim/witness.h"

#include <inttypes.h>
#include <string.h>

#include "dispatch/core/print.h"

void witness_init(struct witness *w, FILE *out)
{
    memset(w, 0, sizeof(*w));
    w->out = out;
}

void witness_call(struct witness *w, uint64_t call)
{
    w->call = call;
}

static bool is_ours(const struct witness *w, uint64_t assignment)
{
    for (uint32_t i = 0; i < w->assignment_n; i++)
        if (w->assignment[i] == assignment)
            return true;
    return false;
}

static bool see_step(struct witness *w, const struct step_reached *fact)
{
    if (!is_ours(w, fact->assignment.v))
        return false;
    w->delivered = w->delivered || fact->step == STEP_DELIVERED;
    w->acknowledged =
        w->acknowledged || (fact->step == STEP_ACKNOWLEDGED && fact->source == REPORT_TERMINAL);
    return true;
}

static bool see_reserved(struct witness *w, const struct unit_reserved *fact)
{
    if (!w->incident || fact->incident.v != w->incident)
        return false;
    if (w->assignment_n < sizeof(w->assignment) / sizeof(w->assignment[0]))
        w->assignment[w->assignment_n++] = fact->assignment.v;
    return true;
}

/* Whether the fact belongs to the call that is watched; takes from it what matters. */
static bool see(struct witness *w, const struct fact *f)
{
    bool ours = w->call != 0;

    switch (f->kind) {
    case FACT_CALL_RANG:
        return ours && f->call_rang.call.v == w->call;
    case FACT_CALL_ANSWERED:
        return ours && f->call_answered.call.v == w->call;
    case FACT_INCIDENT_OPENED:
        if (!ours || f->incident_opened.call.v != w->call)
            return false;
        w->incident = f->incident_opened.incident.v;
        return true;
    case FACT_INCIDENT_GRADED:
        ours = w->incident && f->incident_graded.incident.v == w->incident;
        w->graded = w->graded || ours;
        return ours;
    case FACT_RECOMMENDED:
        ours = w->incident && f->recommended.incident.v == w->incident;
        w->recommended = w->recommended || ours;
        return ours;
    case FACT_UNIT_RESERVED:
        return see_reserved(w, &f->unit_reserved);
    case FACT_UNIT_ORDERED:
        return is_ours(w, f->unit_ordered.assignment.v);
    case FACT_STEP_REACHED:
        return see_step(w, &f->step_reached);
    default:
        return false;
    }
}

void witness_record(struct witness *w, const struct record *record)
{
    char line[1024];

    for (uint32_t i = 0; i < record->fact_count && !witness_done(w); i++) {
        if (!see(w, &record->fact[i]))
            continue;
        size_t n = fact_print(line, sizeof(line), &record->fact[i], (struct print_how){0});
        fprintf(w->out, "evidence seq=%" PRIu64 " %.*s\n", record->seq, (int)n, line);
        fflush(w->out);
    }
}

bool witness_done(const struct witness *w)
{
    return w->graded && w->recommended && w->delivered && w->acknowledged;
}
