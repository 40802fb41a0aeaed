/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who sends a request: each way, several at once, and what browsers add unasked (R60, R61). */
#include <string.h>

#include "model/web-limits.h"
#include "session-fixture.h"

#define OWN "https://dev1.example.org"
#define UNKNOWN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x"

/* What a row's request has of each. */
typedef enum {
    NONE,
    RIGHT,
    OF_OTHER, /* the other session's: a token as a cookie, a cookie as a token, another's CSRF token */
    STALE,
    MALFORMED,
} Part;

static const struct {
    const char *name;
    const char *method;
    Part token, cookie, csrf, basic;
    const char *origin;
    CertdIdentity identity;
    CertdMessage refusal;
} rows[] = {
    {"nobody", "GET", NONE, NONE, NONE, NONE, NULL, CERTD_IDENTITY_NOBODY, 0},
    {"nobody-changes", "POST", NONE, NONE, NONE, NONE, NULL, CERTD_IDENTITY_NOBODY, 0},
    {"nobody-from-elsewhere", "POST", NONE, NONE, NONE, NONE, "https://a.example",
     CERTD_IDENTITY_REFUSED, CERTD_MESSAGE_OWN_OTHER_ORIGIN},
    {"token", "GET", RIGHT, NONE, NONE, NONE, NULL, CERTD_IDENTITY_KNOWN, 0},
    {"token-changes", "PATCH", RIGHT, NONE, NONE, NONE, NULL, CERTD_IDENTITY_KNOWN, 0},
    {"token-from-elsewhere", "PATCH", RIGHT, NONE, NONE, NONE, "https://a.example",
     CERTD_IDENTITY_REFUSED, CERTD_MESSAGE_OWN_OTHER_ORIGIN},
    {"token-stale", "GET", STALE, NONE, NONE, NONE, NULL, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_SESSION_OVER},
    {"token-malformed", "GET", MALFORMED, NONE, NONE, NONE, NULL, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_SESSION_OVER},
    {"cookie-as-token", "GET", OF_OTHER, NONE, NONE, NONE, NULL, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_SESSION_OVER},
    {"cookie", "GET", NONE, RIGHT, NONE, NONE, NULL, CERTD_IDENTITY_KNOWN, 0},
    {"cookie-head", "HEAD", NONE, RIGHT, NONE, NONE, NULL, CERTD_IDENTITY_KNOWN, 0},
    {"cookie-changes", "POST", NONE, RIGHT, RIGHT, NONE, OWN, CERTD_IDENTITY_KNOWN, 0},
    {"cookie-deletes", "DELETE", NONE, RIGHT, RIGHT, NONE, NULL, CERTD_IDENTITY_KNOWN, 0},
    {"cookie-without-csrf", "POST", NONE, RIGHT, NONE, NONE, OWN, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG},
    {"cookie-patch-without-csrf", "PATCH", NONE, RIGHT, NONE, NONE, OWN, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG},
    {"cookie-delete-without-csrf", "DELETE", NONE, RIGHT, NONE, NONE, OWN, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG},
    {"cookie-others-csrf", "POST", NONE, RIGHT, OF_OTHER, NONE, OWN, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG},
    {"cookie-empty-csrf", "POST", NONE, RIGHT, MALFORMED, NONE, OWN, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG},
    {"cookie-from-elsewhere", "POST", NONE, RIGHT, RIGHT, NONE, "https://a.example",
     CERTD_IDENTITY_REFUSED, CERTD_MESSAGE_OWN_OTHER_ORIGIN},
    {"cookie-stale", "GET", NONE, STALE, NONE, NONE, NULL, CERTD_IDENTITY_NOBODY, 0},
    {"cookie-stale-changes", "POST", NONE, STALE, NONE, NONE, OWN, CERTD_IDENTITY_NOBODY, 0},
    {"cookie-malformed", "GET", NONE, MALFORMED, NONE, NONE, NULL, CERTD_IDENTITY_NOBODY, 0},
    {"token-as-cookie", "GET", NONE, OF_OTHER, NONE, NONE, NULL, CERTD_IDENTITY_NOBODY, 0},
    {"basic", "GET", NONE, NONE, NONE, RIGHT, NULL, CERTD_IDENTITY_SIGN_IN, 0},
    {"basic-from-elsewhere", "POST", NONE, NONE, NONE, RIGHT, "null", CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_OTHER_ORIGIN},
    {"basic-malformed", "GET", NONE, NONE, NONE, MALFORMED, NULL, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"token-and-basic", "GET", RIGHT, NONE, NONE, RIGHT, NULL, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CREDENTIALS_AMBIGUOUS},
    {"token-and-cookie", "GET", RIGHT, RIGHT, NONE, NONE, NULL, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CREDENTIALS_AMBIGUOUS},
    {"cookie-before-basic", "GET", NONE, RIGHT, NONE, RIGHT, NULL, CERTD_IDENTITY_KNOWN, 0},
    {"cookie-before-basic-changes", "POST", NONE, RIGHT, NONE, RIGHT, OWN, CERTD_IDENTITY_REFUSED,
     CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG},
    {"stale-cookie-and-basic", "GET", NONE, STALE, NONE, RIGHT, NULL, CERTD_IDENTITY_SIGN_IN, 0},
};

static const char *pick(Part part, const char *right, const char *of_other, const char *malformed)
{
    const char *const values[] = {
        [NONE] = NULL,     [RIGHT] = right,         [OF_OTHER] = of_other,
        [STALE] = UNKNOWN, [MALFORMED] = malformed,
    };
    return values[part];
}

static void test_row(Fixture *fixture, const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(CertdSession) token = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_autoptr(CertdSession) page = fixture_sign_in(fixture, "anna", CERTD_SESSION_COOKIE);
    const char *value =
        pick(rows[i].cookie, certd_session_secret(page), certd_session_secret(token), "\"");
    g_autofree char *cookie = g_strconcat("a=b; __Host-certd=", value, NULL);
    g_autofree char *basic = fixture_basic("anna", STAND_IN_PASSWORD);
    const CertdCredentials credentials = {
        .method = rows[i].method,
        .host = "dev1.example.org",
        .token = pick(rows[i].token, certd_session_secret(token), certd_session_secret(page), ""),
        .cookie = value ? cookie : NULL,
        .csrf = pick(rows[i].csrf, certd_session_csrf(page), certd_session_csrf(token), ""),
        .authorization = pick(rows[i].basic, basic, NULL, "Negotiate abc"),
        .origin = rows[i].origin,
        .peer = &fixture->peer,
    };
    CertdSession *untouched = (CertdSession *)fixture;
    CertdSession *session = untouched;
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 7;
    CertdIdentity identity = certd_sessions_identify(fixture->sessions, &credentials, &session,
                                                     &refusal, &retry_seconds);
    g_assert_cmpint(identity, ==, rows[i].identity);
    if (identity == CERTD_IDENTITY_KNOWN) {
        g_assert_true(session == (rows[i].token == RIGHT ? token : page));
        certd_session_unref(session);
    } else {
        g_assert_true(session == untouched);
    }
    if (identity == CERTD_IDENTITY_REFUSED) {
        g_assert_cmpint(refusal, ==, rows[i].refusal);
        g_assert_cmpuint(retry_seconds, ==, 0);
    }
}

static CertdIdentity identify_basic(Fixture *fixture, const char *basic, CertdSession **session,
                                    CertdMessage *refusal, guint *retry_seconds)
{
    const CertdCredentials credentials = {
        .method = "GET", .authorization = basic, .peer = &fixture->peer};
    return certd_sessions_identify(fixture->sessions, &credentials, session, refusal,
                                   retry_seconds);
}

/* Whether that name and password are remembered. */
static gboolean is_known(Fixture *fixture, const char *user, const char *password)
{
    g_autofree char *basic = fixture_basic(user, password);
    g_autoptr(CertdSession) session = NULL;
    CertdMessage refusal;
    guint retry_seconds;
    return identify_basic(fixture, basic, &session, &refusal, &retry_seconds) ==
           CERTD_IDENTITY_KNOWN;
}

/* CERTD_LIMIT_WEB_BASIC_IDLE_SECONDS, and a second less; and only that very name and password. */
static void test_basic_cache(Fixture *fixture, const void *data)
{
    g_assert_false(is_known(fixture, "anna", STAND_IN_PASSWORD));
    certd_session_unref(fixture_sign_in(fixture, "anna", CERTD_SESSION_BASIC));
    guint asked = stand_in_asked(fixture->stand_in);
    g_assert_true(is_known(fixture, "anna", STAND_IN_PASSWORD));
    g_assert_false(is_known(fixture, "anna", STAND_IN_PASSWORD "x"));
    g_assert_false(is_known(fixture, "anna", "x"));
    g_assert_false(is_known(fixture, "ben", STAND_IN_PASSWORD));
    fixture_pass(fixture, CERTD_LIMIT_WEB_BASIC_IDLE_SECONDS - 1);
    g_assert_true(is_known(fixture, "anna", STAND_IN_PASSWORD));
    fixture_pass(fixture, CERTD_LIMIT_WEB_BASIC_IDLE_SECONDS);
    g_assert_false(is_known(fixture, "anna", STAND_IN_PASSWORD));
    g_assert_cmpuint(stand_in_asked(fixture->stand_in), ==, asked);
}

/* The password is there with each request: it is asked again before what destroys would be refused. */
static void test_basic_fresh(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) first = fixture_sign_in(fixture, "anna", CERTD_SESSION_BASIC);
    for (guint i = 0; i < CERTD_FRESH_SECONDS / 30; i++) {
        g_assert_true(is_known(fixture, "anna", STAND_IN_PASSWORD));
        fixture_pass(fixture, 30);
    }
    g_assert_false(is_known(fixture, "anna", STAND_IN_PASSWORD));
    g_autoptr(CertdSession) second = fixture_sign_in(fixture, "anna", CERTD_SESSION_BASIC);
    g_assert_true(first != second);
    g_assert_true(is_known(fixture, "anna", STAND_IN_PASSWORD));
    /* Whoever is still at work with the first, such as a stream, is not cut off. */
    fixture_pass(fixture, CERTD_LIMIT_WEB_BASIC_IDLE_SECONDS);
    g_autoptr(GPtrArray) list = certd_sessions_list(fixture->sessions);
    g_assert_cmpuint(list->len, ==, 0);
    g_autoptr(GDBusConnection) bus = certd_session_bus(first);
    g_assert_nonnull(bus);
}

/* Who has tried too often is told so at once, with when to come again. */
static void test_basic_throttled(Fixture *fixture, const void *data)
{
    g_autofree char *basic = fixture_basic("anna", "wrong");
    const CertdCredentials credentials = {
        .method = "GET", .authorization = basic, .peer = &fixture->peer};
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 0;
    CertdSession *session = NULL;
    for (guint i = 0; i < CERTD_LIMIT_SIGN_INS_A_MINUTE; i++) {
        if (identify_basic(fixture, basic, &session, &refusal, &retry_seconds) ==
            CERTD_IDENTITY_REFUSED)
            fixture_pass(fixture, retry_seconds);
        g_assert_null(
            certd_sessions_basic(fixture->sessions, &credentials, &refusal, &retry_seconds));
        g_assert_cmpint(refusal, ==, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED);
    }
    g_assert_cmpint(identify_basic(fixture, basic, &session, &refusal, &retry_seconds), ==,
                    CERTD_IDENTITY_REFUSED);
    g_assert_cmpint(refusal, ==, CERTD_MESSAGE_OWN_TOO_MANY_TRIES);
    g_assert_cmpuint(retry_seconds, >, 0);
    g_assert_cmpuint(retry_seconds, <=, 60);
    g_assert_null(session);
}

/* R60: what has come in clear text stands for nobody. */
static void test_not_encrypted(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) token = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    const CertdPeer plain = {.address = (char *)"192.0.2.1", .encrypted = FALSE};
    const CertdCredentials credentials = {
        .method = "GET", .token = certd_session_secret(token), .peer = &plain};
    CertdSession *session = NULL;
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 0;
    g_assert_cmpint(certd_sessions_identify(fixture->sessions, &credentials, &session, &refusal,
                                            &retry_seconds),
                    ==, CERTD_IDENTITY_NOBODY);
    guint asked = stand_in_asked(fixture->stand_in);
    g_assert_null(certd_sessions_sign_in(fixture->sessions, &plain, "anna", STAND_IN_PASSWORD,
                                         CERTD_SESSION_TOKEN, &refusal, &retry_seconds));
    g_assert_cmpint(refusal, ==, CERTD_MESSAGE_INSUFFICIENT_PRIVILEGE);
    g_assert_cmpuint(stand_in_asked(fixture->stand_in), ==, asked);
}

#define ADD(name, function)                                                                        \
    g_test_add("/web/identify/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/web/identify/row/", rows[i].name, NULL);
        g_test_add(path, Fixture, GSIZE_TO_POINTER(i), fixture_set_up, test_row, fixture_tear_down);
    }
    ADD("basic-cache", test_basic_cache);
    ADD("basic-fresh", test_basic_fresh);
    ADD("basic-throttled", test_basic_throttled);
    ADD("not-encrypted", test_not_encrypted);
    return g_test_run();
}
