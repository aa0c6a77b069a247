/* Any bytes as one of the tables of numbers: driving speeds, terminals' buttons, a city's demand,
 * its crews. The first byte chooses. What is refused names the file. */
#include <stdio.h>
#include <string.h>

#include "dispatch/ingest/buttons.h"
#include "dispatch/must.h"
#include "geo/speeds.h"
#include "sim/crew.h"
#include "sim/demand.h"
#include "tests/fuzz/fuzz_file.h"

static const char *load_speeds(const char *path)
{
    static struct speeds speeds;
    if (speeds_load(&speeds, path) < 0)
        return speeds.errmsg;
    must(speeds.profile_n > 0 && speeds.source[0]);
    for (uint32_t i = 0; i < speeds.profile_n; i++)
        for (int class = 0; class < ROAD_CLASSES; class ++)
            must(speeds.profile[i].kmh[class] > 0);
    return NULL;
}

static const char *load_buttons(const char *path)
{
    static struct buttons buttons;
    enum button_status status;
    if (buttons_load(&buttons, path) < 0)
        return buttons.errmsg;
    for (unsigned event = 0; event < 256; event++)
        if (buttons_event(&buttons, (uint8_t)event, &status))
            must(status < BUTTON_STATUSES);
    return NULL;
}

static const char *load_demand(const char *path)
{
    static struct demand_config config;
    static char errmsg[ERRMSG_MAX];
    return demand_config_load(&config, path, errmsg) < 0 ? errmsg : NULL;
}

static const char *load_crew(const char *path)
{
    static struct crew_config config;
    static char errmsg[ERRMSG_MAX];
    return crew_config_load(&config, path, errmsg) < 0 ? errmsg : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *(*const loads[])(const char *path) = {load_speeds, load_buttons, load_demand,
                                                             load_crew};
    if (n == 0)
        return 0;
    const char *path = fuzz_file(bytes + 1, n - 1);
    const char *wrong = loads[bytes[0] % 4](path);
    must(!wrong || strncmp(wrong, path, strlen(path)) == 0);
    return 0;
}
