/* mass_casualty: every patient is somewhere, no hospital takes more than it has room for, the whole
 * is as cheap as exhaustive search finds it (small), and thirty are never all sent to one place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/kind.h"
#include "dispatch/core/mass_casualty.h"

enum { SCENES = 3, HOSPITALS = 4, TRAUMA = KIND_BIT(HOSPITAL_KIND_TRAUMA) };

static const struct mass_rules rules = {.weight = {16, 4, 1},
                                        .every_s = {900, 300, 120},
                                        .per_unit = {1, 2, 4},
                                        .lack_s = 2400,
                                        .divert_s = 1800,
                                        .none_s = 36000};

struct town {
    struct mass_scene scene[SCENES];
    struct mass_hospital hospital[HOSPITALS];
    uint32_t drive_s[SCENES * HOSPITALS];
    struct mass_problem problem;
    uint32_t sent[SCENES * HOSPITALS * TRIAGE_COUNT], unsent[SCENES * TRIAGE_COUNT];
    struct mass_answer answer;
};

static uint64_t dice_state;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % sides;
}

static void make_town(struct town *town, uint32_t scenes, uint32_t hospitals, uint32_t count_max,
                      uint32_t room_max)
{
    memset(town, 0, sizeof(*town));
    for (uint32_t s = 0; s < scenes; s++)
        for (int c = 0; c < TRIAGE_COUNT; c++)
            town->scene[s].count[c] = dice(count_max + 1);
    for (uint32_t s = 0; s < scenes; s++)
        town->scene[s].need = dice(2) ? TRAUMA : 0;
    for (uint32_t h = 0; h < hospitals; h++) {
        town->hospital[h] = (struct mass_hospital){{dice(room_max + 1), dice(room_max + 1),
                                                    dice(room_max + 1)},
                                                   dice(2) ? TRAUMA : 1,
                                                   dice(3) * 300,
                                                   dice(4) == 0};
        for (uint32_t s = 0; s < scenes; s++)
            town->drive_s[s * hospitals + h] = dice(8) ? 100 + dice(2000) : UINT32_MAX;
    }
    town->answer = (struct mass_answer){town->sent, town->unsent};
    town->problem = (struct mass_problem){&rules,        town->scene, town->hospital,
                                          town->drive_s, scenes,      hospitals};
}

static void solve(struct town *town)
{
    void *workspace = malloc(mass_bytes(town->problem.scene_n, town->problem.hospital_n));
    mass_distribute(&town->problem, workspace, &town->answer);
    free(workspace);
}

static uint32_t sent(const struct town *t, uint32_t s, uint32_t h, uint32_t c)
{
    return t->sent[(s * t->problem.hospital_n + h) * TRIAGE_COUNT + c];
}

static void everybody_is_somewhere(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct town t;
        dice_state = seed;
        make_town(&t, 1 + dice(SCENES), dice(HOSPITALS + 1), 20, 12);
        solve(&t);
        for (uint32_t s = 0; s < t.problem.scene_n; s++)
            for (uint32_t c = 0; c < TRIAGE_COUNT; c++) {
                uint32_t sum = t.unsent[s * TRIAGE_COUNT + c];
                for (uint32_t h = 0; h < t.problem.hospital_n; h++) {
                    sum += sent(&t, s, h, c);
                    if (t.drive_s[s * t.problem.hospital_n + h] == UINT32_MAX)
                        assert_int_equal(sent(&t, s, h, c), 0);
                }
                assert_int_equal(sum, t.scene[s].count[c]);
            }
        for (uint32_t h = 0; h < t.problem.hospital_n; h++)
            for (uint32_t c = 0; c < TRIAGE_COUNT; c++) {
                uint32_t sum = 0;
                for (uint32_t s = 0; s < t.problem.scene_n; s++)
                    sum += sent(&t, s, h, c);
                assert_true(sum <= t.hospital[h].room[c]);
            }
    }
}

/* --- one scene, one class, against every way of sharing out --- */

static int64_t price(const struct town *t, uint32_t h, uint32_t class, uint32_t n)
{
    int64_t seconds = (int64_t)t->drive_s[h] + t->hospital[h].wait_s, sum = 0;
    bool lacks = class != TRIAGE_GREEN && t->scene[0].need &&
                 !(t->scene[0].need & t->hospital[h].kinds);
    seconds += (t->hospital[h].diverts ? rules.divert_s : 0) + (lacks ? rules.lack_s : 0);
    for (uint32_t k = 0; k < n; k++)
        sum += rules.weight[class] * (seconds + (int64_t)rules.every_s[class] * k);
    return sum;
}

static int64_t cheapest(const struct town *t, uint32_t h, uint32_t class, uint32_t left)
{
    if (h == t->problem.hospital_n)
        return (int64_t)left * rules.none_s * rules.weight[class];
    int64_t best = INT64_MAX;
    bool no_way = t->drive_s[h] == UINT32_MAX;
    for (uint32_t n = 0; n <= left && n <= t->hospital[h].room[class] && (n == 0 || !no_way); n++) {
        int64_t with = price(t, h, class, n) + cheapest(t, h + 1, class, left - n);
        if (with < best)
            best = with;
    }
    return best;
}

static void is_as_cheap_as_can_be(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct town t;
        dice_state = seed + 1000;
        make_town(&t, 1, HOSPITALS, 7, 4);
        solve(&t);
        for (uint32_t c = 0; c < TRIAGE_COUNT; c++) {
            int64_t got = (int64_t)t.unsent[c] * rules.none_s * rules.weight[c];
            for (uint32_t h = 0; h < t.problem.hospital_n; h++)
                got += price(&t, h, c, sent(&t, 0, h, c));
            assert_true(got == cheapest(&t, 0, c, t.scene[0].count[c]));
        }
    }
}

/* Thirty, and the nearest has room for all: it still gets less than half. */
static void thirty_are_shared_out(void **state)
{
    (void)state;
    struct town t;
    make_town(&t, 1, 4, 1, 1);
    t.scene[0] = (struct mass_scene){{6, 9, 15}, 0};
    for (uint32_t h = 0; h < 4; h++) {
        t.hospital[h] = (struct mass_hospital){{30, 30, 30}, TRAUMA, 300, false};
        t.drive_s[h] = 300 + 200 * h;
    }
    solve(&t);
    for (uint32_t h = 0; h < 4; h++) {
        uint32_t all = sent(&t, 0, h, 0) + sent(&t, 0, h, 1) + sent(&t, 0, h, 2);
        assert_in_range(all, 3, 14);
        assert_int_equal(mass_why(&t.problem, &t.answer, 0, h),
                         h ? CHOICE_SHARED : CHOICE_SOONEST);
    }
    t.hospital[0].room[TRIAGE_RED] = 1;
    solve(&t);
    assert_int_equal(sent(&t, 0, 0, TRIAGE_RED), 1);
    assert_int_equal(mass_why(&t.problem, &t.answer, 0, 1), CHOICE_NEARER_FULL);
    t.hospital[0].diverts = true;
    solve(&t);
    assert_int_equal(mass_why(&t.problem, &t.answer, 0, 1), CHOICE_NEARER_DIVERTS);
}

static void the_red_go_first_where_room_is_scarce(void **state)
{
    (void)state;
    struct town t;
    make_town(&t, 2, 1, 1, 1);
    t.scene[0] = (struct mass_scene){{3, 0, 0}, 0};
    t.scene[1] = (struct mass_scene){{0, 5, 0}, 0};
    t.hospital[0] = (struct mass_hospital){{2, 3, 0}, TRAUMA, 0, false};
    t.drive_s[0] = t.drive_s[1] = 600;
    solve(&t);
    assert_int_equal(t.unsent[TRIAGE_RED], 1);
    assert_int_equal(t.unsent[TRIAGE_COUNT + TRIAGE_YELLOW], 2);
}

static void units_follow_from_the_patients(void **state)
{
    (void)state;
    const uint32_t thirty[] = {6, 9, 13}, none[] = {0, 0, 0};
    assert_int_equal(mass_units(&rules, thirty), 6 + 5 + 4);
    assert_int_equal(mass_units(&rules, none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_somewhere),
        cmocka_unit_test(is_as_cheap_as_can_be),
        cmocka_unit_test(thirty_are_shared_out),
        cmocka_unit_test(the_red_go_first_where_room_is_scarce),
        cmocka_unit_test(units_follow_from_the_patients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
