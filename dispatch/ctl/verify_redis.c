/* verify_redis: everything published, read by one script and so as of one seq, against the core. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "dispatch/ctl/verify_impl.h"
#include "dispatch/readers/publish_redis.h"

static const char read_script[] =
    "local keys = KEYS[1]\n"
    "local function hashes(ids, name)\n"
    "  local found = {}\n"
    "  for i, id in ipairs(ids) do\n"
    "    found[i] = {id, redis.call('HGETALL', keys .. name .. ':' .. id)}\n"
    "  end\n"
    "  return found\n"
    "end\n"
    "local queue = redis.call('ZRANGE', keys .. 'queue', 0, -1)\n"
    "local last = redis.call('XREVRANGE', keys .. 'facts', '+', '-', 'COUNT', 1)\n"
    "return {redis.call('GET', keys .. 'seq') or '',\n"
    "        hashes(redis.call('SMEMBERS', keys .. 'units'), 'unit'),\n"
    "        hashes(queue, 'incident'),\n"
    "        redis.call('ZRANGE', keys .. 'queue', 0, -1, 'WITHSCORES'),\n"
    "        redis.call('XLEN', keys .. 'facts'),\n"
    "        last[1] and last[1][1] or ''}\n";

enum { AT_SEQ, AT_UNITS, AT_INCIDENTS, AT_QUEUE, AT_FACTS, AT_LAST, AT_COUNT };

struct published {
    struct verify *verify;
    redisContext *redis;
    redisReply *reply; /* AT_… */
    char keys[PUBLISH_KEYS_MAX];
    struct buffer value;
};

/* --- objects --- */

static const redisReply *find_hash(const redisReply *list, uint64_t id)
{
    for (size_t i = 0; i < list->elements; i++)
        if (strtoull(list->element[i]->element[0]->str, NULL, 10) == id)
            return list->element[i]->element[1];
    return NULL;
}

static const redisReply *find_value(const redisReply *hash, const char *name)
{
    for (size_t i = 0; i + 1 < hash->elements; i += 2)
        if (strcmp(hash->element[i]->str, name) == 0)
            return hash->element[i + 1];
    return NULL;
}

static void compare_hash(struct published *p, const redisReply *list, enum object_kind kind,
                         const void *object)
{
    const struct schema *schema = object_schema(kind);
    uint64_t id = field_number(schema->field, object);
    const redisReply *hash = find_hash(list, id);
    if (!hash) {
        verify_differs(p->verify, "redis: %s %" PRIu64 " is missing", schema->name, id);
        return;
    }
    for (uint32_t i = 0; i < schema->count; i++) {
        if (schema->field[i].personal)
            continue;
        const redisReply *value = find_value(hash, schema->field[i].name);
        buffer_clear(&p->value);
        publish_field(&p->value, &schema->field[i], object);
        if (!value || (size_t)value->len != p->value.n ||
            (p->value.n && memcmp(value->str, p->value.bytes, p->value.n) != 0))
            verify_differs(p->verify, "redis: %s %" PRIu64 " differs in %s", schema->name, id,
                           schema->field[i].name);
    }
}

static void compare_count(struct published *p, const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        verify_differs(p->verify, "redis: %s has %" PRIu64 " entries, the journal %" PRIu64, what,
                       found, expected);
}

static void compare_place(struct published *p, const struct incident *incident)
{
    const redisReply *queue = p->reply->element[AT_QUEUE];
    for (size_t i = 0; i + 1 < queue->elements; i += 2)
        if (strtoull(queue->element[i]->str, NULL, 10) == incident->incident.v &&
            strtod(queue->element[i + 1]->str, NULL) != (double)publish_queue_score(incident))
            verify_differs(p->verify, "redis: incident %" PRIu64 " is out of place in the queue",
                           incident->incident.v);
}

static void compare_objects(struct published *p)
{
    const struct state *state = &p->verify->shadow.core.state;
    uint64_t open = 0;
    EACH (state, UNIT, unit, it)
        compare_hash(p, p->reply->element[AT_UNITS], OBJECT_UNIT, it);
    EACH (state, INCIDENT, incident, it) {
        if (it->state != INCIDENT_OPEN)
            continue;
        open++;
        compare_hash(p, p->reply->element[AT_INCIDENTS], OBJECT_INCIDENT, it);
        compare_place(p, it);
    }
    compare_count(p, "units", p->reply->element[AT_UNITS]->elements,
                  state->table[OBJECT_UNIT].count);
    compare_count(p, "queue", p->reply->element[AT_INCIDENTS]->elements, open);
}

static void compare_stream(struct published *p, uint64_t seq)
{
    uint64_t max = (uint64_t)p->verify->config->redis.stream_max;
    uint64_t last = strtoull(p->reply->element[AT_LAST]->str, NULL, 10);
    compare_count(p, "facts", (uint64_t)p->reply->element[AT_FACTS]->integer,
                  seq < max ? seq : max);
    if (last != seq)
        verify_differs(p->verify, "redis: facts ends at %" PRIu64 ", the rest is as of %" PRIu64,
                       last, seq);
}

/* --- reading --- */

static bool read_all(struct published *p)
{
    if (p->reply)
        freeReplyObject(p->reply);
    p->reply = redisCommand(p->redis, "EVAL %s 1 %s", read_script, p->keys);
    if (!p->reply)
        verify_blind(p->verify, "redis: %s", p->redis->errstr);
    else if (p->reply->type == REDIS_REPLY_ERROR)
        verify_differs(p->verify, "redis: %s", p->reply->str);
    return p->reply && p->reply->type == REDIS_REPLY_ARRAY && p->reply->elements == AT_COUNT;
}

static uint64_t seq_of(const struct published *p)
{
    return strtoull(p->reply->element[AT_SEQ]->str, NULL, 10); /* "", "rebuild:…": 0 */
}

static void wait_and_compare(struct published *p)
{
    struct verify *v = p->verify;
    uint64_t last_seq = UINT64_MAX;
    uint32_t idle = 0;
    do {
        if (!read_all(p))
            return;
    } while (verify_wait(v, seq_of(p), &last_seq, &idle));
    uint64_t seq = seq_of(p), behind = seq < v->head.seq ? v->head.seq - seq : 0;
    if (seq == 0) {
        verify_differs(v, "redis: holds nothing of this journal and epoch");
        return;
    }
    fprintf(v->out, "redis: at %" PRIu64 ", %" PRIu64 " behind\n", seq, behind);
    if (behind)
        verify_differs(v, "redis: does not come nearer to the journal's end");
    if (verify_fold(v, seq, NULL, NULL) < 0)
        return;
    compare_objects(p);
    compare_stream(p, seq);
}

void verify_redis(struct verify *v)
{
    struct published p = {.verify = v};
    const struct timeval limit = {.tv_sec = v->config->redis.timeout_ms / 1000,
                                  .tv_usec = v->config->redis.timeout_ms % 1000 * 1000};
    if (!v->config->redis.address.host[0]) {
        fprintf(v->out, "redis: not configured\n");
        return;
    }
    publish_keys(p.keys, v->config->redis.prefix, &v->head);
    buffer_init(&p.value, 1024 * 1024);
    p.redis = redisConnectWithTimeout(v->config->redis.address.host, v->config->redis.address.port,
                                      limit);
    if (!p.redis || p.redis->err || redisSetTimeout(p.redis, limit) != REDIS_OK)
        verify_blind(v, "redis: %s", p.redis ? p.redis->errstr : "no memory");
    else
        wait_and_compare(&p);
    if (p.reply)
        freeReplyObject(p.reply);
    if (p.redis)
        redisFree(p.redis);
    buffer_close(&p.value);
}
