#include "dispatch/warn/ears.h"

#include <math.h>

#include "dispatch/must.h"
#include "dispatch/warn/tail.h"

uint32_t ears_first(const struct ears *ears)
{
    static const uint32_t lag[] = {[EARS_C1] = 0, [EARS_C2] = 2, [EARS_C3] = 4};
    return ears->baseline + lag[ears->method];
}

static struct ears_answer against_window(const struct ears *ears, const double *count, uint32_t t,
                                         uint32_t lag)
{
    uint32_t n = ears->baseline;
    const double *window = count + t - lag - n;
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += window[i];
    struct ears_answer answer = {.mean = sum / n};
    for (uint32_t i = 0; i < n; i++)
        squares += (window[i] - answer.mean) * (window[i] - answer.mean);
    answer.sd = fmax(sqrt(squares / (n - 1)), ears->sd_min);
    double above = count[t] - answer.mean;
    answer.score = answer.sd > 0 ? above / answer.sd : above > 0 ? INFINITY : 0;
    return answer;
}

struct ears_answer ears_at(const struct ears *ears, const double *count, uint32_t t)
{
    must(ears->baseline >= 2 && t >= ears_first(ears));
    struct ears_answer answer = against_window(ears, count, t, ears->method == EARS_C1 ? 0 : 2);
    if (ears->method != EARS_C3) {
        answer.bound = answer.mean + normal_quantile(1 - ears->alpha) * answer.sd;
        answer.alarm = count[t] > answer.bound;
        return answer;
    }
    double sum = fmax(0, answer.score - 1);
    for (uint32_t back = 1; back <= 2; back++)
        sum += fmax(0, against_window(ears, count, t - back, 2).score - 1);
    answer.score = sum;
    answer.bound = ears->c3_alarm;
    answer.alarm = sum >= answer.bound;
    return answer;
}
