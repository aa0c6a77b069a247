/* dispatchctl on a journal that a real pipeline wrote, run as the program that operators run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <sqlite3.h>

#include "dispatch/accounts/accounts.h"
#include "dispatch/base/log.h"
#include "dispatch/core/print.h"
#include "dispatch/ctl/concern.h"
#include "dispatch/ctl/dial.h"
#include "dispatch/ctl/export_zones.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/line/snapshot.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];
static char digest_hex[2 * SNAPSHOT_DIGEST + 1];
static uint64_t last_seq;

/* --- a journal --- */

static struct pipeline line;
static struct metrics metrics;
static bool opened, closed;
static uint64_t number;

static void on_opened(void *context)
{
    (void)context;
    opened = true;
}

static void on_closed(void *context)
{
    (void)context;
    closed = true;
}

static void order(enum role role, uint64_t user, const char *text)
{
    static uint64_t store[4096];
    struct command command = {0};
    char why[256];
    if (command_parse(&command, text, strlen(text), 0, store, sizeof(store), why, sizeof(why)) < 0)
        fail_msg("%s: %s", text, why);
    command.client = 77;
    command.number = ++number;
    command.actor = (struct actor){.user = {user}, .role = role, .seat = 2};
    pipeline_submit(&line, &command, NULL, NULL, 0);
}

static void write_day(void)
{
    order(ROLE_OPERATOR, 1, "define_station S1 code=S01 name=大武口站 at=39.01,106.37");
    order(ROLE_OPERATOR, 1, "define_unit U7 code=大武口-07 plate=宁B0007演 S1 crew=3");
    order(ROLE_DISPATCHER, 3, "set_duty U7 duty=on");
    order(ROLE_DISPATCHER, 3, "ring_call number=13800001111");
    order(ROLE_DISPATCHER, 3, "answer_call C1");
    order(ROLE_DISPATCHER, 3, "open_incident C1 words=朝阳街道12号 at=39.02,106.38");
    order(ROLE_DISPATCHER, 4, "open_incident words=游艺街 at=39.03,106.39");
    order(ROLE_DISPATCHER, 4, "order_unit I1 U7");
    order(ROLE_DISPATCHER, 4, "order_unit I99 U7");
    order(ROLE_DISPATCHER, 4, "report_step A1 step=departed");
}

static int make_journal(void **state)
{
    unsigned char digest[SNAPSHOT_DIGEST];
    static struct config config;
    static uv_loop_t loop;
    (void)state;
    temp_dir_make(dir);
    log_set_level(log_level_of("error"));
    wire_init();
    config_defaults(&config);
    snprintf(config.server.data_dir, sizeof(config.server.data_dir), "%s", dir);
    config.journal.reserve = 1048576;
    config.journal.ballast = 0;
    uv_loop_init(&loop);
    metrics_init(&metrics);
    line.opened_cb = on_opened;
    if (pipeline_open(&line, &config, &loop, &metrics) < 0)
        fail_msg("%s", line.errmsg);
    while (!opened)
        uv_run(&loop, UV_RUN_ONCE);
    write_day();
    snapshot_digest(&line.core, digest);
    last_seq = pipeline_seq(&line);
    while (journal_durable_seq(line.journal) < last_seq)
        uv_run(&loop, UV_RUN_ONCE);
    pipeline_close(&line, on_closed, NULL);
    for (int i = 0; i < SNAPSHOT_DIGEST; i++)
        snprintf(digest_hex + 2 * i, 3, "%02x", digest[i]);
    while (!closed)
        uv_run(&loop, UV_RUN_ONCE);
    return uv_loop_close(&loop);
}

static int remove_journal(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

/* --- running the program --- */

static char out[256 * 1024]; /* what the last run said, both streams */

/* The exit code. Standard input is empty and no terminal. */
__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char command[4096];
    va_list args;
    size_t n = (size_t)snprintf(command, sizeof(command), "LC_ALL=C %s ", DISPATCHCTL);
    va_start(args, format);
    n += (size_t)vsnprintf(command + n, sizeof(command) - n, format, args);
    va_end(args);
    snprintf(command + n, sizeof(command) - n, "%s 2>&1", strchr(format, '<') ? "" : " </dev/null");
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    out[fread(out, 1, sizeof(out) - 1, pipe)] = 0;
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_says(const char *part)
{
    if (!strstr(out, part))
        fail_msg("does not say \"%s\":\n%s", part, out);
}

static void assert_silent_about(const char *part)
{
    if (strstr(out, part))
        fail_msg("says \"%s\":\n%s", part, out);
}

static unsigned lines(void)
{
    unsigned n = 0;
    for (const char *p = out; (p = strchr(p, '\n')); p++)
        n++;
    return n;
}

static void path_in(char path[TEMP_DIR_MAX + 64], const char *name)
{
    snprintf(path, TEMP_DIR_MAX + 64, "%s/%s", dir, name);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* --- facts --- */

static void test_facts_redact_unless_asked(void **state)
{
    (void)state;
    assert_int_equal(run("facts --data %s", dir), 0);
    assert_says("unit_ordered A1");
    assert_says("D4 dispatcher seat 2");
    assert_silent_about("朝阳街道");
    assert_silent_about("13800001111");
    assert_int_equal(run("facts --data %s --personal", dir), 0);
    assert_says("朝阳街道12号");
    assert_says("13800001111");
}

static void test_facts_of_a_range_kind_or_incident(void **state)
{
    (void)state;
    assert_int_equal(run("facts --data %s --kind call_rang", dir), 0);
    assert_int_equal(lines(), 1);
    assert_int_equal(run("facts --data %s --from 2 --to 3", dir), 0);
    assert_says("station_defined");
    assert_says("unit_defined");
    assert_silent_about("booted");
    assert_silent_about("duty_set");
    assert_int_equal(run("facts --data %s --incident I1", dir), 0);
    assert_says("call_rang C1"); /* before the incident was opened */
    assert_says("unit_reserved A1 I1 U7");
    assert_says("step_reached A1 step=departed");
    assert_silent_about("I2");
    assert_silent_about("station_defined");
    assert_int_equal(run("facts --data %s --to 2000-01-01T00:00", dir), 0);
    assert_int_equal(lines(), 0);
    assert_int_equal(run("facts --data %s --from 2000-01-01 --kind booted", dir), 0);
    assert_int_equal(lines(), 1);
}

static void test_facts_as_json(void **state)
{
    (void)state;
    assert_int_equal(run("facts --data %s --json --incident 1", dir), 0);
    unsigned n = 0;
    char *rest;
    for (char *text = strtok_r(out, "\n", &rest); text; text = strtok_r(NULL, "\n", &rest), n++) {
        json_t *json = json_loads(text, 0, NULL);
        assert_true(json_is_integer(json_object_get(json, "seq")));
        assert_true(json_is_object(json_object_get(json, "fact")));
        json_decref(json);
    }
    assert_true(n > 5);
}

static void test_bad_requests_name_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(run("facts --data %s --kind nonsense", dir), 2);
    assert_says("there is no fact \"nonsense\"");
    assert_int_equal(run("facts --data %s --incident U7", dir), 2);
    assert_says("\"U7\" is not an id like I12");
    assert_int_equal(run("facts --data %s --from yester-day", dir), 2);
    assert_says("--from yester-day");
    assert_int_equal(run("facts --data %s --from 12x", dir), 2);
    assert_int_equal(run("facts --data %s/none", dir), 1);
    assert_int_equal(run("facts --data %s extra", dir), 2);
    assert_int_equal(run("facts --yes"), 2);
    assert_says("facts takes no --yes");
    assert_int_equal(run("fcats"), 2);
    assert_int_equal(run(" "), 2);
}

/* --- replay and audit --- */

static void test_replay_reaches_the_live_state(void **state)
{
    (void)state;
    assert_int_equal(run("replay --data %s", dir), 0);
    assert_says(digest_hex);
    assert_says("invariants      kept");
    assert_says("U7 departed");
    assert_says("not graded 2");
    assert_silent_about("朝阳街道");
    assert_int_equal(run("replay --data %s --to 5", dir), 0);
    assert_silent_about(digest_hex);
    assert_says("ringing 1");
}

static void test_audit_tells_who_did_what(void **state)
{
    char damaged[TEMP_DIR_MAX + 64], path[TEMP_DIR_MAX + 80], command[1024];
    sqlite3 *db;
    (void)state;
    assert_int_equal(run("audit --data %s", dir), 0);
    assert_says("define_station");
    assert_says("REFUSED no_incident: 没有这个事件 / no such incident");
    assert_says("> unit_ordered A1");
    assert_says("chain whole up to record");
    assert_int_equal(run("audit --data %s --user D4", dir), 0);
    assert_silent_about("define_station");
    assert_says("4 commands shown, 1 of them refused");

    path_in(damaged, "damaged");
    snprintf(command, sizeof(command), "mkdir %s", damaged);
    assert_int_equal(system(command), 0);
    assert_int_equal(run("backup --data %s %s/journal.db", dir, damaged), 0);
    snprintf(path, sizeof(path), "%s/journal.db", damaged);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE ev SET client=78 WHERE seq=5", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(run("audit --data %s", damaged), 1);
    assert_says("broken at record 5");
    assert_silent_about("define_station");
}

/* --- upkeep --- */

static void test_backup_cut_and_restore(void **state)
{
    char saved[TEMP_DIR_MAX + 64], other[TEMP_DIR_MAX + 64], want[64];
    (void)state;
    path_in(saved, "saved.db");
    path_in(other, "other");
    snprintf(want, sizeof(want), "record %llu at", (unsigned long long)last_seq);
    assert_int_equal(run("backup --data %s %s", dir, saved), 0);
    assert_int_equal(run("restore --data %s %s", other, saved), 1);
    assert_says("give --yes");
    assert_int_equal(run("restore --data %s %s --yes", other, saved), 0);
    assert_int_equal(run("replay --data %s", other), 0);
    assert_says(want);
    assert_int_equal(run("cut --data %s --yes", other), 2);
    assert_int_equal(run("cut --data %s --after 4", other), 1);
    assert_int_equal(run("cut --data %s --after 4 --yes", other), 0);
    assert_int_equal(run("replay --data %s", other), 0);
    assert_says("record 4 at");
    assert_int_equal(run("snapshot list --data %s", dir), 0);
}

/* --- users --- */

static void test_users(void **state)
{
    struct accounts accounts;
    struct accounts_policy policy;
    struct account account;
    char token[ACCOUNT_TOKEN_CHARS + 1], password[128], path[TEMP_DIR_MAX + 64];
    (void)state;
    assert_int_equal(run("users list --data %s", dir), 1); /* no accounts yet, none made */
    assert_int_equal(run("users add li.na --role crew --scope U7 --name 李娜 --data %s", dir), 0);
    const char *at = strstr(out, "shown once: ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "shown once: %100s", password), 1);
    accounts_policy_defaults(&policy);
    path_in(path, "accounts.db");
    assert_int_equal(accounts_open(&accounts, path, &policy), 0);
    assert_int_equal(accounts_sign_in(&accounts, "li.na", password, 1000, &account, token), 0);
    assert_int_equal(account.scope_id, 7);
    assert_int_equal(run("users add li.na --role dispatcher --data %s", dir), 3);
    assert_says("账号已存在");
    assert_int_equal(run("users add wang --role crew --data %s", dir), 3);
    assert_int_equal(run("users add wang --role king --data %s", dir), 2);
    assert_int_equal(run("users add wang --role crew --scope H2 --data %s", dir), 2);
    assert_int_equal(run("users disable li.na --data %s", dir), 0);
    assert_int_equal(run("users list --data %s", dir), 0);
    assert_says("disabled");
    assert_says("李娜");
    assert_silent_about(password);
    assert_int_equal(run("users enable li.na --data %s", dir), 0);
    assert_int_equal(run("users unlock nobody --data %s", dir), 3);
    assert_int_equal(run("users password li.na --data %s", dir), 0);
    assert_true(accounts_sign_in(&accounts, "li.na", password, 2000, &account, token) > 0);
    accounts_close(&accounts);
}

/* --- files --- */

static void test_define_checks_the_whole_file_first(void **state)
{
    char path[TEMP_DIR_MAX + 64];
    (void)state;
    path_in(path, "city.txt");
    write_file(path, "# a city\n\ndefine_station S1 code=S01 at=north\ndefine_unti U1\n"
                     "close_incident I1 outcome=treated\n");
    /* No server is asked: port 1 is never reached. */
    assert_int_equal(run("define %s --server 127.0.0.1:1", path), 1);
    assert_says("city.txt:3: at=");
    assert_says("city.txt:4: no command \"define_unti\"");
    assert_says("city.txt:5: close_incident has no place in a city's file");
    assert_says("3 bad lines");
}

static void test_check_cards_and_config(void **state)
{
    (void)state;
    assert_int_equal(run("check-cards %s/deploy/cards --plans %s/deploy/plans/response.yaml",
                         SOURCE_DIR, SOURCE_DIR),
                     0);
    assert_says("proved");
    assert_int_equal(run("check-cards %s/tests/unit/cards_bad --plans "
                         "%s/deploy/plans/response.yaml",
                         SOURCE_DIR, SOURCE_DIR),
                     1);
    assert_says(".yaml:");
    assert_int_equal(run("check-config %s/deploy/dispatch.conf", SOURCE_DIR), 0);
    assert_int_equal(run("check-config %s/deploy/cards/README.md", SOURCE_DIR), 1);
    assert_says("README.md:");
}

static void test_jt808_decode(void **state)
{
    char path[TEMP_DIR_MAX + 64], *rest;
    (void)state;
    path_in(path, "frames");
    write_file(path, "7e000200000138123456780001327e\n7e000200000138123456780001337e\n\nxyz\n");
    assert_int_equal(run("jt808 decode <%s", path), 0);
    json_t *good = json_loads(strtok_r(out, "\n", &rest), 0, NULL);
    json_t *bad = json_loads(strtok_r(NULL, "\n", &rest), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(good, "msg_id")), "0x0002");
    assert_string_equal(json_string_value(json_object_get(good, "terminal")), "013812345678");
    assert_string_equal(json_string_value(json_object_get(bad, "error")), "checksum");
    assert_non_null(strtok_r(NULL, "\n", &rest));
    json_decref(good);
    json_decref(bad);
}

/* Every subcommand explains itself, in both languages, and the shipped completion is ours. */
static void test_help_and_completion(void **state)
{
    char name[64], *rest;
    unsigned n = 0;
    (void)state;
    assert_int_equal(run("--version"), 0);
    assert_says("dispatchctl ");
    assert_int_equal(run("completion bash >%s/made && bash -n %s/made && cmp %s/made "
                         "%s/deploy/completion/dispatchctl",
                         dir, dir, dir, SOURCE_DIR),
                     0);
    assert_int_equal(run("--help"), 0);
    static char overview[sizeof(out)];
    memcpy(overview, out, sizeof(out));
    for (char *text = strtok_r(overview, "\n", &rest); text; text = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(text, "  ", 2) != 0 || text[2] == ' ')
            continue;
        /* "users add LOGIN": the name is what is written small */
        snprintf(name, sizeof(name), "%.*s",
                 (int)strspn(text + 2, "abcdefghijklmnopqrstuvwxyz0123456789- "), text + 2);
        assert_int_equal(run("%s --help", name), 0);
        assert_says("usage: dispatchctl ");
        n++;
    }
    assert_true(n > 30);
    assert_int_equal(run("audit --help"), 0);
    assert_says("何人何时做了什么");
    assert_says("--user D3");
}

static void test_server_not_reached(void **state)
{
    char path[TEMP_DIR_MAX + 64];
    (void)state;
    path_in(path, "token");
    write_file(path, "abc\n");
    assert_int_equal(run("units --server 127.0.0.1:1 --token-file %s", path), 4);
    assert_says("127.0.0.1:1");
    assert_int_equal(run("units --server nowhere --token-file %s", path), 2);
    assert_int_equal(run("units --server 127.0.0.1:1"), 2);
    assert_says("who are you");
    assert_int_equal(run("order I1 --token-file %s", path), 2);
    assert_int_equal(run("order I1 X7 --token-file %s --server 127.0.0.1:1", path), 2);
    assert_says("unit=X7 is not an id like U1");
    assert_int_equal(run("do fly_away --token-file %s --server 127.0.0.1:1", path), 2);
    assert_says("no command \"fly_away\"");
}

/* --- parts --- */

static void test_addresses(void **state)
{
    struct address address;
    (void)state;
    assert_int_equal(address_parse("[::1]:8121", &address), 0);
    assert_string_equal(address.host, "::1");
    assert_string_equal(address.port, "8121");
    const char *bad[] = {"", ":", ":1", "host", "host:", "host:x", "host:123456", "[]:1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(address_parse(bad[i], &address), -1);
}

static void add(struct buffer *wkb, const void *bytes, size_t n)
{
    buffer_add(wkb, bytes, n);
}

static void add_head(struct buffer *wkb, uint32_t type, uint32_t count)
{
    const unsigned char little = 1;
    add(wkb, &little, 1);
    add(wkb, &type, 4);
    add(wkb, &count, 4);
}

static void test_wkb_as_geojson(void **state)
{
    const double ring[] = {106.25, 39, 106.5, 39, 106.5, 39.25, 106.25, 39};
    const uint32_t points = 4;
    struct buffer wkb, text;
    (void)state;
    buffer_init(&wkb, 1024);
    buffer_init(&text, 4096);
    add_head(&wkb, 6, 1);
    add_head(&wkb, 3, 1);
    add(&wkb, &points, 4);
    add(&wkb, ring, sizeof(ring));
    assert_int_equal(wkb_to_geojson(wkb.bytes, wkb.n, &text), 0);
    json_t *json = json_loadb((const char *)text.bytes, text.n, 0, NULL);
    json_t *first = json_array_get(
        json_array_get(json_array_get(json_array_get(json_object_get(json, "coordinates"), 0), 0),
                       2),
        1);
    assert_true(json_real_value(first) == 39.25);
    json_decref(json);
    for (size_t n = 0; n < wkb.n; n++)
        assert_int_equal(wkb_to_geojson(wkb.bytes, n, &text), -1);
    wkb.bytes[1] = 2;
    assert_int_equal(wkb_to_geojson(wkb.bytes, wkb.n, &text), -1);
    buffer_close(&wkb);
    buffer_close(&text);
}

static void test_concern_follows_calls_and_assignments(void **state)
{
    struct concern concern = {.incident = 5};
    struct fact opened_5 = {.kind = FACT_INCIDENT_OPENED}, rang = {.kind = FACT_CALL_RANG};
    struct fact reserved = {.kind = FACT_UNIT_RESERVED}, moved = {.kind = FACT_STEP_REACHED};
    struct fact duty = {.kind = FACT_DUTY_SET};
    (void)state;
    opened_5.incident_opened.incident.v = 5;
    opened_5.incident_opened.call.v = 9;
    rang.call_rang.call.v = 9;
    reserved.unit_reserved =
        (struct unit_reserved){.assignment = {3}, .incident = {5}, .unit = {7}};
    moved.step_reached.assignment.v = 3;
    duty.duty_set.unit.v = 7;
    assert_false(concern_has(&concern, &rang));
    concern_learn(&concern, &opened_5);
    concern_learn(&concern, &reserved);
    assert_true(concern_has(&concern, &rang));
    assert_true(concern_has(&concern, &moved));
    assert_false(concern_has(&concern, &duty));
    moved.step_reached.assignment.v = 4;
    assert_false(concern_has(&concern, &moved));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_redact_unless_asked),
        cmocka_unit_test(test_facts_of_a_range_kind_or_incident),
        cmocka_unit_test(test_facts_as_json),
        cmocka_unit_test(test_bad_requests_name_what_is_wrong),
        cmocka_unit_test(test_replay_reaches_the_live_state),
        cmocka_unit_test(test_audit_tells_who_did_what),
        cmocka_unit_test(test_backup_cut_and_restore),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_define_checks_the_whole_file_first),
        cmocka_unit_test(test_check_cards_and_config),
        cmocka_unit_test(test_jt808_decode),
        cmocka_unit_test(test_help_and_completion),
        cmocka_unit_test(test_server_not_reached),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_wkb_as_geojson),
        cmocka_unit_test(test_concern_follows_calls_and_assignments),
    };
    return cmocka_run_group_tests(tests, make_journal, remove_journal);
}
