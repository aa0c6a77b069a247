/* Any bytes as the GeoJSON file of zones. What is loaded answers for any place; what is not names
 * the file. */
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/travel/zones.h"
#include "tests/fuzz/fuzz_file.h"

static void ask(struct zones *zones)
{
    static const struct point places[] = {
        {390000000, 1064000000}, {0, 0}, {900000000, 1800000000}, {-900000000, -1800000000}};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct command command = {.kind = COMMAND_OPEN_INCIDENT};
        command.open_incident.has_place = true;
        command.open_incident.lat_e7 = places[i].lat_e7;
        command.open_incident.lon_e7 = places[i].lon_e7;
        zones_fill(zones, &command);
        for (uint32_t z = 0; z < command.open_incident.zone.n; z++)
            must(command.open_incident.zone.v[z] > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct zones zones;
    if (zones_load(&zones, fuzz_file(bytes, n)) == 0)
        ask(&zones);
    else
        must(strstr(zones.errmsg, ": "));
    zones_close(&zones);
    return 0;
}
