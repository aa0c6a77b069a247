/* doctor: the frame of an examination; doctor_data.c, doctor_world.c hold what is looked at.
 * Owner: doctor_run. Thread: one. Errors: none; what is wrong is a finding.
 * Start here if you add a check: a function in one of the two files and its row in doctor.c. */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "dispatch/ctl/ctl.h"

enum finding { FINDING_OK, FINDING_WARN, FINDING_FAIL, FINDING_COUNT };

struct doctor {
    struct ctl *ctl;
    const char *zh, *en; /* what is being looked at */
    unsigned count[FINDING_COUNT];
    char *health;    /* what the running server says of itself, or NULL */
    int64_t last_ms; /* of the journal's last record; 0: none */
};

/* One line: the finding, what, how it is, and after " → " what to do. */
__attribute__((format(printf, 3, 4))) void doctor_say(struct doctor *doctor, enum finding finding,
                                                      const char *format, ...);

/* doctor_data.c: what lies on this machine. */
void doctor_settings(struct doctor *doctor);
void doctor_directory(struct doctor *doctor);
void doctor_space(struct doctor *doctor);
void doctor_journal(struct doctor *doctor);
void doctor_backup(struct doctor *doctor);
void doctor_accounts(struct doctor *doctor);
void doctor_cards(struct doctor *doctor);
void doctor_warn(struct doctor *doctor);
void doctor_road(struct doctor *doctor);
void doctor_zones(struct doctor *doctor);
void doctor_master_key(struct doctor *doctor);
void doctor_board(struct doctor *doctor);

/* doctor_world.c: what runs, here and beside. */
void doctor_server(struct doctor *doctor);
void doctor_redis(struct doctor *doctor);
void doctor_postgis(struct doctor *doctor);
void doctor_clock(struct doctor *doctor);
void doctor_descriptors(struct doctor *doctor);
void doctor_installed(struct doctor *doctor);

#endif
