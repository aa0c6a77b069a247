/* jt808_decode: `dispatchctl jt808 decode`: hex frames in, one JSON object a line out, in order.
 * Start here if a field shall be shown that the codec already reads. */
#ifndef CTL_JT808_DECODE_H
#define CTL_JT808_DECODE_H

#include <stdio.h>

/* Reads lines of hexadecimal digits (blanks inside and an "0x" in front are fine, empty lines are
 * passed over), each one wire frame with its flags. Writes for each
 *   {"ok":true,"msg_id":"0x0200","version":2013,"terminal":"014450376202","serial":2,…}
 *   {"ok":false,"error":"checksum|length|malformed|fragment",…}
 * with the header's fields wherever a header could be read, and for 0x0200, 0x0201 and 0x0704
 * "positions": [{"lat","lon","altitude_m","speed_kmh","course_deg","time" (UTC),"alarm","status",
 * "alarm_bits","status_bits","fix_valid","datum"}]. Coordinates are as sent, in that datum.
 * Returns 0, or 1 when reading or writing failed; a bad frame is an answer, not a failure. */
int ctl_jt808_decode(FILE *in, FILE *out);

#endif
