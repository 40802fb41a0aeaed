/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a TLS server or client and those that issued it have to be allowed (RFC 5280 4.2.1.3, .12).
 * OpenSSL holds every certificate on the path to the purpose, and doesn't count anyExtendedKeyUsage.
 */
#include <string.h>

#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/verify-private.h"

/* Netscape's certificate type, which OpenSSL still judges, is a BIT STRING. */
#define OID_NETSCAPE_TYPE "2.16.840.1.113730.1.1"

typedef struct {
    CertdPurposes purpose;
    const char *oid;
    const char *name;
    unsigned int usage;     /* one of them is enough, as for OpenSSL */
    const char *usage_name; /* what to ask for */
    unsigned char netscape; /* of a leaf */
} Purpose;

static const Purpose PURPOSES[] = {
    {CERTD_PURPOSE_SERVER, GNUTLS_KP_TLS_WWW_SERVER, "serverAuth",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT | GNUTLS_KEY_KEY_AGREEMENT,
     "digitalSignature", 0x40},
    {CERTD_PURPOSE_CLIENT, GNUTLS_KP_TLS_WWW_CLIENT, "clientAuth",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT, "digitalSignature", 0x80},
};
/* Of an authority: for TLS. */
#define NETSCAPE_SSL_AUTHORITY 0x04

static const Purpose *find_purpose(CertdPurposes purpose)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PURPOSES); i++)
        if (PURPOSES[i].purpose == purpose)
            return &PURPOSES[i];
    g_return_val_if_reached(&PURPOSES[0]);
}

/* Whether the extended key usage has @oid, or there is none; an empty one was found malformed already. */
static gboolean has_purpose(gnutls_x509_crt_t certificate, const char *oid)
{
    for (unsigned int i = 0;; i++) {
        char found[128];
        size_t size = sizeof(found);
        unsigned int critical;
        int r = gnutls_x509_crt_get_key_purpose_oid(certificate, i, found, &size, &critical);
        if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return i == 0;
        if (r < 0 && r != GNUTLS_E_SHORT_MEMORY_BUFFER)
            return FALSE;
        if (r >= 0 && strcmp(found, oid) == 0)
            return TRUE;
    }
}

/* Whether Netscape's type has @bit, or there is none. */
static gboolean has_netscape_type(gnutls_x509_crt_t certificate, unsigned char bit)
{
    g_autoptr(GBytes) extension = certd_certificate_extension(certificate, OID_NETSCAPE_TYPE);
    gsize size = 0;
    const void *data = extension != NULL ? g_bytes_get_data(extension, &size) : NULL;
    CertdDer reader = certd_der_reader(data, size);
    CertdDerItem bits;

    if (extension == NULL)
        return TRUE;
    return certd_der_expect(&reader, CERTD_DER_BIT_STRING, &bits) && bits.size > 1 &&
           (bits.value[1] & bit) != 0;
}

/* A key usage that can't be read was found malformed already. */
static void judge_leaf_usage(CertdLink *leaf, const Purpose *purpose, GPtrArray *findings)
{
    unsigned int critical, usage = 0;

    if (gnutls_x509_crt_get_key_usage(leaf->certificate, &usage, &critical) < 0 ||
        (usage & purpose->usage) != 0)
        return;
    certd_verify_add_as(findings, CERTD_FINDING_KEY_USAGE, CERTD_SEVERITY_ERROR,
                        "Have it issued with the key usage digitalSignature",
                        "%s has a key usage that lacks %s, which TLS needs",
                        certd_verify_describe(leaf), purpose->usage_name);
}

void certd_verify_judge_purpose(const CertdPath *path, CertdPurposes wanted, GPtrArray *findings)
{
    const Purpose *purpose = find_purpose(wanted);

    judge_leaf_usage(path->links[0], purpose, findings);
    for (size_t i = 0; i < path->length; i++) {
        gnutls_x509_crt_t certificate = path->links[i]->certificate;
        unsigned char bit = i == 0 ? purpose->netscape : NETSCAPE_SSL_AUTHORITY;
        if (has_purpose(certificate, purpose->oid) && has_netscape_type(certificate, bit))
            continue;
        g_autofree char *remedy =
            g_strdup_printf("Have it issued with the extended key usage %s%s", purpose->name,
                            i == 0 ? "" : ", or without extended key usage");
        certd_verify_add(findings, CERTD_FINDING_WRONG_PURPOSE, remedy,
                         "%s has an extended key usage without %s",
                         certd_verify_describe(path->links[i]), purpose->name);
    }
}
