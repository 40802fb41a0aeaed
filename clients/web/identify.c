/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who sends a request. What a browser adds unasked (the cookie, and Basic authentication that it has remembered) is not
 * enough to change anything: that has to come from a page of this host and, with the cookie, to have the token that only
 * such a page can read.
 */
#include "model/web-limits.h"
#include "web/credentials.h"
#include "web/sessions-private.h"

static CertdIdentity refuse(CertdMessage *refusal, guint *retry_seconds, CertdMessage message,
                            guint seconds)
{
    *refusal = message;
    *retry_seconds = seconds;
    return CERTD_IDENTITY_REFUSED;
}

/* The session of @kind that @digest stands for, a new reference. */
static CertdSession *find(CertdSessions *sessions, const char *digest, CertdSessionKind kind)
{
    g_mutex_lock(&sessions->lock);
    CertdSession *session = certd_sessions_find(sessions, digest);
    if (session)
        session = session->kind == kind ? certd_session_ref(session) : NULL;
    g_mutex_unlock(&sessions->lock);
    return session;
}

static CertdSession *find_token(CertdSessions *sessions, const char *token, CertdSessionKind kind)
{
    if (!certd_token_is_valid(token))
        return NULL;
    g_autofree char *digest = certd_sessions_token_digest(sessions, token);
    return find(sessions, digest, kind);
}

static CertdIdentity identify_basic(CertdSessions *sessions, const CertdCredentials *credentials,
                                    CertdSession **session, CertdMessage *refusal,
                                    guint *retry_seconds)
{
    g_auto(CertdPassword) password = {0};
    if (!certd_basic_parse(credentials->authorization, &password))
        return refuse(refusal, retry_seconds, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED, 0);
    g_autofree char *digest =
        certd_sessions_basic_digest(sessions, password.user, password.password);
    CertdSession *found = find(sessions, digest, CERTD_SESSION_BASIC);
    if (found) {
        *session = found;
        return CERTD_IDENTITY_KNOWN;
    }
    gint64 now = sessions->clock.now(sessions->clock.data);
    g_mutex_lock(&sessions->lock);
    guint wait =
        certd_throttle_wait(sessions->throttle, password.user, credentials->peer->address, now);
    gboolean under_way = g_hash_table_contains(sessions->pending, digest);
    g_mutex_unlock(&sessions->lock);
    if (wait > 0 && !under_way)
        return refuse(refusal, retry_seconds, CERTD_MESSAGE_OWN_TOO_MANY_TRIES, wait);
    return CERTD_IDENTITY_SIGN_IN;
}

/* Without X-Auth-Token. */
static CertdIdentity identify_browser(CertdSessions *sessions, const CertdCredentials *credentials,
                                      const char *cookie, CertdSession **session,
                                      CertdMessage *refusal, guint *retry_seconds)
{
    g_autoptr(CertdSession) found =
        cookie ? find_token(sessions, cookie, CERTD_SESSION_COOKIE) : NULL;
    if (found) {
        if (!certd_method_is_safe(credentials->method) &&
            !certd_token_equal(credentials->csrf, certd_session_csrf(found)))
            return refuse(refusal, retry_seconds, CERTD_MESSAGE_OWN_CSRF_TOKEN_WRONG, 0);
        *session = g_steal_pointer(&found);
        return CERTD_IDENTITY_KNOWN;
    }
    if (!credentials->authorization)
        return CERTD_IDENTITY_NOBODY;
    return identify_basic(sessions, credentials, session, refusal, retry_seconds);
}

CertdIdentity certd_sessions_identify(CertdSessions *sessions, const CertdCredentials *credentials,
                                      CertdSession **session, CertdMessage *refusal,
                                      guint *retry_seconds)
{
    if (!credentials->peer->encrypted)
        return CERTD_IDENTITY_NOBODY; /* whatever it says, others could have read it */
    if (!certd_method_is_safe(credentials->method) && !certd_origin_is_own(credentials))
        return refuse(refusal, retry_seconds, CERTD_MESSAGE_OWN_OTHER_ORIGIN, 0);

    g_autoptr(CertdTokenText) cookie =
        credentials->cookie ? certd_cookie_find(credentials->cookie) : NULL;
    if (!credentials->token)
        return identify_browser(sessions, credentials, cookie, session, refusal, retry_seconds);
    if (cookie || credentials->authorization)
        return refuse(refusal, retry_seconds, CERTD_MESSAGE_OWN_CREDENTIALS_AMBIGUOUS, 0);
    CertdSession *found = find_token(sessions, credentials->token, CERTD_SESSION_TOKEN);
    if (!found)
        return refuse(refusal, retry_seconds, CERTD_MESSAGE_OWN_SESSION_OVER, 0);
    *session = found;
    return CERTD_IDENTITY_KNOWN;
}
