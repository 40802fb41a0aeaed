/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sessions.c, session.c, identify.c and sign-in.c share, and nobody else but the tests sees. */
#pragma once

#include "web/session-socket.h"
#include "web/sessions.h"
#include "web/throttle.h"
#include "web/token.h"

G_BEGIN_DECLS

/* The limits are numbers of 32 bits. */
#define CERTD_USEC(seconds) ((gint64)(seconds) * G_USEC_PER_SEC)

/* Time, which a test stands in for. All of it is CLOCK_BOOTTIME in microseconds: time that the device sleeps counts. */
typedef struct {
    gint64 (*now)(void *data);
    /* Returns at @until. */
    void (*wait)(gint64 until, void *data);
    void *data;
} CertdSessionsClock;

/* A sign-in with Basic authentication under way, and what came of it; others with the same wait for it. */
typedef struct {
    guint refs;
    gboolean done;
    CertdSession *session; /* NULL: refused */
    CertdMessage refusal;
    guint retry_seconds;
} CertdPending;

struct CertdSessions {
    char *socket;
    CertdSessionsClock clock;
    CertdTokenKey key;
    GMutex lock; /* of all below, and of what belongs to it in each session */
    GCond changed;
    GPtrArray *all;        /* in the order of their creation; owns them */
    GHashTable *by_digest; /* of tokens, and of Basic's names and passwords; lent */
    GHashTable *pending;   /* of CertdPending by Basic's digest */
    CertdThrottle *throttle;
    guint n_asking; /* of certd-session, CERTD_LIMIT_SIGN_INS at most */
    guint64 last_id;
    guint timer; /* while there is a session */
};

struct CertdSession {
    gatomicrefcount refs;
    char *id;
    char *user;
    char *address;
    CertdSessionKind kind;
    gint64 created; /* seconds since the epoch */
    char *secret;   /* NULL for Basic authentication */
    char *csrf;
    char *digest;
    CertdSessionsClock clock;
    gint64 begun; /* as clock.now() */
    gint64 used;  /* of the sessions' lock */

    GMutex lock; /* of what follows; taken after the sessions' where both are */
    CertdSessions *owner;
    GDBusConnection *bus; /* NULL: it has ended */
    gulong closed;        /* the signal's handler */
    gint64 signed_in;     /* as clock.now() */
    gint64 signed_in_seconds;
};

/* A clock of the test's instead of the real one, before anybody signs in. */
void certd_sessions_set_clock(CertdSessions *sessions, const CertdSessionsClock *clock);

/* A session that is in no table yet, with tokens of its own unless @kind is Basic; @digest is then what it is found by.
 * Takes @bus. */
CertdSession *certd_session_new(CertdSessions *sessions, CertdSessionKind kind, const char *user,
                                const char *address, const char *digest, GDBusConnection *bus,
                                gint64 signed_in);
/* Puts @bus, which is taken, in the place of the one before; FALSE where the session has ended. */
gboolean certd_session_replace_bus(CertdSession *session, GDBusConnection *bus, gint64 signed_in);
/* Closes the connection, which is the end of the certd-session process, too. Under no lock but the sessions'. */
void certd_session_end(CertdSession *session);
/* Whether anybody holds a reference to a @session that stands, but the table. */
gboolean certd_session_is_held(const CertdSession *session);

/* What a token is found by; the caller frees. */
char *certd_sessions_token_digest(const CertdSessions *sessions, const char *token);
/* The same for a name and password. */
char *certd_sessions_basic_digest(const CertdSessions *sessions, const char *user,
                                  const char *password);
/* Adds @session, of which it takes a reference; the one that matters least makes room where there are too many. Locks. */
void certd_sessions_add(CertdSessions *sessions, CertdSession *session);
/* The session of @digest, which counts as used now; NULL: there is none, or it is over. The lock is held. */
CertdSession *certd_sessions_find(CertdSessions *sessions, const char *digest);
/* Ends those whose time is over; the lock is held. */
void certd_sessions_expire(CertdSessions *sessions);

G_END_DECLS
