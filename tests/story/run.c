/* Runs stories and compares them line by line, writes what came out (--update), tells what of the
 * domain no story has made happen (--coverage), or writes beside one another what a console would
 * have been told and what it should then know (--tape DIR: NAME.frames and NAME.objects). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/step.h"
#include "dispatch/wire/wire.h"
#include "tests/lib/story.h"

enum { STORY_BYTES_MAX = 1024 * 1024, TAPE_BYTES_MAX = 16 * 1024 * 1024 };

static char *read_file(const char *path)
{
    char *text = calloc(1, STORY_BYTES_MAX + 1);
    FILE *file = fopen(path, "r");
    if (!text || !file || fread(text, 1, STORY_BYTES_MAX, file) == 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    return text;
}

/* 0 when equal, else 1, after telling where they part. */
static int compare(const char *path, const char *wanted, const char *got)
{
    for (int line = 1; *wanted || *got; line++) {
        size_t wanted_n = strcspn(wanted, "\n"), got_n = strcspn(got, "\n");
        if (wanted_n != got_n || memcmp(wanted, got, wanted_n) != 0) {
            fprintf(stderr, "%s:%d: the story says\n%.*s\nbut this happened\n%.*s\n", path, line,
                    (int)wanted_n, wanted, (int)got_n, got);
            return 1;
        }
        wanted += wanted_n + (wanted[wanted_n] != 0);
        got += got_n + (got[got_n] != 0);
    }
    return 0;
}

static int update(const char *path, const struct buffer *story)
{
    FILE *file = fopen(path, "w");
    if (!file || fwrite(story->bytes, 1, story->n, file) != story->n || fclose(file) != 0) {
        fprintf(stderr, "%s cannot be written\n", path);
        return 1;
    }
    return 0;
}

static int run(const char *path, bool write, struct story_coverage *coverage)
{
    char errmsg[ERRMSG_MAX];
    struct buffer story;
    int result = 1;
    buffer_init(&story, STORY_BYTES_MAX);
    if (story_run(path, SOURCE_DIR, coverage, NULL, &story, errmsg) < 0) {
        fprintf(stderr, "%s\n", errmsg);
    } else if (write) {
        result = update(path, &story);
    } else {
        char *wanted = read_file(path);
        buffer_add(&story, "", 1);
        result = compare(path, wanted, (const char *)story.bytes);
        free(wanted);
    }
    buffer_close(&story);
    return result;
}

/* --- tape --- */

static int write_file(const char *dir, const char *path, const char *ending,
                      const struct buffer *bytes)
{
    char name[512];
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    snprintf(name, sizeof(name), "%s/%.*s.%s", dir, (int)strcspn(base, "."), base, ending);
    return update(name, bytes);
}

static int record_tape(const char *dir, const char *path, struct story_coverage *coverage)
{
    char errmsg[ERRMSG_MAX];
    struct story_tape tape;
    struct buffer story;
    int result = 1;
    buffer_init(&story, STORY_BYTES_MAX);
    buffer_init(&tape.frames, TAPE_BYTES_MAX);
    buffer_init(&tape.objects, TAPE_BYTES_MAX);
    if (story_run(path, SOURCE_DIR, coverage, &tape, &story, errmsg) < 0)
        fprintf(stderr, "%s\n", errmsg);
    else if (tape.frames.full || tape.objects.full)
        fprintf(stderr, "%s: the tape is too long\n", path);
    else
        result = write_file(dir, path, "frames", &tape.frames) +
                 write_file(dir, path, "objects", &tape.objects);
    buffer_close(&tape.objects);
    buffer_close(&tape.frames);
    buffer_close(&story);
    return result;
}

/* --- coverage --- */

/* Only the server says these; the core never does. */
static bool of_the_server(enum refusal refusal)
{
    return refusal == REFUSE_NO_SPACE || refusal == REFUSE_TOO_MANY_REFUSED ||
           refusal == REFUSE_NOT_SIGNED_IN || refusal == REFUSE_BAD_COMMAND ||
           refusal == REFUSE_SEAT_LOCKED || refusal == REFUSE_FORGOTTEN ||
           refusal == REFUSE_NOT_SEALED;
}

static int missing(bool is, const char *what, const char *name)
{
    if (is)
        fprintf(stderr, "no story has the %s %s\n", what, name);
    return is;
}

static int missing_moves(const struct story_coverage *c)
{
    int count = 0;
    for (enum step from = STEP_RESERVED; from < STEP_COUNT; from++)
        for (enum step to = STEP_RESERVED; to < STEP_COUNT; to++) {
            char name[64];
            snprintf(name, sizeof(name), "%s to %s", words_name(&step_words, from),
                     words_name(&step_words, to));
            count += missing(step_may_follow(from, to) && !c->move[from][to], "step", name);
            count += missing(!step_may_follow(from, to) && c->move[from][to], "forbidden", name);
        }
    return count;
}

static int tell_missing(const struct story_coverage *c)
{
    int count = missing_moves(c);
    for (enum command_kind k = 1; k < COMMAND_KIND_COUNT; k++)
        count += missing(!c->command[k], "command", command_schema(k)->name);
    for (enum fact_kind k = 1; k < FACT_KIND_COUNT; k++)
        count += missing(!c->fact[k], "fact", fact_schema(k)->name);
    for (enum refusal r = 1; r < REFUSAL_COUNT; r++)
        count += missing(!c->refusal[r] && !of_the_server(r), "refusal", refusal_text[r].name);
    for (enum deadline d = 0; d < DEADLINE_COUNT; d++)
        count += missing(!c->deadline[d], "deadline", deadline_text[d].name);
    return count;
}

int main(int argc, char **argv)
{
    static struct story_coverage coverage;
    bool write = argc > 1 && strcmp(argv[1], "--update") == 0;
    bool cover = argc > 1 && strcmp(argv[1], "--coverage") == 0;
    bool tape = argc > 2 && strcmp(argv[1], "--tape") == 0;
    int failed = 0;
    wire_init();
    for (int i = tape ? 3 : 1 + (write || cover); i < argc; i++)
        failed += tape ? record_tape(argv[2], argv[i], &coverage)
                       : run(argv[i], write, &coverage);
    if (cover)
        failed += tell_missing(&coverage);
    return failed ? 1 : 0;
}
