/* status, units, queue, plans, terminals, incident: a look at a running server. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/board.h"
#include "dispatch/ctl/view.h"

struct look {
    struct session session;
    struct board board;
    struct view view;
};

static int look_open(struct look *look, struct ctl *ctl)
{
    memset(look, 0, sizeof(*look));
    int code = board_open(&look->board, ctl, &look->session);
    look->view =
        (struct view){ctl, &look->board.state, look->board.now_ms, ctl->option[OPTION_JSON] != NULL,
                      ctl->option[OPTION_PERSONAL] != NULL};
    return code;
}

static int look_close(struct look *look, int code)
{
    board_close(&look->board);
    session_close(&look->session);
    return code;
}

/* Whoever reads what is about a person is on record. */
static int record_opening(struct look *look, uint64_t incident)
{
    struct command command = {.kind = COMMAND_OPEN_RECORD};
    struct stream_reply reply;
    command.open_record.incident.v = incident;
    command.open_record.cause = TEXT("dispatchctl");
    return online_do(&look->session, &command, &reply, NULL);
}

/* --- status --- */

/* {"redis":{"up":true}} as "redis.up true". */
static void print_members(const json_t *json, const char *prefix)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        char whole[64];
        snprintf(whole, sizeof(whole), "%s%s%s", prefix, *prefix ? "." : "", name);
        if (json_is_object(value) && !*prefix) {
            print_members(value, whole);
            continue;
        }
        char *text = json_is_string(value) ? strdup(json_string_value(value))
                                           : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        printf("%-15s %s\n", whole, text ? text : "?");
        free(text);
    }
}

static void print_status(const struct look *look, const char *health)
{
    const struct session *s = &look->session;
    char time[LOCAL_TIME_MAX];
    json_t *json = json_loads(health, 0, NULL);
    printf("server          dispatchd %s, journal %s epoch %" PRIu64 "\n", s->version,
           s->journal_id, s->welcome.epoch);
    printf("we are          D%" PRIu64 " %s (%s)\n", s->welcome.actor.user.v, s->name,
           words_name(&role_words, (int)s->welcome.actor.role));
    printf("state           record %" PRIu64 ", %s\n", look->board.seq,
           ctl_local_time(look->view.ctl, look->board.now_ms, time));
    view_counts(&look->view);
    print_members(json, "");
    json_decref(json);
}

int status_run(struct ctl *ctl)
{
    static struct look look;
    char *health = NULL;
    int code = look_open(&look, ctl);
    if (code == CTL_OK)
        code = board_ask(&look.session, "health", &health);
    if (code == CTL_OK && ctl->option[OPTION_JSON])
        puts(health);
    else if (code == CTL_OK)
        print_status(&look, health);
    free(health);
    return look_close(&look, code);
}

/* --- units, queue, incident --- */

int units_run(struct ctl *ctl)
{
    static struct look look;
    int code = look_open(&look, ctl);
    if (code == CTL_OK)
        view_units(&look.view);
    return look_close(&look, code);
}

static int record_queue(struct look *look)
{
    int code = CTL_OK;
    EACH (&look->board.state, INCIDENT, incident, it)
        if (it->state == INCIDENT_OPEN && code == CTL_OK)
            code = record_opening(look, it->incident.v);
    return code;
}

int queue_run(struct ctl *ctl)
{
    static struct look look;
    int code = look_open(&look, ctl);
    if (code == CTL_OK && look.view.personal)
        code = record_queue(&look);
    if (code == CTL_OK) {
        view_calls(&look.view);
        view_incidents(&look.view);
        view_alerts(&look.view);
    }
    return look_close(&look, code);
}

int plans_run(struct ctl *ctl)
{
    static struct look look;
    int code = look_open(&look, ctl);
    if (code == CTL_OK)
        view_plans(&look.view);
    return look_close(&look, code);
}

int incident_run(struct ctl *ctl)
{
    static struct look look;
    uint64_t id;
    if (ctl_id(ctl->argv[0], 'I', &id) < 0)
        return CTL_USAGE;
    int code = look_open(&look, ctl);
    const struct incident *incident = code == CTL_OK ? state_incident(&look.board.state, id) : NULL;
    if (code == CTL_OK && !incident)
        code = ctl_fail(CTL_REFUSED,
                        "the server shows us no incident I%" PRIu64
                        "; older ones are in `dispatchctl facts --incident`",
                        id);
    if (code == CTL_OK && look.view.personal)
        code = record_opening(&look, id);
    if (code == CTL_OK)
        view_timeline(&look.view, incident);
    return look_close(&look, code);
}

/* --- terminals --- */

static void print_terminal(const json_t *row)
{
    char age[VIEW_AGE_MAX];
    const char *phone = "";
    json_int_t terminal = 0, unit = 0, lat_e7 = 0, lon_e7 = 0, age_s = -1;
    int linked = 0, lost = 0;
    json_unpack((json_t *)(uintptr_t)row, "{s:I, s:I, s:s, s:b, s:b, s?I, s?I, s?I}", "terminal",
                &terminal, "unit", &unit, "phone", &phone, "linked", &linked, "lost", &lost,
                "lat_e7", &lat_e7, "lon_e7", &lon_e7, "age_s", &age_s);
    printf("T%-6lld U%-6lld %-20s %-9s %-5s", (long long)terminal, (long long)unit, phone,
           linked ? "connected" : "away", lost ? "lost" : "");
    if (age_s >= 0)
        printf(" %.7f,%.7f %s ago", (double)lat_e7 / 1e7, (double)lon_e7 / 1e7,
               view_age(age_s * 1000, age));
    putchar('\n');
}

static int print_terminals(const struct ctl *ctl, const char *text)
{
    json_t *rows = json_loads(text, 0, NULL), *row;
    size_t i;
    if (!json_is_array(rows)) {
        json_decref(rows);
        return ctl_fail(CTL_FAILED, "the server's list of terminals is not understood");
    }
    if (!ctl->option[OPTION_JSON])
        puts("terminal unit   phone                link            position");
    json_array_foreach(rows, i, row)
    {
        char *line = ctl->option[OPTION_JSON] ? json_dumps(row, JSON_COMPACT) : NULL;
        if (line)
            puts(line);
        else
            print_terminal(row);
        free(line);
    }
    json_decref(rows);
    return CTL_OK;
}

int terminals_run(struct ctl *ctl)
{
    struct session session;
    char *json = NULL;
    int code = online_open(ctl, &session);
    if (code == CTL_OK)
        code = board_ask(&session, "terminals", &json);
    if (code == CTL_OK)
        code = print_terminals(ctl, json);
    free(json);
    session_close(&session);
    return code;
}
