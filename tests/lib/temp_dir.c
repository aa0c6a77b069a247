#include "tests/lib/temp_dir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "dispatch/must.h"

void temp_dir_make(char dir[static TEMP_DIR_MAX])
{
    const char *base = getenv("TMPDIR");

    must(snprintf(dir, TEMP_DIR_MAX, "%s/mingdi-test-XXXXXX", base ? base : "/tmp") < TEMP_DIR_MAX);
    must(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void temp_dir_remove(const char *dir)
{
    must(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}
