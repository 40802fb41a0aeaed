/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of sessions. Whose are too many, and who makes room, is decided so that nobody who knows one user's password
 * keeps other users out: a user's own sessions come first, then those of whoever has most.
 */
#include "web/sessions.h"

#include <time.h>

#include "model/web-limits.h"
#include "web/sessions-private.h"

/* How often those are looked for whose time is over; one that is asked for is looked at anyway. */
#define EXPIRY_SECONDS 10

static gint64 boot_now(void *data)
{
    (void)data;
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return CERTD_USEC(now.tv_sec) + now.tv_nsec / 1000;
}

static void boot_wait(gint64 until, void *data)
{
    gint64 left = until - boot_now(data);
    if (left > 0)
        g_usleep((gulong)left);
}

CertdSessions *certd_sessions_new(const char *socket)
{
    CertdSessions *sessions = g_new0(CertdSessions, 1);
    sessions->socket = g_strdup(socket);
    sessions->clock = (CertdSessionsClock){boot_now, boot_wait, NULL};
    certd_token_key_init(&sessions->key);
    g_mutex_init(&sessions->lock);
    g_cond_init(&sessions->changed);
    sessions->all = g_ptr_array_new_with_free_func((GDestroyNotify)certd_session_unref);
    sessions->by_digest = g_hash_table_new(g_str_hash, g_str_equal);
    sessions->pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    sessions->throttle = certd_throttle_new();
    return sessions;
}

void certd_sessions_free(CertdSessions *sessions)
{
    if (!sessions)
        return;
    if (sessions->timer)
        g_source_remove(sessions->timer);
    for (guint i = 0; i < sessions->all->len; i++)
        certd_session_end(sessions->all->pdata[i]);
    g_ptr_array_unref(sessions->all);
    g_hash_table_unref(sessions->by_digest);
    g_hash_table_unref(sessions->pending);
    certd_throttle_free(sessions->throttle);
    g_cond_clear(&sessions->changed);
    g_mutex_clear(&sessions->lock);
    explicit_bzero(&sessions->key, sizeof sessions->key);
    g_free(sessions->socket);
    g_free(sessions);
}

void certd_sessions_set_clock(CertdSessions *sessions, const CertdSessionsClock *clock)
{
    sessions->clock = *clock;
}

char *certd_sessions_token_digest(const CertdSessions *sessions, const char *token)
{
    return certd_token_digest(&sessions->key, "token", &token, 1);
}

char *certd_sessions_basic_digest(const CertdSessions *sessions, const char *user,
                                  const char *password)
{
    const char *const parts[] = {user, password};
    return certd_token_digest(&sessions->key, "basic", parts, G_N_ELEMENTS(parts));
}

/* Takes @session out of the tables and ends it; the lock is held. */
static void remove_session(CertdSessions *sessions, CertdSession *session)
{
    if (g_hash_table_lookup(sessions->by_digest, session->digest) == session)
        g_hash_table_remove(sessions->by_digest, session->digest);
    certd_session_end(session);
    g_ptr_array_remove(sessions->all, session);
}

static gboolean is_over(CertdSession *session, gint64 now)
{
    if (certd_session_is_closed(session) ||
        now - session->begun >= CERTD_USEC(CERTD_LIMIT_WEB_SESSION_SECONDS))
        return TRUE;
    /* A stream of events keeps no session of a person from ending; one of Basic authentication has nothing else. */
    gboolean basic = session->kind == CERTD_SESSION_BASIC;
    guint idle = basic ? CERTD_LIMIT_WEB_BASIC_IDLE_SECONDS : CERTD_LIMIT_WEB_IDLE_SECONDS;
    return now - session->used >= CERTD_USEC(idle) && !(basic && certd_session_is_held(session));
}

void certd_sessions_expire(CertdSessions *sessions)
{
    gint64 now = sessions->clock.now(sessions->clock.data);
    for (guint i = sessions->all->len; i > 0; i--) {
        CertdSession *session = sessions->all->pdata[i - 1];
        if (is_over(session, now))
            remove_session(sessions, session);
    }
}

static gboolean on_timer(void *data)
{
    CertdSessions *sessions = data;
    g_mutex_lock(&sessions->lock);
    certd_sessions_expire(sessions);
    gboolean go_on = sessions->all->len > 0;
    if (!go_on)
        sessions->timer = 0;
    g_mutex_unlock(&sessions->lock);
    return go_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static guint count_of(const CertdSessions *sessions, const char *user)
{
    guint n = 0;
    for (guint i = 0; i < sessions->all->len; i++) {
        const CertdSession *session = sessions->all->pdata[i];
        n += g_str_equal(session->user, user);
    }
    return n;
}

/* Ends the one of @user, or of whoever has most where that is NULL, that has not been used for longest. */
static void make_room(CertdSessions *sessions, const char *user)
{
    CertdSession *least = NULL;
    guint most = 0;
    for (guint i = 0; i < sessions->all->len; i++) {
        CertdSession *session = sessions->all->pdata[i];
        if (user && !g_str_equal(session->user, user))
            continue;
        guint n = user ? 0 : count_of(sessions, session->user);
        if (!least || n > most || (n == most && session->used < least->used)) {
            least = session;
            most = n;
        }
    }
    if (least)
        remove_session(sessions, least);
}

void certd_sessions_add(CertdSessions *sessions, CertdSession *session)
{
    g_mutex_lock(&sessions->lock);
    certd_sessions_expire(sessions);
    if (count_of(sessions, session->user) >= CERTD_LIMIT_WEB_USER_SESSIONS)
        make_room(sessions, session->user);
    if (sessions->all->len >= CERTD_LIMIT_WEB_SESSIONS)
        make_room(sessions, NULL);
    session->id = g_strdup_printf("%" G_GUINT64_FORMAT, ++sessions->last_id);
    g_ptr_array_add(sessions->all, certd_session_ref(session));
    g_hash_table_replace(sessions->by_digest, session->digest, session);
    if (!sessions->timer)
        sessions->timer = g_timeout_add_seconds(EXPIRY_SECONDS, on_timer, sessions);
    g_mutex_unlock(&sessions->lock);
}

CertdSession *certd_sessions_find(CertdSessions *sessions, const char *digest)
{
    CertdSession *session = g_hash_table_lookup(sessions->by_digest, digest);
    if (!session)
        return NULL;
    gint64 now = sessions->clock.now(sessions->clock.data);
    if (is_over(session, now)) {
        remove_session(sessions, session);
        return NULL;
    }
    /* Who sends the password with each request need not be asked for it again. */
    if (session->kind == CERTD_SESSION_BASIC && !certd_session_is_fresh(session)) {
        g_hash_table_remove(sessions->by_digest, digest);
        return NULL;
    }
    session->used = now;
    return session;
}

void certd_sessions_end(CertdSessions *sessions, CertdSession *session)
{
    g_mutex_lock(&sessions->lock);
    if (g_ptr_array_find(sessions->all, session, NULL)) {
        certd_session_ref(session); /* the caller's may be the table's */
        remove_session(sessions, session);
        g_mutex_unlock(&sessions->lock);
        certd_session_unref(session);
        return;
    }
    g_mutex_unlock(&sessions->lock);
}

GPtrArray *certd_sessions_list(CertdSessions *sessions)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)certd_session_unref);
    g_mutex_lock(&sessions->lock);
    certd_sessions_expire(sessions);
    for (guint i = 0; i < sessions->all->len; i++) {
        CertdSession *session = sessions->all->pdata[i];
        if (session->kind != CERTD_SESSION_BASIC)
            g_ptr_array_add(list, certd_session_ref(session));
    }
    g_mutex_unlock(&sessions->lock);
    return list;
}
