/* judge_jemss (inside the reader of JEMSS folders): what its files share. Not for others; they take
 * judge_jemss_load of judge_city.h. Thread, errors: as there. */
#ifndef SIM_JUDGE_JEMSS_H
#define SIM_JUDGE_JEMSS_H

#include "sim/judge_city.h"
#include "sim/sheet_csv.h"

enum { JEMSS_PATH_MAX = 4096 };

/* 0, or -1 with the complaint in csv->errmsg. */
typedef int jemss_read_cb(struct judge_city *city, struct sheet_csv *csv);

/* `loose`: anything may stand between the name and .csv. */
int jemss_read(struct judge_city *city, const char *dir, const char *name, bool loose,
               jemss_read_cb *read_cb);
int jemss_read_file(struct judge_city *city, const char *path, jemss_read_cb *read_cb);

int64_t jemss_ns(double days);
int jemss_index(struct sheet_csv *csv, int column, uint32_t n);
int jemss_priority(struct sheet_csv *csv, int column, uint32_t *priority);
/* Room for one more in a list of n, doubling; NULL out of memory. */
void *jemss_grow(void *list, uint32_t n, size_t each);

/* Rows of start times and sets, starts growing; sets count from 1 to `sets`. The list is the
 * city's. */
int jemss_timing(struct sheet_csv *csv, const char *table, const char *set_name, uint32_t sets,
                 struct judge_timing **timing, uint32_t *n);

int jemss_read_rules(struct judge_city *city, const char *dir); /* travel, priorities, redispatch */
int jemss_read_demand(struct judge_city *city, const char *dir); /* cells, rates, cover times */

#endif
