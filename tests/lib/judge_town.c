#include "tests/lib/judge_town.h"

#include <stdarg.h>
#include <stdio.h>

#include "sim/dice.h"

enum { SIDE = 14, STATIONS = 5, HOSPITALS = 3 };

static FILE *begin(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return fopen(path, "w");
}

static int write_text(const char *dir, const char *name, const char *text)
{
    FILE *out = begin(dir, name);
    if (!out)
        return -1;
    fputs(text, out);
    return fclose(out);
}

static int write_rules(const char *dir)
{
    int err = write_text(dir, "map_1.csv",
                         "map,1,,,,\nxMin,xMax,yMin,yMax,xScale,yScale\n-1,20,-1,20,1,1\n");
    err |= write_text(dir, "travel_1.csv",
                      "travelModes,,\ntravelModeIndex,offRoadSpeed,note\n1,720,\n2,480,\n,,\n"
                      "travelSets,,\ntravelSetIndex,priority,travelModeIndex\n1,highPriority,1\n"
                      "1,medPriority,1\n1,lowPriority,2\n,,\ntravelSetsTiming,,\n"
                      "startTime,travelSetIndex,\n0,1,\n");
    err |= write_text(dir, "priorities_1.csv",
                      "priorities,3,\npriority,name,targetResponseTime\n1,highPriority,0.0055\n"
                      "2,medPriority,0.0055\n3,lowPriority,0.0083\n");
    err |= write_text(dir, "redispatch_lower.csv",
                      "miscData,,\nallowRedispatch,,\n1,,\n,,\nredispatchConditions,,\n"
                      "fromCallPriority,toCallPriority,allowRedispatch\n"
                      "lowPriority,highPriority,1\nmedPriority,highPriority,1\n");
    err |= write_text(dir, "demand_coverage_1.csv",
                      "coverTimes,,\ndemandPriority,coverTime,note\nhighPriority,0.004,\n"
                      "medPriority,0.004,\nlowPriority,0.007,\n,,\ndemandRasterCellNumPoints,,\n"
                      "rows,cols,\n1,1,\n");
    err |= write_text(dir, "demand_1.csv",
                      "demandRasters,,,\nrasterIndex,rasterFilename,,\n1,made.tif,,\n,,,\n"
                      "demandModes,,,\nmodeIndex,rasterIndex,priority,arrivalRate\n"
                      "1,1,highPriority,60\n2,1,medPriority,30\n3,1,lowPriority,60\n,,,\n"
                      "demandSets,,,\nsetIndex,modeIndices,,\n1,[1; 2; 3],,\n,,,\n"
                      "demandSetsTiming,,,\nstartTime,setIndex,,\n0,1,,\n");
    return err ? -1 : 0;
}

static int write_streets(const char *dir, struct dice *dice)
{
    FILE *nodes = begin(dir, "nodes.csv"), *arcs = begin(dir, "arcs.csv");
    uint32_t n = 0;
    if (!nodes || !arcs)
        return -1;
    fprintf(nodes, "nodes,%d,,\nindex,x,y,offRoadAccess\n", SIDE * SIDE);
    for (int i = 0; i < SIDE * SIDE; i++)
        fprintf(nodes, "%d,%d.%d,%d.%d,%d\n", i + 1, i % SIDE, dice_between(dice, 0, 3), i / SIDE,
                dice_between(dice, 0, 3), dice_percent(dice, 80));
    fputs("miscData,1,,,\narcForm,numModes\ndirected,2\n,\narcs,0,,,\n"
          "index,fromNode,toNode,mode_1,mode_2\n",
          arcs);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int way = 0; way < 4; way++) {
            int x = i % SIDE + (way == 0) - (way == 1), y = i / SIDE + (way == 2) - (way == 3);
            double days = (40 + dice_between(dice, 0, 40)) / 86400.0;
            if (x >= 0 && y >= 0 && x < SIDE && y < SIDE)
                fprintf(arcs, "%u,%d,%d,%.17g,%.17g\n", ++n, i + 1, y * SIDE + x + 1, days,
                        days * 1.3);
        }
    return fclose(nodes) | fclose(arcs) ? -1 : 0;
}

static int write_places(const char *dir, struct dice *dice, uint32_t units)
{
    FILE *stations = begin(dir, "stations_1.csv"), *hospitals = begin(dir, "hospitals_1.csv");
    FILE *ambulances = begin(dir, "ambulances_1.csv"), *cells = begin(dir, "demand_cells.csv");
    if (!stations || !hospitals || !ambulances || !cells)
        return -1;
    fputs("stations,,,\nindex,x,y,capacity\n", stations);
    for (int i = 1; i <= STATIONS; i++)
        fprintf(stations, "%d,%.3f,%.3f,5\n", i, dice_unit(dice) * 13, dice_unit(dice) * 13);
    fputs("hospitals,,\nindex,x,y\n", hospitals);
    for (int i = 1; i <= HOSPITALS; i++)
        fprintf(hospitals, "%d,%.3f,%.3f\n", i, dice_unit(dice) * 13, dice_unit(dice) * 13);
    fputs("ambulances,,\nindex,stationIndex,class\n", ambulances);
    for (uint32_t u = 0; u < units; u++)
        fprintf(ambulances, "%u,%u,1\n", u + 1, u % STATIONS + 1);
    fputs("x,y,weight\n", cells);
    for (int i = 0; i < 600; i++)
        fprintf(cells, "%.3f,%.3f,%.3f\n", dice_unit(dice) * 13, dice_unit(dice) * 13,
                dice_unit(dice));
    return fclose(stations) | fclose(hospitals) | fclose(ambulances) | fclose(cells) ? -1 : 0;
}

static int write_calls(const char *dir, struct dice *dice, uint32_t calls)
{
    FILE *out = begin(dir, "calls.csv");
    double days = 0;
    if (!out)
        return -1;
    fputs("miscData,,,\nstartTime,\n0.0\n,\ncalls,,,\nindex,priority,x,y,arrivalTime,dispatchDelay,"
          "onSceneDuration,transport,hospitalIndex,handoverDuration\n",
          out);
    for (uint32_t c = 1; c <= calls; c++) {
        days += (1 + dice_between(dice, 0, 1150)) / 86400.0;
        fprintf(out, "%u,%d,%.3f,%.3f,%.12f,%.12f,%.12f,%d,%d,%.12f\n", c, dice_between(dice, 1, 3),
                dice_unit(dice) * 13, dice_unit(dice) * 13, days, 60 / 86400.0,
                dice_between(dice, 60, 1200) / 86400.0, dice_percent(dice, 80),
                dice_percent(dice, 10) ? 2 : -1, dice_between(dice, 60, 900) / 86400.0);
    }
    return fclose(out) ? -1 : 0;
}

int judge_town_write(const char *dir, uint64_t seed, uint32_t units, uint32_t calls)
{
    struct dice dice = dice_make(seed, "judge town");
    if (write_rules(dir) < 0 || write_streets(dir, &dice) < 0 ||
        write_places(dir, &dice, units) < 0)
        return -1;
    return write_calls(dir, &dice, calls);
}

int judge_town_recording(const char *path, uint64_t seed, uint32_t calls)
{
    struct dice dice = dice_make(seed, "recording");
    long long ms = 1700000000000;
    FILE *out = fopen(path, "w");
    if (!out)
        return -1;
    fputs("call,received,lat,lon,unit,ordered,departed,at_scene,left_scene,at_hospital,completed\n",
          out);
    for (uint32_t c = 1; c <= calls; c++) {
        long long at = ms += 1000 * dice_between(&dice, 10, 600), at_ms[6];
        for (int i = 0; i < 6; i++)
            at_ms[i] = at += 1000 * dice_between(&dice, 20, 900);
        fprintf(out, "C%u,%lld,%.5f,%.5f,U%d,%lld,%lld,%lld,%lld,%lld,%lld\n", c, ms,
                39.0 + 0.05 * dice_unit(&dice), 106.34 + 0.06 * dice_unit(&dice),
                dice_between(&dice, 1, 9), at_ms[0], at_ms[1], at_ms[2], at_ms[3], at_ms[4],
                at_ms[5]);
    }
    return fclose(out) ? -1 : 0;
}
