/* stream: what consoles, crews, hospitals and gateways are told over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "tests/lib/centre.h"

static struct centre centre;

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

#define OPEN_INCIDENT "open_incident words=\"朝阳街 12 号\" complaint=fell at=39.0200,106.3800"

static void test_snapshot_then_facts(void **state)
{
    struct sitter desk;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    assert_int_equal(desk.welcome.actor.role, ROLE_DISPATCHER);
    assert_int_equal(desk.welcome.actor.seat, 3);
    assert_false(desk.welcome.resumes);
    assert_true(desk.frame.snapshot.last);
    assert_true(seat_heard(&desk, "unit U1 code=U-1"));
    assert_true(seat_heard(&desk, "hospital H2"));
    struct stream_reply reply = seat_do(&desk, OPEN_INCIDENT);
    assert_int_equal(reply.refusal, REFUSE_NONE);
    assert_int_equal(reply.made, 1);
    seat_until_seq(&desk, reply.seq);
    assert_true(seat_heard(&desk, "incident_opened I1"));
    assert_true(seat_heard(&desk, "words=\"朝阳街 12 号\""));
    seat_close(&desk);
}

/* What two consoles heard is the same, although one of them was away for a while. */
static void test_resume_without_a_gap(void **state)
{
    struct sitter stays, leaves;
    char line[64];
    (void)state;
    centre.server.stream.requests_per_s = 10000;
    seat_sit(&stays, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&leaves, &centre, ACCOUNT_DISPATCHER, 0);
    seat_until_seq(&stays, leaves.cursor);
    buffer_clear(&stays.heard); /* from the same seq on */
    buffer_clear(&leaves.heard);
    seat_do(&stays, OPEN_INCIDENT);
    seat_until_seq(&leaves, stays.cursor);
    peer_close(&leaves.peer);
    for (int i = 0; i < 700; i++) { /* more than one frame of records */
        snprintf(line, sizeof(line), "set_hospital_status H1 status=open beds_free=%d", i + 1);
        seat_command(&stays, line);
    }
    uint64_t last = seat_do(&stays, "add_note I1 words=end").seq;
    peer_open(&leaves.peer, &centre.edge, gate_tcp_port(&centre.server.gate));
    seat_hello_again(&leaves, true);
    assert_true(leaves.welcome.resumes);
    seat_until_seq(&stays, last);
    seat_until_seq(&leaves, last);
    uint64_t seq = stays.cursor > leaves.cursor ? stays.cursor : leaves.cursor;
    seat_until_seq(&stays, seq);
    seat_until_seq(&leaves, seq);
    assert_true(stays.heard.n > 700 * 20);
    assert_int_equal(stays.heard.n, leaves.heard.n);
    assert_memory_equal(stays.heard.bytes, leaves.heard.bytes, stays.heard.n);
    seat_close(&stays);
    seat_close(&leaves);
}

static void test_foreign_journal_is_not_resumed(void **state)
{
    struct sitter desk;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    peer_close(&desk.peer);
    desk.epoch++;
    peer_open(&desk.peer, &centre.edge, gate_tcp_port(&centre.server.gate));
    seat_hello_again(&desk, true);
    assert_false(desk.welcome.resumes);
    seat_until(&desk, SERVER_SNAPSHOT);
    seat_close(&desk);
}

/* The order of a crew comes with its incident, whole, in the frame that first names it. */
static void test_crew_sees_its_order_whole_and_no_other(void **state)
{
    struct sitter desk, crew, other;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_do(&desk, OPEN_INCIDENT);
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    seat_sit(&other, &centre, ACCOUNT_CREW, 2);
    assert_true(seat_heard(&crew, "unit U2")); /* the registry is everyone's */
    assert_false(seat_heard(&crew, "incident I"));
    assert_false(seat_heard(&crew, "terminal"));
    buffer_clear(&crew.heard);
    seat_do(&desk, "order_unit I1 U1 H1");
    uint64_t seq = seat_do(&desk, "add_note I1 words=\"二单元\"").seq;
    while (!seat_heard(&crew, "unit_reserved"))
        assert_true(seat_next(&crew));
    assert_true(seat_heard(&crew, "+incident I1"));
    assert_true(seat_heard(&crew, "words=\"朝阳街 12 号\""));
    assert_true(seat_heard(&crew, "+assignment A1 I1 U1"));
    seat_until_seq(&crew, seq);
    seat_until_seq(&other, seq);
    assert_true(seat_heard(&crew, "unit_ordered A1"));
    assert_true(seat_heard(&crew, "note_added I1"));
    assert_false(seat_heard(&crew, "recommended"));
    assert_false(seat_heard(&crew, "signed_in"));
    assert_false(seat_heard(&other, "I1"));
    assert_false(seat_heard(&other, "A1"));
    assert_int_equal(seat_do(&other, "report_step A1 step=departed").refusal, REFUSE_NOT_YOURS);
    assert_int_equal(seat_do(&crew, "report_step A1 step=departed").refusal, REFUSE_NONE);
    seat_close(&crew);
    /* It comes back: always with a snapshot, and only its own. */
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    assert_true(seat_heard(&crew, "incident I1"));
    assert_true(seat_heard(&crew, "assignment A1"));
    seat_close(&crew);
    seat_close(&other);
    seat_close(&desk);
}

static void test_hospital_hears_that_its_patient_goes_elsewhere(void **state)
{
    struct sitter desk, first, second;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&first, &centre, ACCOUNT_HOSPITAL, 1);
    seat_sit(&second, &centre, ACCOUNT_HOSPITAL, 2);
    seat_do(&desk, OPEN_INCIDENT);
    uint64_t seq = seat_do(&desk, "order_unit I1 U1 H1").seq;
    seat_until_seq(&first, seq);
    seat_until_seq(&second, seq);
    assert_true(seat_heard(&first, "+incident I1"));
    assert_true(seat_heard(&first, "hospital_chosen A1 H1"));
    assert_false(seat_heard(&second, "I1"));
    seq = seat_do(&desk, "redirect_unit A1 H2").seq;
    seq = seat_do(&desk, "add_note I1 words=secret").seq;
    seat_until_seq(&first, seq);
    seat_until_seq(&second, seq);
    assert_true(seat_heard(&first, "hospital_chosen A1 H2"));
    assert_false(seat_heard(&first, "secret"));
    assert_true(seat_heard(&second, "+incident I1"));
    assert_true(seat_heard(&second, "secret"));
    seat_close(&desk);
    seat_close(&first);
    seat_close(&second);
}

/* On the wire, not only on the page: the bytes that an operator or gateway gets hold nothing. */
static void test_personal_data_by_role(void **state)
{
    struct sitter desk, operator, gateway;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&operator, & centre, ACCOUNT_OPERATOR, 0);
    seat_sit(&gateway, &centre, ACCOUNT_GATEWAY, 0);
    seat_do(&desk, "ring_call number=13912345678 line=2");
    uint64_t seq = seat_do(&desk, OPEN_INCIDENT).seq;
    seat_until_seq(&operator, seq);
    seat_until_seq(&gateway, seq);
    assert_true(seat_heard(&operator, "incident_opened I1"));
    assert_true(seat_heard(&operator, "signed_in"));
    assert_false(seat_heard(&operator, "朝阳街"));
    assert_false(seat_heard(&operator, "13912345678"));
    assert_false(seat_heard(&gateway, "incident_opened"));
    assert_false(seat_heard(&gateway, "call_rang"));
    seat_close(&operator);
    seat_sit(&operator, & centre, ACCOUNT_OPERATOR, 0); /* and the same in a snapshot */
    assert_true(seat_heard(&operator, "incident I1"));
    assert_false(seat_heard(&operator, "朝阳街"));
    assert_false(seat_heard(&operator, "13912345678"));
    seat_until_seq(&desk, seq);
    assert_true(seat_heard(&desk, "number=13912345678"));
    seat_close(&desk);
    seat_close(&operator);
    seat_close(&gateway);
}

static void expect_end(struct sitter *seat, int code)
{
    while (seat_next(seat))
        ;
    assert_int_equal(seat->code, code);
    seat_close(seat);
}

static void test_bad_manners(void **state)
{
    struct sitter seat;
    struct client_frame frame = {.kind = CLIENT_HELLO};
    (void)state;
    seat_open(&seat, &centre); /* a token that nobody gave */
    frame.hello.token = TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    seat_say(&seat, &frame);
    expect_end(&seat, GATE_CLOSE_POLICY);

    seat_open(&seat, &centre); /* a command before hello */
    seat_command(&seat, OPEN_INCIDENT);
    expect_end(&seat, GATE_CLOSE_POLICY);

    seat_open(&seat, &centre); /* hello twice */
    seat_hello(&seat, ACCOUNT_DISPATCHER, 0);
    frame.hello.token = (struct text){seat.token, ACCOUNT_TOKEN_CHARS};
    seat_say(&seat, &frame);
    expect_end(&seat, GATE_CLOSE_POLICY);

    seat_open(&seat, &centre); /* bytes that are no frame */
    peer_send_frame(&seat.peer, "\xff\xff\xff\xff", 4);
    expect_end(&seat, GATE_CLOSE_PROTOCOL);

    seat_open(&seat, &centre); /* the clock is the machine's */
    seat_hello(&seat, ACCOUNT_GATEWAY, 0);
    frame = (struct client_frame){.kind = CLIENT_CLOCK};
    frame.clock.now_ms = 1;
    seat_say(&seat, &frame);
    expect_end(&seat, GATE_CLOSE_POLICY);
    assert_int_equal(centre.server.metrics.value[METRIC_SIGN_INS_REFUSED], 2);
}

static void test_command_without_a_key(void **state)
{
    struct sitter desk;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    desk.client = 0;
    uint64_t seq = pipeline_seq(&centre.server.pipeline);
    struct stream_reply reply = seat_do(&desk, OPEN_INCIDENT);
    assert_int_equal(reply.refusal, REFUSE_BAD_ID);
    assert_int_equal(reply.seq, 0);
    assert_int_equal(pipeline_seq(&centre.server.pipeline), seq);
    seat_close(&desk);
}

static void test_too_many_requests(void **state)
{
    struct sitter desk;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    struct client_frame ping = {.kind = CLIENT_PING};
    /* More than two seconds' worth at once: some second has too many of them. */
    for (int i = 0; i < 3 * centre.config.gate.requests_per_s && !desk.peer.ended; i++)
        seat_say(&desk, &ping);
    expect_end(&desk, GATE_CLOSE_POLICY);
}

static void test_two_hundred_consoles(void **state)
{
    enum { SEATS = 200 };
    static struct sitter seat[SEATS];
    char token[ACCOUNT_TOKEN_CHARS + 1];
    (void)state;
    centre_token(&centre, ACCOUNT_DISPATCHER, 0, token);
    for (int i = 0; i < SEATS; i++) {
        seat_open(&seat[i], &centre);
        memcpy(seat[i].token, token, sizeof(token));
        seat_hello_again(&seat[i], false);
        seat_until(&seat[i], SERVER_SNAPSHOT);
    }
    seat_do(&seat[0], OPEN_INCIDENT);
    uint64_t seq = seat_do(&seat[7], "order_unit I1 U1").seq;
    for (int i = 0; i < SEATS; i++) {
        seat_until_seq(&seat[i], seq);
        assert_true(seat_heard(&seat[i], "unit_ordered A1"));
        seat_close(&seat[i]);
    }
}

static void test_positions_by_role(void **state)
{
    struct sitter desk, crew;
    struct fix fix = {.unit = 2, .lat_e7 = 390000000, .lon_e7 = 1063000000};
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    fix.at_ms = fix.received_ms = pipeline_now_ms(&centre.server.pipeline);
    assert_true(track_put(&centre.server.track, &fix, fix.at_ms, NULL) >= 0);
    fix.unit = 1;
    assert_true(track_put(&centre.server.track, &fix, fix.at_ms, NULL) >= 0);
    seat_until(&desk, SERVER_POSITIONS);
    seat_until(&crew, SERVER_POSITIONS);
    assert_true(seat_heard(&desk, "@U2") && seat_heard(&desk, "@U1"));
    assert_true(seat_heard(&crew, "@U1") && !seat_heard(&crew, "@U2"));
    seat_close(&desk);
    seat_close(&crew);
}

/* A report shows the live state: it waits for the commit like everything else (seat's `note` looks
 * at as_of_seq of every frame). */
static void test_query(void **state)
{
    struct sitter desk, crew;
    struct client_frame frame = {.kind = CLIENT_QUERY};
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    frame.query.number = 5;
    frame.query.what = TEXT("terminals");
    seat_command(&desk, OPEN_INCIDENT);
    seat_say(&desk, &frame);
    seat_until(&desk, SERVER_REPORT);
    assert_int_equal(desk.frame.report.number, 5);
    assert_int_equal(desk.frame.report.error.n, 0);
    assert_non_null(memmem(desk.frame.report.json.p, desk.frame.report.json.n, "13300000001", 11));
    seat_say(&crew, &frame);
    seat_until(&crew, SERVER_REPORT);
    assert_int_not_equal(crew.frame.report.error.n, 0);
    assert_int_equal(crew.frame.report.json.n, 0);
    seat_close(&desk);
    seat_close(&crew);
}

static void test_disabled_account_is_cut(void **state)
{
    struct sitter desk;
    struct accounts *accounts = &centre.server.accounts;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    assert_int_equal(accounts_revoke_token(accounts, desk.token), 0);
    centre.server.stream.first->checked_ms -= 60000; /* a minute passes */
    expect_end(&desk, GATE_CLOSE_POLICY);
}

/* --- a slow reader --- */

static int start_slow(void **state)
{
    (void)state;
    centre_make(&centre);
    centre.config.gate.client_buffer = 16384;
    centre.config.gate.slow_s = 1;
    centre_start(&centre);
    centre_town(&centre);
    return 0;
}

static void test_slow_client_is_told_to_resume(void **state)
{
    struct sitter slow, desk;
    char line[2200];
    int small = 4096;
    (void)state;
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&slow, &centre, ACCOUNT_DISPATCHER, 0);
    assert_int_equal(setsockopt(slow.peer.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    seat_do(&desk, OPEN_INCIDENT);
    memset(line, 'x', sizeof(line));
    memcpy(line, "add_note I1 words=", 18);
    line[2100] = 0;
    uint64_t seq = 0;
    /* More than the sockets' buffers take; the other console is not held up by it. */
    while (centre.server.metrics.value[METRIC_CUT_OFFS] == 0) {
        struct reply reply = centre_do(&centre, ROLE_DISPATCHER, line);
        assert_int_equal(reply.refusal, REFUSE_NONE);
        seq = reply.seq;
        seat_until_seq(&desk, seq);
        buffer_clear(&desk.heard);
    }
    int large = 1 << 20; /* now it reads, as fast as it can */
    assert_int_equal(setsockopt(slow.peer.fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large)), 0);
    while (seat_next(&slow))
        ;
    assert_int_equal(slow.code, GATE_CLOSE_RESYNC);
    assert_true(slow.cursor < seq);
    peer_close(&slow.peer);
    slow.ended = false;
    peer_open(&slow.peer, &centre.edge, gate_tcp_port(&centre.server.gate));
    seat_hello_again(&slow, true);
    assert_true(slow.welcome.resumes);
    seat_until_seq(&slow, seq); /* without a gap: `note` checks after_seq */
    seat_close(&slow);
    seat_close(&desk);
}

/* --- a driven clock --- */

static int start_driven(void **state)
{
    (void)state;
    centre_make(&centre);
    snprintf(centre.config.server.clock, CONFIG_TEXT_MAX, "driven");
    centre_start(&centre);
    return 0;
}

static void drive(struct sitter *gateway, int64_t now_ms, uint64_t number)
{
    struct client_frame frame = {.kind = CLIENT_CLOCK};
    frame.clock.now_ms = now_ms;
    frame.clock.number = number;
    seat_say(gateway, &frame);
    do
        seat_until(gateway, SERVER_HEARTBEAT);
    while (gateway->frame.heartbeat.number != number);
}

/* The driver's answer says that all is decided and durable: deadlines, and the offers for what it
 * brought. */
static void test_driven_clock(void **state)
{
    const int64_t zero_ms = INT64_C(1700000000000);
    struct sitter gateway, desk;
    (void)state;
    seat_sit(&gateway, &centre, ACCOUNT_GATEWAY, 0);
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    drive(&gateway, zero_ms, 1);
    assert_int_equal(gateway.frame.heartbeat.now_ms, zero_ms);
    centre_town(&centre);
    seat_do(&gateway, "ring_call number=13900000001 line=1");
    seat_do(&gateway, OPEN_INCIDENT);
    drive(&gateway, zero_ms + 11000, 2);
    assert_int_equal(gateway.frame.heartbeat.now_ms, zero_ms + 11000);
    seat_until_seq(&desk, gateway.frame.heartbeat.seq);
    assert_true(seat_heard(&desk, "alert_raised W1 detector=unanswered"));
    assert_true(seat_heard(&desk, "recommended I1"));
    drive(&gateway, zero_ms, 3); /* never backward */
    assert_int_equal(gateway.frame.heartbeat.now_ms, zero_ms + 11000);
    /* A dispatcher does not drive. */
    struct client_frame frame = {.kind = CLIENT_CLOCK};
    frame.clock.now_ms = zero_ms + 20000;
    seat_say(&desk, &frame);
    expect_end(&desk, GATE_CLOSE_POLICY);
    seat_close(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshot_then_facts, start, stop),
        cmocka_unit_test_setup_teardown(test_resume_without_a_gap, start, stop),
        cmocka_unit_test_setup_teardown(test_foreign_journal_is_not_resumed, start, stop),
        cmocka_unit_test_setup_teardown(test_crew_sees_its_order_whole_and_no_other, start, stop),
        cmocka_unit_test_setup_teardown(test_hospital_hears_that_its_patient_goes_elsewhere, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_personal_data_by_role, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_manners, start, stop),
        cmocka_unit_test_setup_teardown(test_command_without_a_key, start, stop),
        cmocka_unit_test_setup_teardown(test_too_many_requests, start, stop),
        cmocka_unit_test_setup_teardown(test_two_hundred_consoles, start, stop),
        cmocka_unit_test_setup_teardown(test_positions_by_role, start, stop),
        cmocka_unit_test_setup_teardown(test_query, start, stop),
        cmocka_unit_test_setup_teardown(test_disabled_account_is_cut, start, stop),
        cmocka_unit_test_setup_teardown(test_slow_client_is_told_to_resume, start_slow, stop),
        cmocka_unit_test_setup_teardown(test_driven_clock, start_driven, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
