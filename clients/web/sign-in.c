/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signing in: how often it may be tried, what certd-session says, and how long the answer takes. A refusal comes
 * CERTD_SIGN_IN_REFUSED_SECONDS after the try began, or the next multiple of that where PAM has taken longer: neither the
 * answer nor its time tells what was wrong.
 */
#include "model/web-limits.h"
#include "web/credentials.h"
#include "web/sessions-private.h"

#define REFUSED_USEC CERTD_USEC(CERTD_SIGN_IN_REFUSED_SECONDS)

typedef struct {
    GDBusConnection *bus;
    gint64 begun;
    CertdMessage refusal;
    guint retry_seconds;
} Outcome;

static const struct {
    CertdMessage message;
    CertdTry try;
} outcomes[CERTD_SIGN_IN_COUNT_] = {
    [CERTD_SIGN_IN_OK] = {CERTD_MESSAGE_SUCCESS, CERTD_TRY_GOOD},
    [CERTD_SIGN_IN_REFUSED] = {CERTD_MESSAGE_OWN_SIGN_IN_REFUSED, CERTD_TRY_WRONG},
    [CERTD_SIGN_IN_ACCOUNT_EXPIRED] = {CERTD_MESSAGE_OWN_ACCOUNT_EXPIRED, CERTD_TRY_NOTHING},
    [CERTD_SIGN_IN_PASSWORD_EXPIRED] = {CERTD_MESSAGE_OWN_PASSWORD_EXPIRED, CERTD_TRY_NOTHING},
    [CERTD_SIGN_IN_UNAVAILABLE] = {CERTD_MESSAGE_OWN_SIGN_IN_UNAVAILABLE, CERTD_TRY_NOTHING},
};

/* Asks certd-session, as one of CERTD_LIMIT_SIGN_INS at a time. */
static CertdSignIn ask(CertdSessions *sessions, const char *user, const char *password,
                       const char *address, GDBusConnection **bus)
{
    /* Who waits for their turn, and this one, have the same deadline. */
    gint64 deadline = g_get_monotonic_time() + CERTD_USEC(CERTD_LIMIT_SIGN_IN_SECONDS);
    gboolean turn = TRUE;
    g_mutex_lock(&sessions->lock);
    while (turn && sessions->n_asking >= CERTD_LIMIT_SIGN_INS)
        turn = g_cond_wait_until(&sessions->changed, &sessions->lock, deadline);
    if (turn)
        sessions->n_asking++;
    g_mutex_unlock(&sessions->lock);
    if (!turn)
        return CERTD_SIGN_IN_UNAVAILABLE;

    CertdSignIn result = certd_session_socket_ask(sessions->socket, user, password, address,
                                                  deadline - g_get_monotonic_time(), bus);
    g_mutex_lock(&sessions->lock);
    sessions->n_asking--;
    g_cond_broadcast(&sessions->changed);
    g_mutex_unlock(&sessions->lock);
    return result;
}

static void wait_out(CertdSessions *sessions, gint64 begun)
{
    const CertdSessionsClock *clock = &sessions->clock;
    gint64 taken = clock->now(clock->data) - begun;
    clock->wait(begun + (taken / REFUSED_USEC + 1) * REFUSED_USEC, clock->data);
}

/* One try, from the first look at the throttle to the answer; FALSE: refused. */
static gboolean try(CertdSessions *sessions, const CertdPeer *peer, const char *user,
                    const char *password, Outcome *outcome)
{
    const CertdSessionsClock *clock = &sessions->clock;
    outcome->begun = clock->now(clock->data);
    outcome->retry_seconds = 0;
    if (!peer->encrypted) {
        outcome->refusal = CERTD_MESSAGE_INSUFFICIENT_PRIVILEGE;
        return FALSE;
    }
    gboolean apart = FALSE;
    g_mutex_lock(&sessions->lock);
    guint wait =
        certd_throttle_begin(sessions->throttle, user, peer->address, outcome->begun, &apart);
    g_mutex_unlock(&sessions->lock);
    if (wait > 0) {
        outcome->refusal = CERTD_MESSAGE_OWN_TOO_MANY_TRIES;
        outcome->retry_seconds = wait;
        return FALSE;
    }

    CertdSignIn result = CERTD_SIGN_IN_REFUSED;
    if (certd_password_fits(user, password))
        result = ask(sessions, user, password, peer->address, &outcome->bus);
    if (result != CERTD_SIGN_IN_OK)
        wait_out(sessions, outcome->begun);
    g_mutex_lock(&sessions->lock);
    certd_throttle_end(sessions->throttle, user, peer->address, clock->now(clock->data), apart,
                       outcomes[result].try);
    g_mutex_unlock(&sessions->lock);
    outcome->refusal = outcomes[result].message;
    return result == CERTD_SIGN_IN_OK;
}

static CertdSession *sign_in(CertdSessions *sessions, const CertdPeer *peer, const char *user,
                             const char *password, CertdSessionKind kind, const char *digest,
                             Outcome *outcome)
{
    if (!try(sessions, peer, user, password, outcome))
        return NULL;
    CertdSession *session = certd_session_new(sessions, kind, user, peer->address, digest,
                                              g_steal_pointer(&outcome->bus), outcome->begun);
    certd_sessions_add(sessions, session);
    return session;
}

CertdSession *certd_sessions_sign_in(CertdSessions *sessions, const CertdPeer *peer,
                                     const char *user, const char *password, CertdSessionKind kind,
                                     CertdMessage *refusal, guint *retry_seconds)
{
    Outcome outcome = {0};
    CertdSession *session = sign_in(sessions, peer, user, password, kind, NULL, &outcome);
    if (!session) {
        *refusal = outcome.refusal;
        *retry_seconds = outcome.retry_seconds;
    }
    return session;
}

gboolean certd_sessions_sign_in_again(CertdSessions *sessions, CertdSession *session,
                                      const CertdPeer *peer, const char *password,
                                      CertdMessage *refusal, guint *retry_seconds)
{
    Outcome outcome = {0};
    gboolean good = try(sessions, peer, certd_session_user(session), password, &outcome);
    if (good) {
        good = certd_session_replace_bus(session, outcome.bus, outcome.begun);
        outcome.refusal = CERTD_MESSAGE_OWN_SESSION_OVER;
    }
    if (!good) {
        *refusal = outcome.refusal;
        *retry_seconds = outcome.retry_seconds;
    }
    return good;
}

/* Drops a reference; the lock is held. */
static void unref_pending(CertdPending *pending)
{
    if (--pending->refs > 0)
        return;
    certd_session_unref(pending->session);
    g_free(pending);
}

/* The sign-in with @digest that is under way, or a new one, which is then the caller's to do. The lock is held. */
static CertdPending *get_pending(CertdSessions *sessions, const char *digest, gboolean *is_new)
{
    CertdPending *pending = g_hash_table_lookup(sessions->pending, digest);
    *is_new = pending == NULL;
    if (!pending) {
        pending = g_new0(CertdPending, 1);
        g_hash_table_insert(sessions->pending, g_strdup(digest), pending);
    }
    pending->refs++;
    return pending;
}

/* Does what @pending is about, and tells who waits for it. */
static void do_pending(CertdSessions *sessions, const CertdPeer *peer,
                       const CertdPassword *password, const char *digest, CertdPending *pending)
{
    Outcome outcome = {0};
    CertdSession *session = sign_in(sessions, peer, password->user, password->password,
                                    CERTD_SESSION_BASIC, digest, &outcome);
    g_mutex_lock(&sessions->lock);
    pending->done = TRUE;
    pending->session = session;
    pending->refusal = outcome.refusal;
    pending->retry_seconds = outcome.retry_seconds;
    g_hash_table_remove(sessions->pending, digest);
    g_cond_broadcast(&sessions->changed);
    g_mutex_unlock(&sessions->lock);
}

CertdSession *certd_sessions_basic(CertdSessions *sessions, const CertdCredentials *credentials,
                                   CertdMessage *refusal, guint *retry_seconds)
{
    g_auto(CertdPassword) password = {0};
    if (!credentials->authorization || !certd_basic_parse(credentials->authorization, &password)) {
        *refusal = CERTD_MESSAGE_OWN_SIGN_IN_REFUSED;
        *retry_seconds = 0;
        return NULL;
    }
    g_autofree char *digest =
        certd_sessions_basic_digest(sessions, password.user, password.password);
    gboolean is_new = FALSE;
    g_mutex_lock(&sessions->lock);
    CertdSession *session = certd_sessions_find(sessions, digest);
    if (session) {
        certd_session_ref(session);
        g_mutex_unlock(&sessions->lock);
        return session;
    }
    CertdPending *pending = get_pending(sessions, digest, &is_new);
    g_mutex_unlock(&sessions->lock);
    if (is_new)
        do_pending(sessions, credentials->peer, &password, digest, pending);

    g_mutex_lock(&sessions->lock);
    while (!pending->done)
        g_cond_wait(&sessions->changed, &sessions->lock);
    session = pending->session ? certd_session_ref(pending->session) : NULL;
    if (!session) {
        *refusal = pending->refusal;
        *retry_seconds = pending->retry_seconds;
    }
    unref_pending(pending);
    g_mutex_unlock(&sessions->lock);
    return session;
}
