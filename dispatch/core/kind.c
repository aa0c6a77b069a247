#include "dispatch/core/kind.h"

#include <string.h>

static const struct kind_name zone_rows[] = {
#define ZONE_KIND(name, key, zh, en) {key, zh, en},
#include "dispatch/core/kind.def"
};

static const struct kind_name capability_rows[] = {
#define CAPABILITY(name, key, zh, en) {key, zh, en},
#include "dispatch/core/kind.def"
};

static const struct kind_name hospital_rows[] = {
#define HOSPITAL_KIND(name, key, zh, en) {key, zh, en},
#include "dispatch/core/kind.def"
};

_Static_assert(ZONE_KIND_COUNT <= 32 && CAPABILITY_COUNT <= 32 && HOSPITAL_KIND_COUNT <= 32,
               "a set of kinds is 32 bits");

const struct kind_table zone_kind_table = {"zone kind", zone_rows, ZONE_KIND_COUNT};
const struct kind_table capability_table = {"capability", capability_rows, CAPABILITY_COUNT};
const struct kind_table hospital_kind_table = {"hospital kind", hospital_rows, HOSPITAL_KIND_COUNT};

int kind_find(const struct kind_table *table, const char *key)
{
    for (int i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].key, key) == 0)
            return i;
    return -1;
}
