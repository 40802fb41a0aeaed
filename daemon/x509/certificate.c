/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The questions that trust anchors and chains are both asked. */
#include "x509/certificate.h"

#include "x509/chain.h"

/* Critical extensions that both libraries understand: RFC 5280 4.2.1.3, .4, .6, .9, .10, .12 to .14. */
static const char *const KNOWN[] = {
    "2.5.29.15", /* keyUsage */
    "2.5.29.17", /* subjectAltName */
    "2.5.29.19", /* basicConstraints */
    "2.5.29.30", /* nameConstraints */
    "2.5.29.31", /* cRLDistributionPoints */
    "2.5.29.32", /* certificatePolicies */
    "2.5.29.37", /* extKeyUsage */
    "2.5.29.54", /* inhibitAnyPolicy */
};

GBytes *certd_certificate_der(gnutls_x509_crt_t certificate, GError **error)
{
    gnutls_datum_t der = {NULL, 0};
    int r = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der);

    if (r < 0) {
        certd_gnutls_error(error, r, "Writing a certificate of the chain");
        return NULL;
    }
    GBytes *bytes = g_bytes_new(der.data, der.size);
    gnutls_free(der.data);
    return bytes;
}

char *certd_certificate_fingerprint(gnutls_x509_crt_t certificate)
{
    g_autoptr(GBytes) der = certd_certificate_der(certificate, NULL);

    return der != NULL ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, der) : g_strdup("");
}

gboolean certd_certificate_is_self_issued(gnutls_x509_crt_t certificate)
{
    return certd_chain_names_fit(certificate, certificate);
}

gboolean certd_certificate_may_issue(gnutls_x509_crt_t certificate)
{
    unsigned int critical, usage = 0;
    gboolean signs = gnutls_x509_crt_get_key_usage(certificate, &usage, &critical) < 0 ||
                     (usage & GNUTLS_KEY_KEY_CERT_SIGN) != 0;

    return signs && gnutls_x509_crt_get_ca_status(certificate, &critical) > 0;
}

GBytes *certd_certificate_extension(gnutls_x509_crt_t certificate, const char *oid)
{
    gnutls_datum_t der = {NULL, 0};

    if (gnutls_x509_crt_get_extension_by_oid2(certificate, oid, 0, &der, NULL) < 0)
        return NULL;
    GBytes *bytes = g_bytes_new(der.data, der.size);
    gnutls_free(der.data);
    return bytes;
}

char *certd_certificate_unknown_extension(gnutls_x509_crt_t certificate)
{
    for (unsigned int i = 0;; i++) {
        char oid[128] = "";
        size_t size = sizeof oid;
        unsigned int critical = 0;
        int r = gnutls_x509_crt_get_extension_info(certificate, i, oid, &size, &critical);
        gboolean known = FALSE;

        if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return NULL;
        if (r < 0)
            return g_strdup("(unreadable)");
        for (size_t j = 0; j < G_N_ELEMENTS(KNOWN); j++)
            known = known || g_str_equal(oid, KNOWN[j]);
        if (critical != 0 && !known)
            return g_strdup(oid);
    }
}
