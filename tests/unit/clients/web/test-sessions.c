/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long sessions last, how many there are, and who makes room (R60, R61). */
#include "model/web-limits.h"
#include "session-fixture.h"

/* The session of @secret, as one who sends it finds it. */
static CertdSession *find(Fixture *fixture, const char *secret)
{
    CertdSession *session = NULL;
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 0;
    const CertdCredentials credentials = {.method = "GET", .token = secret, .peer = &fixture->peer};
    CertdIdentity identity = certd_sessions_identify(fixture->sessions, &credentials, &session,
                                                     &refusal, &retry_seconds);
    if (!session) {
        g_assert_cmpint(identity, ==, CERTD_IDENTITY_REFUSED);
        g_assert_cmpint(refusal, ==, CERTD_MESSAGE_OWN_SESSION_OVER);
    }
    return session;
}

static gboolean stands(Fixture *fixture, const CertdSession *session)
{
    g_autoptr(CertdSession) found = find(fixture, certd_session_secret(session));
    return found == session;
}

static void test_new(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) first = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_autoptr(CertdSession) second = fixture_sign_in(fixture, "anna", CERTD_SESSION_COOKIE);
    g_assert_cmpstr(certd_session_user(first), ==, "anna");
    g_assert_cmpstr(certd_session_address(first), ==, "192.0.2.1");
    g_assert_cmpint(certd_session_kind(first), ==, CERTD_SESSION_TOKEN);
    g_assert_cmpint(ABS(certd_session_created(first) - g_get_real_time() / G_USEC_PER_SEC), <, 60);
    g_assert_cmpstr(certd_session_id(first), !=, certd_session_id(second));
    g_assert_cmpstr(certd_session_secret(first), !=, certd_session_secret(second));
    g_assert_cmpstr(certd_session_csrf(first), !=, certd_session_csrf(second));
    g_assert_cmpstr(certd_session_csrf(first), !=, certd_session_secret(first));
    g_autoptr(GDBusConnection) bus = certd_session_bus(first);
    g_assert_false(g_dbus_connection_is_closed(bus));
    /* A cookie's token is none for X-Auth-Token: it would need no CSRF token there. */
    g_assert_true(stands(fixture, first));
    g_assert_false(stands(fixture, second));
}

static gboolean nobody_is_served(void *stand_in)
{
    return stand_in_serves(stand_in) == 0;
}

static gboolean is_closed(void *bus)
{
    return g_dbus_connection_is_closed(bus);
}

static void test_end(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_autoptr(GDBusConnection) held = certd_session_bus(session);
    certd_sessions_end(fixture->sessions, session);
    g_assert_false(stands(fixture, session));
    g_assert_null(certd_session_bus(session));
    fixture_run_until(nobody_is_served, fixture->stand_in);
    fixture_run_until(is_closed, held); /* though somebody has a reference */
    certd_sessions_end(fixture->sessions, session);
    g_autoptr(GPtrArray) list = certd_sessions_list(fixture->sessions);
    g_assert_cmpuint(list->len, ==, 0);
}

static gboolean has_ended(void *data)
{
    g_autoptr(GDBusConnection) bus = certd_session_bus(data);
    return bus == NULL;
}

/* certd-session ends, or the bus: so does the session. */
static void test_closed(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_assert_true(stands(fixture, session));
    stand_in_end_all(fixture->stand_in);
    fixture_run_until(has_ended, session);
    g_assert_false(stands(fixture, session));
}

/* CERTD_LIMIT_WEB_IDLE_SECONDS, and a second less; each request counts. */
static void test_idle(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    for (guint i = 0; i < 3; i++) {
        fixture_pass(fixture, CERTD_LIMIT_WEB_IDLE_SECONDS - 1);
        g_assert_true(stands(fixture, session));
    }
    fixture_pass(fixture, CERTD_LIMIT_WEB_IDLE_SECONDS);
    g_assert_false(stands(fixture, session));
    g_assert_null(certd_session_bus(session));
}

/* CERTD_LIMIT_WEB_SESSION_SECONDS, however busy. */
static void test_absolute(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    guint left = CERTD_LIMIT_WEB_SESSION_SECONDS - 1;
    for (; left > 0; left -= MIN(left, 500)) {
        fixture_pass(fixture, MIN(left, 500));
        g_assert_true(stands(fixture, session));
    }
    fixture_pass(fixture, 1);
    g_assert_false(stands(fixture, session));
}

/* Those whose time is over are gone for others, too, without having been asked for. */
static void test_list(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) first = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_autoptr(CertdSession) second = fixture_sign_in(fixture, "ben", CERTD_SESSION_COOKIE);
    g_autoptr(CertdSession) third = fixture_sign_in(fixture, "carl", CERTD_SESSION_BASIC);
    g_autoptr(GPtrArray) both = certd_sessions_list(fixture->sessions);
    g_assert_cmpuint(both->len, ==, 2);
    g_assert_true(both->pdata[0] == first && both->pdata[1] == second && second != third);
    fixture_pass(fixture, CERTD_LIMIT_WEB_IDLE_SECONDS / 2);
    g_assert_true(stands(fixture, first));
    fixture_pass(fixture, CERTD_LIMIT_WEB_IDLE_SECONDS / 2);
    g_autoptr(GPtrArray) one = certd_sessions_list(fixture->sessions);
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_true(one->pdata[0] == first);
}

/* CERTD_LIMIT_WEB_USER_SESSIONS, and one more: of the user's own, the one idle for longest goes. */
static void test_user_limit(Fixture *fixture, const void *data)
{
    CertdSession *sessions[CERTD_LIMIT_WEB_USER_SESSIONS];
    g_autoptr(CertdSession) other = fixture_sign_in(fixture, "ben", CERTD_SESSION_TOKEN);
    for (guint i = 0; i < CERTD_LIMIT_WEB_USER_SESSIONS; i++) {
        sessions[i] = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
        fixture_pass(fixture, 1);
    }
    g_assert_true(stands(fixture, sessions[0]));
    g_autoptr(CertdSession) one_more = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_assert_true(stands(fixture, one_more));
    g_assert_true(stands(fixture, other));
    for (guint i = 0; i < CERTD_LIMIT_WEB_USER_SESSIONS; i++) {
        g_assert_cmpint(stands(fixture, sessions[i]), ==, i != 1);
        certd_session_unref(sessions[i]);
    }
}

/* CERTD_LIMIT_WEB_SESSIONS, and one more: of whoever has most. Who has few keeps theirs, and everybody gets in. */
static void test_limit(Fixture *fixture, const void *data)
{
    CertdSession *sessions[CERTD_LIMIT_WEB_SESSIONS];
    for (guint i = 0; i < CERTD_LIMIT_WEB_SESSIONS; i++) {
        /* The administrator's is the oldest; three readers have eight each, and others the rest. */
        g_autofree char *user = i == 0 ? g_strdup("admin") : g_strdup_printf("reader-%u", i % 4);
        sessions[i] = fixture_sign_in(fixture, user, CERTD_SESSION_TOKEN);
        fixture_pass(fixture, 1);
    }
    for (guint i = 0; i < CERTD_LIMIT_WEB_SESSIONS; i++)
        g_assert_true(stands(fixture, sessions[i]));
    g_autoptr(CertdSession) another = fixture_sign_in(fixture, "another", CERTD_SESSION_TOKEN);
    g_assert_true(stands(fixture, another));
    for (guint i = 0; i < CERTD_LIMIT_WEB_SESSIONS; i++) {
        g_assert_cmpint(stands(fixture, sessions[i]), ==, i != 1);
        certd_session_unref(sessions[i]);
    }
}

/* CERTD_FRESH_SECONDS, and a second less; the password again begins it anew, over another connection. */
static void test_fresh(Fixture *fixture, const void *data)
{
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 0;
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_COOKIE);
    g_autoptr(GDBusConnection) first = certd_session_bus(session);
    fixture_pass(fixture, CERTD_FRESH_SECONDS - 1);
    g_assert_true(certd_session_is_fresh(session));
    fixture_pass(fixture, 1);
    g_assert_false(certd_session_is_fresh(session));

    g_assert_false(certd_sessions_sign_in_again(fixture->sessions, session, &fixture->peer, "wrong",
                                                &refusal, &retry_seconds));
    g_assert_cmpint(refusal, ==, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED);
    g_assert_false(certd_session_is_fresh(session));
    g_assert_true(certd_sessions_sign_in_again(fixture->sessions, session, &fixture->peer,
                                               STAND_IN_PASSWORD, &refusal, &retry_seconds));
    g_assert_true(certd_session_is_fresh(session));
    g_autoptr(GDBusConnection) second = certd_session_bus(session);
    g_assert_true(first != second);
    /* The end of the first is not the session's. */
    while (!g_dbus_connection_is_closed(first))
        g_main_context_iteration(NULL, TRUE);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_false(has_ended(session));
}

/* A session that has ended meanwhile does not come back. */
static void test_again_after_end(Fixture *fixture, const void *data)
{
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 0;
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_COOKIE);
    certd_sessions_end(fixture->sessions, session);
    g_assert_false(certd_sessions_sign_in_again(fixture->sessions, session, &fixture->peer,
                                                STAND_IN_PASSWORD, &refusal, &retry_seconds));
    g_assert_cmpint(refusal, ==, CERTD_MESSAGE_OWN_SESSION_OVER);
    fixture_run_until(nobody_is_served, fixture->stand_in);
}

#define ADD(name, function)                                                                        \
    g_test_add("/web/sessions/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("new", test_new);
    ADD("end", test_end);
    ADD("closed", test_closed);
    ADD("idle", test_idle);
    ADD("absolute", test_absolute);
    ADD("list", test_list);
    ADD("user-limit", test_user_limit);
    ADD("limit", test_limit);
    ADD("fresh", test_fresh);
    ADD("again-after-end", test_again_after_end);
    return g_test_run();
}
