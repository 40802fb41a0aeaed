/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All sessions: who asks, signing in and out. Any thread may call; what waits says so.
 */
#pragma once

#include "web/messages.h"
#include "web/session.h"

G_BEGIN_DECLS

/* @socket: certd-session's, CERTD_SESSION_SOCKET. */
CertdSessions *certd_sessions_new(const char *socket);
void certd_sessions_free(CertdSessions *sessions);

/* What a request says of who sends it; NULL for each header that it has not. */
typedef struct {
    const char *method;
    const char *host;
    const char *token;         /* X-Auth-Token */
    const char *cookie;        /* Cookie */
    const char *authorization; /* Authorization */
    const char *csrf;          /* X-CSRF-Token */
    const char *origin;        /* Origin */
    const char *fetch_site;    /* Sec-Fetch-Site */
    const CertdPeer *peer;
} CertdCredentials;

typedef enum {
    CERTD_IDENTITY_NOBODY, /* it says nothing of that */
    CERTD_IDENTITY_KNOWN,  /* of a session that stands */
    CERTD_IDENTITY_SIGN_IN, /* Basic authentication that nobody has signed in with yet: certd_sessions_basic() */
    CERTD_IDENTITY_REFUSED, /* a token of no session (any more), no CSRF token, another site's page, too many tries */
} CertdIdentity;

/* Who sends a request; waits for nothing. KNOWN: @session is a new reference, and it counts as used now. REFUSED:
 * @refusal says how to answer, @retry_seconds (0: nothing said) when to try again. A message that takes an argument takes
 * those seconds. Ask for public routes, too: what changes something has to come from a page of this host, or from none.
 *
 * More than one way at once: the cookie of a session that stands goes before Basic authentication, which browsers add
 * unasked; X-Auth-Token beside either is refused. A cookie of no session is as good as none, for the page that has to
 * sign in again cannot leave it out. */
CertdIdentity certd_sessions_identify(CertdSessions *sessions, const CertdCredentials *credentials,
                                      CertdSession **session, CertdMessage *refusal,
                                      guint *retry_seconds) G_GNUC_WARN_UNUSED_RESULT;

/* Signs in, and waits for that: up to CERTD_LIMIT_SIGN_IN_SECONDS. Whatever is wrong with name or password takes the
 * same time and has the same answer. NULL with @refusal and @retry_seconds. The caller unrefs. */
CertdSession *certd_sessions_basic(CertdSessions *sessions, const CertdCredentials *credentials,
                                   CertdMessage *refusal, guint *retry_seconds)
    G_GNUC_WARN_UNUSED_RESULT;
CertdSession *certd_sessions_sign_in(CertdSessions *sessions, const CertdPeer *peer,
                                     const char *user, const char *password, CertdSessionKind kind,
                                     CertdMessage *refusal, guint *retry_seconds)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same user's password once more, for what destroys: a new certd-session takes the old one's place. */
gboolean certd_sessions_sign_in_again(CertdSessions *sessions, CertdSession *session,
                                      const CertdPeer *peer, const char *password,
                                      CertdMessage *refusal, guint *retry_seconds)
    G_GNUC_WARN_UNUSED_RESULT;
/* What a client gets to know of a new session of kind TOKEN or COOKIE; the secret that stands for it. */
const char *certd_session_secret(const CertdSession *session);
/* Ends it; its streams and its certd-session end with it. */
void certd_sessions_end(CertdSessions *sessions, CertdSession *session);
/* Those that stand, of all users, but of Basic authentication: references, in the order of their creation. */
GPtrArray *certd_sessions_list(CertdSessions *sessions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSessions, certd_sessions_free)

G_END_DECLS
