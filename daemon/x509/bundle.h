/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever an authority or an administrator sends (R30): X.509 PEM and DER, PKCS#7 PEM and DER,
 * PKCS#12, PEM with key and chain, PKCS#8, PKCS#1 and SEC1 keys with or without a pass phrase;
 * found by content, in any order, with comments, Windows line ends or a byte-order mark.
 * Bombs are disarmed before GnuTLS sees them: sizes, counts, RDNs, key sizes and key-derivation
 * iterations are read from the DER first.
 */
#pragma once

#include "model/job.h"
#include "x509/key.h"

G_BEGIN_DECLS

typedef struct CertdBundle CertdBundle;

/* Reads @data. @passphrase is nullable; PASSPHRASE_NEEDED where something is encrypted and none was
 * given, PASSPHRASE_WRONG where it doesn't open it, UNSUPPORTED_FORMAT for what is understood but
 * not supported (scrypt, a certification request, a CRL alone, a public key, an OpenSSH key) and
 * for what is nothing known, MALFORMED for what is broken, TOO_LARGE and LIMIT_EXCEEDED beyond the
 * limits. Each message says which part, and what to do. More than one private key is
 * UNSUPPORTED_FORMAT. */
CertdBundle *certd_bundle_read(GBytes *data, const CertdSecret *passphrase, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* How much an input may hold, and what to do with more: completes "…; %s". */
typedef struct {
    unsigned int certificates;
    const char *remedy;
} CertdBundleCapacity;

/* The same, with up to @capacity instead of CERTD_LIMIT_INPUT_CERTIFICATES. */
CertdBundle *certd_bundle_read_up_to(GBytes *data, const CertdSecret *passphrase,
                                     const CertdBundleCapacity *capacity, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_bundle_free(CertdBundle *bundle);

/* What the daemon has to know of it. */
CertdReadResult *certd_bundle_summary(const CertdBundle *bundle, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

size_t certd_bundle_length(const CertdBundle *bundle);
/* In the order found, without exact duplicates; borrowed. */
gnutls_x509_crt_t certd_bundle_get(const CertdBundle *bundle, size_t index);
/* The private key, or NULL; borrowed. */
gnutls_x509_privkey_t certd_bundle_key(const CertdBundle *bundle);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdBundle, certd_bundle_free)

G_END_DECLS
