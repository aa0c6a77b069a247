/* Who is on the way to a hospital, how long they still drive, and how old that is. The times are
 * those of travel's last job; what has ended or turned elsewhere since is left out. */
#include <inttypes.h>

#include "dispatch/server/server_impl.h"

static void put_arrival(const struct server *s, const struct travel_trip *trip,
                        const struct assignment *assignment, struct buffer *out)
{
    const struct policy *policy = &s->pipeline.core.policy;
    int64_t age_ms = pipeline_now_ms(&s->pipeline) - trip->seen_ms;
    uint64_t p90_s = (uint64_t)trip->eta_s * policy->eta_p90_pct[trip->source] / 100;
    buffer_print(out,
                 "%s{\"assignment\":%" PRIu64 ",\"unit\":%" PRIu64 ",\"eta_s\":%" PRIu32
                 ",\"eta_p90_s\":%" PRIu64 ",\"source\":\"%s\",\"seen_ms\":%" PRId64
                 ",\"age_s\":%" PRId64 ",\"as_of_ms\":%" PRId64 "}",
                 out->n > 1 ? "," : "", trip->assignment, assignment->unit.v, trip->eta_s, p90_s,
                 words_name(&travel_source_words, trip->source), trip->seen_ms,
                 age_ms > 0 ? age_ms / 1000 : 0, s->travel.trip_ms);
}

void server_arrivals(const struct server *s, uint64_t hospital, struct buffer *out)
{
    const struct state *state = &s->pipeline.core.state;
    buffer_add_text(out, "[");
    for (uint32_t i = 0; i < s->travel.trip_count; i++) {
        const struct travel_trip *trip = &s->travel.trip[i];
        const struct assignment *it = state_assignment(state, trip->assignment);
        if (trip->hospital == hospital && it && it->hospital.v == hospital && travel_trip_is(it))
            put_arrival(s, trip, it, out);
    }
    buffer_add_text(out, "]");
}
