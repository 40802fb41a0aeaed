/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a DER element is, told by the tags of its outermost elements and never by a file name or a
 * PEM label, which are wrong often enough.
 */
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

/* Tags as hexadecimal text, of the children of the element and of its first child's children. A
 * final '*' stands for anything more. */
typedef struct {
    CertdPart part;
    const char *children;
    const char *first; /* NULL: not looked at */
} Shape;

static const Shape SHAPES[] = {
    {CERTD_PART_CERTIFICATE, "303003", "a0023030303030*"}, /* RFC 5280 4.1, version 2 and 3 */
    {CERTD_PART_CERTIFICATE, "303003", "023030303030*"},   /* version 1 */
    {CERTD_PART_REQUEST, "303003", "023030"},              /* RFC 2986 4.2 */
    {CERTD_PART_REQUEST, "303003", "023030a0*"},
    {CERTD_PART_CRL, "303003", "02303017*"}, /* RFC 5280 5.1 */
    {CERTD_PART_CRL, "303003", "02303018*"},
    {CERTD_PART_CRL, "303003", "303017*"},
    {CERTD_PART_CRL, "303003", "303018*"},
    {CERTD_PART_PKCS7, "06a0", NULL},                /* RFC 5652 3 */
    {CERTD_PART_PKCS12, "0230", NULL},               /* RFC 7292 4 */
    {CERTD_PART_PKCS12, "023030", NULL},             /* with a MAC */
    {CERTD_PART_PKCS8, "023004*", NULL},             /* RFC 5958 2 */
    {CERTD_PART_PKCS8_ENCRYPTED, "3004", NULL},      /* RFC 5958 3 */
    {CERTD_PART_PKCS1, "020202020202020202*", NULL}, /* RFC 8017 A.1.2 */
    {CERTD_PART_SEC1, "0204*", NULL},                /* RFC 5915 3 */
    {CERTD_PART_DSA, "020202020202", NULL},
    {CERTD_PART_PUBLIC_KEY, "3003", NULL}, /* RFC 5280 4.1.2.7 */
    {CERTD_PART_PUBLIC_KEY, "0202", NULL}, /* RFC 8017 A.1.1 */
};

#define SHAPE_TAGS 12

static gboolean read_tags(CertdDer der, char text[2 * SHAPE_TAGS + 1])
{
    text[0] = '\0';
    for (size_t i = 0; i < SHAPE_TAGS && !certd_der_at_end(&der); i++) {
        CertdDerItem item;
        if (!certd_der_next(&der, &item))
            return FALSE;
        g_snprintf(text + 2 * i, 3, "%02x", item.tag);
    }
    return TRUE;
}

static gboolean shape_fits(const char *shape, const char *tags)
{
    size_t length = strlen(shape);
    if (shape[length - 1] == '*')
        return strncmp(shape, tags, length - 1) == 0;
    return strcmp(shape, tags) == 0;
}

CertdPart certd_part_classify(CertdDer der)
{
    char children[2 * SHAPE_TAGS + 1], first[2 * SHAPE_TAGS + 1] = "";
    CertdDer inside, below;
    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &inside) || !read_tags(inside, children))
        return CERTD_PART_UNKNOWN;
    if (certd_der_enter(&inside, CERTD_DER_SEQUENCE, &below) && !read_tags(below, first))
        return CERTD_PART_UNKNOWN;
    for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
        const Shape *shape = &SHAPES[i];
        if (shape_fits(shape->children, children) &&
            (shape->first == NULL || shape_fits(shape->first, first)))
            return shape->part;
    }
    return CERTD_PART_UNKNOWN;
}

void certd_bundle_ignore(CertdBundle *bundle, const char *what)
{
    if (bundle->ignored == NULL)
        bundle->ignored = g_strdup(what);
}

static gboolean add_certificate(CertdBundle *bundle, const CertdDerItem *der, GError **error)
{
    CertdDer reader = certd_der_reader(der->whole, der->whole_size);
    if (!certd_limits_check_certificate(bundle->where, reader, error))
        return FALSE;
    g_auto(gnutls_x509_crt_t) certificate = NULL;
    gnutls_datum_t datum = {(unsigned char *)der->whole, (unsigned int)der->whole_size};
    int r = gnutls_x509_crt_init(&certificate);
    if (r >= 0)
        r = gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER);
    if (r < 0) {
        g_autofree char *what = g_strconcat(bundle->where, " as a certificate", NULL);
        certd_gnutls_error(error, r, what);
        return FALSE;
    }
    g_autoptr(GBytes) bytes = g_bytes_new(der->whole, der->whole_size);
    if (g_hash_table_contains(bundle->known, bytes))
        return TRUE;
    if (bundle->certificates->len == bundle->capacity->certificates) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There are more than %u certificates; %s", bundle->capacity->certificates,
                    bundle->capacity->remedy);
        return FALSE;
    }
    g_ptr_array_add(bundle->certificates, g_steal_pointer(&certificate));
    g_hash_table_add(bundle->known, g_steal_pointer(&bytes));
    return TRUE;
}

static gboolean refuse(const CertdBundle *bundle, const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT, "%s %s", bundle->where, what);
    return FALSE;
}

static gboolean dispatch(CertdBundle *bundle, CertdPart part, const CertdDerItem *der,
                         GError **error)
{
    switch (part) {
    case CERTD_PART_CERTIFICATE:
        return add_certificate(bundle, der, error);
    case CERTD_PART_PKCS7:
        return certd_bundle_add_pkcs7(bundle, der, error);
    case CERTD_PART_PKCS12:
        return certd_bundle_add_pkcs12(bundle, der, error);
    case CERTD_PART_PKCS8:
    case CERTD_PART_PKCS8_ENCRYPTED:
    case CERTD_PART_PKCS1:
    case CERTD_PART_SEC1:
        return certd_bundle_add_key(bundle, part, der, error);
    case CERTD_PART_REQUEST:
        certd_bundle_ignore(bundle, "a certification request; send it to the authority and import "
                                    "the certificate that comes back");
        return TRUE;
    case CERTD_PART_CRL:
        certd_bundle_ignore(bundle, "a certificate revocation list; import the certificate");
        return TRUE;
    case CERTD_PART_PUBLIC_KEY:
        certd_bundle_ignore(bundle, "a bare public key; import the certificate");
        return TRUE;
    case CERTD_PART_DSA:
        return refuse(bundle, "is a DSA key, which TLS doesn't use; make an EC or RSA key", error);
    case CERTD_PART_UNKNOWN:
        break;
    }
    return refuse(bundle, "is DER, but neither a certificate nor PKCS#7, PKCS#12 or a private key",
                  error);
}

gboolean certd_bundle_add_part(CertdBundle *bundle, const CertdDerItem *der, gboolean counted,
                               GError **error)
{
    CertdDer reader = certd_der_reader(der->whole, der->whole_size);
    guint64 aside = 0;
    if (!certd_limits_check(bundle->where, reader, counted ? &aside : &bundle->iterations, error))
        return FALSE;
    CertdPart part = certd_part_classify(reader);
    return bundle->requests != NULL ? certd_bundle_add_request(bundle, part, der, error)
                                    : dispatch(bundle, part, der, error);
}

gboolean certd_bundle_add_ber(CertdBundle *bundle, const unsigned char *data, size_t size,
                              GError **error)
{
    CertdDer ber = certd_der_reader(data, size);
    while (!certd_der_at_end(&ber)) {
        g_autoptr(GByteArray) bytes = certd_ber_next(&ber, bundle->where, error);
        if (bytes == NULL)
            return FALSE;
        CertdDer der = certd_der_reader(bytes->data, bytes->len);
        CertdDerItem item;
        gboolean ok = certd_der_next(&der, &item);
        if (!ok)
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED, "%s is not DER", bundle->where);
        ok = ok && certd_bundle_add_part(bundle, &item, FALSE, error);
        explicit_bzero(bytes->data, bytes->len); /* it may have been a key */
        if (!ok)
            return FALSE;
    }
    return TRUE;
}
