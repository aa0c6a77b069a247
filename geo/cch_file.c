/* The order file: a header as struct file_header lies in memory, then node_n uint32 of the same
 * machine. It is a cache of this machine: on another one, of the other byte order, the version is
 * wrong and it is made again. */
#include "geo/cch_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "geo/hash.h"

#define MAGIC "MGDORDER"
#define VERSION 1u

struct file_header {
    char magic[8];
    uint32_t version, node_n;
    uint64_t road_hash, order_hash;
};
_Static_assert(sizeof(struct file_header) == 32, "no padding");

static struct file_header header_of(const struct road *road, const uint32_t *order)
{
    struct file_header header = {.version = VERSION,
                                 .node_n = road->node_n,
                                 .road_hash = road->hash,
                                 .order_hash =
                                     hash_bytes(HASH_START, order, road->node_n * sizeof *order)};

    memcpy(header.magic, MAGIC, sizeof header.magic);
    return header;
}

int cch_file_load(const char *path, const struct road *road, uint32_t *order,
                  char errmsg[CCH_ERRMSG_MAX])
{
    struct file_header header, want;
    FILE *file = fopen(path, "rb");
    bool whole;

    if (!file) {
        snprintf(errmsg, CCH_ERRMSG_MAX, "%.100s: %.40s", path, strerror(errno));
        return -1;
    }
    whole = fread(&header, sizeof header, 1, file) == 1 && header.node_n == road->node_n &&
            fread(order, sizeof *order, road->node_n, file) == road->node_n && fgetc(file) == EOF;
    fclose(file);
    if (whole)
        want = header_of(road, order);
    if (whole && memcmp(&header, &want, sizeof want) == 0)
        return 0;
    snprintf(errmsg, CCH_ERRMSG_MAX, "%.100s: not the order of this network", path);
    return -1;
}

static bool write_order(FILE *file, const struct road *road, const uint32_t *order)
{
    struct file_header header = header_of(road, order);

    return fwrite(&header, sizeof header, 1, file) == 1 &&
           fwrite(order, sizeof *order, road->node_n, file) == road->node_n && fflush(file) == 0 &&
           fsync(fileno(file)) == 0;
}

int cch_file_save(const char *path, const struct road *road, const uint32_t *order,
                  char errmsg[CCH_ERRMSG_MAX])
{
    char beside[1024];
    FILE *file;
    bool written;

    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) {
        snprintf(errmsg, CCH_ERRMSG_MAX, "%.100s: name too long", path);
        return -1;
    }
    file = fopen(beside, "wb");
    written = file && write_order(file, road, order);
    if (file)
        written &= fclose(file) == 0;
    if (written && rename(beside, path) == 0)
        return 0;
    snprintf(errmsg, CCH_ERRMSG_MAX, "%.100s: %.40s", path, strerror(errno));
    if (file)
        unlink(beside);
    return -1;
}
