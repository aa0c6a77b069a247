/* Keys in memory are a bounded cache of the table `person`: sets of WAYS entries, found by a hash
 * of the subject. An entry whose key may not be durable yet is never evicted: a second key for the
 * same subject would make one of the two sealings unreadable. */
#include "dispatch/journal/vault.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    WAYS = 16,
};

_Static_assert(NONCE + TAG == (int)VAULT_OVERHEAD, "what a sealing adds");
_Static_assert(KEY == (int)VAULT_SECRET_SIZE, "a key");
_Static_assert(KEY + NONCE + TAG == (int)JOURNAL_KEY_MAX, "a wrapped key");

struct vault_entry {
    struct vault_subject subject; /* kind 0: free */
    uint64_t changed_seq;         /* the record made last with a change of it; 0: none */
    uint64_t used_at;             /* for the least recently used to go first */
    bool unwritten;               /* no record with its key was appended yet */
    bool forgotten;
    unsigned char key[KEY];
};

__attribute__((format(printf, 2, 3))) static enum vault_result fail(struct vault *vault,
                                                                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(vault->errmsg, sizeof(vault->errmsg), format, args);
    va_end(args);
    return VAULT_FAILED;
}

/* What a sealing is bound to besides its key. */
struct binding {
    unsigned char bytes[20];
};

static struct binding bind_to(struct vault_subject subject, uint64_t seq)
{
    struct binding binding;

    for (int i = 0; i < 4; i++)
        binding.bytes[i] = (unsigned char)(subject.kind >> (8 * i));
    for (int i = 0; i < 8; i++) {
        binding.bytes[4 + i] = (unsigned char)(subject.id >> (8 * i));
        binding.bytes[12 + i] = (unsigned char)(seq >> (8 * i));
    }
    return binding;
}

static void seal(const unsigned char key[static KEY], struct vault_subject subject, uint64_t seq,
                 const void *plain, size_t size, unsigned char *out)
{
    struct binding binding = bind_to(subject, seq);

    os_random(out, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain, size, binding.bytes,
                                               sizeof(binding.bytes), NULL, out, key);
}

static bool unseal(const unsigned char key[static KEY], struct vault_subject subject, uint64_t seq,
                   const unsigned char *sealed, size_t size, void *out)
{
    struct binding binding = bind_to(subject, seq);

    return size >= VAULT_OVERHEAD && crypto_aead_xchacha20poly1305_ietf_decrypt(
                                         out, NULL, NULL, sealed + NONCE, size - NONCE,
                                         binding.bytes, sizeof(binding.bytes), sealed, key) == 0;
}

/* Between a key and its row: as it is, or wrapped by the master key (bound to seq 0, which no
 * record has). */
static struct journal_key wrap(const struct vault *vault, const struct vault_entry *entry)
{
    struct journal_key row = {.kind = entry->subject.kind, .id = entry->subject.id};

    row.size = vault->has_master ? JOURNAL_KEY_MAX : KEY;
    if (vault->has_master)
        seal(vault->master, entry->subject, 0, entry->key, KEY, row.bytes);
    else
        memcpy(row.bytes, entry->key, KEY);
    return row;
}

static enum vault_result unwrap(struct vault *vault, const struct journal_key *row,
                                unsigned char key[static KEY])
{
    struct vault_subject subject = {row->kind, row->id};

    if (row->size == KEY) {
        memcpy(key, row->bytes, KEY);
        return VAULT_OK;
    }
    if (row->size != JOURNAL_KEY_MAX)
        return fail(vault, "the key of subject %u/%llu has %u bytes", row->kind,
                    (unsigned long long)row->id, row->size);
    if (!vault->has_master)
        return fail(vault, "the keys are wrapped: [privacy] master_key_file is needed");
    if (!unseal(vault->master, subject, 0, row->bytes, row->size, key))
        return fail(vault, "the master key does not fit the keys in the journal");
    return VAULT_OK;
}

static int read_master(struct vault *vault, const char *path)
{
    unsigned char *bytes;
    size_t size;
    int rc = os_check_private(path);

    if (rc == 0)
        rc = os_read_file(path, 4096, &bytes, &size);
    if (rc < 0) {
        fail(vault, "%s: %s", path, rc == -EPERM ? "others may read it: chmod 600" : strerror(-rc));
        return -1;
    }
    vault->has_master = size == VAULT_SECRET_SIZE;
    if (vault->has_master)
        memcpy(vault->master, bytes, VAULT_SECRET_SIZE);
    else
        fail(vault, "%s: has %zu bytes, not %d", path, size, VAULT_SECRET_SIZE);
    sodium_memzero(bytes, size);
    free(bytes);
    return vault->has_master ? 0 : -1;
}

static int check_last_key(struct vault *vault)
{
    struct journal_key row;
    unsigned char key[KEY];
    int found = journal_read_key(vault->reader, 0, 0, &row);

    if (found < 0) {
        fail(vault, "%s", journal_reader_errmsg(vault->reader));
        return -1;
    }
    if (found == 0)
        return 0;
    enum vault_result result = unwrap(vault, &row, key);
    sodium_memzero(key, sizeof(key));
    return result == VAULT_OK ? 0 : -1;
}

int vault_init(struct vault *vault, struct journal_reader *reader, const char *master_key_path,
               uint32_t entry_max)
{
    must(sodium_init() >= 0 && entry_max > 0);
    *vault = (struct vault){.reader = reader, .entry_max = (entry_max + WAYS - 1) / WAYS * WAYS};
    if (master_key_path && *master_key_path && read_master(vault, master_key_path) < 0)
        return -1;
    if (check_last_key(vault) < 0)
        return -1;
    vault->entries = calloc(vault->entry_max, sizeof(*vault->entries));
    if (!vault->entries) {
        fail(vault, "no memory for %u keys", entry_max);
        return -1;
    }
    return 0;
}

void vault_close(struct vault *vault)
{
    if (vault->entries)
        vault_empty(vault);
    free(vault->entries);
    vault->entries = NULL;
    sodium_memzero(vault->master, sizeof(vault->master));
}

/* The WAYS entries that may hold this subject. */
static struct vault_entry *set_of(struct vault *vault, struct vault_subject subject)
{
    uint64_t mixed = (subject.id * 31 + subject.kind) * 0x9e3779b97f4a7c15u;

    return &vault->entries[(mixed >> 32) % (vault->entry_max / WAYS) * WAYS];
}

static struct vault_entry *cached(struct vault *vault, struct vault_subject subject)
{
    struct vault_entry *set = set_of(vault, subject);

    for (int i = 0; i < WAYS; i++) {
        if (set[i].subject.id == subject.id && set[i].subject.kind == subject.kind) {
            set[i].used_at = ++vault->uses;
            return &set[i];
        }
    }
    return NULL;
}

/* The least recently used entry of the set whose change, if any, is on disk or was given up. */
static struct vault_entry *oldest(struct vault_entry *set, uint64_t durable_seq)
{
    struct vault_entry *found = NULL;

    for (int i = 0; i < WAYS; i++) {
        if (set[i].changed_seq <= durable_seq && (!found || set[i].used_at < found->used_at))
            found = &set[i];
    }
    return found;
}

/* An empty entry for the subject. */
static enum vault_result take_entry(struct vault *vault, struct vault_subject subject,
                                    struct vault_entry **out)
{
    struct vault_entry *set = set_of(vault, subject);
    struct vault_entry *entry = oldest(set, 0);
    struct journal_head head;

    if (!entry && journal_read_head(vault->reader, &head) < 0)
        return fail(vault, "%s", journal_reader_errmsg(vault->reader));
    if (!entry)
        entry = oldest(set, head.seq);
    if (!entry)
        return fail(vault, "too many new keys wait for the disk");
    sodium_memzero(entry, sizeof(*entry));
    entry->subject = subject;
    entry->used_at = ++vault->uses;
    *out = entry;
    return VAULT_OK;
}

/* The subject's entry, from memory or disk. */
static enum vault_result find(struct vault *vault, struct vault_subject subject,
                              struct vault_entry **out)
{
    struct journal_key row;
    unsigned char key[KEY];

    must(subject.kind > 0);
    *out = cached(vault, subject);
    if (*out)
        return VAULT_OK;
    int found = journal_read_key(vault->reader, subject.kind, subject.id, &row);
    if (found < 0)
        return fail(vault, "%s", journal_reader_errmsg(vault->reader));
    if (found == 0)
        return VAULT_UNKNOWN;
    enum vault_result result = row.size == 0 ? VAULT_OK : unwrap(vault, &row, key);
    if (result == VAULT_OK)
        result = take_entry(vault, subject, out);
    if (result == VAULT_OK)
        (*out)->forgotten = row.size == 0;
    if (result == VAULT_OK && row.size > 0)
        memcpy((*out)->key, key, KEY);
    sodium_memzero(key, sizeof(key));
    sodium_memzero(&row, sizeof(row));
    return result;
}

static enum vault_result make(struct vault *vault, struct vault_subject subject,
                              struct vault_entry **out)
{
    enum vault_result result = take_entry(vault, subject, out);

    if (result != VAULT_OK)
        return result;
    (*out)->unwritten = true;
    os_random((*out)->key, KEY);
    return VAULT_OK;
}

enum vault_result vault_seal(struct vault *vault, struct vault_subject subject, uint64_t seq,
                             const void *plain, size_t size, unsigned char *out,
                             struct journal_key *key, bool *born)
{
    struct vault_entry *entry;
    enum vault_result result = find(vault, subject, &entry);

    if (result == VAULT_UNKNOWN)
        result = make(vault, subject, &entry);
    if (result != VAULT_OK)
        return result;
    if (entry->forgotten)
        return VAULT_FORGOTTEN;
    *born = entry->unwritten;
    if (*born) {
        entry->changed_seq = seq;
        *key = wrap(vault, entry);
    }
    seal(entry->key, subject, seq, plain, size, out);
    return VAULT_OK;
}

enum vault_result vault_unseal(struct vault *vault, struct vault_subject subject, uint64_t seq,
                               const unsigned char *sealed, size_t size, void *out,
                               size_t *out_size)
{
    struct vault_entry *entry;
    enum vault_result result = find(vault, subject, &entry);

    if (result != VAULT_OK)
        return result;
    if (entry->forgotten)
        return VAULT_FORGOTTEN;
    if (!unseal(entry->key, subject, seq, sealed, size, out))
        return VAULT_TAMPERED;
    *out_size = size - VAULT_OVERHEAD;
    return VAULT_OK;
}

enum vault_result vault_forget(struct vault *vault, struct vault_subject subject, uint64_t seq,
                               struct journal_key *key)
{
    struct vault_entry *entry;
    enum vault_result result = find(vault, subject, &entry);

    if (result != VAULT_OK)
        return result;
    if (entry->forgotten)
        return VAULT_FORGOTTEN;
    entry->changed_seq = seq;
    *key = (struct journal_key){.kind = subject.kind, .id = subject.id};
    return VAULT_OK;
}

void vault_drop(struct vault *vault, struct vault_subject subject)
{
    struct vault_entry *entry = cached(vault, subject);
    if (entry)
        sodium_memzero(entry, sizeof(*entry));
}

void vault_empty(struct vault *vault)
{
    sodium_memzero(vault->entries, vault->entry_max * sizeof(*vault->entries));
}

void vault_appended(struct vault *vault, const struct journal_record *record)
{
    for (size_t i = 0; i < record->key_count; i++) {
        struct vault_subject subject = {record->keys[i].kind, record->keys[i].id};
        struct vault_entry *entry = cached(vault, subject);
        must(entry && entry->changed_seq == record->seq);
        entry->unwritten = false;
        if (record->keys[i].size == 0) {
            entry->forgotten = true;
            sodium_memzero(entry->key, KEY);
        }
    }
}
