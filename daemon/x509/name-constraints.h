/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nameConstraints extension (RFC 5280 4.2.1.10): what an authority may speak for. */
#pragma once

#include <gnutls/x509.h>

#include "model/permitted.h"

G_BEGIN_DECLS

/* The DER of NameConstraints with @permitted (CertdPermitted) as permittedSubtrees, in this order.
 * Each DNS subtree is followed by those of the mail addresses and the URIs of its hosts, so that
 * neither kind is left open: "example.org" is the host itself there, ".example.org" what is below.
 * OpenSSL holds both against them, GnuTLS 3.7 mail addresses alone; Chromium, which does not know
 * constraints on URIs, refuses a server's certificate that has a URI (RFC 5280 4.2.1.10 has it so). */
GBytes *certd_name_constraints_encode(const GPtrArray *permitted);
/* The permittedSubtrees of @certificate as certd_permitted_to_string() has them, in order, without
 * judging them: a floating `as`. Other kinds of names stand behind their kind, and what we can't
 * print as "other:#HEX". Empty without the extension, and for one that is broken. */
GVariant *certd_name_constraints_decode(gnutls_x509_crt_t certificate);

G_END_DECLS
