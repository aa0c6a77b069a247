/* caller: telephony's JSON and AML, good and bad; nothing that came from outside may crash it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/ingest/caller.h"
#include "dispatch/ingest/form.h"

static int read_json(const char *json, struct caller_event *e, char errmsg[256])
{
    errmsg[0] = '\0';
    return caller_read_json(json, strlen(json), e, errmsg, 256);
}

static void test_json(void **state)
{
    (void)state;
    struct caller_event e;
    char errmsg[256];
    assert_int_equal(read_json("{\"event\":\"ringing\",\"line\":\"3\",\"number\":\"13900001111\","
                               "\"at\":1700000000000,\"later\":true}",
                               &e, errmsg),
                     0);
    assert_int_equal(e.kind, CALLER_RINGING);
    assert_string_equal(e.line, "3");
    assert_string_equal(e.number, "13900001111");
    assert_int_equal(e.at_ms, 1700000000000);
    assert_false(e.has_location);

    assert_int_equal(
        read_json("{\"event\":\"silent\",\"line\":\"3\",\"at\":1,\"location\":null}", &e, errmsg),
        0);
    assert_string_equal(e.number, ""); /* withheld */

    assert_int_equal(read_json("{\"event\":\"location\",\"line\":\"3\",\"at\":5,\"location\":"
                               "{\"lat\":39,\"lon\":106.4,\"datum\":\"wgs84\",\"accuracy_m\":14.2,"
                               "\"confidence\":0.68,\"source\":\"carrier\",\"at\":4,"
                               "\"address\":\"大武口区\"}}",
                               &e, errmsg),
                     0);
    assert_int_equal(e.place.lat_e7, 390000000);
    assert_int_equal(e.place.lon_e7, 1064000000);
    assert_int_equal(e.accuracy_m, 15);
    assert_int_equal(e.confidence_pct, 68);
    assert_int_equal(e.located_ms, 4);
    assert_string_equal(e.address, "大武口区");
}

static void test_json_datum(void **state)
{
    (void)state;
    struct caller_event e;
    char errmsg[256];
    assert_int_equal(read_json("{\"event\":\"ringing\",\"line\":\"1\",\"at\":5,\"location\":"
                               "{\"lat\":39,\"lon\":106.4,\"datum\":\"gcj02\"}}",
                               &e, errmsg),
                     0);
    assert_int_equal(e.datum, DATUM_GCJ02);
    assert_in_range(1064000000 - e.place.lon_e7, 40000, 55000); /* 409 m east of where it is */
    assert_int_equal(e.accuracy_m, UINT32_MAX);
}

static void test_json_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "line 1"},
        {"[]", "object"},
        {"{\"line\":\"1\",\"at\":1}", "event"},
        {"{\"event\":\"rings\",\"line\":\"1\",\"at\":1}", "rings"},
        {"{\"event\":\"ringing\",\"at\":1}", "line"},
        {"{\"event\":\"ringing\",\"line\":7,\"at\":1}", "line"},
        {"{\"event\":\"ringing\",\"line\":\"1\"}", "at"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":-5}", "at"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1.5}", "at"},
        {"{\"event\":\"ringing\",\"event\":\"ended\",\"line\":\"1\",\"at\":1}", "duplicate"},
        {"{\"event\":\"location\",\"line\":\"1\",\"at\":1}", "location"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1,\"location\":[]}", "location"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1,\"location\":{\"lat\":1,\"lon\":2}}",
         "datum"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1,"
         "\"location\":{\"lat\":1,\"lon\":2,\"datum\":\"mars\"}}",
         "mars"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1,"
         "\"location\":{\"lat\":91,\"lon\":2,\"datum\":\"wgs84\"}}",
         "lat"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1,"
         "\"location\":{\"lon\":2,\"datum\":\"wgs84\"}}",
         "lat"},
        {"{\"event\":\"ringing\",\"line\":\"1\",\"at\":1,"
         "\"location\":{\"lat\":1,\"lon\":2,\"datum\":\"wgs84\",\"accuracy_m\":-1}}",
         "accuracy_m"},
        {"{\"event\":\"ringing\",\"line\":\"123456789012345678901234567890123\",\"at\":1}", "line"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct caller_event e = {.line = "untouched"};
        char errmsg[256];
        assert_int_equal(read_json(bad[i][0], &e, errmsg), -1);
        if (strstr(errmsg, bad[i][1]) == NULL)
            fail_msg("%s: \"%s\" does not name %s", bad[i][0], errmsg, bad[i][1]);
        assert_string_equal(e.line, "untouched");
    }
}

/* Google's example of ETSI TS 103 625. */
static const char sms[] =
    "A\"ML=1;lt=+51.53321;lg=-0.12601;rd=14;top=20220131171748;lc=68;pm=W;si=234159000000000;"
    "ei=123456789012345;mcc=234;mnc=15;ml=126";

static void test_aml_sms(void **state)
{
    (void)state;
    struct caller_event e;
    char errmsg[256] = "";
    assert_int_equal(caller_read_aml_sms(sms, strlen(sms), "+447700900000", &e, errmsg, 256), 0);
    assert_int_equal(e.kind, CALLER_LOCATION);
    assert_string_equal(e.number, "+447700900000");
    assert_int_equal(e.place.lat_e7, 515332100);
    assert_int_equal(e.place.lon_e7, -1260100);
    assert_int_equal(e.accuracy_m, 14);
    assert_int_equal(e.confidence_pct, 68);
    assert_string_equal(e.source, "wifi");
    assert_int_equal(e.located_ms, 1643649468000); /* 2022-01-31T17:17:48Z */
    assert_int_equal(e.datum, DATUM_WGS84);

    static const char none[] = "A\"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20220131171748;pm=N";
    assert_int_equal(caller_read_aml_sms(none, strlen(none), "", &e, errmsg, 256), 0);
    assert_false(e.has_location);
    assert_int_equal(e.accuracy_m, UINT32_MAX);
}

static void test_aml_sms_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "hello",
        "A\"ML=1;lt=x;lg=1",
        "A\"ML=1;lt=+91;lg=1",
        "A\"ML=1;lt=+51.5",
        "A\"ML=1;lt=1;lg=1;rd=-4",
        "A\"ML=1;lt=1;lg=1;top=2022",
        "A\"ML=1;lt=1;lg=1;top=20221331171748",
        "A\"ML=1;lt=1;lg=1;pm=Q",
        "A\"ML=1;lt=nan;lg=1",
        "A\"ML=1;novalue",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct caller_event e;
        char errmsg[256] = "";
        if (caller_read_aml_sms(bad[i], strlen(bad[i]), "", &e, errmsg, 256) != -1)
            fail_msg("taken: %s", bad[i]);
        assert_non_null(strstr(errmsg, "AML"));
    }
    for (size_t n = 0; n < strlen(sms); n++) { /* cut anywhere: refused or read, never crashed */
        struct caller_event e;
        char errmsg[256];
        (void)caller_read_aml_sms(sms, n, "", &e, errmsg, 256);
    }
}

static void test_aml_form(void **state)
{
    (void)state;
    static const char form[] =
        "v=3&emergency_number=120&source=CALL&time=1643649468000&location_latitude=39.0167"
        "&location_longitude=106.3765&location_time=1643649460000&location_accuracy=12.5"
        "&location_source=gps&location_confidence=0.9&device_number=%2B8613900001111"
        "&device_imei=123456789012345&location_altitude=&cell_id=1";
    struct caller_event e;
    char errmsg[256] = "";
    assert_int_equal(caller_read_aml_form(form, strlen(form), &e, errmsg, 256), 0);
    assert_string_equal(e.number, "+8613900001111");
    assert_int_equal(e.place.lat_e7, 390167000);
    assert_int_equal(e.accuracy_m, 13);
    assert_int_equal(e.confidence_pct, 90);
    assert_int_equal(e.at_ms, 1643649468000);
    assert_int_equal(e.located_ms, 1643649460000);
    assert_int_equal(caller_read_aml_form("", 0, &e, errmsg, 256), 0);
    assert_false(e.has_location);
    static const char *const bad[] = {"location_latitude=1",
                                      "location_latitude=x&location_longitude=1",
                                      "a=%zz",
                                      "a=%4",
                                      "a=%00",
                                      "time=-5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(caller_read_aml_form(bad[i], strlen(bad[i]), &e, errmsg, 256), -1);
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"2022-01-31T17:17:48Z", 1643649468000},
        {"2022-01-31 17:17:48", 1643649468000},
        {"2022-01-31T17:17:48.25Z", 1643649468250},
        {"2022-01-31T17:17:48.123456Z", 1643649468123},
        {"2022-02-01T01:17:48+08:00", 1643649468000},
        {"2022-01-31T12:17:48-0500", 1643649468000},
    };
    static const char *const bad[] = {"",
                                      "2022-01-31",
                                      "2022-02-30T00:00:00Z",
                                      "2022-01-31T25:00:00Z",
                                      "2022-01-31T17:17:48X",
                                      "2022-01-31T17:17:48+99:00",
                                      "2022-01-31T17:17:48Z and more"};
    int64_t ms;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!form_time(good[i].text, &ms) || ms != good[i].ms)
            fail_msg("%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (form_time(bad[i], &ms))
            fail_msg("taken: %s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_datum),
        cmocka_unit_test(test_json_refused),
        cmocka_unit_test(test_aml_sms),
        cmocka_unit_test(test_aml_sms_refused),
        cmocka_unit_test(test_aml_form),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
