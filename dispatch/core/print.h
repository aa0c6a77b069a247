/* print: the one readable form of commands, facts and objects, and its parser.
 *
 *     unit_reserved A1 I3 U7 eta_s=412 source=road
 *     open_incident C4 card=chest-pain at=38.4872000,106.2309000 words="朝阳街道 12 号"
 *
 * Name first, then the table's fields in order: ids as letter and number (an id under another name
 * as name=I3), true flags by name, the rest key=value; zero and empty fields are left out.
 * Lists are key=a,b,c of numbers, words or ids (no id: `-`).
 * `at=lat,lon` stands for has_place, lat_e7 and lon_e7. Logs, golden stories, the audit view, city
 * files, dispatchctl and the consoles' command line all use this grammar.
 * Owner: the caller's buffers. Thread: any. Errors: a full buffer ends the line with "…"; the
 * parser says what it did not understand. Personal fields print as [redacted] unless asked for. */
#ifndef CORE_PRINT_H
#define CORE_PRINT_H

#include "dispatch/core/schema.h"

struct print_how {
    bool personal;   /* print what is about a person */
    int64_t zero_ms; /* times print relative to this as mm:ss.mmm; 0: ISO 8601 in UTC */
};

/* Each returns the bytes written without the final zero, always below `size`. */
size_t fact_print(char *out, size_t size, const struct fact *fact, struct print_how how);
size_t command_print(char *out, size_t size, const struct command *command, struct print_how how);
size_t body_print(char *out, size_t size, const struct schema *schema, const void *body,
                  struct print_how how);

/* mm:ss.mmm since zero_ms (hours when there are any), or ISO 8601 with ms in UTC when it is 0. */
size_t time_print(char *out, size_t size, int64_t ms, int64_t zero_ms);

/* One line into *command (kind and body; actor and keys are the caller's). Texts and lists are
 * copied into `store`, which must outlive the command. 0, or -1 with what was wrong in `why`. */
int command_parse(struct command *command, const char *line, size_t n, int64_t zero_ms,
                  void *store, size_t store_size, char *why, size_t why_size);

#endif
