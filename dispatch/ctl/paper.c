/* board: the fallback board from the journal itself, for when dispatchd writes none any more. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/archive.h"
#include "dispatch/line/fold.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/upkeep/sheet.h"

enum { BOARD_BYTES_MAX = 64 * 1024 * 1024 };

struct paper {
    struct core core;
    void *memory;
    struct fold fold;
};

static int fold_journal(struct paper *paper, struct archive *archive)
{
    struct limits limits;
    struct policy policy;
    pipeline_limits(&archive->ctl->config, &limits);
    pipeline_policy(&archive->ctl->config, &policy);
    paper->memory = malloc(core_bytes(&limits));
    if (!paper->memory)
        return ctl_fail(-1, "no memory for the tables: lower [limits]");
    core_init(&paper->core, paper->memory, &limits, &policy);
    int rc = fold_init(&paper->fold, &paper->core, archive->reader,
                       archive->personal ? &archive->vault : NULL);
    if (rc == 0)
        rc = fold_snapshot(&paper->fold, UINT64_MAX);
    if (rc == 0)
        rc = fold_records(&paper->fold, UINT64_MAX);
    if (rc < 0)
        ctl_fail(0, "%s", paper->fold.errmsg);
    fold_close(&paper->fold);
    return rc;
}

static int write_sheet(const struct paper *paper, const struct sheet_look *look,
                       enum sheet_form form, const char *dir, const char *name)
{
    char path[CONFIG_TEXT_MAX * 2];
    struct buffer out;
    buffer_init(&out, BOARD_BYTES_MAX);
    sheet_write(&paper->core.state, look, form, &out);
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int rc = out.full ? -EFBIG : os_replace_file(path, out.bytes, out.n, 0600);
    buffer_close(&out);
    if (rc < 0)
        return ctl_fail(CTL_FAILED, "%s: %s", path, strerror(-rc));
    printf("%s: 数据截至 up to record %" PRIu64 "\n", path, look->seq);
    return CTL_OK;
}

static int write_board(const struct paper *paper, const struct archive *archive, const char *dir)
{
    const struct config *config = &archive->ctl->config;
    const struct head *head = paper->core.state.head;
    const struct sheet_look look = {
        config->server.centre,         os_wall_ms(),     head->now_ms, head->seq,
        config->server.utc_offset_min, archive->personal};
    int rc = os_make_dirs(dir);
    if (rc < 0)
        return ctl_fail(CTL_FAILED, "%s: %s", dir, strerror(-rc));
    int code = write_sheet(paper, &look, SHEET_HTML, dir, "board.html");
    return code == CTL_OK ? write_sheet(paper, &look, SHEET_TEXT, dir, "board.txt") : code;
}

int board_run(struct ctl *ctl)
{
    static struct paper paper;
    struct archive archive;
    int code = archive_open(&archive, ctl);
    if (code == CTL_OK && fold_journal(&paper, &archive) < 0)
        code = CTL_FAILED;
    if (code == CTL_OK)
        code = write_board(&paper, &archive, ctl->argv[0]);
    free(paper.memory);
    archive_close(&archive);
    return code;
}
