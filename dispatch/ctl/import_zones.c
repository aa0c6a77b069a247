#include "dispatch/ctl/import_zones.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/atlas/atlas.h"
#include "dispatch/ctl/read_text.h"

#define GEOJSON_BYTES_MAX ((size_t)256 << 20)

struct job {
    const char *file, *kind, *source, *conninfo;
};

static const char *const kinds[] = {
#define ZONE_KIND(name, key, zh, en) key,
#define CAPABILITY(name, key, zh, en)
#define HOSPITAL_KIND(name, key, zh, en)
#include "dispatch/core/kind.def"
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void usage(FILE *out)
{
    fputs("usage: dispatchctl zones import FILE.geojson --kind KIND [--source TEXT]"
          " [--db CONNINFO]\n\n"
          "Takes areas in from a GeoJSON FeatureCollection of polygons: WGS-84, each with a name\n"
          "and a code (or adcode). The same code of the same kind again replaces the zone.\n\n"
          "  --kind KIND     one of",
          out);
    for (size_t i = 0; i < KINDS; i++)
        fprintf(out, " %s", kinds[i]);
    fputs("\n  --source TEXT   where the areas come from (default: what each feature says)\n"
          "  --db CONNINFO   libpq connection string (default: libpq's environment)\n",
          out);
}

static int known_kind(const char *kind)
{
    for (size_t i = 0; kind && i < KINDS; i++) {
        if (strcmp(kinds[i], kind) == 0)
            return 1;
    }
    return 0;
}

static int parse(struct job *job, int argc, char **argv)
{
    static const struct option options[] = {{"kind", required_argument, NULL, 'k'},
                                            {"source", required_argument, NULL, 's'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;

    *job = (struct job){.conninfo = ""};
    optind = 1;
    while ((option = getopt_long(argc, argv, "k:s:d:h", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            job->kind = optarg;
            break;
        case 's':
            job->source = optarg;
            break;
        case 'd':
            job->conninfo = optarg;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            return -1;
        }
    }
    if (argc - optind != 1 || !known_kind(job->kind))
        return -1;
    job->file = argv[optind];
    return 0;
}

static int import(const struct job *job, const char *geojson)
{
    struct atlas atlas;
    int n;

    if (atlas_open(&atlas, job->conninfo)) {
        fprintf(stderr, "zones import: %s\n", atlas.errmsg);
        return 1;
    }
    n = atlas_zones_import(&atlas, geojson, job->kind, job->source);
    if (n < 0)
        fprintf(stderr, "zones import: %s: %s\n", job->file, atlas.errmsg);
    else
        printf("%s: %d zones of kind %s\n", job->file, n, job->kind);
    atlas_close(&atlas);
    return n < 0;
}

int ctl_import_zones(int argc, char **argv)
{
    struct job job;
    char *geojson;
    int rc;

    if (parse(&job, argc, argv)) {
        usage(stderr);
        return 2;
    }
    geojson = read_text(job.file, GEOJSON_BYTES_MAX);
    if (!geojson) {
        fprintf(stderr, "zones import: %s: %s\n", job.file, strerror(errno));
        return 1;
    }
    rc = import(&job, geojson);
    free(geojson);
    return rc;
}
