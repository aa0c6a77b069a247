/* hash: 64 bits that tell two byte sequences apart (FNV-1a). Identity and damage, not security.
 * Header only, any thread. Start with HASH_START and chain. */
#ifndef GEO_HASH_H
#define GEO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START 14695981039346656037u

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 1099511628211u;
    return hash;
}

#endif
