/* Every policy on a town made from the seed argv[1], in the folder argv[2]: the lines of all calls
 * to the screen, for judge_bytes.sh to compare between builds. With a third argument, the folder of
 * the demonstration city: calls drawn for it, and recorded ones, instead. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/judge.h"
#include "tests/lib/judge_town.h"

static const char *const policy[] = {"closest", "closest_redisp", "dmexclp", "dmexclp_redisp",
                                     "ours"};
enum { POLICIES = sizeof(policy) / sizeof(policy[0]) };

static int judge(struct judge_options options)
{
    char errmsg[ERRMSG_MAX];
    options.from_day = 1;
    options.deploy = SOURCE_DIR "/deploy";
    if (judge_command(&options, errmsg) < 0) {
        fprintf(stderr, "%s: %s\n", options.policy, errmsg);
        return -1;
    }
    return fflush(stdout);
}

static int judge_town(uint64_t seed, const char *dir)
{
    char calls[512];
    int err = judge_town_write(dir, seed, 6, 1500);
    snprintf(calls, sizeof(calls), "%s/calls.csv", dir);
    for (int i = 0; i < POLICIES && err == 0; i++)
        err = judge((struct judge_options){
            .city = dir, .calls = calls, .policy = policy[i], .out = "/dev/stdout"});
    if (err == 0) /* the same days in other orders */
        err = judge((struct judge_options){
            .city = dir, .calls = calls, .policy = "closest,ours", .seed = seed, .seeds = 3});
    return err;
}

static int judge_own(uint64_t seed, const char *dir, const char *city)
{
    char calls[512];
    snprintf(calls, sizeof(calls), "%s/recorded.csv", dir);
    if (judge_town_recording(calls, seed, 400) < 0 ||
        judge((struct judge_options){
            .city = city, .calls = calls, .policy = "ours", .out = "/dev/stdout"}) < 0)
        return -1;
    return judge((struct judge_options){
        .city = city, .policy = "ours", .out = "/dev/stdout", .seed = seed, .units = 12});
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int err = argc == 3 ? judge_town(seed, argv[2]) : judge_own(seed, argv[2], argv[3]);
    return err == 0 ? 0 : 1;
}
