/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GnuTLS reads the key and verifies the signature, after the limits; names and extensions are read
 * from the DER that was signed, with the rules for what we issue ourselves. */
#include "x509/request-read.h"

#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"
#include "x509/distinguished-name.h"
#include "x509/public-key.h"
#include "x509/request-private.h"
#include "x509/weak.h"

/* Digests that are broken: for good, or but for the legacy policy. */
static const struct {
    gnutls_digest_algorithm_t digest;
    const char *name;
    gboolean legacy;
} broken_rows[] = {
    {GNUTLS_DIG_MD2, "MD2", FALSE},
    {GNUTLS_DIG_MD5, "MD5", FALSE},
    {GNUTLS_DIG_SHA1, "SHA-1", TRUE},
    {GNUTLS_DIG_RMD160, "RIPEMD-160", FALSE},
};

static gboolean forbid(const char *what, gboolean legacy, const char *remedy, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS, "%s, which %s; %s", what,
                legacy ? "the policy \"default\" forbids and only \"legacy\" allows"
                       : "every policy forbids",
                remedy);
    return FALSE;
}

static gboolean check_digest(gnutls_x509_crq_t request, CertdPolicy policy, GError **error)
{
    static const char remedy[] = "make it again with SHA-256, SHA-384 or SHA-512";
    int algorithm = gnutls_x509_crq_get_signature_algorithm(request);
    char oid[128] = "an unreadable one";
    size_t size = sizeof oid;

    if (algorithm == GNUTLS_SIGN_EDDSA_ED25519 || algorithm == GNUTLS_SIGN_EDDSA_ED448)
        return TRUE;
    gnutls_digest_algorithm_t digest =
        algorithm > 0 ? gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)algorithm)
                      : GNUTLS_DIG_UNKNOWN;
    if (digest == GNUTLS_DIG_UNKNOWN) {
        if (gnutls_x509_crq_get_signature_oid(request, oid, &size) < 0)
            g_strlcpy(oid, "an unreadable one", sizeof oid);
        g_autofree char *what =
            g_strdup_printf("The request is signed with an unknown algorithm (%s)", oid);
        return forbid(what, FALSE, remedy, error);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(broken_rows); i++) {
        gboolean allowed = broken_rows[i].legacy && policy == CERTD_POLICY_LEGACY;
        if (broken_rows[i].digest != digest || allowed)
            continue;
        g_autofree char *what =
            g_strdup_printf("The request is signed with %s", broken_rows[i].name);
        return forbid(what, broken_rows[i].legacy, remedy, error);
    }
    return TRUE;
}

static gboolean check_strength(gnutls_pubkey_t key, CertdPolicy policy, GError **error)
{
    gboolean legacy;
    g_autofree char *why = certd_weak_key(key, &legacy);

    if (why == NULL || (legacy && policy == CERTD_POLICY_LEGACY))
        return TRUE;
    if (legacy) {
        unsigned int bits = 0;
        gnutls_pubkey_get_pk_algorithm(key, &bits);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "The RSA key has %u bits; the policy \"default\" needs %u, \"legacy\" "
                    "allows %u. Make a stronger key and a request with it",
                    bits, CERTD_LIMIT_RSA_BITS_MIN, CERTD_LIMIT_RSA_BITS_LEGACY_MIN);
        return FALSE;
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                "%s; make another key and a request with it", why);
    return FALSE;
}

/* Proof of possession; whether the digest will do was asked before. */
static gboolean check_signature(gnutls_x509_crq_t request, GError **error)
{
    int code = gnutls_x509_crq_verify(request, GNUTLS_VERIFY_ALLOW_BROKEN);

    if (code >= 0)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                "The request's signature is not by its own key (%s): it was changed or damaged, or "
                "is RSA-PSS with a salt not as long as its digest; make it again",
                gnutls_strerror(code));
    return FALSE;
}

static gnutls_x509_crq_t import(GBytes *der, GError **error)
{
    g_auto(gnutls_x509_crq_t) request = NULL;
    gsize size;
    const void *data = g_bytes_get_data(der, &size);
    gnutls_datum_t datum = {(unsigned char *)data, (unsigned int)size};

    int code = gnutls_x509_crq_init(&request);
    if (code >= 0)
        code = gnutls_x509_crq_import(request, &datum, GNUTLS_X509_FMT_DER);
    if (code < 0) {
        certd_gnutls_error(error, code, "Reading the certification request");
        return NULL;
    }
    return g_steal_pointer(&request);
}

static gboolean read_key(CertdReadRequestResult *result, gnutls_x509_crq_t request,
                         CertdPolicy policy, GError **error)
{
    g_auto(gnutls_pubkey_t) key = NULL;

    int code = gnutls_pubkey_init(&key);
    if (code >= 0)
        code = gnutls_pubkey_import_x509_crq(key, request, 0);
    if (code < 0) {
        certd_gnutls_error(error, code, "Reading the public key of the request");
        return FALSE;
    }
    if (!certd_public_key_check(key, error) || !check_digest(request, policy, error) ||
        !check_signature(request, error) || !check_strength(key, policy, error))
        return FALSE;
    result->key_type = certd_key_type_describe(key);
    result->public_key = certd_public_key_encode(key, error);
    result->public_key_hash = result->public_key != NULL ? certd_public_key_hash(key, error) : NULL;
    return result->public_key_hash != NULL;
}

/* CertificationRequestInfo (RFC 2986 4.1), whose shape the limits have checked. */
static gboolean read_info(CertdReadRequestResult *result, GBytes *request, GError **error)
{
    gsize size;
    const void *data = g_bytes_get_data(request, &size);
    CertdDer der = certd_der_reader(data, size);
    CertdDerItem subject;
    CertdDer attributes = certd_der_reader(NULL, 0);

    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) ||
        !certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) || !certd_der_skip(&der) ||
        !certd_der_expect(&der, CERTD_DER_SEQUENCE, &subject) || !certd_der_skip(&der) ||
        (!certd_der_at_end(&der) &&
         !certd_der_enter(&der, CERTD_DER_CONTEXT_CONSTRUCTED(0), &attributes))) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The certification request is damaged; make it again");
        return FALSE;
    }
    result->subject = certd_distinguished_name_read(subject.whole, subject.whole_size, error);
    return result->subject != NULL && certd_request_read_attributes(result, attributes, error);
}

CertdReadRequestResult *certd_request_read(GBytes *data, CertdPolicy policy, GError **error)
{
    g_autoptr(CertdReadRequestResult) result = g_new0(CertdReadRequestResult, 1);
    g_autoptr(GBytes) der = certd_bundle_find_request(data, error);
    g_auto(gnutls_x509_crq_t) request = der != NULL ? import(der, error) : NULL;

    if (request == NULL || !read_key(result, request, policy, error) ||
        !read_info(result, der, error))
        return NULL;
    return g_steal_pointer(&result);
}
