/* personal: wire's personal fields through the vault, for one record or snapshot at a time.
 *
 * Set `seq` before packing or unpacking (the seal is bound to it); keys born while packing are in
 * `key` and go into the journal with the record.
 * Owner: the caller. Thread: the vault's. Errors: as enum vault_result, through wire.
 * Start here: personal_init, then hand &personal->wire to wire_record_pack and its kin. */
#ifndef LINE_PERSONAL_H
#define LINE_PERSONAL_H

#include "dispatch/journal/vault.h"
#include "dispatch/wire/wire.h"

struct personal {
    struct vault *vault;
    struct wire_vault wire;
    uint64_t seq;
    struct journal_key key[JOURNAL_RECORD_KEYS_MAX];
    size_t key_count;
    bool refused; /* something was to be sealed for a subject that is forgotten */
};

void personal_init(struct personal *personal, struct vault *vault);
/* For the next record: no keys yet. */
void personal_begin(struct personal *personal, uint64_t seq);
/* The record forgets this subject: its key, if it ever had one, goes with it. 0 or -1 (the vault's
 * errmsg). */
int personal_forget(struct personal *personal, char letter, uint64_t id);
/* A vault beside the pipeline's hears of a record: what it forgets leaves this memory too. */
void personal_drop(struct vault *vault, const struct record *record);
/* The keys that went with the record are in the journal's hands. */
void personal_end(struct personal *personal);

#endif
