#include "dispatch/core/mass_casualty.h"

#include <string.h>

#include "dispatch/core/flow.h"
#include "dispatch/must.h"

/* The net: 0 the source, then a node for each (scene, class), then one for each (hospital, class),
 * then the sink. Arcs in this order: source to scenes, scenes past every hospital to the sink,
 * scenes to hospitals, hospitals to the sink. */
struct net {
    const struct mass_problem *problem;
    struct flow_arc *arc;
    int32_t arc_n, scenes, hospitals; /* nodes of each sort */
};

static size_t arcs_max(uint32_t scene_n, uint32_t hospital_n)
{
    return TRIAGE_COUNT * ((size_t)2 * scene_n + (size_t)scene_n * hospital_n + hospital_n);
}

static int32_t nodes_of(const struct net *n)
{
    return n->scenes + n->hospitals + 2;
}

size_t mass_bytes(uint32_t scene_n, uint32_t hospital_n)
{
    return arcs_max(scene_n, hospital_n) * sizeof(struct flow_arc) +
           flow_bytes((int32_t)(TRIAGE_COUNT * (scene_n + hospital_n) + 2));
}

static void add_arc(struct net *n, int32_t from, int32_t to, uint32_t room, int64_t cost,
                    int64_t rise)
{
    n->arc[n->arc_n++] = (struct flow_arc){from, to, (int32_t)room, 0, cost, rise};
}

/* Green patients are seen anywhere. */
static bool lacks(const struct mass_scene *scene, const struct mass_hospital *hospital,
                  uint32_t class)
{
    return class != TRIAGE_GREEN && scene->need && !(scene->need & hospital->kinds);
}

/* What one patient of the class costs at this hospital; FLOW_FAR: no way. */
static int64_t price(const struct net *n, uint32_t s, uint32_t h, uint32_t class)
{
    const struct mass_problem *p = n->problem;
    const struct mass_hospital *hospital = &p->hospital[h];
    uint32_t drive_s = p->drive_s[s * p->hospital_n + h];
    int64_t seconds = (int64_t)drive_s + hospital->wait_s;
    if (drive_s == UINT32_MAX)
        return FLOW_FAR;
    if (hospital->diverts)
        seconds += p->rules->divert_s;
    if (lacks(&p->scene[s], hospital, class))
        seconds += p->rules->lack_s;
    return seconds * p->rules->weight[class];
}

static void add_scenes(struct net *n)
{
    const struct mass_problem *p = n->problem;
    int32_t sink = nodes_of(n) - 1;
    for (int32_t i = 0; i < n->scenes; i++)
        add_arc(n, 0, 1 + i, p->scene[i / TRIAGE_COUNT].count[i % TRIAGE_COUNT], 0, 0);
    for (int32_t i = 0; i < n->scenes; i++)
        add_arc(n, 1 + i, sink, MASS_PATIENTS_MAX,
                (int64_t)p->rules->none_s * p->rules->weight[i % TRIAGE_COUNT], 0);
}

static void add_ways(struct net *n)
{
    const struct mass_problem *p = n->problem;
    for (int32_t i = 0; i < n->scenes; i++)
        for (uint32_t h = 0; h < p->hospital_n; h++) {
            uint32_t class = (uint32_t)i % TRIAGE_COUNT;
            int64_t cost = price(n, (uint32_t)i / TRIAGE_COUNT, h, class);
            add_arc(n, 1 + i, 1 + n->scenes + (int32_t)(h * TRIAGE_COUNT + class),
                    cost < FLOW_FAR ? MASS_PATIENTS_MAX : 0, cost < FLOW_FAR ? cost : 0, 0);
        }
}

static void add_hospitals(struct net *n)
{
    const struct mass_problem *p = n->problem;
    for (int32_t i = 0; i < n->hospitals; i++) {
        int32_t class = i % TRIAGE_COUNT;
        uint32_t room = p->hospital[i / TRIAGE_COUNT].room[class];
        add_arc(n, 1 + n->scenes + i, nodes_of(n) - 1,
                room < MASS_PATIENTS_MAX ? room : MASS_PATIENTS_MAX, 0,
                (int64_t)p->rules->every_s[class] * p->rules->weight[class]);
    }
}

static void read_answer(const struct net *n, struct mass_answer *answer)
{
    const struct mass_problem *p = n->problem;
    const struct flow_arc *past = n->arc + n->scenes, *way = past + n->scenes;
    for (uint32_t i = 0; i < (uint32_t)n->scenes; i++) {
        uint32_t s = i / TRIAGE_COUNT, class = i % TRIAGE_COUNT;
        answer->unsent[i] = (uint32_t)past[i].sent;
        for (uint32_t h = 0; h < p->hospital_n; h++)
            answer->sent[(s * p->hospital_n + h) * TRIAGE_COUNT + class] =
                (uint32_t)way[i * p->hospital_n + h].sent;
    }
}

void mass_distribute(const struct mass_problem *problem, void *workspace,
                     struct mass_answer *answer)
{
    struct net n = {problem, workspace, 0, (int32_t)(problem->scene_n * TRIAGE_COUNT),
                    (int32_t)(problem->hospital_n * TRIAGE_COUNT)};
    int32_t patients = 0;
    must(problem->scene_n <= MASS_SCENES_MAX && problem->hospital_n <= MASS_HOSPITALS_MAX);
    for (uint32_t s = 0; s < problem->scene_n; s++)
        for (int class = 0; class < TRIAGE_COUNT; class++)
            patients += (int32_t)problem->scene[s].count[class];
    must(patients <= MASS_PATIENTS_MAX);
    add_scenes(&n);
    add_ways(&n);
    add_hospitals(&n);
    void *search = n.arc + arcs_max(problem->scene_n, problem->hospital_n);
    flow_send(n.arc, n.arc_n, nodes_of(&n), 0, nodes_of(&n) - 1, patients, search);
    read_answer(&n, answer);
}

/* --- why --- */

static uint32_t sent_to(const struct mass_problem *p, const struct mass_answer *answer, uint32_t s,
                        uint32_t h, uint32_t class)
{
    return answer->sent[(s * p->hospital_n + h) * TRIAGE_COUNT + class];
}

static bool is_full(const struct mass_problem *p, const struct mass_answer *answer, uint32_t h,
                    uint32_t class)
{
    uint32_t sum = 0;
    for (uint32_t s = 0; s < p->scene_n; s++)
        sum += sent_to(p, answer, s, h, class);
    return sum >= p->hospital[h].room[class];
}

enum hospital_why mass_why(const struct mass_problem *p, const struct mass_answer *answer,
                           uint32_t scene, uint32_t hospital)
{
    const uint32_t *drive_s = p->drive_s + scene * p->hospital_n;
    uint32_t nearest = hospital;
    for (uint32_t h = 0; h < p->hospital_n; h++)
        if (drive_s[h] < drive_s[nearest])
            nearest = h;
    if (nearest == hospital)
        return CHOICE_SOONEST;
    if (p->hospital[nearest].diverts)
        return CHOICE_NEARER_DIVERTS;
    for (uint32_t class = 0; class < TRIAGE_COUNT; class++) {
        if (sent_to(p, answer, scene, hospital, class) == 0)
            continue;
        if (lacks(&p->scene[scene], &p->hospital[nearest], class))
            return CHOICE_NEARER_LACKS;
        if (is_full(p, answer, nearest, class))
            return CHOICE_NEARER_FULL;
    }
    return CHOICE_SHARED;
}

uint32_t mass_units(const struct mass_rules *rules, const uint32_t count[static TRIAGE_COUNT])
{
    uint32_t units = 0;
    for (int class = 0; class < TRIAGE_COUNT; class++) {
        uint32_t each = rules->per_unit[class] ? rules->per_unit[class] : 1;
        units += (count[class] + each - 1) / each;
    }
    return units;
}
