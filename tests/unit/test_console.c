/* What the consoles ask beside commands and facts: questions over the stream, passwords, seats that
 * lock, the map without PostGIS, the board; and on the wire, that nobody hears what is not theirs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/atlas/place.h"
#include "dispatch/server/server_impl.h"
#include "tests/lib/centre.h"

#define PASSWORD "Bright-7-Kestrel-Over-Stone"

static struct centre centre;
static struct http_answer said;
static char answer[524288];

static int start(void **state)
{
    (void)state;
    centre_begin(&centre);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    centre_end(&centre);
    return 0;
}

static int http(const char *method, const char *path, const char *bearer, const char *text)
{
    return centre_http(&centre, &said, method, path, bearer, text);
}

/* The answer's JSON, or "error: …". */
static const char *query(struct sitter *seat, struct stream_query query)
{
    const struct stream_report *report = seat_ask(seat, query);
    const struct text *text = report->error.n ? &report->error : &report->json;
    snprintf(answer, sizeof(answer), "%s%.*s", report->error.n ? "error: " : "", (int)text->n,
             text->p);
    return answer;
}

#define ASK(seat, ...) query(seat, (struct stream_query){__VA_ARGS__})
#define HAS(text) assert_non_null(strstr(answer, text))

static void test_questions(void **state)
{
    struct sitter desk;
    (void)state;
    centre_say(&centre, "ring_call number=13900000001 line=1");
    centre_say(&centre, "answer_call C1");
    centre_say(&centre, "open_incident C1 words=first at=39.0190,106.3760 source=map");
    centre_say(&centre, "regrade_incident I1 grade=2 reason=clinical");
    centre_say(&centre, "order_unit I1 U1 H1");
    centre_say(&centre, "ring_call number=13900000001 line=2");
    centre_say(&centre, "open_incident C2 words=second at=39.0200,106.3760 source=map");
    centre_say(&centre, "open_incident words=far at=39.2190,106.7760 source=map");
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);

    ASK(&desk, .what = TEXT("stats"));
    HAS("\"units_free\":3");
    HAS("\"open_by_grade\":[2,0,1,0,0,0]");
    ASK(&desk, .what = TEXT("words"));
    HAS("\"key\":\"stroke\"");
    ASK(&desk, .what = TEXT("cards"));
    HAS("\"code\":\"universal\"");
    HAS("\"question\":1");
    const char *hash = centre.server.pipeline.core.cards_hash;
    ASK(&desk, .what = TEXT("cards"), .words = {hash, (uint32_t)strlen(hash)});
    HAS("\"same\":true");
    ASK(&desk, .what = TEXT("card"), .words = TEXT("no-such"));
    HAS("error: ");
    ASK(&desk, .what = TEXT("plan"), .words = TEXT("works-or-mine-severe"));
    HAS("\"steps\":[{\"number\":1,");

    ASK(&desk, .what = TEXT("nearby"), .id = 1);
    HAS("[{\"incident\":2,\"dist_m\":111,");
    assert_null(strstr(answer, "\"incident\":3"));
    ASK(&desk, .what = TEXT("nearby"));
    HAS("error: ");
    ASK(&desk, .what = TEXT("caller"), .id = 2);
    HAS("[{\"call\":1,");
    HAS("\"incident\":1");
    ASK(&desk, .what = TEXT("history"), .id = 1);
    HAS("\"assignment\":1");
    ASK(&desk, .what = TEXT("no-such"));
    HAS("error: no such question");

    ASK(&desk, .what = TEXT("places"), .words = TEXT("39.0190, 106.3760"), .lat_e7 = 390190000,
        .lon_e7 = 1063760000);
    HAS("\"kind\":\"coordinates\"");
    HAS("\"dist_m\":0");
    ASK(&desk, .what = TEXT("places"), .words = TEXT("firs"));
    HAS("\"kind\":\"hospital\",\"id\":1");
    ASK(&desk, .what = TEXT("places"));
    HAS("error: ");
    seat_close(&desk);

    struct sitter supervisor; /* that the caller's earlier calls were looked at is a fact */
    seat_sit(&supervisor, &centre, ACCOUNT_SUPERVISOR, 0);
    ASK(&supervisor, .what = TEXT("incident"), .id = 1);
    HAS("record_opened");
    seat_close(&supervisor);
}

static void test_timeline(void **state)
{
    struct sitter desk, crew, other;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    ASK(&desk, .what = TEXT("incident"), .id = 1);
    const char *rang = strstr(answer, "call_rang"), *opened = strstr(answer, "incident_opened");
    const char *ordered = strstr(answer, "unit_ordered");
    assert_true(rang && opened && ordered && rang < opened && opened < ordered);
    HAS("13900000001");
    assert_null(strstr(answer, "\"incident_opened\":{\"incident\":2"));
    ASK(&desk, .what = TEXT("incident"), .id = 99);
    HAS("error: ");
    seat_close(&desk);
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    ASK(&crew, .what = TEXT("incident"), .id = 1);
    HAS("unit_ordered");
    assert_null(strstr(answer, "call_rang"));
    ASK(&crew, .what = TEXT("caller"), .id = 1);
    HAS("error: ");
    ASK(&crew, .what = TEXT("history"), .id = 2);
    HAS("error: ");
    seat_close(&crew);
    seat_sit(&other, &centre, ACCOUNT_CREW, 2);
    ASK(&other, .what = TEXT("incident"), .id = 1);
    HAS("error: ");
    seat_close(&other);
}

/* Asserted on what came over the wire: whole frames, snapshot and facts, as text. */
static void test_only_what_is_theirs(void **state)
{
    struct sitter mine, other, hospital, elsewhere, desk;
    (void)state;
    seat_sit(&mine, &centre, ACCOUNT_CREW, 1);
    seat_sit(&other, &centre, ACCOUNT_CREW, 2);
    seat_sit(&hospital, &centre, ACCOUNT_HOSPITAL, 1);
    seat_sit(&elsewhere, &centre, ACCOUNT_HOSPITAL, 2);
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    centre_say(&centre, "sign_on_crew U1 names=WangLiZhao");
    centre_say(&centre, "check_unit U1 fit missing=suction");
    centre_say(&centre, "report_step A1 step=at_patient");
    centre_say(&centre, "record_vitals A1 vitals=\"heart_rate=112 spo2=94\"");
    centre_say(&centre, "expect_patient A1");
    struct reply last = centre_do(&centre, ROLE_DISPATCHER, "add_note I1 words=mark-of-the-end");
    struct sitter *const all[] = {&mine, &other, &hospital, &elsewhere, &desk};
    for (size_t i = 0; i < 5; i++)
        seat_until_seq(all[i], last.seq);

    assert_true(seat_heard(&desk, "WangLiZhao") && seat_heard(&mine, "WangLiZhao"));
    assert_true(seat_heard(&mine, "heart_rate=112") && seat_heard(&hospital, "heart_rate=112"));
    assert_true(seat_heard(&hospital, "patient_expected") && seat_heard(&mine, "suction"));
    assert_true(seat_heard(&desk, "13900000001"));
    for (size_t i = 1; i < 4; i++) {
        assert_false(seat_heard(all[i], "WangLiZhao"));
        assert_false(seat_heard(all[i], "suction"));
        assert_false(seat_heard(all[i], "13900000001"));
    }
    for (size_t i = 1; i < 4; i += 2) {
        assert_false(seat_heard(all[i], "heart_rate"));
        assert_false(seat_heard(all[i], "patient_expected"));
        assert_false(seat_heard(all[i], "mark-of-the-end"));
        assert_false(seat_heard(all[i], "I1"));
    }
    for (size_t i = 0; i < 5; i++)
        seat_close(all[i]);
}

/* --- sessions --- */

static void take_token(char token[ACCOUNT_TOKEN_CHARS + 1])
{
    const char *at = strstr(said.body, "\"token\":\"");
    assert_non_null(at);
    snprintf(token, ACCOUNT_TOKEN_CHARS + 1, "%s", at + 9);
}

/* The login of the account made last by the centre. */
static void login_of(const char *token, char login[ACCOUNT_LOGIN_MAX + 1])
{
    struct account account;
    assert_int_equal(accounts_check_token(&centre.server.accounts, token,
                                          pipeline_wall_ms(&centre.server.pipeline), &account),
                     0);
    snprintf(login, ACCOUNT_LOGIN_MAX + 1, "%s", account.login);
}

static int sign_in(const char *login, const char *password, const char *more)
{
    char text[512];
    snprintf(text, sizeof(text), "{\"login\":\"%s\",\"password\":\"%s\"%s}", login, password, more);
    return http("POST", "/api/sign-in", "", text);
}

static void test_seats(void **state)
{
    char first[ACCOUNT_TOKEN_CHARS + 1], second[ACCOUNT_TOKEN_CHARS + 1];
    char one[ACCOUNT_LOGIN_MAX + 1], two[ACCOUNT_LOGIN_MAX + 1];
    (void)state;
    centre_token(&centre, ACCOUNT_DISPATCHER, 0, first);
    centre_token(&centre, ACCOUNT_DISPATCHER, 0, second);
    login_of(first, one);
    login_of(second, two);
    assert_int_equal(sign_in(one, PASSWORD, ",\"seat\":7"), 200);
    assert_non_null(strstr(said.body, "\"seat\":7"));
    take_token(first);
    assert_int_equal(sign_in(one, PASSWORD, ",\"seat\":7"), 200); /* another window of the same */
    assert_int_equal(sign_in(two, PASSWORD, ",\"seat\":7"), 409);
    assert_non_null(strstr(said.body, "seat-taken"));
    assert_int_equal(sign_in(two, PASSWORD, ",\"seat\":10000"), 401);
    assert_int_equal(sign_in(two, PASSWORD, ",\"seat\":-1"), 400);
    assert_int_equal(sign_in(two, PASSWORD, ",\"seat\":7,\"take\":true"), 200);
    assert_int_equal(http("POST", "/api/lock", first, ""), 401); /* the one before has gone */
}

static void test_locked_seat(void **state)
{
    struct sitter desk;
    const char *note = "{\"client\":70,\"number\":1,\"add_note\":{\"incident\":1,\"words\":\"x\"}}";
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    assert_int_equal(http("POST", "/api/lock", desk.token, ""), 200);
    assert_int_equal(seat_do(&desk, "add_note I1 words=x").refusal, REFUSE_SEAT_LOCKED);
    assert_int_equal(http("POST", "/api/command", desk.token, note), 409);
    assert_non_null(strstr(said.body, "seat_locked"));
    struct reply seen = centre_do(&centre, ROLE_DISPATCHER, "add_note I1 words=seen-though-locked");
    seat_until_seq(&desk, seen.seq); /* it still sees */
    assert_true(seat_heard(&desk, "seen-though-locked"));
    assert_int_equal(http("POST", "/api/unlock", desk.token, "{\"password\":\"no\"}"), 403);
    assert_int_equal(http("POST", "/api/unlock", desk.token, "{}"), 400);
    assert_int_equal(http("POST", "/api/unlock", "", "{\"password\":\"no\"}"), 401);
    assert_int_equal(seat_do(&desk, "add_note I1 words=x").refusal, REFUSE_SEAT_LOCKED);
    assert_int_equal(http("POST", "/api/unlock", desk.token, "{\"password\":\"" PASSWORD "\"}"),
                     200);
    assert_int_equal(seat_do(&desk, "add_note I1 words=x").refusal, REFUSE_NONE);
    seat_close(&desk);
}

static void test_password(void **state)
{
    static const char fresh[] = "Quiet-9-Heron-Under-Water";
    char token[ACCOUNT_TOKEN_CHARS + 1], next[ACCOUNT_TOKEN_CHARS + 1];
    char login[ACCOUNT_LOGIN_MAX + 1], text[512];
    (void)state;
    centre_token(&centre, ACCOUNT_DISPATCHER, 0, token);
    login_of(token, login);
    assert_int_equal(http("POST", "/api/password", "", "{}"), 401);
    assert_int_equal(http("POST", "/api/password", token, "{}"), 400);
    snprintf(text, sizeof(text), "{\"password\":\"wrong\",\"new_password\":\"%s\"}", fresh);
    assert_int_equal(http("POST", "/api/password", token, text), 403);
    assert_int_equal(http("POST", "/api/password", token,
                          "{\"password\":\"" PASSWORD "\",\"new_password\":\"short\"}"),
                     403);
    assert_non_null(strstr(said.body, "password-short"));
    snprintf(text, sizeof(text), "{\"password\":\"" PASSWORD "\",\"new_password\":\"%s\"}", fresh);
    assert_int_equal(http("POST", "/api/password", token, text), 200);
    take_token(next);
    assert_int_equal(http("POST", "/api/lock", token, ""), 401); /* the old token has gone */
    assert_int_equal(http("GET", "/api/map", next, ""), 200);
    assert_int_equal(sign_in(login, PASSWORD, ""), 401);
    assert_int_equal(sign_in(login, fresh, ""), 200);
}

/* --- the map and the board --- */

static void test_map_without_postgis(void **state)
{
    char desk[ACCOUNT_TOKEN_CHARS + 1], crew[ACCOUNT_TOKEN_CHARS + 1];
    (void)state;
    centre_token(&centre, ACCOUNT_DISPATCHER, 0, desk);
    centre_token(&centre, ACCOUNT_CREW, 1, crew);
    assert_int_equal(http("GET", "/api/map", "", ""), 401);
    assert_int_equal(http("GET", "/api/map", desk, ""), 200);
    assert_non_null(strstr(said.body, "\"tiles\":false"));
    assert_int_equal(http("GET", "/tiles/0/0/0.pbf", "", ""), 401);
    assert_int_equal(http("GET", "/tiles/0/0/0.pbf", desk, ""), 503);
    static const char *const wrong[] = {
        "/tiles/0/1/0.pbf",  "/tiles/3/0/8.pbf",           "/tiles/19/0/0.pbf",
        "/tiles/1/0.pbf",    "/tiles/1/0/0.png",           "/tiles/-1/0/0.pbf",
        "/tiles/1/0/0.pbfx", "/tiles/1/0/99999999999.pbf", "/tiles"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(http("GET", wrong[i], desk, ""), 404);
    assert_int_equal(http("GET", "/board", "", ""), 401);
    assert_int_equal(http("GET", "/board", crew, ""), 403);
    assert_int_equal(http("GET", "/board", desk, ""), 200);
    assert_non_null(strstr(said.head, "text/html"));
    assert_non_null(strstr(said.body, "U-1"));
}

/* --- places without a server --- */

static void test_places(void **state)
{
    char initials[32];
    struct point at;
    (void)state;
    place_initials(TEXT("石嘴山市第一人民医院"), initials, sizeof(initials));
    assert_string_equal(initials, "szssdyrmyy");
    place_initials(TEXT("G6 North Gate 12"), initials, sizeof(initials));
    assert_string_equal(initials, "g6ng12");
    assert_true(place_read("39.0190,106.3760", &at));
    assert_int_equal(at.lat_e7, 390190000);
    assert_true(place_read("106.376 39.019", &at)); /* longitude first: it cannot be a latitude */
    assert_int_equal(at.lat_e7, 390190000);
    assert_true(place_read("gcj 39.0190,106.3760", &at));
    assert_in_range(labs((long)at.lat_e7 - 390190000), 1000, 100000);
    assert_false(place_read("39.0190", &at));
    assert_false(place_read("390,1060", &at));
    assert_false(place_read("39.0190,106.3760 x", &at));
    assert_false(place_read("moon 39.0,106.0", &at));
    assert_false(place_read("", &at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),   cmocka_unit_test(test_questions),
        cmocka_unit_test(test_timeline), cmocka_unit_test(test_only_what_is_theirs),
        cmocka_unit_test(test_seats),    cmocka_unit_test(test_locked_seat),
        cmocka_unit_test(test_password), cmocka_unit_test(test_map_without_postgis),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
