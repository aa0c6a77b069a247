#include "dispatch/readers/warn_keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/wire/buffer.h"

enum { KEEP_BYTES_MAX = 256 * 1024 * 1024, POLICY_TEXT_MAX = 1024 * 1024 };

static const char keep_mark[8] = "watched";

struct keep_head {
    char mark[sizeof keep_mark];
    uint64_t seq, pending, action_bytes, image_bytes;
    unsigned char chain[JOURNAL_HASH_SIZE], policy[JOURNAL_HASH_SIZE];
};

/* All that changes what the detectors make of a record; not what it is called in words. */
static void digest_policy(const struct watch_policy *p, unsigned char digest[JOURNAL_HASH_SIZE])
{
    struct buffer text;
    buffer_init(&text, POLICY_TEXT_MAX);
    for (uint32_t i = 0; i < p->syndrome_count; i++)
        buffer_print(&text, "%s %s %d %d\n", p->syndrome[i].code, p->syndrome[i].plan,
                     p->syndrome[i].counted, p->syndrome[i].scanned);
    for (uint32_t i = 0; i < p->match_count; i++)
        buffer_print(&text, "%s %" PRIu32 "\n", p->match[i].code, p->match[i].syndrome);
    for (uint32_t i = 0; i < p->rule_count; i++) {
        const struct watch_rule *r = &p->rule[i];
        buffer_print(&text, "%s %s %" PRIu32 " %d %" PRIu32 " %" PRIu32 " %" PRIx32 " %" PRId64
                     " %d\n", r->code, r->plan, r->syndrome, r->patients, r->at_least,
                     r->radius_m, r->site_kinds, r->within_ms, (int)r->level);
    }
    for (uint32_t i = 0; i < p->day_count; i++)
        buffer_print(&text, "%" PRId64 " %" PRIu32 "\n", p->day[i].day, p->day[i].kind);
#define NUMBER(section, key, low, high) \
    buffer_print(&text, "%" PRIu32 "\n", p->number.section##_##key);
#include "dispatch/warn/watch.def"
#undef NUMBER
    buffer_print(&text, "%" PRIu32 "\n", p->utc_offset_min);
    journal_digest(text.bytes, text.n, digest);
    buffer_close(&text);
}

/* --- keeping --- */

static void add_pending(struct buffer *out, const struct warn_pending *pending)
{
    for (uint64_t i = pending->first; i < pending->last; i++)
        buffer_add(out, &pending->row[i % WARN_PENDING_MAX], sizeof *pending->row);
}

int warn_keep_put(const struct warn_follow *f, const struct warn_pending *pending,
                  const char *path, char errmsg[static ERRMSG_MAX])
{
    unsigned char digest[JOURNAL_HASH_SIZE];
    struct buffer out;
    struct keep_head head = {.seq = warn_follow_seq(f),
                             .pending = pending->last - pending->first,
                             .action_bytes = sizeof *pending->row,
                             .image_bytes = watch_image_bytes(&f->watch)};
    memcpy(head.mark, keep_mark, sizeof keep_mark);
    memcpy(head.chain, f->fold.hash, sizeof head.chain);
    digest_policy(&f->policy, head.policy);
    buffer_init(&out, KEEP_BYTES_MAX);
    buffer_add(&out, &head, sizeof head);
    add_pending(&out, pending);
    unsigned char *image = buffer_extend(&out, head.image_bytes);
    if (image) {
        watch_image_keep(&f->watch, image, head.image_bytes);
        journal_digest(out.bytes, out.n, digest);
        buffer_add(&out, digest, sizeof digest);
    }
    int rc = out.full ? -ENOMEM : os_replace_file(path, out.bytes, out.n, 0600);
    buffer_close(&out);
    if (rc < 0)
        snprintf(errmsg, ERRMSG_MAX, "%s: %s", path, strerror(-rc));
    return rc < 0 ? -1 : 0;
}

/* --- taking --- */

/* Why these bytes are not to be taken, or NULL. */
static const char *wrong_with(const struct warn_follow *f, const unsigned char *bytes, size_t n,
                              struct keep_head *head)
{
    unsigned char digest[JOURNAL_HASH_SIZE];
    if (n < sizeof *head + sizeof digest)
        return "it is cut short";
    memcpy(head, bytes, sizeof *head);
    size_t body = n - sizeof *head - sizeof digest;
    if (memcmp(head->mark, keep_mark, sizeof keep_mark) != 0)
        return "it is no such file";
    journal_digest(bytes, n - sizeof digest, digest);
    if (memcmp(digest, bytes + n - sizeof digest, sizeof digest) != 0)
        return "it is damaged";
    if (head->action_bytes != sizeof(struct watch_action) || head->pending > WARN_PENDING_MAX ||
        head->pending * head->action_bytes + head->image_bytes != body)
        return "another version of the program wrote it";
    digest_policy(&f->policy, digest);
    if (memcmp(head->policy, digest, sizeof digest) != 0)
        return "the policy was another";
    return NULL;
}

/* The place in the chain says that it is of this journal's history. */
static const char *take(struct warn_follow *f, struct warn_pending *pending,
                        const struct keep_head *head, const unsigned char *body)
{
    size_t actions = head->pending * head->action_bytes;
    if (warn_follow_begin(f, head->seq) < 0)
        return f->errmsg;
    if (warn_follow_seq(f) != head->seq ||
        memcmp(f->fold.hash, head->chain, sizeof head->chain) != 0)
        return "it is of another journal";
    if (watch_image_take(&f->watch, body + actions, head->image_bytes) < 0)
        return "another version of the program wrote it";
    if (actions > 0)
        memcpy(pending->row, body, actions);
    pending->last = head->pending;
    return NULL;
}

int warn_keep_get(struct warn_follow *f, struct warn_pending *pending, const char *path,
                  char errmsg[static ERRMSG_MAX])
{
    unsigned char *bytes;
    struct keep_head head = {0};
    size_t n;
    int rc = os_read_file(path, KEEP_BYTES_MAX, &bytes, &n);
    if (rc == -ENOENT)
        return 0;
    const char *why = rc < 0 ? strerror(-rc) : wrong_with(f, bytes, n, &head);
    if (!why) {
        why = take(f, pending, &head, bytes + sizeof head);
        if (why && warn_follow_reset(f) < 0)
            why = f->errmsg;
    }
    if (why)
        snprintf(errmsg, ERRMSG_MAX, "%.200s: %.200s", path, why);
    if (rc == 0)
        free(bytes);
    return why ? -1 : 1;
}
