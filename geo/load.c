/* The road file, version 2. All numbers little endian; nothing between the parts.
 *
 *   header       8  "MGDIROAD"
 *                4  version
 *                4  number of sections: 5
 *                8  size of the file in bytes
 *                8  hash (hash.h) of everything behind this field
 *   section table, for each: 4 kind, 4 bytes an item, 8 number of items; kinds ascending
 *   1 META       772, once: 4 flags (1 synthetic); label, source, attribution, each 256,
 *                NUL-terminated
 *   2 NODE       16: 8 id, 4 lat_e7, 4 lon_e7
 *   3 ARC        44: 8 way id; 4 tail, head, length_dm, shape_first, shape_n, name, twin, original;
 *                2 flags; 1 class; 1 posted km/h. Sorted by tail.
 *   4 SHAPE      8: 4 lat_e7, 4 lon_e7
 *   5 NAMES      1: NUL-terminated texts, the first empty
 *
 * Indexes, the bounding box and the main part follow from these and are worked out by road_index,
 * so they cannot be wrong. A change of anything above needs a new ROAD_FILE_VERSION. */
#include "geo/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geo/hash.h"

#define MAGIC "MGDIROAD"
#define SECTIONS 5
#define TABLE_AT 32
#define BODY_AT (TABLE_AT + SECTIONS * 16)
#define ITEMS_MAX (1u << 31)
#define LENGTH_DM_MAX 2000000u
#define SYNTHETIC 1u
#define AGAIN "make it again (dispatchctl import-osm) or put back a copy"

enum section { META, NODE, ARC, SHAPE, NAMES };
static const uint32_t item_bytes[SECTIONS] = {4 + 3 * ROAD_TEXT_MAX, 16, 44, 8, 1};

/* Bytes being written or read; reading past the end cannot happen once the table is checked. */
struct cursor {
    unsigned char *at;
};

static void put(struct cursor *c, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *c->at++ = (unsigned char)(value >> (8 * i));
}

static void put_i32(struct cursor *c, int32_t value)
{
    put(c, (uint32_t)value, 4);
}

static void put_bytes(struct cursor *c, const void *bytes, size_t n)
{
    memcpy(c->at, bytes, n);
    c->at += n;
}

static uint64_t get(struct cursor *c, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)*c->at++ << (8 * i);
    return value;
}

static uint32_t get_u32(struct cursor *c)
{
    return (uint32_t)get(c, 4);
}

static struct point get_point(struct cursor *c)
{
    int32_t lat_e7 = (int32_t)get_u32(c);

    return (struct point){lat_e7, (int32_t)get_u32(c)};
}

__attribute__((format(printf, 3, 4))) static int complain(char errmsg[ROAD_ERRMSG_MAX],
                                                          const char *path, const char *format, ...)
{
    char text[160];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(errmsg, ROAD_ERRMSG_MAX, "%.150s: %s", path, text);
    return -1;
}

/* ---- writing ---- */

static void count_items(const struct road *road, uint64_t count[SECTIONS])
{
    count[META] = 1;
    count[NODE] = road->node_n;
    count[ARC] = road->arc_n;
    count[SHAPE] = road->shape_n;
    count[NAMES] = road->names_n;
}

static uint64_t file_bytes(const uint64_t count[SECTIONS])
{
    uint64_t size = BODY_AT;

    for (int i = 0; i < SECTIONS; i++)
        size += count[i] * item_bytes[i];
    return size;
}

static void put_arc(struct cursor *c, const struct road_arc *arc)
{
    put(c, (uint64_t)arc->way_id, 8);
    put(c, arc->tail, 4);
    put(c, arc->head, 4);
    put(c, arc->length_dm, 4);
    put(c, arc->shape_first, 4);
    put(c, arc->shape_n, 4);
    put(c, arc->name, 4);
    put(c, arc->twin, 4);
    put(c, arc->original, 4);
    put(c, arc->flags & ROAD_FLAGS_STORED, 2);
    put(c, arc->class, 1);
    put(c, arc->maxspeed_kmh, 1);
}

static void put_body(struct cursor *c, const struct road *road)
{
    put(c, road->synthetic ? SYNTHETIC : 0, 4);
    put_bytes(c, road->label, ROAD_TEXT_MAX);
    put_bytes(c, road->source, ROAD_TEXT_MAX);
    put_bytes(c, road->attribution, ROAD_TEXT_MAX);
    for (uint32_t i = 0; i < road->node_n; i++) {
        put(c, (uint64_t)road->node[i].id, 8);
        put_i32(c, road->node[i].at.lat_e7);
        put_i32(c, road->node[i].at.lon_e7);
    }
    for (uint32_t i = 0; i < road->arc_n; i++)
        put_arc(c, &road->arc[i]);
    for (uint32_t i = 0; i < road->shape_n; i++) {
        put_i32(c, road->shape[i].lat_e7);
        put_i32(c, road->shape[i].lon_e7);
    }
    put_bytes(c, road->names, road->names_n);
}

static void encode(const struct road *road, const uint64_t count[SECTIONS], unsigned char *bytes,
                   uint64_t size)
{
    struct cursor c = {bytes};

    put_bytes(&c, MAGIC, 8);
    put(&c, ROAD_FILE_VERSION, 4);
    put(&c, SECTIONS, 4);
    put(&c, size, 8);
    put(&c, 0, 8);
    for (uint32_t i = 0; i < SECTIONS; i++) {
        put(&c, i + 1, 4);
        put(&c, item_bytes[i], 4);
        put(&c, count[i], 8);
    }
    put_body(&c, road);
    c.at = bytes + 24;
    put(&c, hash_bytes(HASH_START, bytes + TABLE_AT, size - TABLE_AT), 8);
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

/* The rename is durable once the directory is. */
static int sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = fd < 0 ? -1 : fsync(fd);

    free(directory);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int write_beside(const char *path, const char *beside, const unsigned char *bytes,
                        size_t size)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int rc;

    if (fd < 0)
        return -1;
    rc = write_all(fd, bytes, size) || fsync(fd) ? -1 : 0;
    if (close(fd))
        rc = -1;
    if (rc == 0)
        rc = rename(beside, path);
    if (rc) {
        int saved = errno;
        unlink(beside);
        errno = saved;
        return -1;
    }
    return sync_directory(path);
}

int road_save(const struct road *road, const char *path, char errmsg[ROAD_ERRMSG_MAX])
{
    uint64_t count[SECTIONS], size;
    unsigned char *bytes;
    char *beside;
    int rc;

    count_items(road, count);
    size = file_bytes(count);
    bytes = malloc(size);
    if (!bytes || asprintf(&beside, "%s.new", path) < 0) {
        free(bytes);
        return complain(errmsg, path, "out of memory");
    }
    encode(road, count, bytes, size);
    rc = write_beside(path, beside, bytes, size);
    if (rc)
        complain(errmsg, path, "cannot be written: %s", strerror(errno));
    free(beside);
    free(bytes);
    return rc;
}

/* ---- reading ---- */

/* The whole file in memory; NULL and errmsg. */
static unsigned char *read_file(const char *path, uint64_t *size, char errmsg[ROAD_ERRMSG_MAX])
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    struct stat info;

    if (!file || fstat(fileno(file), &info)) {
        complain(errmsg, path, "cannot be opened: %s", strerror(errno));
        goto out;
    }
    if (!S_ISREG(info.st_mode) || info.st_size < BODY_AT) {
        complain(errmsg, path, "not a road file, or cut short: " AGAIN);
        goto out;
    }
    *size = (uint64_t)info.st_size;
    bytes = malloc(*size);
    if (!bytes || fread(bytes, 1, *size, file) != *size) {
        complain(errmsg, path, "cannot be read: %s", bytes ? "short read" : "out of memory");
        free(bytes);
        bytes = NULL;
    }
out:
    if (file)
        fclose(file);
    return bytes;
}

static int check_header(unsigned char *bytes, uint64_t size, const char *path,
                        char errmsg[ROAD_ERRMSG_MAX])
{
    struct cursor c = {bytes + 8};
    uint32_t version, sections;
    uint64_t told, hash;

    if (memcmp(bytes, MAGIC, 8) != 0)
        return complain(errmsg, path, "not a road file: make one with dispatchctl import-osm");
    version = get_u32(&c);
    sections = get_u32(&c);
    told = get(&c, 8);
    hash = get(&c, 8);
    if (version != ROAD_FILE_VERSION)
        return complain(errmsg, path,
                        "road file of version %u, this program reads %d: "
                        "import again with dispatchctl import-osm",
                        version, ROAD_FILE_VERSION);
    if (told != size)
        return complain(errmsg, path, "cut or grown: %llu bytes where %llu belong: " AGAIN,
                        (unsigned long long)size, (unsigned long long)told);
    if (sections != SECTIONS || hash != hash_bytes(HASH_START, bytes + TABLE_AT, size - TABLE_AT))
        return complain(errmsg, path, "damaged (its hash is wrong): " AGAIN);
    return 0;
}

static int check_table(unsigned char *bytes, uint64_t size, uint64_t count[SECTIONS],
                       const char *path, char errmsg[ROAD_ERRMSG_MAX])
{
    struct cursor c = {bytes + TABLE_AT};

    for (uint32_t i = 0; i < SECTIONS; i++) {
        uint32_t kind = get_u32(&c), item = get_u32(&c);
        count[i] = get(&c, 8);
        if (kind != i + 1 || item != item_bytes[i] || count[i] >= ITEMS_MAX || count[i] == 0)
            return complain(errmsg, path,
                            "section %u: unusable (kind %u, %u bytes an item): " AGAIN, i + 1, kind,
                            item);
    }
    if (count[META] != 1 || file_bytes(count) != size)
        return complain(errmsg, path, "its sections do not fill it: " AGAIN);
    return 0;
}

static int get_text(struct cursor *c, char text[ROAD_TEXT_MAX])
{
    memcpy(text, c->at, ROAD_TEXT_MAX);
    c->at += ROAD_TEXT_MAX;
    return memchr(text, '\0', ROAD_TEXT_MAX) ? 0 : -1;
}

static int get_meta(struct cursor *c, struct road *road)
{
    uint32_t flags = get_u32(c);
    int rc = get_text(c, road->label);

    rc |= get_text(c, road->source);
    rc |= get_text(c, road->attribution);
    road->synthetic = flags & SYNTHETIC;
    return rc || flags & ~SYNTHETIC ? -1 : 0;
}

static void get_arc(struct cursor *c, struct road_arc *arc)
{
    arc->way_id = (int64_t)get(c, 8);
    arc->tail = get_u32(c);
    arc->head = get_u32(c);
    arc->length_dm = get_u32(c);
    arc->shape_first = get_u32(c);
    arc->shape_n = get_u32(c);
    arc->name = get_u32(c);
    arc->twin = get_u32(c);
    arc->original = get_u32(c);
    arc->flags = (uint16_t)get(c, 2);
    arc->class = (uint8_t)get(c, 1);
    arc->maxspeed_kmh = (uint8_t)get(c, 1);
}

static int allocate(struct road *road, const uint64_t count[SECTIONS])
{
    road->node_n = (uint32_t)count[NODE];
    road->arc_n = (uint32_t)count[ARC];
    road->shape_n = (uint32_t)count[SHAPE];
    road->names_n = (uint32_t)count[NAMES];
    road->node = calloc(road->node_n, sizeof *road->node);
    road->arc = calloc(road->arc_n, sizeof *road->arc);
    road->shape = calloc(road->shape_n, sizeof *road->shape);
    road->names = malloc(road->names_n);
    return road->node && road->arc && road->shape && road->names ? 0 : -1;
}

static void get_body(struct cursor *c, struct road *road)
{
    for (uint32_t i = 0; i < road->node_n; i++) {
        road->node[i].id = (int64_t)get(c, 8);
        road->node[i].at = get_point(c);
    }
    for (uint32_t i = 0; i < road->arc_n; i++)
        get_arc(c, &road->arc[i]);
    for (uint32_t i = 0; i < road->shape_n; i++)
        road->shape[i] = get_point(c);
    memcpy(road->names, c->at, road->names_n);
}

/* What one arc says for itself; NULL when it is sound. */
static const char *arc_fault(const struct road *road, uint32_t i)
{
    const struct road_arc *a = &road->arc[i];

    if (a->tail >= road->node_n || a->head >= road->node_n)
        return "joins nodes that do not exist";
    if (i > 0 && a->tail < road->arc[i - 1].tail)
        return "out of order";
    if (a->length_dm == 0 || a->length_dm > LENGTH_DM_MAX)
        return "has an impossible length";
    if (a->shape_n < 2 || a->shape_n > road->shape_n || a->shape_first > road->shape_n - a->shape_n)
        return "has its line outside the shapes";
    if (a->name >= road->names_n)
        return "has its name outside the names";
    if (a->flags & ~ROAD_FLAGS_STORED || a->class >= ROAD_CLASSES || a->maxspeed_kmh > 250)
        return "has an unknown class, flag or limit";
    if (a->original >= road->arc_n || (a->twin != ROAD_NONE && a->twin >= road->arc_n))
        return "points to an arc that does not exist";
    return NULL;
}

static bool same_street(const struct road_arc *a, const struct road_arc *b)
{
    return a->way_id == b->way_id && a->length_dm == b->length_dm &&
           a->shape_first == b->shape_first && a->shape_n == b->shape_n && a->class == b->class &&
           (a->flags | ROAD_REVERSED | ROAD_BANNED) == (b->flags | ROAD_REVERSED | ROAD_BANNED);
}

/* What it says about others, once all are sound for themselves. */
static const char *link_fault(const struct road *road, uint32_t i)
{
    const struct road_arc *a = &road->arc[i], *original = &road->arc[a->original];
    const struct road_arc *twin = a->twin == ROAD_NONE ? NULL : &road->arc[a->twin];
    bool reversed = a->flags & ROAD_REVERSED;

    if (original->original != a->original || !same_street(a, original) ||
        (original->flags | ROAD_BANNED) != (a->flags | ROAD_BANNED) ||
        (a->flags & ROAD_BANNED && a->original == i) ||
        road->node[original->head].id != road->node[a->head].id || original->twin != a->twin)
        return "is not a copy of its original";
    if (twin && (twin->original != a->twin || twin->twin != a->original || !same_street(a, twin) ||
                 (twin->flags & ROAD_REVERSED) == (a->flags & ROAD_REVERSED)))
        return "is not the twin of its twin";
    if (!point_equal(road->node[a->tail].at,
                     road->shape[reversed ? a->shape_first + a->shape_n - 1 : a->shape_first]) ||
        !point_equal(road->node[a->head].at,
                     road->shape[reversed ? a->shape_first : a->shape_first + a->shape_n - 1]))
        return "has a line that does not join its nodes";
    return NULL;
}

static int check_points(const struct road *road, const char *path, char errmsg[ROAD_ERRMSG_MAX])
{
    for (uint32_t i = 0; i < road->node_n; i++) {
        if (!point_valid(road->node[i].at))
            return complain(errmsg, path, "node %u lies nowhere on Earth: " AGAIN, i);
    }
    for (uint32_t i = 0; i < road->shape_n; i++) {
        if (!point_valid(road->shape[i]))
            return complain(errmsg, path, "shape point %u lies nowhere on Earth: " AGAIN, i);
    }
    if (road->names[0] || road->names[road->names_n - 1])
        return complain(errmsg, path, "its names are not closed texts: " AGAIN);
    return 0;
}

static int check_arcs(const struct road *road, const char *path, char errmsg[ROAD_ERRMSG_MAX])
{
    const char *(*const checks[])(const struct road *, uint32_t) = {arc_fault, link_fault};

    for (int check = 0; check < 2; check++) {
        for (uint32_t i = 0; i < road->arc_n; i++) {
            const char *fault = checks[check](road, i);
            if (fault)
                return complain(errmsg, path, "arc %u %s: " AGAIN, i, fault);
        }
    }
    return 0;
}

static int decode(struct road *road, unsigned char *bytes, const uint64_t count[SECTIONS],
                  const char *path, char errmsg[ROAD_ERRMSG_MAX])
{
    struct cursor c = {bytes + BODY_AT};

    if (get_meta(&c, road))
        return complain(errmsg, path, "its label is unreadable: " AGAIN);
    if (allocate(road, count))
        return complain(errmsg, path, "out of memory");
    get_body(&c, road);
    if (check_points(road, path, errmsg) || check_arcs(road, path, errmsg))
        return -1;
    return road_index(road) ? complain(errmsg, path, "out of memory") : 0;
}

int road_load(struct road *road, const char *path, char errmsg[ROAD_ERRMSG_MAX])
{
    struct road fresh = {0};
    uint64_t size, count[SECTIONS];
    unsigned char *bytes = read_file(path, &size, errmsg);
    int rc = -1;

    if (!bytes)
        return -1;
    if (check_header(bytes, size, path, errmsg) || check_table(bytes, size, count, path, errmsg))
        goto out;
    rc = decode(&fresh, bytes, count, path, errmsg);
    if (rc == 0)
        *road = fresh;
    else
        road_close(&fresh);
out:
    free(bytes);
    return rc;
}
