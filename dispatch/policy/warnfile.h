/* warnfile: deploy/warn into a watch_policy: syndromes, rules of places, special days, numbers.
 *
 *   syndromes.yaml  rules.yaml  days.yaml  detectors.yaml
 *
 * Every mistake is complained of with file and line, all of them in one run; a policy is whole or
 * not taken. Owner: the caller. Thread: any. Errors: -1, complaints filled. Start here:
 * warnfile_load; a new number is a row in dispatch/warn/watch.def. */
#ifndef POLICY_WARNFILE_H
#define POLICY_WARNFILE_H

#include "dispatch/policy/complaints.h"
#include "dispatch/warn/watch_policy.h"

/* utc_offset_min: of local days. */
int warnfile_load(const char *dir, uint32_t utc_offset_min, struct watch_policy *policy,
                  struct complaints *complaints);

#endif
