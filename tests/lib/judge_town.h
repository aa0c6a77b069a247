/* judge_town: a small JEMSS city made from a seed: a grid of one-way and two-way streets, stations,
 * hospitals, units, calls of three priorities. For tests of the judge.
 * Owner: the caller of the folder. One thread. Errors: -1. Start here: judge_town_write. */
#ifndef TESTS_JUDGE_TOWN_H
#define TESTS_JUDGE_TOWN_H

#include <stdint.h>

/* Writes map_1.csv … and calls.csv into the folder, which must be there. */
int judge_town_write(const char *dir, uint64_t seed, uint32_t units, uint32_t calls);

/* A recording of so many calls within the demonstration city (sim/replay_csv.h). */
int judge_town_recording(const char *path, uint64_t seed, uint32_t calls);

#endif
