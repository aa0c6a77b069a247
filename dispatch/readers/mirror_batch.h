/* mirror_batch: the rows that some records become, kept until PostGIS has them for good.
 *
 * The same rows are sent again, one by one, when one of them is refused, or on the next connection
 * when nobody knows whether the last one committed; so they are made once, from a shadow that has
 * gone on since.
 * Owner: mirror_postgis. Thread: the loop's. Memory: grows to about MIRROR_BATCH_BYTES and what one
 * record adds. Errors: `full` when there was no memory; then the batch is worth nothing. */
#ifndef READERS_MIRROR_BATCH_H
#define READERS_MIRROR_BATCH_H

#include "dispatch/journal/journal.h"
#include "dispatch/readers/mirror_row.h"

enum { MIRROR_BATCH_BYTES = 1024 * 1024 };

/* Kinds of rows: an object's kind, its upsert; and these. */
enum mirror_statement {
    MIRROR_FACT = OBJECT_KIND_COUNT,
    MIRROR_PERSONAL,
    MIRROR_CONDITION_GONE,
    MIRROR_PERSON_GONE,
    MIRROR_STATEMENTS,
};

struct mirror_row {
    enum mirror_statement statement;
    uint32_t idx;
    int count;
    uint64_t seq, id;
    size_t at; /* of its values */
};

struct mirror_batch {
    uint64_t after_seq, upto_seq;          /* equal: empty */
    unsigned char hash[JOURNAL_HASH_SIZE]; /* of upto_seq */
    struct mirror_row *row;
    size_t count, room;
    struct buffer values;
    bool full;
};

void mirror_batch_init(struct mirror_batch *batch);
void mirror_batch_close(struct mirror_batch *batch);
void mirror_batch_clear(struct mirror_batch *batch, uint64_t after_seq);

void mirror_batch_facts(struct mirror_batch *batch, const struct record *record);
void mirror_batch_object(struct mirror_batch *batch, enum object_kind kind, const void *object);
void mirror_batch_condition_gone(struct mirror_batch *batch, uint64_t id);

/* "fact", "personal" or the table of the object. */
const char *mirror_statement_name(enum mirror_statement statement);
void mirror_statement_sql(struct buffer *out, enum mirror_statement statement);

/* The row's values as a JSON list, for the quarantine; nothing of a person. */
void mirror_row_json(const struct mirror_batch *batch, const struct mirror_row *row,
                     struct buffer *out);

#endif
