/* vault: personal data that can be forgotten although the journal never forgets.
 *
 * Every subject (a kind of your choosing above 0, and an id) has a 256-bit key of its own in the
 * journal's table `person`. Data is sealed with it (XChaCha20-Poly1305, bound to kind, id and seq),
 * the chain hashes what is sealed, and deleting the key deletes the person. Copies of the journal
 * made before still hold the key: a back-up has a retention of its own, and a restore applies the
 * forgetting again.
 *
 * The caller owns the struct; loop thread (a tool uses one of its own). Order of use:
 *   vault_seal(…, seq, …) for the record `seq`, its key changes into record.keys, journal_append,
 *   then vault_appended(record). A record that was not appended after all leaves no trace.
 * Errors: enum vault_result, with a text in errmsg for VAULT_FAILED. */
#ifndef JOURNAL_VAULT_H
#define JOURNAL_VAULT_H

#include "dispatch/journal/journal.h"

enum { VAULT_OVERHEAD = 24 + 16, VAULT_SECRET_SIZE = 32 };

enum vault_result {
    VAULT_OK = 0,
    VAULT_FORGOTTEN = -1, /* its key was deleted: there is nothing to read, and nothing to add */
    VAULT_UNKNOWN = -2,   /* no key was ever made: the bytes are not ours */
    VAULT_TAMPERED = -3,  /* the bytes are not what was sealed for this subject and seq */
    VAULT_FAILED = -4,    /* the world: see errmsg */
};

struct vault_subject {
    uint32_t kind;
    uint64_t id;
};

struct vault_entry;
struct vault {
    struct journal_reader *reader; /* borrowed */
    struct vault_entry *entries;
    uint32_t entry_max;
    uint64_t uses;
    bool has_master;
    unsigned char master[VAULT_SECRET_SIZE];
    char errmsg[ERRMSG_MAX];
};

/* `master_key_path` NULL or "": keys lie unwrapped beside the data. Refuses a master key that does
 * not fit the keys already there. 0 or -1 with errmsg. */
int vault_init(struct vault *vault, struct journal_reader *reader, const char *master_key_path,
               uint32_t entry_max);
void vault_close(struct vault *vault); /* wipes the keys */

/* out has room for size + VAULT_OVERHEAD. `*born` says that `*key` must go with the record. */
enum vault_result vault_seal(struct vault *vault, struct vault_subject subject, uint64_t seq,
                             const void *plain, size_t size, unsigned char *out,
                             struct journal_key *key, bool *born);

/* out has room for size - VAULT_OVERHEAD. */
enum vault_result vault_unseal(struct vault *vault, struct vault_subject subject, uint64_t seq,
                               const unsigned char *sealed, size_t size, void *out,
                               size_t *out_size);

/* The key change that forgets; goes with the record `seq` that says so. */
enum vault_result vault_forget(struct vault *vault, struct vault_subject subject, uint64_t seq,
                               struct journal_key *key);

/* The journal says that it is forgotten: its key leaves this memory too. */
void vault_drop(struct vault *vault, struct vault_subject subject);

/* All keys leave this memory; those that are in the journal are found there again. Requires: none
 * was made here. */
void vault_empty(struct vault *vault);

/* The record is in the journal's queue, with the key changes made for it. */
void vault_appended(struct vault *vault, const struct journal_record *record);

#endif
