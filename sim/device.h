/* device: one vehicle terminal that speaks JT/T 808 over TCP.
 *
 *   DOWN ─connect─► REGISTERING ─0x8100─► PROVING ─0x8001─► LINKED ─► DOWN, again after retry_ms
 *
 * It keeps what it could not send: in a blind area (device_set_blind) or without a link, fixes go
 * to a backlog that follows as 0x0704 when it is heard again, button presses wait likewise. A fix
 * that the platform says it did not keep goes to the backlog too. Orders (0x8300) are receipted
 * with 0x0001 before they are handed on; that is the device's word, not the crew's.
 *
 * Owner: the caller; memory is its own again inside device_close's callback. Thread: the loop's.
 * Times ms UTC given by the caller (they may be simulated); retry_ms is the loop's. Errors: none to
 * the caller; a lost link is counted. Start here: device_init, device_fix. */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <uv.h>

#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/ingest/jt808_write.h"
#include "sim/session.h"

enum { DEVICE_BACKLOG_MAX = 512, DEVICE_BATCH = 15, DEVICE_SENT = 16, DEVICE_PRESSES = 16 };

enum device_state { DEVICE_DOWN, DEVICE_REGISTERING, DEVICE_PROVING, DEVICE_LINKED };

struct device_config {
    struct session_address platform;
    char phone[JT808_PHONE_MAX + 1];
    char plate[32];
    enum jt808_version version;
    uint32_t retry_ms;
    uint32_t position_s, heartbeat_s; /* unless the platform says otherwise */
};

struct device_events {
    void *user;
    void (*text_cb)(void *user, const char *utf8);
    void (*linked_cb)(void *user); /* may be NULL */
};

struct device_counts {
    uint64_t links, lost, fixes, reuploads, dropped, presses, texts;
};

struct device {
    struct device_config config;
    struct device_events events;
    struct device_counts counts;
    uv_loop_t *loop;
    uv_tcp_t tcp;
    uv_timer_t retry;
    uv_connect_t connect;
    enum device_state state;
    bool open, up, closing, blind;
    struct jt808_deframer deframer;
    struct jt808_peer peer;
    char auth_code[256]; /* "": must register */
    int64_t now_ms;      /* of the last call from above */
    int64_t fix_due_ms, heartbeat_due_ms;
    uint32_t position_s, heartbeat_s;
    int64_t track_until_ms; /* end of a 0x8202 */
    uint32_t track_s;
    struct jt808_position backlog[DEVICE_BACKLOG_MAX];
    size_t backlog_n;
    struct {
        uint16_t serial;
        struct jt808_position fix;
    } sent[DEVICE_SENT];
    size_t sent_next;
    uint8_t press[DEVICE_PRESSES]; /* event numbers that wait */
    size_t press_n;
    char read[4096];
    void (*closed_cb)(struct device *device);
};

int device_init(struct device *t, uv_loop_t *loop, const struct device_config *config,
                const struct device_events *events);
void device_close(struct device *t, void (*closed_cb)(struct device *t));

/* Time passes: heartbeats, what waits. True when a fix is due. */
bool device_tick(struct device *t, int64_t now_ms);
/* A fix of the receiver, as due. */
void device_fix(struct device *t, const struct jt808_position *fix);
/* A button (0x0301). */
void device_press(struct device *t, uint8_t event);
void device_set_blind(struct device *t, bool blind);

#endif
