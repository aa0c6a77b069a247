/* latency: how long many things took, in buckets, and what a process has used meanwhile.
 *
 * Latencies are meant to be taken from the scheduled time (open loop): a generator that falls
 * behind its schedule counts its own lateness, so that a stall of the server is not left out. 64
 * steps in each power of two: a value is known to 1.6 %. Owner: the caller; zeroed is ready. One
 * thread. Units: nanoseconds of CLOCK_MONOTONIC. Errors: process_usage is negative when there is no
 * such process. */
#ifndef TESTS_LIB_LATENCY_H
#define TESTS_LIB_LATENCY_H

#include <stdint.h>
#include <sys/types.h>

enum { LATENCY_SUB_BITS = 6, LATENCY_BUCKETS = 1 << 12 };

struct latency {
    uint64_t count, max_ns;
    uint64_t bucket[LATENCY_BUCKETS];
};

void latency_add(struct latency *latency, uint64_t ns);
/* Not less than `permille` thousandths of them; 0 without any. */
uint64_t latency_at(const struct latency *latency, uint32_t permille);
/* "p50_us=… p99_us=… p999_us=… max_us=… n=…" on standard output, without the end of the line. */
void latency_print(const struct latency *latency);

struct usage {
    uint64_t cpu_us; /* user and system, of all threads; in ticks of 10 ms */
    uint64_t rss_kib, rss_kib_max;
    uint32_t descriptors;
};
int process_usage(pid_t pid, struct usage *usage);

#endif
