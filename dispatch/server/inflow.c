#include "dispatch/server/inflow.h"

#define DAY_MS INT64_C(86400000)

static int row_of(const struct inflow *inflow, uint64_t hospital)
{
    for (uint32_t i = 0; i < inflow->n; i++)
        if (inflow->hospital[i] == hospital)
            return (int)i;
    return -1;
}

static uint32_t opened_since(const struct state *state, int64_t since_ms)
{
    uint32_t n = 0;
    EACH (state, INCIDENT, incident, it)
        n += it->opened_ms >= since_ms && it->outcome != OUTCOME_DUPLICATE;
    return n;
}

void inflow_find(struct inflow *inflow, const struct state *state, int64_t now_ms, double calls)
{
    uint32_t came[INFLOW_HOSPITALS_MAX] = {0};
    uint32_t opened = opened_since(state, now_ms - DAY_MS);
    inflow->n = 0;
    EACH (state, HOSPITAL, hospital, it)
        if (it->status_ms && inflow->n < INFLOW_HOSPITALS_MAX) {
            inflow->hospital[inflow->n] = it->hospital.v;
            inflow->milli[inflow->n] = 0;
            inflow->room[inflow->n++] = it->beds_free;
        }
    EACH (state, ASSIGNMENT, assignment, it) {
        int row = row_of(inflow, it->hospital.v);
        if (row < 0)
            continue;
        if (it->ended_ms == 0 && it->step < STEP_AT_HOSPITAL)
            inflow->milli[row] += 1000;
        came[row] += it->at_hospital_ms >= now_ms - DAY_MS;
    }
    double of_each = calls < 0 ? 1 / 24.0 : opened ? calls / opened : 0;
    for (uint32_t i = 0; i < inflow->n; i++)
        inflow->milli[i] += (uint32_t)(1000 * of_each * came[i]);
}
