/* kind: zone kinds, unit capabilities and hospital kinds as bits, and their names.
 * Pure, any thread. A set of kinds is a uint32_t of these bits; keys are what data files write.
 * Start here if you add a kind: one row at the end of its table in kind.def, nothing else. */
#ifndef CORE_KIND_H
#define CORE_KIND_H

#include <stddef.h>
#include <stdint.h>

enum zone_kind {
#define ZONE_KIND(name, key, zh, en) ZONE_KIND_##name,
#include "dispatch/core/kind.def"
    ZONE_KIND_COUNT
};

enum capability {
#define CAPABILITY(name, key, zh, en) CAPABILITY_##name,
#include "dispatch/core/kind.def"
    CAPABILITY_COUNT
};

enum hospital_kind {
#define HOSPITAL_KIND(name, key, zh, en) HOSPITAL_KIND_##name,
#include "dispatch/core/kind.def"
    HOSPITAL_KIND_COUNT
};

#define KIND_BIT(kind) ((uint32_t)1 << (kind))

struct kind_name {
    const char *key, *zh, *en;
};

/* One table of names; row i names bit i. */
struct kind_table {
    const char *what;
    const struct kind_name *rows;
    int count;
};

extern const struct kind_table zone_kind_table, capability_table, hospital_kind_table;

/* The bit number of `key`, or -1 when the table has no such row. */
int kind_find(const struct kind_table *table, const char *key);

#endif
