/* jt808_server: the platform's end of JT/T 808 over TCP: sessions, acknowledgements, downlinks.
 *
 *   CONNECTED  --register (known)-->  CONNECTED  --authenticate (code right)-->  LINKED
 *       |                                                                          |
 *       | unknown, wrong code thrice,             silent, replaced by a newer link, |
 *       | not authenticated in time               rubbish, reads too slowly, leaves |
 *       +------------------------------>  closed (counted)  <----------------------+
 *
 * Owner: dispatchd's main loop; one thread. It knows nothing of core, track or journal: all it
 * needs and all it tells goes through struct jt808_events. jt808_server_close is asynchronous:
 * the memory is yours again only inside its callback.
 * Units in names; now_ms comes from the events' clock, link time-outs from the loop's.
 * A position is acknowledged (0x8001) with result 0 only if fix_cb and then settle_cb returned 0,
 * that is, when the spool has it; otherwise result 1, and the terminal sends it again. In a batch
 * one failure fails the whole message; the spool is idempotent. What one turn of the loop brought
 * from all terminals is settled once, then answered.
 * New downlink: a kind in jt808_downlink.c. New message from terminals: jt808_session.c. */
#ifndef INGEST_JT808_SERVER_H
#define INGEST_JT808_SERVER_H

#include <uv.h>

#include "dispatch/ingest/buttons.h"
#include "dispatch/ingest/fix.h"
#include "dispatch/ingest/jt808_body.h"

struct jt808_terminal {
    uint64_t id;   /* terminal id */
    uint64_t unit; /* unit id; 0: known, but mounted nowhere (its fixes are refused) */
};

enum jt808_lost {
    JT808_LOST_CLOSED,   /* the terminal closed, or the network did */
    JT808_LOST_SILENT,   /* nothing heard for idle_ms */
    JT808_LOST_REPLACED, /* the same identity connected anew */
    JT808_LOST_GARBAGE,  /* too many bad frames, or another identity on the same connection */
    JT808_LOST_SLOW,     /* does not read what we write */
    JT808_LOST_SHUTDOWN, /* the server closes */
};
const char *jt808_lost_name(enum jt808_lost reason);

/* Life of a downlink. QUEUED and SENT are told on the way; the rest end it. */
enum jt808_receipt {
    JT808_RECEIPT_QUEUED,    /* the terminal is not linked; sent when it links */
    JT808_RECEIPT_SENT,      /* handed to the network */
    JT808_RECEIPT_CONFIRMED, /* 0x0001 with result 0: the device has it (not: the crew read it) */
    JT808_RECEIPT_REFUSED,   /* 0x0001 with another result */
    JT808_RECEIPT_EXPIRED,   /* neither in time */
};
const char *jt808_receipt_name(enum jt808_receipt receipt);

/* All callbacks are called on the loop's thread; none may close the server. */
struct jt808_events {
    void *ctx;
    int64_t (*now_cb)(void *ctx);
    /* phone: digits without leading zeros. False: unknown, refused and counted. */
    bool (*find_cb)(void *ctx, const char *phone, struct jt808_terminal *out);
    /* Any message of a linked terminal: a sign of life. */
    void (*heard_cb)(void *ctx, const struct jt808_terminal *t);
    /* 0: taken. Negative: not kept, the terminal shall send it again. */
    int (*fix_cb)(void *ctx, const struct jt808_terminal *t, const struct fix *fix);
    /* 0: the spool has all that was taken since the last time. Negative: not all of it, they shall
     * all come again. NULL: fix_cb's word is enough. */
    int (*settle_cb)(void *ctx);
    void (*button_cb)(void *ctx, const struct jt808_terminal *t, enum button_status status,
                      int64_t at_ms);
    /* Bits of the alarm word that rose and fell since the terminal's last fix, at the fix's time.
     * Fixes re-uploaded from a blind area have edges of their own. */
    void (*alarm_cb)(void *ctx, const struct jt808_terminal *t, uint32_t risen, uint32_t fallen,
                     int64_t at_ms);
    void (*linked_cb)(void *ctx, const struct jt808_terminal *t);
    void (*lost_cb)(void *ctx, const struct jt808_terminal *t, enum jt808_lost reason);
    void (*receipt_cb)(void *ctx, const struct jt808_terminal *t, uint64_t token,
                       enum jt808_receipt receipt);
};

struct jt808_config {
    const char *host;
    uint16_t port;         /* 0: any free one; see jt808_server_port */
    uint8_t secret[32];    /* authentication codes are derived from it */
    uint32_t sessions_max; /* connections; one more is closed at once and counted */
    uint32_t terminals_max;
    uint32_t downlinks_max;
    uint32_t auth_ms;              /* from connection to authentication */
    uint32_t idle_ms;              /* silence that ends a link: three heartbeats */
    uint32_t receipt_ms;           /* default life of a downlink */
    uint32_t write_max;            /* bytes a connection may have unread */
    uint32_t bad_max;              /* bad frames in a row that end a connection */
    const struct buttons *buttons; /* a borrow for the server's life; NULL: none */
};
/* Zeroes it and fills the limits with usable values; host, port and secret are the caller's. */
void jt808_config_default(struct jt808_config *c);

struct jt808_counters {
    uint64_t connections, sessions_full, terminals_full, accept_errors;
    uint64_t frames, bad_checksum, bad_length, malformed, skipped_bytes, overlong_frames;
    uint64_t unknown_terminals, wrong_codes, unauthenticated, identity_changed;
    uint64_t fixes, fixes_refused, bad_items, unsupported, fragments_dropped;
    uint64_t replaced, silent, slow;
};

struct jt808_server;

/* Listens. NULL with a text in errmsg (size ≥ 1) if it cannot. The events are copied. */
struct jt808_server *jt808_server_open(uv_loop_t *loop, const struct jt808_config *c,
                                       const struct jt808_events *events, char *errmsg,
                                       size_t size);
/* Answers now what waits for the end of the turn. Whoever else settles the same spool asks for it
 * before: a failure must not be theirs alone. */
void jt808_server_answer(struct jt808_server *s);

/* Closes the listener and all links; `closed_cb(arg)` when the memory has been freed. */
void jt808_server_close(struct jt808_server *s, void (*closed_cb)(void *arg), void *arg);

uint16_t jt808_server_port(const struct jt808_server *s);
struct jt808_counters jt808_server_counters(const struct jt808_server *s);
bool jt808_server_linked(const struct jt808_server *s, uint64_t terminal_id);

/* The code that registration hands out and authentication demands: 32 hexadecimal digits. `phone`
 * without leading zeros (jt808_phone). */
void jt808_server_auth_code(const uint8_t secret[32], const char *phone, char code[33]);

/* Why a downlink was not taken. */
enum jt808_send_error {
    JT808_SEND_TOO_LONG = -1, /* more than JT808_TEXT_MAX bytes of GBK */
    JT808_SEND_FULL = -2,     /* downlinks_max are under way */
    JT808_SEND_TOKEN = -3,    /* the token is under way already */
};

/* Downlinks. `token` is the caller's and comes back in receipt_cb. 0, or an enum jt808_send_error.
 * Unless the terminal is linked they wait for it until life_ms (0: the default) has passed; a link
 * that breaks before the receipt sends them again on the next one, so a device may show a text
 * twice, but never miss it silently. */
int jt808_server_send_text(struct jt808_server *s, const struct jt808_terminal *t, const char *utf8,
                           uint32_t life_ms, uint64_t token);
int jt808_server_set_rate(struct jt808_server *s, const struct jt808_terminal *t,
                          const struct jt808_track *track, uint32_t life_ms, uint64_t token);

#endif
