/* verify_impl: what the parts of verify share. Private to verify*.c. */
#ifndef CTL_VERIFY_IMPL_H
#define CTL_VERIFY_IMPL_H

#include "dispatch/ctl/verify.h"
#include "dispatch/line/feed.h"
#include "dispatch/readers/shadow.h"

struct verify {
    const struct config *config;
    FILE *out;
    struct journal_reader *journal;
    struct journal_head head;
    struct feed feed;
    struct shadow shadow;
    uint64_t facts[FACT_KIND_COUNT]; /* folded, by kind */
    void (*record_cb)(void *context, const struct record *record); /* every one folded, or NULL */
    void *record_context;
    uint64_t differences;
    bool blind; /* something could not be checked */
};

/* One difference, or one thing that could not be checked, as a line. */
__attribute__((format(printf, 2, 3))) void verify_differs(struct verify *v, const char *format,
                                                          ...);
__attribute__((format(printf, 2, 3))) void verify_blind(struct verify *v, const char *format, ...);

/* Folds everything up to seq into v->shadow; leaving_cb sees what is archived on the way. */
int verify_fold(struct verify *v, uint64_t seq,
                void (*leaving_cb)(void *context, enum object_kind kind, const void *object),
                void *context);

/* A reader is at `seq`: whether to ask it again, because it is behind and still moves, or may have
 * only paused. Waits a moment if so. The other two are its own: UINT64_MAX and 0 at first. */
bool verify_wait(struct verify *v, uint64_t seq, uint64_t *last_seq, uint32_t *idle);

void verify_postgis(struct verify *v);
void verify_redis(struct verify *v);

#endif
