#include "dispatch/journal/journal.h"

#include <sodium.h>

static void put_u64(unsigned char out[static 8], uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(v >> (8 * i));
}

void journal_hash(const unsigned char before[static JOURNAL_HASH_SIZE],
                  const struct journal_record *record, unsigned char hash[static JOURNAL_HASH_SIZE])
{
    crypto_generichash_state state;
    unsigned char numbers[32];

    put_u64(numbers, record->seq);
    put_u64(numbers + 8, (uint64_t)record->at_ms);
    put_u64(numbers + 16, record->client);
    put_u64(numbers + 24, record->number);
    crypto_generichash_init(&state, NULL, 0, JOURNAL_HASH_SIZE);
    crypto_generichash_update(&state, before, JOURNAL_HASH_SIZE);
    crypto_generichash_update(&state, numbers, sizeof(numbers));
    crypto_generichash_update(&state, record->body, record->size);
    crypto_generichash_final(&state, hash, JOURNAL_HASH_SIZE);
}

void journal_digest(const void *bytes, size_t size, unsigned char digest[static JOURNAL_HASH_SIZE])
{
    crypto_generichash(digest, JOURNAL_HASH_SIZE, bytes, size, NULL, 0);
}
