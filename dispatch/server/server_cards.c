/* The question cards and the plans in force. At start they are read at once; at run time a worker
 * reads and checks them, which takes a second or more, and the loop only swaps them. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/policy/card_check.h"
#include "dispatch/server/server_impl.h"

/* Everything a reading needs, so that the worker touches nothing of the server. */
struct card_load {
    uv_work_t work;
    struct server *server;
    struct card_set *cards;
    struct plan_book *plans;
    struct complaints complaints;
    char dir[CONFIG_TEXT_MAX], plans_dir[CONFIG_TEXT_MAX], response[CONFIG_TEXT_MAX + 32];
    char in_force[2 * CARD_HASH_BYTES + 1]; /* hash of the cards in force, or "" */
    int result;
};

/* Cards in force were checked when they were put in force; a check walks every path of every card
 * and takes longer than a restart may. */
static bool is_in_force(const struct card_load *load)
{
    char hash[2 * CARD_HASH_BYTES + 1];
    sodium_bin2hex(hash, sizeof(hash), load->cards->hash, CARD_HASH_BYTES);
    return strcmp(hash, load->in_force) == 0;
}

static void read_cards(struct card_load *load)
{
    load->result = cardfile_load(load->dir, load->response, load->cards, &load->complaints);
    if (load->result == 0 && !is_in_force(load))
        load->result = card_check(load->cards, &load->complaints);
    if (load->result == 0)
        load->result = plan_book_load(load->plans_dir, load->plans, &load->complaints);
}

static void free_load(struct card_load *load)
{
    if (load) {
        free(load->cards);
        free(load->plans);
    }
    free(load);
}

static struct card_load *make_load(struct server *s)
{
    const struct text *hash = &s->pipeline.core.state.head->cards_hash;
    struct card_load *load = calloc(1, sizeof(*load));
    if (!load || !(load->cards = calloc(1, sizeof(*load->cards))) ||
        !(load->plans = calloc(1, sizeof(*load->plans)))) {
        free_load(load);
        server_fail(s, "no memory for the cards");
        return NULL;
    }
    load->server = s;
    snprintf(load->dir, sizeof(load->dir), "%s", s->config->server.cards_dir);
    snprintf(load->plans_dir, sizeof(load->plans_dir), "%s", s->config->server.plans_dir);
    snprintf(load->response, sizeof(load->response), "%s/response.yaml", load->plans_dir);
    if (hash->n == sizeof(load->in_force) - 1)
        memcpy(load->in_force, hash->p, hash->n);
    return load;
}

/* The cards that were read become those in force, or leave them as they were. */
static int take_cards(struct server *s, struct card_load *load)
{
    if (load->result != 0)
        return server_fail(s, "the question cards and plans are not usable:\n%.440s",
                           load->complaints.text);
    core_set_cards(&s->pipeline.core, load->cards);
    free(s->cards);
    free(s->plans);
    s->cards = load->cards;
    s->plans = load->plans;
    load->cards = NULL;
    load->plans = NULL;
    return 0;
}

int server_load_cards(struct server *s)
{
    struct card_load *load = make_load(s);
    if (!load)
        return -1;
    read_cards(load);
    int result = take_cards(s, load);
    free_load(load);
    return result;
}

static void on_work(uv_work_t *work)
{
    read_cards(work->data);
}

static void on_read(uv_work_t *work, int status)
{
    struct card_load *load = work->data;
    struct server *s = load->server;
    bool again = s->cards_again;
    (void)status; /* it is never cancelled */
    s->cards_loading = s->cards_again = false;
    if (!s->closing && !again) {
        s->cards_refused = take_cards(s, load) < 0;
        if (s->cards_refused)
            log_error("reload-cards-refused", "why=%s", s->errmsg);
        else if (s->serving)
            server_activate(s);
    }
    free_load(load);
    if (s->closing)
        server_part_closed(s);
    else if (again) /* what was read meanwhile is old already */
        server_reload_cards(s);
}

void server_reload_cards(struct server *s)
{
    s->cards_again = s->cards_loading;
    if (s->cards_loading)
        return;
    struct card_load *load = make_load(s);
    if (!load) {
        s->cards_refused = true;
        log_error("reload-cards-refused", "why=%s", s->errmsg);
        return;
    }
    load->work.data = load;
    s->cards_loading = true;
    uv_queue_work(s->loop, &load->work, on_work, on_read);
}
