#include "dispatch/opinion/rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/warn/draw.h"

enum { ROWS_MAX = 32, AT_HOME_MS = 30000 };

#define WEEK_MS (7 * 86400000.0)
#define UNREACHED_MS (INT64_C(1) << 40)

/* One to be served: a slot that waits, what a unit is on its way to, or a call to come. */
struct call {
    uint32_t place, grade, wanted;
    int64_t at_ms;     /* when it is known; 0: it is */
    int64_t waited_ms; /* before now */
    int64_t scene_ms, handover_ms;
    bool carried;
};

/* A unit in one play. */
struct mover {
    uint32_t at; /* where it is free, at free_ms, and leaves for home */
    bool rolls;  /* it does not go home: it was on its way to somebody */
    int64_t free_ms;
};

struct play {
    const struct rollout *r;
    uint32_t from_n;
    uint32_t *hospital; /* the nearest, by place; ROLLOUT_NOWHERE: none */
    uint32_t *demand;   /* running sum by zone */
    uint32_t grade_sum;
    struct call *call; /* slots, then what each unit is on its way to, then those to come */
    uint32_t call_n, known_n;
    struct mover *mover;
    uint32_t *waiting, waiting_n; /* calls, in order of arrival */
    int64_t now_ms;
    double here_ms, next_ms;
    struct plan_match_slot row[ROWS_MAX];
    struct plan_unit *column;
    int64_t *way_ms;
    int32_t answer[ROWS_MAX];
    void *workspace;
};

/* --- drives --- */

static int64_t drive_ms(const struct play *p, uint32_t from, uint32_t to)
{
    uint32_t seconds = p->r->drive_s[(size_t)to * p->from_n + from];
    return seconds == ROLLOUT_NEVER ? PLAN_NEVER : seconds * INT64_C(1000);
}

static void find_hospitals(struct play *p)
{
    uint32_t first = p->r->zone_n + p->r->station_n;
    for (uint32_t place = 0; place < rollout_places(p->r); place++) {
        int64_t best_ms = PLAN_NEVER;
        p->hospital[place] = ROLLOUT_NOWHERE;
        for (uint32_t h = first; h < first + p->r->hospital_n; h++)
            if (drive_ms(p, place, h) < best_ms) {
                best_ms = drive_ms(p, place, h);
                p->hospital[place] = h;
            }
    }
}

/* Where a unit is now: at the beginning of its way home, at its end or between; and how long it
 * takes to get going. */
struct stand {
    uint32_t from, home;
    int64_t gone_ms, whole_ms; /* of the way between; whole_ms 0: it is at `from` */
    int64_t chute_ms;
};

static struct stand stand_of(const struct play *p, uint32_t unit)
{
    const struct mover *mover = &p->mover[unit];
    uint32_t home = p->r->unit[unit].home;
    bool goes = home != ROLLOUT_NOWHERE && !mover->rolls && p->now_ms >= mover->free_ms;
    int64_t whole_ms = goes ? drive_ms(p, mover->at, home) : PLAN_NEVER;
    int64_t gone_ms = p->now_ms - mover->free_ms;
    struct stand stand = {mover->at, home, 0, 0, p->r->chute_mobile_ms};
    if (whole_ms == PLAN_NEVER)
        return stand;
    if (whole_ms - gone_ms <= AT_HOME_MS)
        stand.chute_ms = p->r->chute_station_ms;
    if (gone_ms >= whole_ms) {
        stand.from = home;
        return stand;
    }
    stand.gone_ms = gone_ms;
    stand.whole_ms = whole_ms;
    return stand;
}

/* From when it can start until it is there. */
static int64_t way_ms(const struct play *p, const struct stand *stand, uint32_t place)
{
    int64_t begin_ms = drive_ms(p, stand->from, place);
    int64_t end_ms = stand->whole_ms ? drive_ms(p, stand->home, place) : begin_ms;
    if (begin_ms == PLAN_NEVER || end_ms == PLAN_NEVER)
        return PLAN_NEVER;
    if (begin_ms != end_ms)
        begin_ms += (end_ms - begin_ms) * stand->gone_ms / stand->whole_ms;
    return stand->chute_ms + begin_ms;
}

/* --- the calls --- */

/* Erlang-2, as scattered as scenes and handovers are (core/ready.h). */
static int64_t draw_spell(struct draw *draw, int64_t mean_ms)
{
    double half = (double)mean_ms / 2;
    return (int64_t)(-half * (log(draw_share(draw)) + log(draw_share(draw))));
}

static void draw_service(const struct rollout *r, struct draw *draw, struct call *call)
{
    call->scene_ms = draw_spell(draw, r->scene_ms);
    call->handover_ms = draw_spell(draw, r->handover_ms);
    call->carried = draw_below(draw, 1000) < r->carried_permille;
}

static uint32_t draw_zone(const struct play *p, struct draw *draw)
{
    uint32_t at = draw_below(draw, p->demand[p->r->zone_n - 1]), zone = 0;
    while (p->demand[zone] <= at)
        zone++;
    return zone;
}

static uint32_t draw_grade(const struct play *p, struct draw *draw)
{
    uint32_t at = draw_below(draw, p->grade_sum), grade = 0;
    while (p->r->grade_share[grade] <= at)
        at -= p->r->grade_share[grade++];
    return grade;
}

/* What is known now, with how long it will take. */
static void draw_known(struct play *p, struct draw *draw)
{
    const struct rollout *r = p->r;
    for (uint32_t i = 0; i < r->slot_n + r->unit_n; i++) {
        bool waits = i < r->slot_n;
        uint32_t to = waits ? r->slot[i].incident : r->unit[i - r->slot_n].to;
        struct call *call = &p->call[i];
        *call = (struct call){.place = ROLLOUT_NOWHERE};
        draw_service(r, draw, call);
        if (to == ROLLOUT_NOWHERE)
            continue;
        call->place = r->incident[to].place;
        call->grade = r->incident[to].grade;
        call->waited_ms = r->incident[to].waited_ms;
        call->wanted = waits ? r->slot[i].wanted : 0;
    }
}

static void draw_future(struct play *p, uint32_t number)
{
    const struct rollout *r = p->r;
    struct draw draw;
    double at_ms = 0, gap_ms = WEEK_MS / p->demand[r->zone_n - 1];
    draw_seed(&draw, r->seed * UINT64_C(0x9e3779b97f4a7c15) + number);
    draw_known(p, &draw);
    p->call_n = p->known_n;
    for (;;) {
        at_ms -= gap_ms * log(draw_share(&draw));
        if (at_ms >= (double)r->horizon_ms || p->call_n == p->known_n + ROLLOUT_CALLS_MAX)
            return;
        struct call *call = &p->call[p->call_n++];
        *call = (struct call){.at_ms = (int64_t)at_ms, .place = draw_zone(p, &draw)};
        call->grade = draw_grade(p, &draw);
        draw_service(r, &draw, call);
    }
}

/* --- one play --- */

/* How long it has waited, late as policy prices it. */
static void count_cost(struct play *p, uint32_t number, int64_t arrives_ms)
{
    const struct plan_rules *rules = p->r->rules;
    const struct call *call = &p->call[number];
    int64_t target_ms = rules->target_ms[call->grade];
    int64_t ms = call->waited_ms + arrives_ms - call->at_ms;
    if (target_ms && ms > target_ms)
        ms += rules->late_ms[call->grade];
    if (number == 0)
        p->here_ms += (double)ms;
    else
        p->next_ms +=
            (double)ms * rules->weight[call->grade] / rules->weight[p->call[0].grade];
}

/* The unit is there at arrives_ms, and busy until it is free at the scene or at a hospital. */
static void serve(struct play *p, uint32_t unit, uint32_t number, int64_t arrives_ms)
{
    const struct call *call = &p->call[number];
    struct mover *mover = &p->mover[unit];
    uint32_t hospital = call->carried ? p->hospital[call->place] : ROLLOUT_NOWHERE;
    mover->at = call->place;
    mover->rolls = false;
    mover->free_ms = arrives_ms + call->scene_ms;
    if (hospital != ROLLOUT_NOWHERE) {
        mover->at = hospital;
        mover->free_ms +=
            drive_ms(p, call->place, hospital) + call->handover_ms + p->r->clear_ms;
    }
}

static void send(struct play *p, uint32_t unit, uint32_t number)
{
    const struct stand stand = stand_of(p, unit);
    int64_t start_ms = p->mover[unit].free_ms > p->now_ms ? p->mover[unit].free_ms : p->now_ms;
    int64_t ms = way_ms(p, &stand, p->call[number].place);
    int64_t arrives_ms = ms == PLAN_NEVER ? UNREACHED_MS : start_ms + ms;
    count_cost(p, number, arrives_ms);
    serve(p, unit, number, arrives_ms);
}

static void tell_unit(struct play *p, uint32_t unit, uint32_t rows)
{
    const struct stand stand = stand_of(p, unit);
    int64_t left_ms = p->mover[unit].free_ms - p->now_ms;
    uint32_t lacks = ~p->r->unit[unit].capabilities;
    p->column[unit] =
        (struct plan_unit){.free_in_ms = left_ms > 0 ? left_ms : 0, .slot = PLAN_NOBODY};
    for (uint32_t i = 0; i < rows; i++) {
        const struct call *call = &p->call[p->waiting[i]];
        p->way_ms[(size_t)i * p->r->unit_n + unit] =
            call->wanted & lacks ? PLAN_NEVER : way_ms(p, &stand, call->place);
    }
}

static void tell_plan(struct play *p, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) {
        const struct call *call = &p->call[p->waiting[i]];
        int64_t waited_ms = call->waited_ms + p->now_ms - call->at_ms;
        p->row[i] = (struct plan_match_slot){.grade = call->grade,
                                             .waited_ms = waited_ms,
                                             .since_taken_ms = PLAN_NEVER,
                                             .holder = PLAN_NOBODY};
    }
    for (uint32_t u = 0; u < p->r->unit_n; u++)
        tell_unit(p, u, rows);
}

static bool somebody_is_free(const struct play *p)
{
    for (uint32_t u = 0; u < p->r->unit_n; u++)
        if (p->mover[u].free_ms <= p->now_ms)
            return true;
    return false;
}

/* Who waits is sent whom the plan proposes, as far as that one can start. */
static void plan(struct play *p)
{
    uint32_t rows = p->waiting_n < ROWS_MAX ? p->waiting_n : ROWS_MAX, left = 0;
    const struct plan_problem problem = {p->r->rules, p->row,        p->column,
                                         p->way_ms,   (int32_t)rows, (int32_t)p->r->unit_n};
    if (rows == 0 || !somebody_is_free(p))
        return;
    tell_plan(p, rows);
    plan_match(&problem, p->workspace, p->answer);
    for (uint32_t i = 0; i < p->waiting_n; i++) {
        int32_t unit = i < rows ? p->answer[i] : PLAN_NOBODY;
        if (unit != PLAN_NOBODY && p->column[unit].free_in_ms == 0)
            send(p, (uint32_t)unit, p->waiting[i]);
        else
            p->waiting[left++] = p->waiting[i];
    }
    p->waiting_n = left;
}

/* When the next unit is free; INT64_MAX: none will be. */
static int64_t next_free_ms(const struct play *p)
{
    int64_t ms = INT64_MAX;
    for (uint32_t u = 0; u < p->r->unit_n; u++)
        if (p->mover[u].free_ms > p->now_ms && p->mover[u].free_ms < ms)
            ms = p->mover[u].free_ms;
    return ms;
}

/* The candidate goes; those on their way arrive; one that the candidate was on its way to waits. */
static void begin(struct play *p, uint32_t candidate)
{
    const struct rollout *r = p->r;
    p->now_ms = 0;
    p->here_ms = p->next_ms = 0;
    p->waiting_n = 0;
    for (uint32_t u = 0; u < r->unit_n; u++)
        p->mover[u] = (struct mover){r->unit[u].from, r->unit[u].to != ROLLOUT_NOWHERE,
                                     r->unit[u].free_in_ms};
    for (uint32_t i = 1; i < r->slot_n; i++)
        p->waiting[p->waiting_n++] = i;
    for (uint32_t u = 0; u < r->unit_n; u++) {
        uint32_t number = r->slot_n + u;
        if (r->unit[u].to == ROLLOUT_NOWHERE)
            continue;
        if (u == candidate) {
            p->waiting[p->waiting_n++] = number;
            continue;
        }
        int64_t left_ms = drive_ms(p, r->unit[u].from, p->call[number].place);
        int64_t arrives_ms = left_ms == PLAN_NEVER ? 0 : left_ms;
        count_cost(p, number, arrives_ms);
        serve(p, u, number, arrives_ms);
    }
    send(p, candidate, 0);
    plan(p);
}

/* Who can never be served costs what nobody at all does. */
static void give_up(struct play *p)
{
    for (uint32_t i = 0; i < p->waiting_n; i++)
        count_cost(p, p->waiting[i], p->now_ms + p->r->rules->none_ms);
}

static void play(struct play *p, uint32_t candidate)
{
    uint32_t next = p->known_n;
    begin(p, candidate);
    while (next < p->call_n || p->waiting_n) {
        int64_t free_ms = p->waiting_n ? next_free_ms(p) : INT64_MAX;
        int64_t call_ms = next < p->call_n ? p->call[next].at_ms : INT64_MAX;
        if (free_ms >= UNREACHED_MS && call_ms == INT64_MAX)
            break;
        p->now_ms = call_ms < free_ms ? call_ms : free_ms;
        if (call_ms == p->now_ms)
            p->waiting[p->waiting_n++] = next++;
        plan(p);
    }
    give_up(p);
}

/* --- all of them --- */

static bool open_play(struct play *p, const struct rollout *r)
{
    *p = (struct play){.r = r,
                       .from_n = rollout_places(r) + r->unit_n,
                       .known_n = r->slot_n + r->unit_n};
    p->hospital = calloc(rollout_places(r), sizeof(*p->hospital));
    p->demand = calloc(r->zone_n, sizeof(*p->demand));
    p->call = calloc(p->known_n + ROLLOUT_CALLS_MAX, sizeof(*p->call));
    p->waiting = calloc(p->known_n + ROLLOUT_CALLS_MAX, sizeof(*p->waiting));
    p->mover = calloc(r->unit_n, sizeof(*p->mover));
    p->column = calloc(r->unit_n, sizeof(*p->column));
    p->way_ms = calloc((size_t)ROWS_MAX * r->unit_n, sizeof(*p->way_ms));
    p->workspace = malloc(plan_match_bytes(ROWS_MAX, (int32_t)r->unit_n));
    if (!p->hospital || !p->demand || !p->call || !p->waiting || !p->mover || !p->column ||
        !p->way_ms || !p->workspace)
        return false;
    for (uint32_t z = 0; z < r->zone_n; z++)
        p->demand[z] = (z ? p->demand[z - 1] : 0) + r->calls_a_week[z];
    for (int grade = 0; grade < PLAN_GRADES; grade++)
        p->grade_sum += r->grade_share[grade];
    find_hospitals(p);
    return true;
}

static void close_play(struct play *p)
{
    free(p->hospital);
    free(p->demand);
    free(p->call);
    free(p->waiting);
    free(p->mover);
    free(p->column);
    free(p->way_ms);
    free(p->workspace);
}

/* Sums over the futures, in seconds. */
struct sums {
    double here, next, more, more_squares; /* more: than the first candidate */
};

static uint32_t whole_s(double seconds)
{
    return seconds < 0 ? 0 : seconds >= UINT32_MAX ? UINT32_MAX : (uint32_t)(seconds + 0.5);
}

static struct rollout_cost cost_of(const struct sums *sums, uint32_t futures)
{
    double n = futures, mean = sums->more / n;
    double variance = futures > 1 ? (sums->more_squares - n * mean * mean) / (n - 1) : 0;
    double error = variance > 0 ? sqrt(variance / n) : 0;
    return (struct rollout_cost){whole_s(sums->here / n), whole_s(sums->next / n),
                                 whole_s(ceil(error))};
}

static void add(struct sums *sums, const struct play *p, double first_ms)
{
    double more = (p->here_ms + p->next_ms - first_ms) / 1000;
    sums->here += p->here_ms / 1000;
    sums->next += p->next_ms / 1000;
    sums->more += more;
    sums->more_squares += more * more;
}

static void play_future(struct play *p, uint32_t number, struct sums *sums)
{
    double first_ms = 0;
    draw_future(p, number);
    for (uint32_t i = 0; i < p->r->candidate_n; i++) {
        play(p, p->r->candidate[i]);
        if (i == 0)
            first_ms = p->here_ms + p->next_ms;
        add(&sums[i], p, first_ms);
    }
}

static bool goes_on(const struct rollout *r)
{
    return !r->given_up || !atomic_load(r->given_up);
}

bool rollout_play(const struct rollout *r, struct rollout_cost *cost)
{
    struct sums sums[ROLLOUT_CANDIDATES_MAX] = {{0}};
    struct play *p = malloc(sizeof(*p));
    must(r->candidate_n > 0 && r->candidate_n <= ROLLOUT_CANDIDATES_MAX);
    must(r->slot_n > 0 && r->futures > 0 && r->zone_n > 0 && r->unit_n > 0);
    bool made = p && open_play(p, r);
    for (uint32_t f = 0; made && f < r->futures; f++) {
        play_future(p, f, sums);
        made = goes_on(r);
    }
    for (uint32_t i = 0; made && i < r->candidate_n; i++)
        cost[i] = cost_of(&sums[i], r->futures);
    if (p)
        close_play(p);
    free(p);
    return made;
}
