/* os_notify: tells the service manager (systemd, Type=notify) how we are; without one, nothing.
 * No owner, the loop's thread: a datagram to the socket that NOTIFY_SOCKET names, never waited for.
 * Units: ms. Errors: 0 or -errno; 0 too where nobody asked. */
#ifndef BASE_OS_NOTIFY_H
#define BASE_OS_NOTIFY_H

#include <stdint.h>

/* "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=…", one a line. */
int os_notify(const char *state);

/* How long the manager waits between two WATCHDOG=1 before it ends us; 0: it does not. */
int64_t os_watchdog_ms(void);

#endif
