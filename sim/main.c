/* citysim: a city to run dispatchd against. See usage() for its commands. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"
#include "geo/load.h"
#include "sim/alarm.h"
#include "sim/city.h"
#include "sim/city_roads.h"
#include "sim/judge.h"
#include "sim/live.h"
#include "sim/replay.h"
#include "sim/sf_csv.h"
#include "sim/site.h"

static const char usage_text[] =
    "citysim: a synthetic city for dispatchd (演示数据)\n"
    "\n"
    "  citysim make --out DIR [--seed N]\n"
    "      the demonstration city: road.bin, city.txt, zones.geojson\n"
    "  citysim make --out DIR --road FILE [--seed N] [--stations N] [--hospitals N] [--units N]\n"
    "      stations, hospitals and units on an imported road file\n"
    "  citysim live --server HOST:PORT --jt808 HOST:PORT --token-file FILE --city DIR\n"
    "      [--seed N] [--calls-per-day N] [--auto-dispatch] [--once] [--drive [--speed N]]\n"
    "      [--deploy DIR] [--utc-offset HOURS]\n"
    "      callers, crews and hospitals against a running server; --auto-dispatch: a simulated\n"
    "      dispatcher too; --once: until a crew acknowledged one order, then exit 0;\n"
    "      --drive: this is the clock of a server with clock=driven, --speed times real time\n"
    "  citysim replay FILE.csv --server HOST:PORT --token-file FILE\n"
    "      a recording through a server with clock=driven (columns: sim/replay_csv.h)\n"
    "  citysim convert-sf IN.csv[.gz] OUT.csv\n"
    "      the San Francisco week as such a recording\n"
    "  citysim judge --city DIR [--calls FILE.csv[.gz]] --policy NAME[,NAME…] [--out FILE.csv]\n"
    "      [--summary FILE.csv] [--report FILE.html] [--units N] [--no-divert] [--busy SHARE]\n"
    "      [--seeds N] [--seed N] [--from DAY] [--to DAY] [--cache DIR] [--case N] [--deploy DIR]\n"
    "      policies closest, closest_redisp, dmexclp, dmexclp_redisp, ours on the same calls;\n"
    "      DIR: of the JEMSS simulator, of ELASPY (with --case and --units), or of citysim make,\n"
    "      whose calls are drawn (deploy/city), or recorded (--calls, columns: sim/replay_csv.h);\n"
    "      a line a call to --out, the summary to the screen; --seeds: so many draws, for\n"
    "      intervals (of a file: its days in other orders); --busy: what move-up takes for\n"
    "      granted (else measured); --from, --to: days the statistics count (1 to the last whole\n"
    "      one); --cache: road times kept between runs (else in the user's cache folder; \"\":\n"
    "      nowhere)\n"
    "  citysim site --city DIR [--add N] [--units N] [--out DIR] [--seed N] [--deploy DIR]\n"
    "      where N more stations (3) should stand and how many units each, for a city of citysim\n"
    "      make: by township before and after; tables, GeoJSON and a map to --out\n"
    "  citysim alarm --city DIR [--seeds N] [--years N] [--out FILE.csv] [--seed N]\n"
    "      [--deploy DIR]\n"
    "      how soon each detector of early warning finds the outbreaks of deploy/city in so many\n"
    "      cities, all at one false alarm a month; --years: what chance alone raises in so long\n"
    "\n"
    "FILE of tokens: lines \"gateway TOKEN\" and \"dispatcher TOKEN\".\n"
    "Exit: 0 done, 1 something was refused, 2 error, 64 wrong usage.\n";

enum { EXIT_REFUSED = 1, EXIT_ERROR = 2, EXIT_USAGE = 64 };

enum option_code {
    OPTION_OUT = 1,
    OPTION_ROAD,
    OPTION_SEED,
    OPTION_STATIONS,
    OPTION_HOSPITALS,
    OPTION_UNITS,
    OPTION_SERVER,
    OPTION_JT808,
    OPTION_TOKENS,
    OPTION_CITY,
    OPTION_CALLS,
    OPTION_AUTO,
    OPTION_ONCE,
    OPTION_DRIVE,
    OPTION_SPEED,
    OPTION_DEPLOY,
    OPTION_OFFSET,
    OPTION_CALLS_FILE,
    OPTION_POLICY,
    OPTION_SUMMARY,
    OPTION_REPORT,
    OPTION_CACHE,
    OPTION_BUSY,
    OPTION_FROM,
    OPTION_TO,
    OPTION_CASE,
    OPTION_NO_DIVERT,
    OPTION_SEEDS,
    OPTION_ADD,
    OPTION_YEARS,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"out", required_argument, NULL, OPTION_OUT},
    {"road", required_argument, NULL, OPTION_ROAD},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"stations", required_argument, NULL, OPTION_STATIONS},
    {"hospitals", required_argument, NULL, OPTION_HOSPITALS},
    {"units", required_argument, NULL, OPTION_UNITS},
    {"server", required_argument, NULL, OPTION_SERVER},
    {"jt808", required_argument, NULL, OPTION_JT808},
    {"token-file", required_argument, NULL, OPTION_TOKENS},
    {"city", required_argument, NULL, OPTION_CITY},
    {"calls-per-day", required_argument, NULL, OPTION_CALLS},
    {"auto-dispatch", no_argument, NULL, OPTION_AUTO},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"drive", no_argument, NULL, OPTION_DRIVE},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"deploy", required_argument, NULL, OPTION_DEPLOY},
    {"utc-offset", required_argument, NULL, OPTION_OFFSET},
    {"calls", required_argument, NULL, OPTION_CALLS_FILE},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"summary", required_argument, NULL, OPTION_SUMMARY},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"cache", required_argument, NULL, OPTION_CACHE},
    {"busy", required_argument, NULL, OPTION_BUSY},
    {"from", required_argument, NULL, OPTION_FROM},
    {"to", required_argument, NULL, OPTION_TO},
    {"case", required_argument, NULL, OPTION_CASE},
    {"no-divert", no_argument, NULL, OPTION_NO_DIVERT},
    {"seeds", required_argument, NULL, OPTION_SEEDS},
    {"add", required_argument, NULL, OPTION_ADD},
    {"years", required_argument, NULL, OPTION_YEARS},
    {NULL, 0, NULL, 0},
};

struct arguments {
    const char *out, *road, *server, *jt808, *tokens, *city, *deploy;
    double seed, stations, hospitals, units, calls, speed, offset_h, add, years;
    bool auto_dispatch, once, drive, units_given;
    struct judge_options judge;
    double judge_case, seeds;
    char **file;
    int files;
};

static int error(const char *why)
{
    fprintf(stderr, "citysim: %s\n", why);
    return EXIT_ERROR;
}

static int misuse(const char *why)
{
    fprintf(stderr, "citysim: %s\n\n%s", why, usage_text);
    return EXIT_USAGE;
}

static int take_number(double *value, double low, double high)
{
    if (csv_number(optarg, value) == 0 && *value >= low && *value <= high)
        return 0;
    fprintf(stderr, "citysim: \"%s\" is not a number from %g to %g\n", optarg, low, high);
    return -1;
}

static int take_judge_option(struct arguments *a, int option)
{
    struct judge_options *judge = &a->judge;
    switch (option) {
    case OPTION_CALLS_FILE:
        judge->calls = optarg;
        return 0;
    case OPTION_POLICY:
        judge->policy = optarg;
        return 0;
    case OPTION_SUMMARY:
        judge->summary = optarg;
        return 0;
    case OPTION_REPORT:
        judge->report = optarg;
        return 0;
    case OPTION_CACHE:
        judge->cache = optarg;
        return 0;
    case OPTION_NO_DIVERT:
        judge->no_divert = true;
        return 0;
    case OPTION_BUSY:
        return take_number(&judge->busy, 0.001, 0.999);
    case OPTION_FROM:
        return take_number(&judge->from_day, 0, 1e5);
    case OPTION_TO:
        return take_number(&judge->to_day, 0, 1e5);
    case OPTION_CASE:
        return take_number(&a->judge_case, 1, 1e6);
    case OPTION_SEEDS:
        return take_number(&a->seeds, 1, 1000);
    default:
        return -1;
    }
}

static int take_option(struct arguments *a, int option)
{
    switch (option) {
    case OPTION_OUT:
        a->out = optarg;
        return 0;
    case OPTION_ROAD:
        a->road = optarg;
        return 0;
    case OPTION_SERVER:
        a->server = optarg;
        return 0;
    case OPTION_JT808:
        a->jt808 = optarg;
        return 0;
    case OPTION_TOKENS:
        a->tokens = optarg;
        return 0;
    case OPTION_CITY:
        a->city = optarg;
        return 0;
    case OPTION_DEPLOY:
        a->deploy = optarg;
        return 0;
    case OPTION_AUTO:
        a->auto_dispatch = true;
        return 0;
    case OPTION_ONCE:
        a->once = true;
        return 0;
    case OPTION_DRIVE:
        a->drive = true;
        return 0;
    case OPTION_SEED:
        return take_number(&a->seed, 0, 1e15);
    case OPTION_STATIONS:
        return take_number(&a->stations, 1, CITY_STATIONS_MAX);
    case OPTION_HOSPITALS:
        return take_number(&a->hospitals, 1, CITY_HOSPITALS_MAX);
    case OPTION_UNITS:
        a->units_given = true;
        return take_number(&a->units, 1, CITY_UNITS_MAX);
    case OPTION_CALLS:
        return take_number(&a->calls, 0.1, 1e6);
    case OPTION_ADD:
        return take_number(&a->add, 0, CITY_STATIONS_MAX);
    case OPTION_YEARS:
        return take_number(&a->years, 1, 100);
    case OPTION_SPEED:
        return take_number(&a->speed, 0.1, 1000);
    case OPTION_OFFSET:
        return take_number(&a->offset_h, -12, 14);
    default:
        return take_judge_option(a, option);
    }
}

/* ---- make ---- */

static int make_on(const struct arguments *a, struct city *city, struct road *road)
{
    const struct city_size size = {(uint32_t)a->stations, (uint32_t)a->hospitals,
                                   (uint32_t)a->units};
    char errmsg[ERRMSG_MAX];

    if (a->road && city_place(city, (uint64_t)a->seed, road, &size, errmsg) < 0)
        return error(errmsg);
    if (!a->road)
        city_make(city, (uint64_t)a->seed, road);
    if (os_make_dirs(a->out) < 0)
        return error("the directory of --out cannot be made");
    if (city_save(city, a->out, errmsg) < 0)
        return error(errmsg);
    return 0;
}

static int save_road(const struct arguments *a, struct road *road)
{
    char path[512], errmsg[ROAD_ERRMSG_MAX];

    snprintf(path, sizeof(path), "%s/road.bin", a->out);
    return road_save(road, path, errmsg) < 0 ? error(errmsg) : 0;
}

static int make(const struct arguments *a)
{
    static struct city city;
    struct road road;
    char errmsg[ERRMSG_MAX];
    int err;

    if (!a->out)
        return misuse("make needs --out");
    err = a->road ? road_load(&road, a->road, errmsg)
                  : city_roads_make((uint64_t)a->seed, &road, errmsg);
    if (err < 0)
        return error(errmsg);
    err = make_on(a, &city, &road);
    if (err == 0)
        err = save_road(a, &road);
    if (err == 0)
        printf("%s: %u nodes, %u arcs, %zu stations, %zu hospitals, %zu units, %zu zones (%s)\n",
               a->out, road.node_n, road.arc_n, city.station_n, city.hospital_n, city.unit_n,
               city.zone_n, road.label);
    road_close(&road);
    return err;
}

/* ---- live and replay ---- */

static int live(const struct arguments *a)
{
    char speeds[512], buttons[512], demand[512], crew[512], cards[512], plans[512];
    struct live_config config = {
        .city_dir = a->city,
        .speeds_path = speeds,
        .buttons_path = buttons,
        .demand_path = demand,
        .crew_path = crew,
        .cards_dir = cards,
        .plans_path = plans,
        .seed = (uint64_t)a->seed,
        .speed = a->speed,
        .calls_per_day = a->calls,
        .utc_offset_s = (int)(a->offset_h * 3600),
        .drive = a->drive,
        .auto_dispatch = a->auto_dispatch,
        .once = a->once,
    };
    char errmsg[ERRMSG_MAX];

    snprintf(speeds, sizeof(speeds), "%s/speeds.conf", a->deploy);
    snprintf(buttons, sizeof(buttons), "%s/buttons.conf", a->deploy);
    snprintf(demand, sizeof(demand), "%s/city/demand.conf", a->deploy);
    snprintf(crew, sizeof(crew), "%s/city/crew.conf", a->deploy);
    snprintf(cards, sizeof(cards), "%s/cards", a->deploy);
    snprintf(plans, sizeof(plans), "%s/plans/response.yaml", a->deploy);
    if (!a->server || !a->jt808 || !a->tokens || !a->city)
        return misuse("live needs --server, --jt808, --token-file and --city");
    if (a->speed != 1 && !a->drive)
        return misuse("--speed needs --drive: a server on the machine's clock has no other speed");
    if (session_address_parse(a->server, &config.server) < 0 ||
        session_address_parse(a->jt808, &config.jt808) < 0)
        return misuse("an address is an IPv4 address and a port, like 127.0.0.1:8121");
    if (live_read_tokens(&config, a->tokens, errmsg) < 0)
        return error(errmsg);
    if (!config.gateway_token[0] || (a->auto_dispatch && !config.dispatcher_token[0]))
        return error("the token file lacks the gateway's or the dispatcher's token");
    if (a->once && !a->auto_dispatch)
        return misuse("--once needs --auto-dispatch");
    return live_run(&config, errmsg) < 0 ? error(errmsg) : 0;
}

static int replay(const struct arguments *a)
{
    static struct live_config tokens;
    struct session_config config = {.client = 1};
    struct replay_result result;
    struct replay_csv csv;
    char errmsg[ERRMSG_MAX];

    if (a->files != 1 || !a->server || !a->tokens)
        return misuse("replay needs a file, --server and --token-file");
    if (session_address_parse(a->server, &config.address) < 0)
        return misuse("an address is an IPv4 address and a port, like 127.0.0.1:8121");
    if (live_read_tokens(&tokens, a->tokens, errmsg) < 0)
        return error(errmsg);
    memcpy(config.token, tokens.gateway_token, sizeof(config.token));
    if (replay_csv_load(&csv, a->file[0]) < 0)
        return error(csv.errmsg);
    os_random(&config.client, sizeof(config.client));
    config.client = config.client % (ID_MAX - 1) + 1;
    int status = replay_run(&csv, &config, &result, errmsg);
    replay_print(stdout, &csv, &result);
    replay_csv_close(&csv);
    if (status < 0)
        return error(errmsg);
    return status > 0 ? EXIT_REFUSED : 0;
}

static int convert(const struct arguments *a)
{
    char errmsg[ERRMSG_MAX];
    size_t rows;

    if (a->files != 2)
        return misuse("convert-sf needs two files");
    if (sf_csv_convert(a->file[0], a->file[1], &rows, errmsg) < 0)
        return error(errmsg);
    printf("%s: %zu unit responses\n", a->file[1], rows);
    return 0;
}

static int judge(struct arguments *a)
{
    char errmsg[ERRMSG_MAX], cache[512] = "";
    const char *home = getenv("HOME"), *own = getenv("XDG_CACHE_HOME");

    if (own && *own)
        snprintf(cache, sizeof(cache), "%s/mingdi", own);
    else if (home && *home)
        snprintf(cache, sizeof(cache), "%s/.cache/mingdi", home);
    if (!a->city || !a->judge.policy)
        return misuse("judge needs --city and --policy");
    if (a->seeds > JUDGE_SEEDS_MAX)
        return misuse("judge takes fewer --seeds");
    a->judge.city = a->city;
    a->judge.deploy = a->deploy;
    a->judge.seed = (uint64_t)a->seed;
    a->judge.seeds = (uint32_t)a->seeds;
    a->judge.out = a->out;
    a->judge.units = a->units_given ? (uint32_t)a->units : 0;
    a->judge.elaspy_case = (uint32_t)a->judge_case;
    if (!a->judge.cache)
        a->judge.cache = cache;
    if (!*a->judge.cache)
        a->judge.cache = NULL;
    return judge_command(&a->judge, errmsg) < 0 ? error(errmsg) : 0;
}

static int site(const struct arguments *a)
{
    const struct site_options options = {.city = a->city,
                                         .deploy = a->deploy,
                                         .out = a->out,
                                         .add = (uint32_t)a->add,
                                         .units = a->units_given ? (uint32_t)a->units : 0,
                                         .seed = (uint64_t)a->seed};
    char errmsg[ERRMSG_MAX];

    if (!a->city)
        return misuse("site needs --city");
    return site_command(&options, errmsg) < 0 ? error(errmsg) : 0;
}

static int alarm_of(const struct arguments *a)
{
    const struct alarm_options options = {.city = a->city,
                                          .deploy = a->deploy,
                                          .out = a->out,
                                          .seed = (uint64_t)a->seed,
                                          .seeds = (uint32_t)a->seeds,
                                          .years = (uint32_t)a->years};
    char errmsg[ERRMSG_MAX];

    if (!a->city || (!options.seeds && !options.years))
        return misuse("alarm needs --city, and --seeds or --years");
    return alarm_command(&options, errmsg) < 0 ? error(errmsg) : 0;
}

int main(int argc, char **argv)
{
    struct arguments a = {.seed = 640200,
                          .stations = 12,
                          .hospitals = 4,
                          .units = 40,
                          .speed = 1,
                          .offset_h = 8,
                          .add = 3,
                          .deploy = "deploy",
                          .judge = {.from_day = 1}};
    int option;

    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage_text, stdout);
            return 0;
        }
        if (take_option(&a, option) < 0)
            return EXIT_USAGE;
    }
    if (optind == argc)
        return misuse("which command?");
    const char *command = argv[optind];
    a.file = argv + optind + 1;
    a.files = argc - optind - 1;
    wire_init();
    if (strcmp(command, "make") == 0)
        return make(&a);
    if (strcmp(command, "live") == 0)
        return live(&a);
    if (strcmp(command, "replay") == 0)
        return replay(&a);
    if (strcmp(command, "convert-sf") == 0)
        return convert(&a);
    if (strcmp(command, "judge") == 0)
        return judge(&a);
    if (strcmp(command, "site") == 0)
        return site(&a);
    if (strcmp(command, "alarm") == 0)
        return alarm_of(&a);
    if (strcmp(command, "help") == 0) {
        fputs(usage_text, stdout);
        return 0;
    }
    return misuse("there is no such command");
}
