/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One sign-in with certd-session: a packet there, a packet back, and the connection to certd that comes with it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What certd-session answers. */
typedef enum {
    CERTD_SIGN_IN_OK,
    CERTD_SIGN_IN_REFUSED,
    CERTD_SIGN_IN_ACCOUNT_EXPIRED,  /* after the right password only */
    CERTD_SIGN_IN_PASSWORD_EXPIRED, /* as above */
    CERTD_SIGN_IN_UNAVAILABLE,      /* also where it does not answer in time, or nonsense */
    CERTD_SIGN_IN_COUNT_,
} CertdSignIn;

/* The word for @result in the packet. */
const char *certd_sign_in_word(CertdSignIn result);
/* Asks at the socket @path whether @user has @password, for somebody at @address, and waits for that, @timeout_usec at most;
 * the main loop has to run meanwhile. CERTD_SIGN_IN_OK: @connection is a new private connection, to certd as that user, that
 * does not end the program when it closes. */
CertdSignIn certd_session_socket_ask(const char *path, const char *user, const char *password,
                                     const char *address, gint64 timeout_usec,
                                     GDBusConnection **connection) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
