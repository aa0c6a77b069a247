/* What a map needs over HTTP: what it is made of, its tiles; and the fallback board. For whoever is
 * signed in; the board for the desk. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/server/server_impl.h"
#include "dispatch/upkeep/sheet.h"

enum { YEAR_S = 31536000, BOARD_BYTES_MAX = 8 * 1024 * 1024 };

/* {"tiles": whether there are any, "version", "attribution", …}: the last known when PostGIS is
 * away. Its roads are worth drawing only with their source's name. */
static void get_map(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    if (!server_authorised(s, request, &account))
        return;
    json_t *map = s->map.meta[0] ? json_loads(s->map.meta, 0, NULL) : json_object();
    json_object_set_new(map, "tiles", json_boolean(s->map.meta[0] != 0));
    json_object_set_new(map, "zoom_max", json_integer(MAP_ZOOM_MAX));
    server_answer_json(s, request->id, 200, map);
}

static void on_tile(void *context, uint64_t tag, enum map_status status, const void *bytes,
                    size_t n)
{
    struct server *s = context;
    if (status == MAP_DONE)
        gate_answer_kept(&s->gate, tag, "application/x-protobuf", n ? bytes : "", n, YEAR_S);
    else if (status == MAP_WRONG)
        server_answer_error(s, tag, 404, "tile", "there is no such tile", "没有这个瓦片");
    else
        server_answer_error(s, tag, 503, "map", "the map cannot be had now", "地图暂不可用");
}

/* "/tiles/12/3456/1789.pbf" */
static bool read_tile(const char *path, uint32_t number[static 3])
{
    const char *at = path + strlen("/tiles");
    for (int i = 0; i < 3; i++) {
        uint32_t value = 0;
        if (*at++ != '/' || strspn(at, "0123456789") == 0 || strspn(at, "0123456789") > 7)
            return false;
        for (; *at >= '0' && *at <= '9'; at++)
            value = value * 10 + (uint32_t)(*at - '0');
        number[i] = value;
    }
    return strcmp(at, ".pbf") == 0;
}

static void get_tile(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    uint32_t number[3];
    if (!server_authorised(s, request, &account))
        return;
    if (read_tile(request->path, number))
        map_tile(&s->map, number[0], number[1], number[2], on_tile, s, request->id);
    else
        on_tile(s, request->id, MAP_WRONG, NULL, 0);
}

/* --- the board --- */

/* A sheet shows the state, so it waits until that is durable. */
struct board {
    struct server *server;
    struct buffer sheet;
};

static void on_board_durable(void *context, uint64_t tag, const struct reply *reply)
{
    struct board *board = context;
    (void)reply;
    gate_answer(&board->server->gate, tag, 200, "text/html; charset=utf-8", board->sheet.bytes,
                board->sheet.n);
    buffer_close(&board->sheet);
    free(board);
}

static void write_board(struct server *s, struct buffer *sheet)
{
    struct sheet_look look = {.centre = s->config->server.centre,
                              .printed_ms = pipeline_now_ms(&s->pipeline),
                              .as_of_ms = s->pipeline.core.state.head->now_ms,
                              .seq = pipeline_seq(&s->pipeline),
                              .utc_offset_min = s->config->server.utc_offset_min,
                              .personal = true};
    buffer_init(sheet, BOARD_BYTES_MAX);
    sheet_write(&s->pipeline.core.state, &look, SHEET_HTML, sheet);
}

/* For the browser to keep for the hour when everything else is gone. */
static void get_board(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    if (!server_authorised(s, request, &account))
        return;
    enum role role = stream_actor(&account).role;
    if (role != ROLE_DISPATCHER && role != ROLE_SUPERVISOR) {
        const struct refusal_text *no = &refusal_text[REFUSE_NOT_ALLOWED];
        server_answer_error(s, request->id, 403, no->name, no->en, no->zh);
        return;
    }
    struct board *board = calloc(1, sizeof(*board));
    if (board) {
        board->server = s;
        write_board(s, &board->sheet);
        if (!board->sheet.full &&
            pipeline_when_durable(&s->pipeline, on_board_durable, board, request->id, 0) == 0)
            return;
        buffer_close(&board->sheet);
    }
    free(board);
    server_answer_error(s, request->id, 503, "board", "the board cannot be written now",
                        "应急板暂不可用");
}

int server_map_routes(struct server *s)
{
    int bad = gate_route(&s->gate, GATE_GET, "/api/map", get_map, s);
    bad |= gate_route(&s->gate, GATE_GET, "/tiles", get_tile, s);
    bad |= gate_route(&s->gate, GATE_GET, "/board", get_board, s);
    return bad < 0 ? server_fail(s, "%s", s->gate.errmsg) : 0;
}
