/* A session's own chores over HTTP: a fresh token, a new password, locking the seat and unlocking
 * it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/server/server_impl.h"

/* One request while argon2id works. */
struct chore {
    struct server *server;
    uint64_t request;
    struct account account; /* whose */
};

static void end_chore(struct chore *chore)
{
    struct server *s = chore->server;
    free(chore);
    if (s->closing)
        server_part_closed(s);
}

static void answer_refusal(struct server *s, uint64_t request, int status)
{
    if (status > 0)
        server_answer_error(s, request, status == ACCOUNT_REFUSE_BUSY ? 429 : 403,
                            account_refusal_code((enum account_refusal)status),
                            account_refusal_english((enum account_refusal)status),
                            account_refusal_chinese((enum account_refusal)status));
    else
        server_answer_error(s, request, 500, "error", "accounts cannot be read", "账户库不可读");
}

/* The new token sits where the old one sat. */
static void on_password(void *user, const struct account_sign_in *result)
{
    struct chore *chore = user;
    struct server *s = chore->server;
    uint32_t seat = stream_actor(&chore->account).seat;
    if (result->status == 0 && seat)
        (void)!accounts_sit(&s->accounts, result->account.token_hash, seat, false,
                            pipeline_wall_ms(&s->pipeline));
    if (result->status == 0)
        server_answer_json(s, chore->request, 200,
                           json_pack("{s:s, s:I}", "token", result->token, "expires_ms",
                                     (json_int_t)result->account.expires_ms));
    else
        answer_refusal(s, chore->request, result->status);
    stream_check_sessions(&s->stream);
    end_chore(chore);
}

static void on_unlock(void *user, const struct account_sign_in *result)
{
    struct chore *chore = user;
    struct server *s = chore->server;
    int status = result->status;
    if (status == 0) {
        accounts_revoke_token(&s->accounts, result->token);
        status = accounts_lock_seat(&s->accounts, chore->account.token_hash, false);
    }
    if (status == 0) {
        stream_lock(&s->stream, chore->account.token_hash, false);
        server_answer_json(s, chore->request, 200, json_object());
    } else {
        answer_refusal(s, chore->request, status);
    }
    end_chore(chore);
}

/* NULL: answered already. */
static struct chore *begin_chore(struct server *s, const struct gate_request *request)
{
    struct account account;
    if (s->closing) {
        server_answer_error(s, request->id, 503, "closing", "the server stops", "服务正在停止");
        return NULL;
    }
    if (!server_authorised(s, request, &account))
        return NULL;
    struct chore *chore = malloc(sizeof(*chore));
    if (chore)
        *chore = (struct chore){s, request->id, account};
    else
        answer_refusal(s, request->id, -1);
    return chore;
}

static void not_begun(struct chore *chore, int status, const char *form)
{
    if (status == 0)
        return;
    if (status > 0)
        answer_refusal(chore->server, chore->request, status);
    else
        server_answer_error(chore->server, chore->request, 400, "form", form, "请求内容不完整");
    free(chore);
}

static void post_password(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct chore *chore = begin_chore(s, request);
    const char *old = NULL, *fresh = NULL;
    int status = -1;
    if (!chore)
        return;
    json_t *body = json_loadb((const char *)request->body, request->body_len, 0, NULL);
    if (json_unpack(body, "{s:s, s:s}", "password", &old, "new_password", &fresh) == 0)
        status = accounts_password_start(&s->accounts, s->loop, chore->account.login, old, fresh,
                                         pipeline_wall_ms(&s->pipeline), on_password, chore);
    json_decref(body);
    not_begun(chore, status, "send {\"password\":…,\"new_password\":…}");
}

static void post_unlock(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct chore *chore = begin_chore(s, request);
    const char *password = NULL;
    int status = -1;
    if (!chore)
        return;
    json_t *body = json_loadb((const char *)request->body, request->body_len, 0, NULL);
    if (json_unpack(body, "{s:s}", "password", &password) == 0)
        status = accounts_sign_in_start(&s->accounts, s->loop, chore->account.login, password,
                                        pipeline_wall_ms(&s->pipeline), on_unlock, chore);
    json_decref(body);
    not_begun(chore, status, "send {\"password\":…}");
}

/* The connection stays and goes on seeing; only commands are refused. */
static void post_lock(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    if (!server_authorised(s, request, &account))
        return;
    if (accounts_lock_seat(&s->accounts, account.token_hash, true) < 0) {
        answer_refusal(s, request->id, -1);
        return;
    }
    stream_lock(&s->stream, account.token_hash, true);
    server_answer_json(s, request->id, 200, json_object());
}

static void post_renew(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    uint8_t old[ACCOUNT_TOKEN_HASH];
    char token[ACCOUNT_TOKEN_CHARS + 1];
    if (!server_authorised(s, request, &account))
        return;
    memcpy(old, account.token_hash, sizeof(old));
    if (accounts_renew(&s->accounts, pipeline_wall_ms(&s->pipeline), &account, token) < 0) {
        answer_refusal(s, request->id, -1);
        return;
    }
    stream_renew(&s->stream, old, &account);
    server_answer_json(s, request->id, 200,
                       json_pack("{s:s, s:I}", "token", token, "expires_ms",
                                 (json_int_t)account.expires_ms));
}

int server_session_routes(struct server *s)
{
    int bad = gate_route(&s->gate, GATE_POST, "/api/password", post_password, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/lock", post_lock, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/unlock", post_unlock, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/renew", post_renew, s);
    return bad < 0 ? server_fail(s, "%s", s->gate.errmsg) : 0;
}
