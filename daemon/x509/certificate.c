/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The questions that trust anchors and chains are both asked. */
#include "x509/certificate.h"

#include "x509/chain.h"
#include "x509/der.h"

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
/* What has to be honoured though it is not critical, and is not here: RFC 5280 6.1.4 i, RFC 3820 4. */
static const char *const BINDING[] = {
    "2.5.29.36",          /* policyConstraints */
    "1.3.6.1.5.5.7.1.14", /* proxyCertInfo */
};

static gboolean is_among(const char *oid, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (g_str_equal(oid, list[i]))
            return TRUE;
    return FALSE;
}

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

/* The list of extensions in the certificate @whole; empty without one. */
static CertdDer find_extensions(GBytes *whole)
{
    gsize size;
    const void *data = g_bytes_get_data(whole, &size);
    CertdDer der = certd_der_reader(data, size), list = certd_der_reader(NULL, 0);

    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) ||
        !certd_der_enter(&der, CERTD_DER_SEQUENCE, &der))
        return list;
    while (!certd_der_at_end(&der)) {
        if (certd_der_enter(&der, CERTD_DER_CONTEXT_CONSTRUCTED(3), &list))
            return certd_der_enter(&list, CERTD_DER_SEQUENCE, &list) ? list
                                                                     : certd_der_reader(NULL, 0);
        if (!certd_der_skip(&der))
            break;
    }
    return list;
}

/* Not by GnuTLS, for which an extension without contents is not there. */
GBytes *certd_certificate_extension(gnutls_x509_crt_t certificate, const char *oid)
{
    g_autoptr(GBytes) whole = certd_certificate_der(certificate, NULL);
    CertdDer list = whole != NULL ? find_extensions(whole) : certd_der_reader(NULL, 0);
    CertdDer extension;
    CertdDerItem found, value;

    while (certd_der_enter(&list, CERTD_DER_SEQUENCE, &extension))
        if (certd_der_expect(&extension, CERTD_DER_OID, &found) &&
            certd_der_item_is_oid(&found, oid) &&
            certd_der_skip_optional(&extension, CERTD_DER_BOOLEAN) &&
            certd_der_expect(&extension, CERTD_DER_OCTET_STRING, &value))
            return g_bytes_new(value.value, value.size);
    return NULL;
}

char *certd_certificate_unknown_extension(gnutls_x509_crt_t certificate)
{
    for (unsigned int i = 0;; i++) {
        char oid[128] = "";
        size_t size = sizeof oid;
        unsigned int critical = 0;
        int r = gnutls_x509_crt_get_extension_info(certificate, i, oid, &size, &critical);

        if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return NULL;
        if (r < 0)
            return g_strdup("(unreadable)");
        if ((critical != 0 && !is_among(oid, KNOWN, G_N_ELEMENTS(KNOWN))) ||
            is_among(oid, BINDING, G_N_ELEMENTS(BINDING)))
            return g_strdup(oid);
    }
}
