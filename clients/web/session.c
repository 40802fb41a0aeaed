/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One user who has signed in. What does not change is read by any thread; the connection, which signing in again
 * exchanges, is under the session's own lock.
 */
#include "web/session.h"

#include "model/web-limits.h"
#include "web/sessions-private.h"

CertdSession *certd_session_ref(CertdSession *session)
{
    g_atomic_ref_count_inc(&session->refs);
    return session;
}

void certd_session_unref(CertdSession *session)
{
    if (!session || !g_atomic_ref_count_dec(&session->refs))
        return;
    certd_session_end(session);
    g_free(session->id);
    g_free(session->user);
    g_free(session->address);
    certd_token_free(session->secret);
    certd_token_free(session->csrf);
    g_free(session->digest);
    g_mutex_clear(&session->lock);
    g_free(session);
}

gboolean certd_session_is_held(const CertdSession *session)
{
    /* The table's reference, and that of on_closed(). */
    return !g_atomic_ref_count_compare((gatomicrefcount *)&session->refs, 2);
}

static void unref_closure(gpointer session, GClosure *closure)
{
    (void)closure;
    certd_session_unref(session);
}

/* certd-session has ended, or the bus: on the main thread. */
static void on_closed(GDBusConnection *bus, gboolean remote_peer_vanished, GError *error,
                      CertdSession *session)
{
    (void)remote_peer_vanished;
    (void)error;
    g_mutex_lock(&session->lock);
    CertdSessions *owner = session->bus == bus ? session->owner : NULL;
    g_mutex_unlock(&session->lock);
    if (owner)
        certd_sessions_end(owner, session);
}

/* The handler for the end of @bus. */
static gulong watch(CertdSession *session, GDBusConnection *bus)
{
    return g_signal_connect_data(bus, "closed", G_CALLBACK(on_closed), certd_session_ref(session),
                                 unref_closure, 0);
}

static void close_bus(GDBusConnection *bus, gulong closed)
{
    if (!bus)
        return;
    g_signal_handler_disconnect(bus, closed);
    g_dbus_connection_close(bus, NULL, NULL, NULL);
    g_object_unref(bus);
}

CertdSession *certd_session_new(CertdSessions *sessions, CertdSessionKind kind, const char *user,
                                const char *address, const char *digest, GDBusConnection *bus,
                                gint64 signed_in)
{
    CertdSession *session = g_new0(CertdSession, 1);
    g_atomic_ref_count_init(&session->refs);
    g_mutex_init(&session->lock);
    session->user = g_strdup(user);
    session->address = g_strdup(address);
    session->kind = kind;
    session->created = session->signed_in_seconds = g_get_real_time() / G_USEC_PER_SEC;
    session->clock = sessions->clock;
    session->begun = session->used = session->clock.now(session->clock.data);
    session->signed_in = signed_in;
    session->csrf = certd_token_new();
    if (kind == CERTD_SESSION_BASIC) {
        session->digest = g_strdup(digest);
    } else {
        session->secret = certd_token_new();
        session->digest = certd_sessions_token_digest(sessions, session->secret);
    }
    session->owner = sessions;
    session->bus = bus;
    session->closed = watch(session, bus);
    return session;
}

gboolean certd_session_replace_bus(CertdSession *session, GDBusConnection *bus, gint64 signed_in)
{
    gulong closed = watch(session, bus);
    GDBusConnection *old = bus;
    gulong old_closed = closed;
    g_mutex_lock(&session->lock);
    gboolean stands = session->bus != NULL;
    if (stands) {
        old = session->bus;
        old_closed = session->closed;
        session->bus = bus;
        session->closed = closed;
        session->signed_in = signed_in;
        session->signed_in_seconds = g_get_real_time() / G_USEC_PER_SEC;
    }
    g_mutex_unlock(&session->lock);
    close_bus(old, old_closed);
    return stands;
}

void certd_session_end(CertdSession *session)
{
    g_mutex_lock(&session->lock);
    GDBusConnection *bus = g_steal_pointer(&session->bus);
    gulong closed = session->closed;
    session->owner = NULL;
    g_mutex_unlock(&session->lock);
    close_bus(bus, closed);
}

const char *certd_session_id(const CertdSession *session)
{
    return session->id;
}

const char *certd_session_user(const CertdSession *session)
{
    return session->user;
}

const char *certd_session_address(const CertdSession *session)
{
    return session->address;
}

CertdSessionKind certd_session_kind(const CertdSession *session)
{
    return session->kind;
}

gint64 certd_session_created(const CertdSession *session)
{
    return session->created;
}

const char *certd_session_csrf(const CertdSession *session)
{
    return session->csrf;
}

const char *certd_session_secret(const CertdSession *session)
{
    return session->secret;
}

gboolean certd_session_is_fresh(const CertdSession *session)
{
    CertdSession *locked = (CertdSession *)session;
    g_mutex_lock(&locked->lock);
    gint64 signed_in = session->signed_in;
    g_mutex_unlock(&locked->lock);
    return session->clock.now(session->clock.data) - signed_in < CERTD_USEC(CERTD_FRESH_SECONDS);
}

gint64 certd_session_signed_in(const CertdSession *session)
{
    CertdSession *locked = (CertdSession *)session;
    g_mutex_lock(&locked->lock);
    gint64 seconds = session->signed_in_seconds;
    g_mutex_unlock(&locked->lock);
    return seconds;
}

gboolean certd_session_is_closed(CertdSession *session)
{
    g_mutex_lock(&session->lock);
    gboolean closed = !session->bus || g_dbus_connection_is_closed(session->bus);
    g_mutex_unlock(&session->lock);
    return closed;
}

GDBusConnection *certd_session_bus(CertdSession *session)
{
    g_mutex_lock(&session->lock);
    GDBusConnection *bus = session->bus ? g_object_ref(session->bus) : NULL;
    g_mutex_unlock(&session->lock);
    return bus;
}
