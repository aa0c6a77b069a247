#include "dispatch/ctl/import_osm.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch/atlas/atlas.h"
#include "dispatch/ctl/read_text.h"
#include "geo/load.h"

#define SQL_BYTES_MAX (1 << 20)

extern char **environ;

struct import {
    const char *pbf;
    const char *out;
    const char *conninfo;
    const char *deploy;        /* as given, or found */
    char deploy_found[PATH_MAX];
    char style[PATH_MAX + 32]; /* deploy/osm/import.lua */
    char build[PATH_MAX + 32]; /* deploy/osm/build.sql */
};

static const char usage[] =
    "usage: dispatchctl import-osm FILE.osm.pbf [--out ROADS] [--db CONNINFO] [--deploy DIR]\n"
    "\n"
    "Brings an OpenStreetMap extract into PostGIS: roads, turn restrictions, gazetteer. Writes\n"
    "the road file that dispatchd starts from. All or nothing; a second run replaces the first.\n"
    "\n"
    "  --out ROADS     the road file to write (default: roads.road)\n"
    "  --db CONNINFO   libpq connection string (default: libpq's environment, PGHOST and so on)\n"
    "  --deploy DIR    the project's deploy directory (default: found from the program's place)\n";

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "import-osm: %s: %s\n", what, why);
    return -1;
}

/* The deploy directory beside or above the program: build/release/bin/dispatchctl and an installed
 * bin/dispatchctl both find it. */
static int find_deploy(struct import *job)
{
    char at[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", at, sizeof at - 1);
    char *slash;

    if (n < 0)
        return fail("/proc/self/exe", strerror(errno));
    at[n] = '\0';
    while ((slash = strrchr(at, '/'))) {
        *slash = '\0';
        snprintf(job->style, sizeof job->style, "%s/deploy/osm/import.lua", at);
        if (access(job->style, R_OK) == 0) {
            snprintf(job->deploy_found, sizeof job->deploy_found, "%.*s/deploy",
                     PATH_MAX - 8, at);
            job->deploy = job->deploy_found;
            return 0;
        }
    }
    return fail("deploy/osm/import.lua", "not found above the program; give --deploy DIR");
}

static int parse(struct import *job, int argc, char **argv)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"deploy", required_argument, NULL, 'D'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;

    *job = (struct import){.out = "roads.road", .conninfo = ""};
    optind = 1;
    while ((option = getopt_long(argc, argv, "o:d:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            job->out = optarg;
            break;
        case 'd':
            job->conninfo = optarg;
            break;
        case 'D':
            job->deploy = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            return -1;
        }
    }
    if (argc - optind != 1) {
        fputs(usage, stderr);
        return -1;
    }
    job->pbf = argv[optind];
    return 0;
}

static int prepare(struct import *job)
{
    if (access(job->pbf, R_OK))
        return fail(job->pbf, strerror(errno));
    if (!job->deploy && find_deploy(job))
        return -1;
    if (strlen(job->deploy) >= PATH_MAX)
        return fail("--deploy", "too long");
    snprintf(job->style, sizeof job->style, "%s/osm/import.lua", job->deploy);
    snprintf(job->build, sizeof job->build, "%s/osm/build.sql", job->deploy);
    if (access(job->style, R_OK))
        return fail(job->style, strerror(errno));
    return 0;
}

/* osm2pgsql's own complaints go to our stderr as they come. */
static int run_osm2pgsql(const struct import *job)
{
    const char *argv[] = {"osm2pgsql", "--create", "--slim", "--middle-schema=osm_import",
                          "--output=flex", "--style", job->style, "--cache=400",
                          "--number-processes=1", "--log-level=warn", "--log-progress=false",
                          job->pbf, *job->conninfo ? "--database" : NULL, job->conninfo, NULL};
    pid_t child;
    int status, rc;

    rc = posix_spawnp(&child, argv[0], NULL, NULL, (char **)(uintptr_t)argv, environ);
    if (rc == ENOENT)
        return fail("osm2pgsql", "not installed: apt-get install osm2pgsql");
    if (rc)
        return fail("osm2pgsql", strerror(rc));
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return fail("osm2pgsql", strerror(errno));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail("osm2pgsql", "failed, see above; the roads in the database are unchanged");
    return 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Checks the new roads as a graph before anybody else sees them. */
static int build(const struct import *job, struct atlas *atlas, struct road *road,
                 struct atlas_import *counts)
{
    char *sql = read_text(job->build, SQL_BYTES_MAX);
    int rc = -1;

    if (!sql)
        return fail(job->build, strerror(errno));
    if (atlas_import_build(atlas, sql, base_name(job->pbf), counts))
        fail(job->pbf, atlas->errmsg);
    else if (counts->edges == 0)
        fail(job->pbf, "holds no road that a vehicle may use");
    else if (atlas_road(atlas, road))
        fail(job->pbf, atlas->errmsg);
    else
        rc = 0;
    free(sql);
    return rc;
}

static int save(const struct import *job, struct atlas *atlas, struct road *road)
{
    char errmsg[ROAD_ERRMSG_MAX];

    if (road_save(road, job->out, errmsg))
        return fail(job->out, errmsg);
    if (atlas_import_commit(atlas))
        return fail(job->pbf, atlas->errmsg);
    return 0;
}

static void report(const struct import *job, const struct road *road,
                   const struct atlas_import *counts)
{
    printf("%s: %lld road pieces, %lld forbidden turns (%lld restrictions via a way), "
           "%lld places\n",
           base_name(job->pbf), (long long)counts->edges, (long long)counts->turn_bans,
           (long long)counts->via_ways, (long long)counts->places);
    if (counts->unclear)
        printf("left out: %lld turn restrictions that are incomplete or unclear\n",
               (long long)counts->unclear);
    if (counts->turns_by_hour)
        printf("left out: %lld turn restrictions that hold at some hours only\n",
               (long long)counts->turns_by_hour);
    if (counts->streets_by_hour)
        printf("taken as at other hours: %lld streets that the hour closes or opens to ordinary "
               "traffic\n",
               (long long)counts->streets_by_hour);
    printf("%s: %u nodes, %u arcs, %u nodes in the largest connected part\n", job->out,
           road->node_n, road->arc_n, road->main_node_n);
}

static int import(const struct import *job, struct atlas *atlas)
{
    struct atlas_import counts;
    struct road road;
    int rc;

    if (atlas_import_begin(atlas))
        return fail("database", atlas->errmsg);
    if (run_osm2pgsql(job) || build(job, atlas, &road, &counts))
        return -1;
    rc = save(job, atlas, &road);
    if (rc == 0)
        report(job, &road, &counts);
    road_close(&road);
    return rc;
}

int ctl_import_osm(int argc, char **argv)
{
    struct import job;
    struct atlas atlas;
    int rc;

    if (parse(&job, argc, argv))
        return 2;
    if (prepare(&job))
        return 1;
    if (atlas_open(&atlas, job.conninfo)) {
        fail("database", atlas.errmsg);
        return 1;
    }
    rc = import(&job, &atlas);
    atlas_close(&atlas);
    return rc ? 1 : 0;
}
