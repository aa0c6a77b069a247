/* cap: every level, every kind of notice and every syndrome gives a document that fits CAP 1.2
 * (cap-1.2.xsd, ours, from the standard's tables); each refers to the one before; levels become
 * what cap.def says; nothing that somebody wrote and no exact place leaves the house. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/xmlschemas.h>

#include "dispatch/cap/cap.h"

static struct config config;
static struct cap cap;
static xmlSchemaPtr schema;
static char document[16384];

static int setup(void **state)
{
    struct journal_head head = {.journal_id = {0xab, 0xcd, 0xef}, .epoch = 2};
    xmlSchemaParserCtxtPtr parser =
        xmlSchemaNewParserCtxt(SOURCE_DIR "/tests/unit/cap-1.2.xsd");
    (void)state;
    schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    config_defaults(&config);
    snprintf(config.server.centre, sizeof(config.server.centre), "石嘴山 120, <north>");
    cap_init(&cap, &config, &head);
    return schema ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    xmlSchemaFree(schema);
    return 0;
}

static bool fits(const char *bytes, size_t n)
{
    xmlDocPtr doc = xmlReadMemory(bytes, (int)n, "alert", NULL, XML_PARSE_NONET);
    xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
    bool good = doc && xmlSchemaValidateDoc(valid, doc) == 0;
    xmlSchemaFreeValidCtxt(valid);
    xmlFreeDoc(doc);
    return good;
}

static void write_notice(const struct alert *alert)
{
    struct cap_notice notice = cap_notice_of(alert);
    struct buffer out;
    buffer_init(&out, sizeof(document) - 1);
    assert_int_equal(cap_write(&cap, &notice, &out), 0);
    memcpy(document, out.bytes, out.n);
    document[out.n] = 0;
    assert_true(fits(document, out.n));
    buffer_close(&out);
}

static struct alert an_alert(void)
{
    return (struct alert){.alert = {12},
                          .detector = TEXT("place"),
                          .syndrome = TEXT("gas"),
                          .level = LEVEL_ORANGE,
                          .state = ALERT_RAISED,
                          .words = TEXT("王某家 13900001111 朝阳街 5 号"),
                          .has_place = true,
                          .lat_e7 = 390193337,
                          .lon_e7 = 1063765551,
                          .radius_m = 40,
                          .observed_milli = 3000,
                          .expected_milli = 12,
                          .plan = TEXT("gas-poisoning"),
                          .from_ms = 1795000000000,
                          .notice = 1,
                          .notice_ms = 1795000600000,
                          .raised_ms = 1795000600000};
}

#define HAS(text) assert_non_null(strstr(document, text))
#define HAS_NOT(text) assert_null(strstr(document, text))

static void test_raised(void **state)
{
    struct alert alert = an_alert();
    (void)state;
    write_notice(&alert);
    HAS("<identifier>----------120---north-.abcdef000000.2.W12.1</identifier>");
    HAS("<sent>2026-11-18T19:16:40+08:00</sent>");
    HAS("<msgType>Alert</msgType>");
    HAS_NOT("<references>");
    HAS("<language>zh-CN</language>");
    HAS("<language>en</language>");
    HAS("<severity>Severe</severity>");
    HAS("<urgency>Immediate</urgency>");
    HAS("<certainty>Observed</certainty>"); /* a rule: no matter of chance */
    HAS("<headline>橙预警：疑似一氧化碳（毒气）中毒聚集</headline>");
    HAS("<headline>orange alert: Suspected gas poisoning</headline>");
    HAS("<senderName>石嘴山 120, &lt;north&gt;</senderName>");
}

static void test_update_and_cancel(void **state)
{
    struct alert alert = an_alert();
    (void)state;
    alert.notice = 2;
    alert.before_ms = alert.notice_ms;
    alert.notice_ms += 60000;
    alert.level = LEVEL_RED;
    alert.by_chance_h = 8592;
    write_notice(&alert);
    HAS("<msgType>Update</msgType>");
    HAS("<references>----------120---north-,----------120---north-.abcdef000000.2.W12.1,"
        "2026-11-18T19:16:40+08:00</references>");
    HAS("<severity>Extreme</severity>");
    HAS("<certainty>Likely</certainty>");
    HAS("By chance about once in 358.0 days.");
    alert.state = ALERT_CLEARED;
    alert.verdict = VERDICT_FALSE_ALERT;
    alert.notice = 3;
    write_notice(&alert);
    HAS("<msgType>Cancel</msgType>");
    HAS("W12.2,");
    HAS("<responseType>AllClear</responseType>");
    HAS("预警解除：误报。");
}

/* What somebody wrote stays in the house, also where a code belongs; so does a home. */
static void test_nothing_personal(void **state)
{
    struct alert alert = an_alert();
    (void)state;
    alert.detector = TEXT("王某 <13900001111>\x01");
    alert.plan = TEXT("朝阳街");
    write_notice(&alert);
    HAS_NOT("王某");
    HAS_NOT("朝阳街");
    HAS_NOT("39.0193");
    HAS("<circle>39.019,106.377 0.500</circle>");
    alert.radius_m = 2000; /* as wide as it is, and what the grid hides */
    write_notice(&alert);
    HAS("<circle>39.019,106.377 2.080</circle>");
}

static void test_everything_fits(void **state)
{
    static const char *const words[] = {"gas",      "poisoning", "gastro",   "respiratory",
                                        "fever",    "collapse",  "traffic",  "injury",
                                        "coverage", "hospital",  "no-such",  ""};
    (void)state;
    for (enum level level = LEVEL_NONE; level <= LEVEL_RED; level++)
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
            for (int over = 0; over < 2; over++) {
                struct alert alert = {.alert = {7}, .level = level, .notice = (uint32_t)over + 1};
                alert.syndrome = (struct text){words[i], (uint32_t)strlen(words[i])};
                alert.state = over ? ALERT_CLEARED : ALERT_RAISED;
                alert.has_place = i % 2;
                alert.lat_e7 = -900000000;
                alert.lon_e7 = -1800000000;
                write_notice(&alert);
            }
}

/* The test's schema refuses what the standard does. */
static void test_schema_refuses(void **state)
{
    static const char *const bad[][2] = {
        {"Restricted</scope>", "Everybody</scope>"},
        {"<sent>2026-11-18T19:16:40+08:00</sent>", "<sent>2026-11-18T11:16:40Z</sent>"},
        {"<urgency>Immediate</urgency>", ""},
        {"<sender>", "<sender>a b"},
    };
    struct alert alert = an_alert();
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        static char spoilt[sizeof(document) + 64];
        write_notice(&alert);
        char *at = strstr(document, bad[i][0]);
        assert_non_null(at);
        int n = snprintf(spoilt, sizeof(spoilt), "%.*s%s%s", (int)(at - document), document,
                         bad[i][1], at + strlen(bad[i][0]));
        assert_false(fits(spoilt, (size_t)n));
    }
}

static void test_what_leaves(void **state)
{
    static const struct text ours[] = {TEXT("unassigned"), TEXT("disk_growth"), TEXT("seat_silent"),
                                       TEXT("seats"), TEXT("quality")};
    struct alert alert = an_alert();
    (void)state;
    assert_true(cap_leaves(&cap, &alert));
    alert.level = LEVEL_BLUE;
    assert_false(cap_leaves(&cap, &alert));
    alert.level = LEVEL_RED;
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
        alert.detector = ours[i];
        alert.syndrome = TEXT("");
        assert_false(cap_leaves(&cap, &alert));
    }
    alert.detector = TEXT("scan");
    alert.syndrome = TEXT("no-such");
    assert_true(cap_leaves(&cap, &alert));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raised),          cmocka_unit_test(test_update_and_cancel),
        cmocka_unit_test(test_nothing_personal), cmocka_unit_test(test_everything_fits),
        cmocka_unit_test(test_schema_refuses),  cmocka_unit_test(test_what_leaves),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
