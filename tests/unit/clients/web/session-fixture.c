/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-fixture.h"

#include <string.h>

static gint64 fixture_now(void *data)
{
    Fixture *fixture = data;
    g_mutex_lock(&fixture->lock);
    gint64 now = fixture->now;
    g_mutex_unlock(&fixture->lock);
    return now;
}

static void fixture_wait(gint64 until, void *data)
{
    Fixture *fixture = data;
    g_mutex_lock(&fixture->lock);
    fixture->waited_until = until;
    fixture->now = MAX(fixture->now, until);
    g_mutex_unlock(&fixture->lock);
}

void fixture_set_up(Fixture *fixture, const void *data)
{
    (void)data;
    g_mutex_init(&fixture->lock);
    fixture->now = 1000 * G_USEC_PER_SEC;
    fixture->stand_in = stand_in_new();
    fixture->sessions = certd_sessions_new(stand_in_path(fixture->stand_in));
    const CertdSessionsClock clock = {fixture_now, fixture_wait, fixture};
    certd_sessions_set_clock(fixture->sessions, &clock);
    fixture->peer = (CertdPeer){.address = (char *)"192.0.2.1", .encrypted = TRUE};
}

void fixture_tear_down(Fixture *fixture, const void *data)
{
    (void)data;
    certd_sessions_free(fixture->sessions);
    stand_in_free(fixture->stand_in);
    g_mutex_clear(&fixture->lock);
}

void fixture_pass(Fixture *fixture, gint64 seconds)
{
    g_mutex_lock(&fixture->lock);
    fixture->now += seconds * G_USEC_PER_SEC;
    g_mutex_unlock(&fixture->lock);
}

CertdSession *fixture_sign_in(Fixture *fixture, const char *user, CertdSessionKind kind)
{
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 0;
    g_autofree char *basic = fixture_basic(user, STAND_IN_PASSWORD);
    const CertdCredentials credentials = {
        .method = "GET", .authorization = basic, .peer = &fixture->peer};
    CertdSession *session =
        kind == CERTD_SESSION_BASIC
            ? certd_sessions_basic(fixture->sessions, &credentials, &refusal, &retry_seconds)
            : certd_sessions_sign_in(fixture->sessions, &fixture->peer, user, STAND_IN_PASSWORD,
                                     kind, &refusal, &retry_seconds);
    g_assert_nonnull(session);
    return session;
}

char *fixture_basic(const char *user, const char *password)
{
    g_autofree char *both = g_strconcat(user, ":", password, NULL);
    g_autofree char *encoded = g_base64_encode((const guchar *)both, strlen(both));
    return g_strconcat("Basic ", encoded, NULL);
}

static gboolean on_limit(void *data)
{
    (void)data;
    g_error("What the test waits for has not come in 10 s");
    return G_SOURCE_REMOVE;
}

static gboolean on_look(void *data)
{
    (void)data;
    return G_SOURCE_CONTINUE;
}

void fixture_run_until(gboolean (*done)(void *data), void *data)
{
    guint limit = g_timeout_add_seconds(10, on_limit, NULL);
    guint look = g_timeout_add(2, on_look, NULL);
    while (!done(data))
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(look);
    g_source_remove(limit);
}
