/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limits of one certificate (RFC 5280 4.1) and of one certification request (RFC 2986 4): names,
 * extensions, alternative names, RSA key. */
#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_RSA_PSS "1.2.840.113549.1.1.10"
#define OID_SUBJECT_ALT_NAME "2.5.29.17"
#define OID_ISSUER_ALT_NAME "2.5.29.18"
/* RFC 2985 5.4.2, and what Windows used before it. */
#define OID_EXTENSION_REQUEST "1.2.840.113549.1.9.14"
#define OID_EXTENSION_REQUEST_WINDOWS "1.3.6.1.4.1.311.2.1.14"

static gboolean malformed(const char *where, const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "%s is damaged: its %s can't be read; export or copy it again", where, what);
    return FALSE;
}

static gboolean exceeded(const char *where, unsigned int limit, const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                "%s has more than %u %s; have it issued with fewer", where, limit, what);
    return FALSE;
}

/* The attributes of the Name that @der begins with, over all its RDNs. */
static gboolean check_name(const char *where, CertdDer *der, GError **error)
{
    CertdDer name, rdn;
    size_t n = 0;
    if (!certd_der_enter(der, CERTD_DER_SEQUENCE, &name))
        return malformed(where, "name", error);
    while (!certd_der_at_end(&name)) {
        if (!certd_der_enter(&name, CERTD_DER_SET, &rdn))
            return malformed(where, "name", error);
        while (!certd_der_at_end(&rdn)) {
            if (!certd_der_skip(&rdn))
                return malformed(where, "name", error);
            if (++n > CERTD_LIMIT_RDNS)
                return exceeded(where, CERTD_LIMIT_RDNS, "parts in one name", error);
        }
    }
    return TRUE;
}

gboolean certd_limits_check_public_key(const char *where, CertdDer *der, GError **error)
{
    CertdDer key, algorithm;
    CertdDerItem oid, bits;
    if (!certd_der_enter(der, CERTD_DER_SEQUENCE, &key) ||
        !certd_der_enter(&key, CERTD_DER_SEQUENCE, &algorithm) ||
        !certd_der_expect(&algorithm, CERTD_DER_OID, &oid) ||
        !certd_der_expect(&key, CERTD_DER_BIT_STRING, &bits) || bits.size < 1)
        return malformed(where, "public key", error);
    if (!certd_der_item_is_oid(&oid, OID_RSA) && !certd_der_item_is_oid(&oid, OID_RSA_PSS))
        return TRUE;
    CertdDer integers = certd_der_reader(bits.value + 1, bits.size - 1);
    if (!certd_der_enter(&integers, CERTD_DER_SEQUENCE, &integers))
        return malformed(where, "RSA public key", error);
    return certd_limits_check_rsa(where, integers, error);
}

/* GeneralNames (RFC 5280 4.2.1.6). */
static gboolean check_general_names(const char *where, CertdDer names, GError **error)
{
    CertdDerItem item;
    if (!certd_der_enter(&names, CERTD_DER_SEQUENCE, &names))
        return malformed(where, "alternative names", error);
    for (size_t n = 1; !certd_der_at_end(&names); n++) {
        if (!certd_der_next(&names, &item))
            return malformed(where, "alternative names", error);
        if (n > CERTD_LIMIT_SANS_IMPORT)
            return exceeded(where, CERTD_LIMIT_SANS_IMPORT, "subject alternative names", error);
        CertdDer name = certd_der_inside(&item);
        if (item.tag == CERTD_DER_CONTEXT_CONSTRUCTED(4) && !check_name(where, &name, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_extension(const char *where, CertdDer extension, GError **error)
{
    CertdDerItem oid, value;
    if (!certd_der_expect(&extension, CERTD_DER_OID, &oid) ||
        !certd_der_skip_optional(&extension, CERTD_DER_BOOLEAN) ||
        !certd_der_expect(&extension, CERTD_DER_OCTET_STRING, &value))
        return malformed(where, "extensions", error);
    if (certd_der_item_is_oid(&oid, OID_SUBJECT_ALT_NAME) ||
        certd_der_item_is_oid(&oid, OID_ISSUER_ALT_NAME))
        return check_general_names(where, certd_der_inside(&value), error);
    return TRUE;
}

/* The Extensions that @list begins with. */
static gboolean check_extensions(const char *where, CertdDer list, GError **error)
{
    CertdDer extension;
    if (!certd_der_enter(&list, CERTD_DER_SEQUENCE, &list))
        return malformed(where, "extensions", error);
    for (size_t n = 1; !certd_der_at_end(&list); n++) {
        if (n > CERTD_LIMIT_EXTENSIONS)
            return exceeded(where, CERTD_LIMIT_EXTENSIONS, "extensions", error);
        if (!certd_der_enter(&list, CERTD_DER_SEQUENCE, &extension))
            return malformed(where, "extensions", error);
        if (!check_extension(where, extension, error))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_limits_check_certificate(const char *where, CertdDer der, GError **error)
{
    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) ||
        !certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) ||
        !certd_der_skip_optional(&der, CERTD_DER_CONTEXT_CONSTRUCTED(0)) || /* version */
        !certd_der_skip(&der) ||                                            /* serialNumber */
        !certd_der_skip(&der))                                              /* signature */
        return malformed(where, "beginning", error);
    if (!check_name(where, &der, error)) /* issuer */
        return FALSE;
    if (!certd_der_skip(&der)) /* validity */
        return malformed(where, "validity", error);
    if (!check_name(where, &der, error) || !certd_limits_check_public_key(where, &der, error))
        return FALSE;
    while (!certd_der_at_end(&der)) {
        CertdDer list;
        if (certd_der_enter(&der, CERTD_DER_CONTEXT_CONSTRUCTED(3), &list)) {
            if (!check_extensions(where, list, error))
                return FALSE;
        } else if (!certd_der_skip(&der)) { /* unique identifiers */
            return malformed(where, "end", error);
        }
    }
    return TRUE;
}

static gboolean check_attribute(const char *where, CertdDer attribute, GError **error)
{
    CertdDerItem oid;
    CertdDer values;
    if (!certd_der_expect(&attribute, CERTD_DER_OID, &oid) ||
        !certd_der_enter(&attribute, CERTD_DER_SET, &values))
        return malformed(where, "attributes", error);
    if (certd_der_item_is_oid(&oid, OID_EXTENSION_REQUEST) ||
        certd_der_item_is_oid(&oid, OID_EXTENSION_REQUEST_WINDOWS))
        return check_extensions(where, values, error);
    return TRUE;
}

gboolean certd_limits_check_request(const char *where, CertdDer der, GError **error)
{
    CertdDer attributes, attribute;
    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) ||
        !certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) || !certd_der_skip(&der)) /* version */
        return malformed(where, "beginning", error);
    if (!check_name(where, &der, error) || !certd_limits_check_public_key(where, &der, error))
        return FALSE;
    if (!certd_der_enter(&der, CERTD_DER_CONTEXT_CONSTRUCTED(0), &attributes))
        return certd_der_at_end(&der) || malformed(where, "attributes", error);
    while (!certd_der_at_end(&attributes)) {
        if (!certd_der_enter(&attributes, CERTD_DER_SEQUENCE, &attribute))
            return malformed(where, "attributes", error);
        if (!check_attribute(where, attribute, error))
            return FALSE;
    }
    return TRUE;
}
