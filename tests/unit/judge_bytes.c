/* Every policy on a town made from the seed argv[1], in the folder argv[2]: the lines of all calls
 * to the screen, for judge_bytes.sh to compare between builds. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/judge.h"
#include "tests/lib/judge_town.h"

int main(int argc, char **argv)
{
    static const char *const policy[] = {"closest", "closest_redisp", "dmexclp", "dmexclp_redisp",
                                         "ours"};
    char errmsg[ERRMSG_MAX], calls[512];
    if (argc != 3 || judge_town_write(argv[2], strtoull(argv[1], NULL, 10), 6, 1500) < 0)
        return 2;
    snprintf(calls, sizeof(calls), "%s/calls.csv", argv[2]);
    for (size_t i = 0; i < sizeof(policy) / sizeof(policy[0]); i++) {
        struct judge_options options = {.city = argv[2],
                                        .calls = calls,
                                        .policy = policy[i],
                                        .out = "/dev/stdout",
                                        .from_day = 1};
        if (judge_command(&options, errmsg) < 0) {
            fprintf(stderr, "%s: %s\n", policy[i], errmsg);
            return 1;
        }
        fflush(stdout);
    }
    return 0;
}
