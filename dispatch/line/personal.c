#include "dispatch/line/personal.h"

#include <sodium.h>
#include <string.h>

#include "dispatch/must.h"

static int seal(void *ctx, char letter, uint64_t id, const void *plain, size_t n,
                struct buffer *out)
{
    struct personal *p = ctx;
    struct vault_subject subject = {(uint32_t)letter, id};
    bool born = false;
    size_t at = out->n;
    unsigned char *to = buffer_extend(out, n + VAULT_OVERHEAD);
    if (!to || p->key_count == JOURNAL_RECORD_KEYS_MAX)
        return -1;
    enum vault_result result = vault_seal(p->vault, subject, p->seq, plain, n, to,
                                          &p->key[p->key_count], &born);
    if (result != VAULT_OK)
        out->n = at;
    p->key_count += result == VAULT_OK && born;
    p->refused = p->refused || result == VAULT_FORGOTTEN;
    return result == VAULT_FORGOTTEN ? WIRE_FORGOTTEN : result == VAULT_OK ? WIRE_SEALED : -1;
}

static int open_sealed(void *ctx, char letter, uint64_t id, const void *sealed, size_t n,
                       struct buffer *out)
{
    struct personal *p = ctx;
    struct vault_subject subject = {(uint32_t)letter, id};
    size_t size = 0, at = out->n;
    unsigned char *to = buffer_extend(out, n);
    if (!to)
        return -1;
    enum vault_result result = vault_unseal(p->vault, subject, p->seq, sealed, n, to, &size);
    out->n = at + (result == VAULT_OK ? size : 0);
    return result == VAULT_FORGOTTEN ? WIRE_FORGOTTEN : result == VAULT_OK ? WIRE_SEALED : -1;
}

void personal_init(struct personal *personal, struct vault *vault)
{
    memset(personal, 0, sizeof(*personal));
    personal->vault = vault;
    personal->wire = (struct wire_vault){personal, seal, open_sealed};
}

void personal_begin(struct personal *personal, uint64_t seq)
{
    personal->seq = seq;
    personal->key_count = 0;
    personal->refused = false;
}

int personal_forget(struct personal *p, char letter, uint64_t id)
{
    struct vault_subject subject = {(uint32_t)letter, id};
    must(p->key_count < JOURNAL_RECORD_KEYS_MAX);
    enum vault_result result = vault_forget(p->vault, subject, p->seq, &p->key[p->key_count]);
    p->key_count += result == VAULT_OK;
    return result == VAULT_FAILED ? -1 : 0;
}

void personal_drop(struct vault *vault, const struct record *record)
{
    if (record->fact_count == 0 || record->fact[0].kind != FACT_INCIDENT_FORGOTTEN)
        return;
    const struct incident_forgotten *f = &record->fact[0].incident_forgotten;
    vault_drop(vault, (struct vault_subject){LETTER_incident, f->incident.v});
    for (uint32_t i = 0; i < f->call.n; i++)
        vault_drop(vault, (struct vault_subject){LETTER_call, f->call.v[i]});
}

void personal_end(struct personal *p)
{
    sodium_memzero(p->key, p->key_count * sizeof(*p->key));
    p->key_count = 0;
}
