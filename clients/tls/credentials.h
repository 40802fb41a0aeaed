/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one generation of the certificate is served with, at one level and one state of the trust store: nothing of
 * it changes but its ticket key, and each connection keeps the one that it began with.
 */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>

#include "tls/priorities.h"

G_BEGIN_DECLS

typedef struct CertdCredentials CertdCredentials;

/* From @pem, a descriptor of a memfd with the private key and the full chain, which stays the caller's, and the
 * anchors for clients in @trust (PEM, NULL without). CERTD_ERROR_KEY_UNAVAILABLE where GnuTLS takes them not. */
CertdCredentials *certd_credentials_new(int pem, guint64 generation, CertdLevel level,
                                        const char *trust, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Another owner, in any thread. */
CertdCredentials *certd_credentials_ref(CertdCredentials *credentials);
/* The last one wipes the key; NULL is allowed. */
void certd_credentials_unref(CertdCredentials *credentials);
guint64 certd_credentials_generation(const CertdCredentials *credentials);
CertdLevel certd_credentials_level(const CertdCredentials *credentials);
/* No others of this process have it, and it is not 0. */
guint64 certd_credentials_serial(const CertdCredentials *credentials);

/* A server's session, whose transport the caller sets; it needs @credentials as long as it is there. NULL without
 * memory. */
gnutls_session_t certd_credentials_begin(CertdCredentials *credentials);
/* After the handshake: whether the client has shown a certificate that is vouched for, by now; its common name into
 * @common_name ("" where it has none), freed by the caller. */
gboolean certd_credentials_certify(gnutls_session_t session, char **common_name);
/* Whether a client that was @certified, or was not, may go on: a session that is resumed at level high may be of a
 * certificate whose time is up by now, which GnuTLS does not look at again. */
gboolean certd_credentials_admit(const CertdCredentials *credentials, gboolean certified);

/* New connections are not to outlive this level or trust: those that have begun with @credentials end after @when
 * (CLOCK_MONOTONIC, microseconds). */
void certd_credentials_retire(CertdCredentials *credentials, guint64 when);
/* When connections with @credentials have to end; G_MAXUINT64 unless they were retired. */
guint64 certd_credentials_end(CertdCredentials *credentials);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdCredentials, certd_credentials_unref)

G_END_DECLS
