/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of the single formats share; see bundle.h for the whole. */
#pragma once

#include "x509/bundle.h"
#include "x509/der.h"

G_BEGIN_DECLS

struct CertdBundle {
    const char *format;                  /* static: "pem", "der", "pkcs7", "pkcs12" */
    GPtrArray *certificates;             /* of gnutls_x509_crt_t */
    GHashTable *known;                   /* of GBytes: their DER */
    gnutls_x509_privkey_t key;           /* or NULL */
    GBytes *key_hash;                    /* of its public key, or NULL */
    const CertdBundleCapacity *capacity; /* only while it is read, and not of requests; borrowed */
    const CertdSecret *passphrase;       /* only while it is read; borrowed, nullable */
    gboolean empty_passphrase;           /* none was given, and the empty one opens it */
    guint64 iterations;                  /* of key derivation, added up so far */
    char *where;                         /* which part is being read: begins a sentence */
    char *ignored;                       /* what was stepped over first, or NULL */
    GPtrArray *requests; /* of GBytes; not NULL: only certification requests are read */
};

/* What a DER element is, by the shape of its outermost elements. */
typedef enum {
    CERTD_PART_UNKNOWN,
    CERTD_PART_CERTIFICATE,
    CERTD_PART_REQUEST,
    CERTD_PART_CRL,
    CERTD_PART_PKCS7,
    CERTD_PART_PKCS12,
    CERTD_PART_PKCS8,
    CERTD_PART_PKCS8_ENCRYPTED,
    CERTD_PART_PKCS1,
    CERTD_PART_SEC1,
    CERTD_PART_DSA,
    CERTD_PART_PUBLIC_KEY,
} CertdPart;

/* bundle-part.c */
CertdPart certd_part_classify(CertdDer der);
/* Reads the one element @der, which has definite lengths: classifies it, holds it to the limits and
 * adds what it holds. @counted: its key-derivation iterations are in bundle->iterations already. */
gboolean certd_bundle_add_part(CertdBundle *bundle, const CertdDerItem *der, gboolean counted,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for each element of @data, which may be BER. */
gboolean certd_bundle_add_ber(CertdBundle *bundle, const unsigned char *data, size_t size,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Steps over something that isn't needed; @what completes "It holds …". */
void certd_bundle_ignore(CertdBundle *bundle, const char *what);

/* bundle-ber.c: the first element of @ber with definite lengths and primitive OCTET STRINGs only,
 * as Windows and Java write PKCS#7 and PKCS#12 otherwise. @ber is stepped over it. NULL with
 * CERTD_ERROR_MALFORMED, and beyond CERTD_LIMIT_DER_DEPTH with CERTD_ERROR_LIMIT_EXCEEDED. */
GByteArray *certd_ber_next(CertdDer *ber, const char *where, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* bundle-limits.c, bundle-limits-certificate.c: before GnuTLS sees it. The first is for all, the
 * others for their kinds. */
gboolean certd_limits_check(const char *where, CertdDer der, guint64 *iterations, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_limits_check_certificate(const char *where, CertdDer der, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_limits_check_request(const char *where, CertdDer der, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The SubjectPublicKeyInfo that @der begins with, which is stepped over. */
gboolean certd_limits_check_public_key(const char *where, CertdDer *der, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @integers reads the modulus and then the public exponent. */
gboolean certd_limits_check_rsa(const char *where, CertdDer integers, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_limits_add_iterations(const char *where, const CertdDerItem *integer,
                                     guint64 *iterations, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* bundle-key.c */
gboolean certd_bundle_add_key(CertdBundle *bundle, CertdPart part, const CertdDerItem *der,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A PEM block with DEK-Info (OpenSSL's old encryption), from BEGIN to END line. */
gboolean certd_bundle_add_openssl_key(CertdBundle *bundle, const char *pem, size_t size,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The pass phrase with a terminator, or NULL without; FALSE where it can't be one. */
gboolean certd_bundle_passphrase(const CertdBundle *bundle, CertdSecret **text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_bundle_passphrase_needed(const CertdBundle *bundle, GError **error);
void certd_bundle_passphrase_wrong(const CertdBundle *bundle, GError **error);

/* bundle.c: whatever @data is. */
gboolean certd_bundle_add_any(CertdBundle *bundle, const unsigned char *data, size_t size,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* bundle-request.c: the DER of the one certification request in @data, found as certd_bundle_read()
 * finds certificates, and within the limits; what else is in it is stepped over.
 * CERTD_ERROR_UNSUPPORTED_FORMAT where there is none or more than one, CERTD_ERROR_TOO_LARGE,
 * CERTD_ERROR_LIMIT_EXCEEDED and CERTD_ERROR_MALFORMED. */
GBytes *certd_bundle_find_request(GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes @der, found while only requests are read. */
gboolean certd_bundle_add_request(CertdBundle *bundle, CertdPart part, const CertdDerItem *der,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* bundle-pkcs7.c, bundle-pkcs12.c, bundle-pem.c */
gboolean certd_bundle_add_pkcs7(CertdBundle *bundle, const CertdDerItem *der, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_bundle_add_pkcs12(CertdBundle *bundle, const CertdDerItem *der, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_bundle_add_pem(CertdBundle *bundle, const char *text, size_t size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The bytes of @size characters of Base64 with white space anywhere, or NULL. */
GByteArray *certd_base64_decode(const char *text, size_t size);

G_END_DECLS
