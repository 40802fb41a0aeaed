/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Users who have signed in. A session is a user's certd-session process, reached over one private D-Bus
 * connection, and the token that stands for it; nothing of it survives a restart. Sessions are made and ended on
 * the main thread; what is const here may be read by any thread that holds a reference.
 */
#pragma once

#include <gio/gio.h>

#include "web/peer.h"

G_BEGIN_DECLS

typedef struct CertdSessions CertdSessions;
typedef struct CertdSession CertdSession;

typedef enum {
    CERTD_SESSION_TOKEN,  /* X-Auth-Token (DSP0266 section 13.3.4) */
    CERTD_SESSION_COOKIE, /* the page's: needs the CSRF token, too */
    CERTD_SESSION_BASIC, /* Basic authentication: shown to nobody, ends when it has been idle for a minute */
} CertdSessionKind;

/* Any thread may hold a reference, and use it after the session's end. */
CertdSession *certd_session_ref(CertdSession *session);
void certd_session_unref(CertdSession *session);

/* Public: a number that says nothing about the token. */
const char *certd_session_id(const CertdSession *session);
const char *certd_session_user(const CertdSession *session);
/* The address it was made from. */
const char *certd_session_address(const CertdSession *session);
CertdSessionKind certd_session_kind(const CertdSession *session);
/* Seconds since the epoch. */
gint64 certd_session_created(const CertdSession *session);
/* When the password was given last, in seconds since the epoch. */
gint64 certd_session_signed_in(const CertdSession *session);
/* What a page sends back as X-CSRF-Token. */
const char *certd_session_csrf(const CertdSession *session);
/* Whether certd-session still carries what destroys or gives a key away; it is the one that decides. */
gboolean certd_session_is_fresh(const CertdSession *session);
/* The connection to certd as this user: the name to call is CERTD_BUS_NAME. It is another one after the user has
 * signed in again, so the caller gets a reference. NULL where the session has ended. */
GDBusConnection *certd_session_bus(CertdSession *session);
/* Whether it has ended, or its certd-session has gone, by which it ends a little later. */
gboolean certd_session_is_closed(CertdSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSession, certd_session_unref)

G_END_DECLS
