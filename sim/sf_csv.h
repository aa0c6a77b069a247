/* sf_csv: the San Francisco week (DataSF nuek-vuh3, 27 columns) as a recording for `citysim
 * replay`. received=received  opened=entry  ordered=dispatch  departed=response  at_scene=on_scene
 *   left_scene=transport  at_hospital=hospital  completed=available
 *   kind: "Medical Incident" is medical, "Traffic Collision" traffic, fires fire, the rest other
 *   outcome: by the disposition (table in sf_csv.c)
 *   base: the station area a unit served most, at the mean place of the calls there (derived: the
 *         recording does not say where a unit is stationed)
 * Local times get the offset of the week, -08:00 (no change of clocks in it).
 * Reads plain text or gzip. One thread. Errors: -1, "file:line: …" in errmsg. */
#ifndef SIM_SF_CSV_H
#define SIM_SF_CSV_H

#include "dispatch/base/os.h"

/* rows: how many unit responses were written. */
int sf_csv_convert(const char *in_path, const char *out_path, size_t *rows,
                   char errmsg[static ERRMSG_MAX]);

#endif
