/* Any bytes as one of the two files of a city: its commands, or its zones. What is loaded saves,
 * and loads again with as many of everything; what is not names the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "sim/city.h"
#include "tests/fuzz/fuzz_file.h"

static const char *const names[2] = {"city.txt", "zones.geojson"};
static const char *const sound[2] = {
    "define_station S1 code=S01 name=站 at=39.0100000,106.3740000\n"
    "define_unit U1 code=U-01 plate=宁B0001演 kind=ADVANCED S1 capabilities=31 crew=3\n",
    "{\"type\": \"FeatureCollection\", \"features\": []}\n"};

static struct city city, again;
static char saved[600];

static void begin(void)
{
    fuzz_dir_sub("saved");
    snprintf(saved, sizeof(saved), "%s/saved", fuzz_dir());
}

static void save_and_load(void)
{
    char errmsg[ERRMSG_MAX];
    must(city_save(&city, saved, errmsg) == 0);
    if (city_load(&again, saved, errmsg) < 0) {
        fprintf(stderr, "%s\n", errmsg);
        abort();
    }
    must(again.station_n == city.station_n && again.hospital_n == city.hospital_n);
    must(again.unit_n == city.unit_n && again.zone_n == city.zone_n);
    must(memcmp(again.station, city.station, sizeof(city.station)) == 0);
    must(memcmp(again.unit, city.unit, sizeof(city.unit)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char errmsg[ERRMSG_MAX];
    if (!saved[0])
        begin();
    if (n == 0)
        return 0;
    int which = bytes[0] % 2;
    fuzz_dir_put(names[which], bytes + 1, n - 1);
    fuzz_dir_put(names[1 - which], sound[1 - which], strlen(sound[1 - which]));
    if (city_load(&city, fuzz_dir(), errmsg) == 0)
        save_and_load();
    else
        must(strstr(errmsg, names[which]));
    return 0;
}
