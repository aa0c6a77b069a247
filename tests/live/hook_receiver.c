/* hook_receiver MANNER TAKEN [PORT]: tests/lib/receiver.h as a program. Prints its port, and
 * appends the key of each document that it takes to the file TAKEN. Ends with its parent. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>

#include "dispatch/must.h"
#include "tests/lib/receiver.h"

static const char *path;

static void on_taken(const struct taken *taken)
{
    FILE *file = fopen(path, "a");
    must(file);
    fprintf(file, "%s\n", taken->key);
    must(fclose(file) == 0);
}

int main(int argc, char **argv)
{
    static struct receiver receiver;
    must(argc >= 3);
    path = argv[2];
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    receiver_open(&receiver, uv_default_loop(), argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0,
                  argv[1]);
    receiver.taken_cb = on_taken;
    printf("%d\n", receiver.port);
    fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
