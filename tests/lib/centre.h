/* centre: a whole dispatch centre in a directory and a loop of its own, and people at seats that
 * speak to it over TCP, in one thread: whoever waits turns the loop meanwhile.
 *
 * What a seat is told is kept as text in `heard`, one line a thing: "7 unit_reserved A1 …" for a
 * fact, "unit U1 …" for an object of a snapshot, "+incident I1 …" for an object that came with
 * facts, "@U1 …" for a position.
 * Owner: the test. Errors abort. Start here: centre_begin or centre_make, seat_open, seat_hello. */
#ifndef TESTS_LIB_CENTRE_H
#define TESTS_LIB_CENTRE_H

#include "dispatch/server/server.h"
#include "tests/lib/edge.h"
#include "tests/lib/temp_dir.h"

struct centre {
    struct edge edge; /* only its loop is used */
    char dir[TEMP_DIR_MAX];
    struct config config; /* may be changed before the start */
    struct server server;
    uint64_t number, users;
    bool closed;
};

void centre_make(struct centre *centre); /* a directory and small settings; nothing runs */
void centre_start(struct centre *centre);
void centre_stop(struct centre *centre); /* the loop must end clean */
void centre_remove(struct centre *centre);

/* Two stations, two hospitals, four units on duty, a terminal. */
void centre_town(struct centre *centre);

/* Where nothing has to come between: make, start, town; stop, remove. */
void centre_begin(struct centre *centre);
void centre_end(struct centre *centre);

#define centre_until(centre, cond) edge_until(&(centre)->edge, cond)

/* One command in the grammar of core/print.h by a machine of this role; waits for the answer. */
struct reply centre_do(struct centre *centre, enum role role, const char *line);
struct reply centre_do_as(struct centre *centre, struct actor actor, uint64_t client,
                          uint64_t number, const char *line);
/* One that must not be refused: what makes the city by a gateway, the rest by a dispatcher. */
void centre_say(struct centre *centre, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An HTTP request with a bearer's token and a JSON body; gives the status, and what came with it.
 */
struct http_answer {
    char head[4096], body[262144];
};
int centre_http(struct centre *centre, struct http_answer *answer, const char *method,
                const char *path, const char *bearer, const char *text);

/* A new account and a token of it. */
void centre_token(struct centre *centre, enum account_role role, uint32_t scope,
                  char token[ACCOUNT_TOKEN_CHARS + 1]);

struct sitter {
    struct centre *centre;
    struct peer peer;
    char token[ACCOUNT_TOKEN_CHARS + 1];
    struct wire_arena in, out;
    struct buffer bytes, heard;
    uint8_t *raw;
    struct server_frame frame; /* the last one heard */
    struct stream_welcome welcome;
    uint64_t client, number, cursor; /* of its commands; of facts heard */
    uint64_t asked;                  /* number of its last question */
    char journal_id[JOURNAL_ID_SIZE * 2 + 1];
    uint64_t epoch;
    int code; /* how it ended; 0: it has not, or without a word */
    bool ended;
};

void seat_open(struct sitter *seat, struct centre *centre); /* connects */
void seat_close(struct sitter *seat);

void seat_say(struct sitter *seat, const struct client_frame *frame);
/* Waits for one frame; false at the end. */
bool seat_next(struct sitter *seat);
void seat_until(struct sitter *seat, enum server_frame_kind kind);
void seat_until_seq(struct sitter *seat, uint64_t seq); /* facts up to it were heard */

/* Hello with a new account, or again with the one it has (resuming at `cursor` if asked to). Waits
 * for the welcome. */
void seat_hello(struct sitter *seat, enum account_role role, uint32_t scope);
void seat_hello_again(struct sitter *seat, bool resume);
/* The same with a connection, and after the whole snapshot. */
void seat_sit(struct sitter *seat, struct centre *centre, enum account_role role, uint32_t scope);

/* One command over the wire, under the seat's next number. */
void seat_command(struct sitter *seat, const char *line);
struct stream_reply seat_do(struct sitter *seat, const char *line);

/* A question's answer, until the seat hears the next frame. */
const struct stream_report *seat_ask(struct sitter *seat, struct stream_query query);

bool seat_heard(struct sitter *seat, const char *text);

#endif
