/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The certificates of a SignedData (RFC 5652 5.1; RFC 2315 9.1), which is what .p7b files are. Read
 * here and not by GnuTLS, because only the certificates matter and it reads PEM under one label.
 */
#include "model/error.h"
#include "x509/bundle-private.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"

static gboolean malformed(const CertdBundle *bundle, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "%s is damaged PKCS#7; export or copy it again", bundle->where);
    return FALSE;
}

/* The certificates of @set, which is [0] IMPLICIT CertificateSet. */
static gboolean add_all(CertdBundle *bundle, CertdDer set, GError **error)
{
    CertdDerItem item;
    while (!certd_der_at_end(&set)) {
        if (!certd_der_next(&set, &item))
            return malformed(bundle, error);
        /* The other choices are attribute certificates and formats nobody uses. */
        if (item.tag != CERTD_DER_SEQUENCE)
            certd_bundle_ignore(bundle, "an attribute certificate; import an X.509 certificate");
        else if (!certd_bundle_add_part(bundle, &item, TRUE, error))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_bundle_add_pkcs7(CertdBundle *bundle, const CertdDerItem *der, GError **error)
{
    CertdDer reader = certd_der_inside(der), set;
    CertdDerItem type;
    if (!certd_der_expect(&reader, CERTD_DER_OID, &type))
        return malformed(bundle, error);
    if (!certd_der_item_is_oid(&type, OID_SIGNED_DATA)) {
        g_autofree char *oid = certd_der_item_oid(&type);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is PKCS#7 of the type %s; certificates come in SignedData (%s)",
                    bundle->where, oid != NULL ? oid : "(unreadable)", OID_SIGNED_DATA);
        return FALSE;
    }
    if (!certd_der_enter(&reader, CERTD_DER_CONTEXT_CONSTRUCTED(0), &reader) ||
        !certd_der_enter(&reader, CERTD_DER_SEQUENCE, &reader) ||
        !certd_der_skip(&reader) || /* version */
        !certd_der_skip(&reader) || /* digestAlgorithms */
        !certd_der_skip(&reader))   /* encapContentInfo */
        return malformed(bundle, error);
    bundle->format = "pkcs7";
    if (!certd_der_peek(&reader, CERTD_DER_CONTEXT_CONSTRUCTED(0))) {
        certd_bundle_ignore(bundle, "PKCS#7 without certificates; export it with the certificate");
        return TRUE;
    }
    if (!certd_der_enter(&reader, CERTD_DER_CONTEXT_CONSTRUCTED(0), &set))
        return malformed(bundle, error);
    return add_all(bundle, set, error);
}
