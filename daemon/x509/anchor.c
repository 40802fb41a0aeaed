/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The questions to one certificate are rows of a table: each has a sentence to say against it. */
#include "x509/anchor.h"

#include "model/error.h"
#include "model/limits.h"
#include "x509/certificate.h"
#include "x509/chain.h"
#include "x509/details.h"
#include "x509/judge-private.h"
#include "x509/subject-hash.h"
#include "x509/verify-private.h"
#include "x509/weak.h"

#define VERSION 3

static char *check_version(gnutls_x509_crt_t certificate)
{
    int version = gnutls_x509_crt_get_version(certificate);

    if (version == VERSION)
        return NULL;
    return g_strdup_printf("is X.509 version %d, which can't say that it is an authority; get the "
                           "authority's current root",
                           version);
}

static char *check_issuer(gnutls_x509_crt_t certificate)
{
    g_autofree char *issuer = NULL;

    if (certd_certificate_is_self_issued(certificate))
        return NULL;
    issuer = certd_judge_issuer(certificate);
    /* OpenSSL and GnuTLS don't agree on anchors that aren't. */
    return g_strdup_printf("is not self-signed: %s issued it. Add the root of that instead; "
                           "intermediate certificates come with the chain",
                           issuer);
}

static char *check_key(gnutls_x509_crt_t certificate)
{
    gboolean legacy;
    g_autofree char *why = certd_weak_verifying_key(certificate, &legacy);

    return why != NULL
               ? g_strdup_printf("has a weak key. %s; get the authority's current root", why)
               : NULL;
}

static char *check_signature(gnutls_x509_crt_t certificate)
{
    return certd_chain_issued(certificate, certificate)
               ? NULL
               : g_strdup(
                     "has a signature that isn't its own key's; get it from the authority again");
}

static char *check_extensions(gnutls_x509_crt_t certificate)
{
    g_autofree char *oid = certd_certificate_unknown_extension(certificate);

    return oid != NULL ? g_strdup_printf("has the extension %s, which has to be honoured but is "
                                         "not known here, so that nothing may be judged by it; get "
                                         "another root",
                                         oid)
                       : NULL;
}

static char *check_form(gnutls_x509_crt_t certificate)
{
    const char *part = certd_certificate_malformed(certificate);

    return part != NULL ? g_strdup_printf("has %s that is not as RFC 5280 says, so that OpenSSL "
                                          "and GnuTLS don't agree on it; get another root",
                                          part)
                        : NULL;
}

/* An authority; or what GnuTLS takes for its own chain. OpenSSL takes any. */
static char *check_use(gnutls_x509_crt_t certificate)
{
    g_autofree char *why = NULL;
    unsigned int critical;

    if (certd_certificate_may_issue(certificate))
        return NULL;
    if (gnutls_x509_crt_get_ca_status(certificate, &critical) > 0)
        return g_strdup(
            "is an authority whose key usage lacks keyCertSign, so that it may not sign "
            "certificates; get another root");
    why = certd_verify_ask_gnutls(&certificate, 1, &certificate, 1, 0, CERTD_POLICY_DEFAULT);
    if (why == NULL)
        return NULL;
    return g_strdup_printf("is no authority, and GnuTLS doesn't trust such a certificate by itself "
                           "(%s); have it issued by an authority, and add that, or have it made "
                           "without basicConstraints",
                           why);
}

static char *(*const CHECKS[])(gnutls_x509_crt_t certificate) = {
    check_version,    check_issuer, check_key, check_signature,
    check_extensions, check_form,   check_use,
};

static gboolean check(gnutls_x509_crt_t certificate, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CHECKS); i++) {
        g_autofree char *why = CHECKS[i](certificate);
        if (why == NULL)
            continue;
        g_autofree char *subject = certd_judge_subject(certificate);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                    "Nothing was added: the certificate %s %s", subject, why);
        return FALSE;
    }
    return TRUE;
}

static char *find_hash(gnutls_x509_crt_t certificate, GError **error)
{
    gnutls_datum_t name = {NULL, 0};
    char *hash = NULL;

    if (gnutls_x509_crt_get_raw_dn(certificate, &name) >= 0)
        hash = certd_subject_hash(name.data, name.size);
    gnutls_free(name.data);
    if (hash == NULL) {
        g_autofree char *subject = certd_judge_subject(certificate);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                    "Nothing was added: the certificate %s has a name that OpenSSL can't read; get "
                    "another root",
                    subject);
    }
    return hash;
}

static CertdAnchor *describe(gnutls_x509_crt_t certificate, GError **error)
{
    g_autoptr(CertdAnchor) anchor = g_new0(CertdAnchor, 1);

    anchor->certificate = certd_certificate_der(certificate, error);
    if (anchor->certificate == NULL)
        return NULL;
    anchor->subject_hash = find_hash(certificate, error);
    if (anchor->subject_hash == NULL)
        return NULL;
    anchor->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, anchor->certificate);
    anchor->details = g_variant_ref_sink(certd_details_new(certificate, NULL, 0));
    return g_steal_pointer(&anchor);
}

static gboolean check_bundle(const CertdBundle *bundle, GError **error)
{
    if (certd_bundle_key(bundle) == NULL)
        return TRUE;
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                        "There is a private key in it, but a trust store takes certificates alone: "
                        "take the key out, which nobody but its owner should have");
    return FALSE;
}

GPtrArray *certd_anchors_read(GBytes *data, const CertdSecret *passphrase, GError **error)
{
    static const CertdBundleCapacity capacity = {CERTD_LIMIT_ANCHORS_AT_ONCE,
                                                 "add them in several parts"};
    g_autoptr(CertdBundle) bundle = certd_bundle_read_up_to(data, passphrase, &capacity, error);
    g_autoptr(GPtrArray) anchors =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_anchor_free);

    if (bundle == NULL || !check_bundle(bundle, error))
        return NULL;
    for (size_t i = 0; i < certd_bundle_length(bundle); i++) {
        gnutls_x509_crt_t certificate = certd_bundle_get(bundle, i);
        CertdAnchor *anchor = check(certificate, error) ? describe(certificate, error) : NULL;
        if (anchor == NULL)
            return NULL;
        g_ptr_array_add(anchors, anchor);
    }
    return g_steal_pointer(&anchors);
}
