/* Redis: GEOSEARCH as the crow flies, 8 within 30 km. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "tests/bench/scene.h"

static redisContext *redis;

static int connect_redis(const struct scene *scene)
{
    char host[64];
    int port;
    const char *address = getenv("REDIS_ADDRESS");

    (void)scene;
    if (redis)
        return 0;
    if (!address || sscanf(address, "%63[^:]:%d", host, &port) != 2)
        return -1;
    redis = redisConnect(host, port);
    return redis && !redis->err ? 0 : -1;
}

static int add_units(const struct scene *scene)
{
    freeReplyObject(redisCommand(redis, "DEL unit"));
    for (uint32_t i = 0; i < scene->unit_n; i++)
        redisAppendCommand(redis, "GEOADD unit %.7f %.7f %u", scene->unit[i].at.lon_e7 / 1e7,
                           scene->unit[i].at.lat_e7 / 1e7, i);
    for (uint32_t i = 0; i < scene->unit_n; i++) {
        void *reply;
        if (redisGetReply(redis, &reply) != REDIS_OK)
            return -1;
        freeReplyObject(reply);
    }
    return 0;
}

static size_t search(const struct scene *scene, uint32_t incident, struct best *out)
{
    struct point at = scene->incident[incident].at;
    redisReply *reply =
        redisCommand(redis, "GEOSEARCH unit FROMLONLAT %.7f %.7f BYRADIUS 30 km ASC COUNT %d",
                     at.lon_e7 / 1e7, at.lat_e7 / 1e7, SCENE_BEST);
    must(reply && reply->type == REDIS_REPLY_ARRAY);
    size_t n = reply->elements;
    for (size_t i = 0; i < n; i++)
        out[i] = (struct best){(uint32_t)strtoul(reply->element[i]->str, NULL, 10), 0};
    freeReplyObject(reply);
    return n;
}

const struct engine engine_redis = {"Redis GEOSEARCH, crow", false, connect_redis, add_units,
                                    search};
