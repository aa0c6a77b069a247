#include "dispatch/ctl/jt808_decode.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/ingest/jt808_body.h"
#include "dispatch/ingest/jt808_frame.h"

static const char *const alarm_names[32] = {
    "sos",
    "overspeed",
    "fatigue",
    "danger",
    "gnss-fault",
    "gnss-antenna-cut",
    "gnss-antenna-short",
    "main-power-low",
    "main-power-lost",
    "display-fault",
    "tts-fault",
    "camera-fault",
    "ic-card-fault",
    "overspeed-warning",
    "fatigue-warning",
    "violation",
    "tyre",
    "right-turn-blind",
    "daily-driving",
    "parking-overtime",
    "area",
    "route",
    "segment-time",
    "route-deviation",
    "vss-fault",
    "fuel",
    "stolen",
    "illegal-ignition",
    "illegal-move",
    "collision",
    "rollover-warning",
    "illegal-door",
};

static const char *const status_names[32] = {
    "acc",      "fixed",       "south",       "west",   "out-of-service",
    "gcj02",    "fcw",         "ldw",         "load-1", "load-2",
    "fuel-cut", "circuit-cut", "door-locked", "door-1", "door-2",
    "door-3",   "door-4",      "door-5",      "gps",    "beidou",
    "glonass",  "galileo",     "moving",      NULL,     NULL,
    NULL,       NULL,          NULL,          NULL,     NULL,
    NULL,       NULL,
};

static json_t *bits_json(uint32_t word, const char *const names[32])
{
    json_t *list = json_array();
    for (int bit = 0; bit < 32; bit++) {
        if ((word >> bit & 1) == 0)
            continue;
        char number[8];
        snprintf(number, sizeof number, "bit%d", bit);
        json_array_append_new(list, json_string(names[bit] != NULL ? names[bit] : number));
    }
    return list;
}

static json_t *time_json(int64_t utc_ms)
{
    time_t s = (time_t)(utc_ms / 1000);
    struct tm tm;
    char text[32];
    gmtime_r(&s, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

static json_t *position_json(const struct jt808_position *p)
{
    json_t *o = json_object();
    json_object_set_new(o, "lat", json_real((double)p->lat_e6 / 1e6));
    json_object_set_new(o, "lon", json_real((double)p->lon_e6 / 1e6));
    json_object_set_new(o, "altitude_m", json_integer(p->altitude_m));
    json_object_set_new(o, "speed_kmh", json_real((double)p->speed_dkmh / 10));
    json_object_set_new(o, "course_deg", json_integer(p->course_deg));
    json_object_set_new(o, "time", p->at_ok ? time_json(p->at_ms) : json_null());
    json_object_set_new(o, "alarm", json_integer(p->alarm));
    json_object_set_new(o, "status", json_integer(p->status));
    json_object_set_new(o, "alarm_bits", bits_json(p->alarm, alarm_names));
    json_object_set_new(o, "status_bits", bits_json(p->status, status_names));
    json_object_set_new(o, "fix_valid", json_boolean((p->status & JT808_STATUS_FIXED) != 0));
    json_object_set_new(o, "datum",
                        json_string((p->status & JT808_STATUS_GCJ02) != 0 ? "gcj02" : "wgs84"));
    if (!p->items_ok)
        json_object_set_new(o, "items_ok", json_false());
    return o;
}

static void header_json(const struct jt808_header *h, json_t *o)
{
    char id[8];
    snprintf(id, sizeof id, "0x%04x", h->msg_id);
    json_object_set_new(o, "msg_id", json_string(id));
    json_object_set_new(o, "version", json_integer(h->version));
    json_object_set_new(o, "terminal", json_string(h->terminal));
    json_object_set_new(o, "serial", json_integer(h->serial));
    json_object_set_new(o, "body_len", json_integer(h->body_len));
    json_object_set_new(o, "encryption", json_integer(h->encryption));
    if (!h->fragmented)
        return;
    json_object_set_new(o, "total", json_integer(h->total));
    json_object_set_new(o, "index", json_integer(h->index));
}

/* NULL for messages that carry none. */
static json_t *positions_json(const struct jt808_message *m)
{
    struct jt808_position p;
    struct jt808_batch batch;
    uint16_t serial;
    bool have = false;
    json_t *list = json_array();
    if (m->header.msg_id == JT808_POSITION)
        have = jt808_position_read(m->body, m->body_len, &p) == 0;
    else if (m->header.msg_id == JT808_POSITION_ANSWER)
        have = jt808_position_answer_read(m->body, m->body_len, &serial, &p) == 0;
    else if (m->header.msg_id == JT808_BATCH && jt808_batch_open(m->body, m->body_len, &batch) == 0)
        while (jt808_batch_next(&batch, &p) == 1)
            json_array_append_new(list, position_json(&p));
    if (have)
        json_array_append_new(list, position_json(&p));
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

static void register_json(const struct jt808_message *m, json_t *o)
{
    struct jt808_register r;
    if (m->header.msg_id != JT808_REGISTER || jt808_register_read(m, &r) != 0)
        return;
    json_object_set_new(o, "maker", json_string(r.maker));
    json_object_set_new(o, "model", json_string(r.model));
    json_object_set_new(o, "terminal_id", json_string(r.terminal_id));
    json_object_set_new(o, "plate", json_string(r.plate));
    json_object_set_new(o, "plate_colour", json_integer(r.plate_colour));
}

static void message_json(const struct jt808_message *m, json_t *o)
{
    if (m->header.encryption != 0)
        return;
    json_t *positions = positions_json(m);
    if (positions != NULL)
        json_object_set_new(o, "positions", positions);
    register_json(m, o);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Hex digits to bytes in place; the count, or −1 for anything that is not pairs of hex digits. */
static ssize_t unhex(char *line)
{
    const char *from = line[0] == '0' && (line[1] == 'x' || line[1] == 'X') ? line + 2 : line;
    size_t digits = 0;
    for (; *from != '\0'; from++) {
        if (strchr(" \t\r\n", *from) != NULL)
            continue;
        int value = hex_value(*from);
        if (value < 0)
            return -1;
        if (digits % 2 == 0)
            line[digits / 2] = (char)(value << 4);
        else
            line[digits / 2] = (char)(line[digits / 2] | value);
        digits++;
    }
    return digits % 2 == 0 ? (ssize_t)(digits / 2) : -1;
}

/* 0 or an enum jt808_error; *m borrows room. */
static int frame_read(const uint8_t *wire, ssize_t n, uint8_t *room, struct jt808_message *m)
{
    *m = (struct jt808_message){0};
    if (n < 2 || wire[0] != 0x7E || wire[n - 1] != 0x7E)
        return JT808_MALFORMED;
    int error = jt808_frame_read(wire + 1, (size_t)n - 2, room, m);
    return error != 0 ? error : jt808_body_check(m);
}

static json_t *line_json(char *line)
{
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message m;
    int error = frame_read((const uint8_t *)line, unhex(line), room, &m);
    json_t *o = json_object();
    json_object_set_new(o, "ok", json_boolean(error == 0));
    if (error != 0)
        json_object_set_new(o, "error", json_string(jt808_error_name(error)));
    if (m.header.version != 0)
        header_json(&m.header, o);
    if (error == 0 || error == JT808_MALFORMED)
        message_json(&m, o);
    return o;
}

int ctl_jt808_decode(FILE *in, FILE *out)
{
    char *line = NULL;
    size_t size = 0;
    bool failed = false;
    while (!failed && getline(&line, &size, in) > 0) {
        if (line[strspn(line, " \t\r\n")] == '\0')
            continue;
        json_t *o = line_json(line);
        failed = json_dumpf(o, out, JSON_COMPACT | JSON_REAL_PRECISION(10)) != 0 ||
                 fputc('\n', out) == EOF;
        json_decref(o);
    }
    free(line);
    return failed || ferror(in) || fflush(out) != 0 ? 1 : 0;
}
