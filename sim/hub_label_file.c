/* Labels in a file: a header, then each array of both sides, each begun on 8 bytes; mapped when
 * read. A file of another graph, another size or with an entry out of range is refused. */
#include "sim/hub_label.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t hub_magic = 0x6c6162656c730001; /* grows with the format */

struct hub_header {
    uint64_t magic, graph_hash, node_n, from_n, to_n;
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (; n >= 8; n -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    for (; n; n--, at++)
        hash = (hash ^ *at) * 0x100000001b3u;
    return hash;
}

uint64_t hub_graph_hash(const struct hub_graph *g)
{
    uint64_t hash = 0xcbf29ce484222325u;
    hash = mix(hash, &g->node_n, sizeof(g->node_n));
    hash = mix(hash, g->first_out, (g->node_n + 1) * sizeof(*g->first_out));
    hash = mix(hash, g->head, g->arc_n * sizeof(*g->head));
    hash = mix(hash, g->ns, g->arc_n * sizeof(*g->ns));
    return mix(hash, g->length_dm, g->arc_n * sizeof(*g->length_dm));
}

static size_t rounded(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static int put(FILE *out, const void *bytes, size_t n)
{
    static const char zeros[8];
    return fwrite(bytes, 1, n, out) == n && fwrite(zeros, 1, rounded(n) - n, out) == rounded(n) - n
               ? 0
               : -1;
}

static int put_side(FILE *out, const struct hub_side *side, uint32_t node_n)
{
    if (put(out, side->first, (node_n + 1) * sizeof(*side->first)) < 0 ||
        put(out, side->hub, side->n * sizeof(*side->hub)) < 0 ||
        put(out, side->dm, side->n * sizeof(*side->dm)) < 0)
        return -1;
    return put(out, side->ns, side->n * sizeof(*side->ns));
}

int hub_labels_save(const struct hub_labels *labels, const char *path)
{
    char temp[4096];
    const struct hub_header header = {hub_magic, labels->graph_hash, labels->node_n, labels->from.n,
                                      labels->to.n};
    if (snprintf(temp, sizeof(temp), "%s.%ld", path, (long)getpid()) >= (int)sizeof(temp))
        return -1;
    FILE *out = fopen(temp, "wb");
    if (!out)
        return -1;
    int err = put(out, &header, sizeof(header));
    if (err == 0)
        err = put_side(out, &labels->from, labels->node_n);
    if (err == 0)
        err = put_side(out, &labels->to, labels->node_n);
    if (fclose(out) != 0)
        err = -1;
    if (err == 0)
        err = rename(temp, path);
    if (err < 0)
        unlink(temp);
    return err;
}

static size_t side_bytes(uint64_t node_n, uint64_t n)
{
    return rounded((node_n + 1) * 4) + 2 * rounded(n * 4) + n * 8;
}

static char *place_side(struct hub_side *side, char *at, uint32_t node_n, uint32_t n)
{
    side->n = n;
    side->first = (uint32_t *)at;
    at += rounded((node_n + 1) * sizeof(uint32_t));
    side->hub = (uint32_t *)at;
    at += rounded(n * sizeof(uint32_t));
    side->dm = (uint32_t *)at;
    at += rounded(n * sizeof(uint32_t));
    side->ns = (int64_t *)at;
    return at + n * sizeof(int64_t);
}

static bool side_is_sound(const struct hub_side *side, uint32_t node_n)
{
    uint32_t highest = 0;
    for (uint32_t v = 0; v < node_n; v++)
        if (side->first[v] > side->first[v + 1])
            return false;
    for (uint32_t i = 0; i < side->n; i++)
        highest = side->hub[i] > highest ? side->hub[i] : highest;
    return side->first[0] == 0 && side->first[node_n] == side->n && highest < node_n;
}

static int map_file(struct hub_labels *labels, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    labels->map = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(struct hub_header)) {
        labels->map_bytes = (size_t)st.st_size;
        labels->map = mmap(NULL, labels->map_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    if (labels->map != MAP_FAILED)
        return 0;
    labels->map = NULL;
    return -1;
}

int hub_labels_load(struct hub_labels *labels, const char *path, const struct hub_graph *graph)
{
    struct hub_header header;
    *labels = (struct hub_labels){.node_n = graph->node_n, .graph_hash = hub_graph_hash(graph)};
    if (map_file(labels, path) < 0)
        return -1;
    memcpy(&header, labels->map, sizeof(header));
    bool fits = header.magic == hub_magic && header.graph_hash == labels->graph_hash &&
                header.node_n == graph->node_n && header.from_n < UINT32_MAX &&
                header.to_n < UINT32_MAX &&
                labels->map_bytes == sizeof(header) + side_bytes(header.node_n, header.from_n) +
                                         side_bytes(header.node_n, header.to_n);
    if (fits) {
        char *at = (char *)labels->map + sizeof(header);
        at = place_side(&labels->from, at, graph->node_n, (uint32_t)header.from_n);
        place_side(&labels->to, at, graph->node_n, (uint32_t)header.to_n);
        fits = side_is_sound(&labels->from, graph->node_n) &&
               side_is_sound(&labels->to, graph->node_n);
    }
    if (!fits)
        hub_labels_close(labels);
    return fits ? 0 : -1;
}

static void side_free(struct hub_side *side)
{
    free(side->first);
    free(side->hub);
    free(side->dm);
    free(side->ns);
}

void hub_labels_close(struct hub_labels *labels)
{
    if (labels->map) {
        munmap(labels->map, labels->map_bytes);
    } else {
        side_free(&labels->from);
        side_free(&labels->to);
    }
    *labels = (struct hub_labels){0};
}
