/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R60: who is a requester, and what becomes of a certificate that one makes. */

#include "service/requester.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/request.h"
#include "service/review.h"
#include "store/consumer.h"

#define UNIT "mosquitto.service"
#define USER "mosquitto"
#define UID 1234u
#define OWN "{'issuer': <'internal'>}"
#define SLOW "{'issuer': <'internal'>, 'key-type': <'rsa:8192'>}"

static gboolean user_id(void *userdata, const char *name, guint32 *uid)
{
    if (!g_str_equal(name, USER))
        return FALSE;
    *uid = UID;
    return TRUE;
}

/* What is proven of a caller; counts how often that is asked. */
typedef struct {
    const char *unit;
    guint asked;
} Proof;

static gboolean is_of_unit(void *userdata, const char *sender, guint32 uid, const char *unit)
{
    Proof *proof = userdata;
    proof->asked++;
    return g_str_equal(proof->unit, unit);
}

static CertdRequester *requester_new(const char *key, const char *who)
{
    CertdRequester *requester = certd_requester_new();
    g_assert_true(certd_requester_set(requester, key, who, NULL));
    g_assert_true(certd_requester_set(requester, "certificates", "mqtt*", NULL));
    g_assert_true(certd_requester_set(requester, "names", "device;DNS:mqtt.local", NULL));
    return requester;
}

static void set_one(Fake *fake, const char *key, const char *who)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)certd_requester_free);
    g_ptr_array_add(list, requester_new(key, who));
    fake->device.user_id = user_id;
    certd_requesters_set(fake->service, list);
}

static void test_find(Fake *fake, const void *data)
{
    static const struct {
        const char *row;
        const char *key;
        const char *who;
        guint32 uid;
        const char *unit; /* that is proven; NULL: nobody can prove one */
        const char *said; /* the unit, as the log says it */
        const char *name;
        const char *settings;
        gboolean found;
        guint asked; /* of the service manager */
    } rows[] = {
        {"user", "user", USER, UID, NULL, "", "mqtt", OWN, TRUE, 0},
        {"other-user", "user", USER, UID + 1, NULL, "", "mqtt", OWN, FALSE, 0},
        {"no-such-user", "user", "nobody-there", UID, NULL, "", "mqtt", OWN, FALSE, 0},
        {"root", "user", USER, 0, NULL, "", "mqtt", OWN, FALSE, 0},
        {"unit", "unit", UNIT, UID, UNIT, UNIT, "mqtt", OWN, TRUE, 1},
        {"other-unit", "unit", UNIT, UID, "nginx.service", UNIT, "mqtt", OWN, FALSE, 1},
        {"said-to-be-another", "unit", UNIT, UID, UNIT, "nginx.service", "mqtt", OWN, FALSE, 0},
        {"said-to-be-none", "unit", UNIT, UID, UNIT, "", "mqtt", OWN, FALSE, 0},
        {"nobody-can-tell", "unit", UNIT, UID, NULL, UNIT, "mqtt", OWN, FALSE, 0},
        {"other-name", "unit", UNIT, UID, UNIT, UNIT, "web", OWN, FALSE, 0},
        {"no-name", "unit", UNIT, UID, UNIT, UNIT, "mqtt/..", OWN, FALSE, 0},
        {"other-issuer", "user", USER, UID, NULL, "", "mqtt", "{'issuer': <'self'>}", FALSE, 0},
        {"default-issuer", "user", USER, UID, NULL, "", "mqtt", NULL, FALSE, 0},
        {"all-keys", "user", USER, UID, NULL, "", "mqtt",
         "{'issuer': <'internal'>, 'subject': <'CN=mqtt.local,O=Example'>, 'days': <uint32 30>,"
         " 'subject-alt-names': <['DNS:mqtt.local']>, 'key-type': <'rsa:2048'>,"
         " 'digest': <'sha384'>}",
         TRUE, 0},
        {"reuse-key", "user", USER, UID, NULL, "", "mqtt",
         "{'issuer': <'internal'>, 'reuse-key': <true>}", FALSE, 0},
        {"copy-common-name", "user", USER, UID, NULL, "", "mqtt",
         "{'issuer': <'internal'>, 'copy-common-name': <false>}", FALSE, 0},
        {"unknown-key", "user", USER, UID, NULL, "", "mqtt",
         "{'issuer': <'internal'>, 'port': <1>}", FALSE, 0},
        {"bad-value", "user", USER, UID, NULL, "", "mqtt",
         "{'issuer': <'internal'>, 'key-type': <'rsa:1'>}", FALSE, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) settings = fake_options(rows[i].settings);
        Proof proof = {.unit = rows[i].unit};
        const CertdCaller caller = {.uid = rows[i].uid,
                                    .sender = ":1.7",
                                    .unit = rows[i].said,
                                    .is_of_unit = rows[i].unit != NULL ? is_of_unit : NULL,
                                    .userdata = &proof};
        g_test_message("%s", rows[i].row);
        set_one(fake, rows[i].key, rows[i].who);
        const CertdRequester *found =
            certd_requester_find(fake->service, &caller, rows[i].name, settings);
        g_assert_cmpint(found != NULL, ==, rows[i].found);
        g_assert_cmpuint(proof.asked, ==, rows[i].asked);
    }
}

/* Without lists nobody is one, and all is as before. */
static void test_none(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    g_autoptr(GVariant) settings = fake_options(OWN);
    g_assert_null(certd_requester_find(fake->service, &caller, "mqtt", settings));
    set_one(fake, "user", USER);
    g_assert_nonnull(certd_requester_find(fake->service, &caller, "mqtt", settings));
    certd_requesters_set(fake->service,
                         g_ptr_array_new_with_free_func((GDestroyNotify)certd_requester_free));
    g_assert_null(certd_requester_find(fake->service, &caller, "mqtt", settings));
}

/* It is issued at once by a request of its own with a cause, and its requester is the one consumer. */
static void check_made(Fake *fake, const CertdCaller *caller, const char *kind, const char *who)
{
    g_autoptr(GVariant) settings = fake_options(OWN);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_create_own(fake->service, caller, "mqtt", settings, &error));
    g_assert_no_error(error);
    g_autoptr(GPtrArray) list = certd_store_consumers(fake->fixture.store, "mqtt", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(list->len, ==, 1);
    const CertdConsumer *consumer = g_ptr_array_index(list, 0);
    g_assert_cmpstr(certd_consumer_kind_name(consumer->kind), ==, kind);
    g_assert_cmpstr(consumer->name, ==, who);
    g_assert_cmpint(consumer->action, ==, CERTD_CONSUMER_NONE);
    guint count = 0;
    gint64 id = fake_newest_request(fake, "mqtt", &count);
    g_assert_cmpuint(count, ==, 1);
    g_autoptr(CertdRequestRecord) request =
        certd_store_request_get(fake->fixture.store, id, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(request->cause, ==, "requester");
    g_assert_cmpuint(request->uid, ==, caller->uid);
    fake_settle(fake);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_ISSUED);
    g_assert_true(fake_answers_for(fake, "mqtt", "DNS:device.example.org"));
}

static void test_create_by_user(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    fake_start(fake);
    set_one(fake, "user", USER);
    check_made(fake, &caller, "user", USER);
}

static void test_create_by_unit(Fake *fake, const void *data)
{
    Proof proof = {.unit = UNIT};
    const CertdCaller caller = {
        .uid = UID, .sender = ":1.7", .unit = UNIT, .is_of_unit = is_of_unit, .userdata = &proof};
    fake_start(fake);
    set_one(fake, "unit", UNIT);
    check_made(fake, &caller, "unit", UNIT);
}

/* Who makes one by another right is no consumer of it. */
static void test_others(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    g_autoptr(GVariant) settings = fake_options(OWN);
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    set_one(fake, "user", USER);
    g_assert_true(certd_create(fake->service, &caller, "mqtt", settings, &error));
    g_assert_no_error(error);
    g_autoptr(GPtrArray) list = certd_store_consumers(fake->fixture.store, "mqtt", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(list->len, ==, 0);
}

/* The gate said yes to a requester, and who that is can't be told any more: then nothing is made, for
 * it was no yes to an administrator. */
static void test_no_more(Fake *fake, const void *data)
{
    g_autoptr(GVariant) settings = fake_options(OWN);
    g_autoptr(GError) error = NULL;
    Proof proof = {.unit = UNIT};
    const CertdCaller caller = {
        .uid = UID, .sender = ":1.7", .unit = UNIT, .is_of_unit = is_of_unit, .userdata = &proof};
    fake_start(fake);
    set_one(fake, "unit", UNIT);
    g_assert_nonnull(certd_requester_find(fake->service, &caller, "mqtt", settings));
    proof.unit = "nginx.service";
    g_assert_false(certd_create_own(fake->service, &caller, "mqtt", settings, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
    g_clear_error(&error);
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(fake->fixture.store, "mqtt", &error);
    g_assert_null(record);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
}

/* Asks for @count certificates with keys that take long. */
static void make_slow(Fake *fake, const CertdCaller *caller, guint first, guint count)
{
    g_autoptr(GVariant) settings = fake_options(SLOW);
    for (guint i = first; i < first + count; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strdup_printf("mqtt-%u", i);
        g_assert_true(certd_create_own(fake->service, caller, name, settings, &error));
        g_assert_no_error(error);
    }
}

/* CERTD_LIMIT_USER_OPEN_REQUESTS and CERTD_LIMIT_USER_KEYS_IN_THE_MAKING are a requester's too, at the limit
 * and one beyond, also after a restart; an administrator who is one has neither. */
static void test_requests(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    const CertdCaller administrator = {.uid = UID, .administrator = TRUE, .sender = ":1.8"};
    g_autoptr(GVariant) settings = fake_options(SLOW);
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    set_one(fake, "user", USER);
    make_slow(fake, &caller, 0, CERTD_LIMIT_USER_OPEN_REQUESTS);
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, CERTD_LIMIT_USER_KEYS_IN_THE_MAKING);
    g_assert_false(certd_create_own(fake->service, &caller, "mqtt-beyond", settings, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_false(certd_store_certificate_exists(fake->fixture.store, "mqtt-beyond"));
    fake_restart(fake);
    g_assert_true(certd_request_resume(fake->service, NULL));
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, CERTD_LIMIT_USER_KEYS_IN_THE_MAKING);
    set_one(fake, "user", USER);
    make_slow(fake, &administrator, CERTD_LIMIT_USER_OPEN_REQUESTS, 1);
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, CERTD_LIMIT_USER_KEYS_IN_THE_MAKING + 1);
    fake_settle(fake);
    make_slow(fake, &caller, CERTD_LIMIT_USER_OPEN_REQUESTS + 1, 1);
    fake_settle(fake);
}

/* What is there stays as it is, whoever asks. */
static void test_exists(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    g_autoptr(GVariant) settings = fake_options(OWN);
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    set_one(fake, "user", USER);
    fake_create(fake, "mqtt");
    g_assert_false(certd_create_own(fake->service, &caller, "mqtt", settings, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS);
    g_autoptr(GPtrArray) list = certd_store_consumers(fake->fixture.store, "mqtt", NULL);
    g_assert_cmpuint(list->len, ==, 0);
}

/* CERTD_LIMIT_REQUESTER_CERTIFICATES: at it, and one beyond; another requester's are not counted. */
static void test_limit(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    g_autoptr(GVariant) settings = fake_options(OWN);
    g_autoptr(GError) error = NULL;
    Proof proof = {.unit = UNIT};
    const CertdCaller unit = {
        .uid = UID, .sender = ":1.7", .unit = UNIT, .is_of_unit = is_of_unit, .userdata = &proof};
    fake_start(fake);
    set_one(fake, "user", USER);
    for (guint i = 0; i < CERTD_LIMIT_REQUESTER_CERTIFICATES; i++) {
        g_autofree char *name = g_strdup_printf("mqtt-%u", i);
        g_assert_true(certd_create_own(fake->service, &caller, name, settings, &error));
        g_assert_no_error(error);
        fake_settle(fake);
    }
    g_assert_false(certd_create_own(fake->service, &caller, "mqtt-beyond", settings, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_clear_error(&error);
    g_autoptr(CertdCertificateRecord) beyond =
        certd_store_certificate_get(fake->fixture.store, "mqtt-beyond", &error);
    g_assert_null(beyond);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
    g_clear_error(&error);
    set_one(fake, "unit", UNIT);
    g_assert_true(certd_create_own(fake->service, &unit, "mqtt-unit", settings, &error));
    g_assert_no_error(error);
}

/* With no sealing key nothing is put off to when certd would do it as its own; what exists, exists. */
static void test_no_sealing_key(Fake *fake, const void *data)
{
    const CertdCaller caller = {.uid = UID, .sender = ":1.7"};
    g_autoptr(GVariant) settings = fake_options(SLOW);
    g_autoptr(GError) broken =
        g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE, "The wrapping key is gone");
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    set_one(fake, "user", USER);
    make_slow(fake, &caller, 0, 1);
    certd_sealing_key_changed(fake->service, broken);
    g_assert_false(certd_create_own(fake->service, &caller, "mqtt-late", settings, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_clear_error(&error);
    g_assert_false(certd_store_certificate_exists(fake->fixture.store, "mqtt-late"));
    g_assert_false(certd_create_own(fake->service, &caller, "mqtt-0", settings, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/service/requester/find", test_find);
    fake_add("/service/requester/none", test_none);
    fake_add("/service/requester/create-by-user", test_create_by_user);
    fake_add("/service/requester/create-by-unit", test_create_by_unit);
    fake_add("/service/requester/others", test_others);
    fake_add("/service/requester/no-more", test_no_more);
    fake_add("/service/requester/requests", test_requests);
    fake_add("/service/requester/exists", test_exists);
    fake_add("/service/requester/limit", test_limit);
    fake_add("/service/requester/no-sealing-key", test_no_sealing_key);
    return g_test_run();
}
