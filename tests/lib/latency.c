#include "tests/lib/latency.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint32_t bucket_of(uint64_t ns)
{
    uint32_t bits = ns < 1u << LATENCY_SUB_BITS ? 0 : 64 - (uint32_t)__builtin_clzll(ns);
    uint32_t shift = bits > LATENCY_SUB_BITS ? bits - LATENCY_SUB_BITS - 1 : 0;
    uint32_t at = (shift << LATENCY_SUB_BITS) + (uint32_t)(ns >> shift);
    return at < LATENCY_BUCKETS ? at : LATENCY_BUCKETS - 1;
}

/* The largest value of a bucket. */
static uint64_t value_of(uint32_t bucket)
{
    uint32_t half = 1u << LATENCY_SUB_BITS;
    if (bucket < 2 * half)
        return bucket;
    uint32_t shift = (bucket >> LATENCY_SUB_BITS) - 1;
    uint64_t step = bucket - (shift << LATENCY_SUB_BITS);
    return ((step + 1) << shift) - 1;
}

void latency_add(struct latency *latency, uint64_t ns)
{
    latency->bucket[bucket_of(ns)]++;
    latency->count++;
    if (ns > latency->max_ns)
        latency->max_ns = ns;
}

uint64_t latency_at(const struct latency *latency, uint32_t permille)
{
    uint64_t wanted = (latency->count * permille + 999) / 1000, seen = 0;
    for (uint32_t i = 0; i < LATENCY_BUCKETS && latency->count > 0; i++) {
        seen += latency->bucket[i];
        if (seen >= wanted)
            return value_of(i) < latency->max_ns ? value_of(i) : latency->max_ns;
    }
    return latency->max_ns;
}

void latency_print(const struct latency *latency)
{
    printf("p50_us=%" PRIu64 " p99_us=%" PRIu64 " p999_us=%" PRIu64 " max_us=%" PRIu64
           " n=%" PRIu64,
           latency_at(latency, 500) / 1000, latency_at(latency, 990) / 1000,
           latency_at(latency, 999) / 1000, latency->max_ns / 1000, latency->count);
}

/* --- a process --- */

static uint64_t tick_us(void)
{
    return UINT64_C(1000000) / (uint64_t)sysconf(_SC_CLK_TCK);
}

static int read_cpu(pid_t pid, struct usage *usage)
{
    char path[64], line[1024];
    uint64_t user = 0, system = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    size_t n = fread(line, 1, sizeof(line) - 1, file);
    fclose(file);
    line[n] = 0;
    const char *after_name = strrchr(line, ')');
    if (!after_name ||
        sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
               &user, &system) != 2)
        return -1;
    usage->cpu_us = (user + system) * tick_us();
    return 0;
}

static int read_memory(pid_t pid, struct usage *usage)
{
    char path[64], line[256];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    while (fgets(line, sizeof(line), file)) {
        (void)!sscanf(line, "VmRSS: %" SCNu64, &usage->rss_kib);
        (void)!sscanf(line, "VmHWM: %" SCNu64, &usage->rss_kib_max);
    }
    fclose(file);
    return 0;
}

static uint32_t count_descriptors(pid_t pid)
{
    char path[64];
    uint32_t n = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

int process_usage(pid_t pid, struct usage *usage)
{
    struct usage now = {0};
    if (read_cpu(pid, &now) < 0 || read_memory(pid, &now) < 0)
        return -1;
    now.descriptors = count_descriptors(pid);
    *usage = now;
    return 0;
}
