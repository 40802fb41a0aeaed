/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The extensions that a request asks for (RFC 2985 5.4.2): each that matters has a row with its
 * reader. They are read from the DER, because GnuTLS stops at the first that it doesn't like. */
#include <gnutls/x509.h>

#include "model/error.h"
#include "x509/request-private.h"
#include "x509/san-extension.h"

#define OID_EXTENSION_REQUEST "1.2.840.113549.1.9.14"
#define OID_EXTENSION_REQUEST_WINDOWS "1.3.6.1.4.1.311.2.1.14"

/* RFC 5280 4.2.1.3: bits 5 and 6, in the first octet. */
#define BITS_OF_AUTHORITIES 0x06

static gboolean malformed(const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "The request is damaged: its %s can't be read; make it again", what);
    return FALSE;
}

static gboolean reject_authority(const char *by, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                "The request asks to be an authority (%s), which is not signed; make it again "
                "without that",
                by);
    return FALSE;
}

static gboolean read_names(CertdReadRequestResult *result, const CertdDerItem *value,
                           GError **error)
{
    g_autoptr(GPtrArray) sans = certd_san_extension_read(value->value, value->size, error);

    if (sans == NULL)
        return FALSE;
    g_ptr_array_unref(result->sans);
    result->sans = g_steal_pointer(&sans);
    return TRUE;
}

static gboolean read_basic_constraints(CertdReadRequestResult *result, const CertdDerItem *value,
                                       GError **error)
{
    CertdDer der = certd_der_inside(value);
    CertdDerItem ca;

    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &der))
        return malformed("basicConstraints", error);
    if (!certd_der_peek(&der, CERTD_DER_BOOLEAN))
        return certd_der_skip_optional(&der, CERTD_DER_INTEGER) ||
               malformed("basicConstraints", error);
    if (!certd_der_expect(&der, CERTD_DER_BOOLEAN, &ca) || ca.size != 1)
        return malformed("basicConstraints", error);
    return ca.value[0] == 0 || reject_authority("basicConstraints with CA TRUE", error);
}

/* What else it asks for is left out: the usage follows from the key. */
static gboolean read_key_usage(CertdReadRequestResult *result, const CertdDerItem *value,
                               GError **error)
{
    CertdDer der = certd_der_inside(value);
    CertdDerItem bits;

    if (!certd_der_expect(&der, CERTD_DER_BIT_STRING, &bits) || bits.size < 1)
        return malformed("keyUsage", error);
    if (bits.size > 1 && (bits.value[1] & BITS_OF_AUTHORITIES) != 0)
        return reject_authority("keyUsage with keyCertSign or cRLSign", error);
    return TRUE;
}

/* RFC 5280 4.2.1.12. */
static const struct {
    const char *oid;
    const char *name;
    CertdPurposes purpose; /* 0: not issued */
} purpose_rows[] = {
    {GNUTLS_KP_TLS_WWW_SERVER, "serverAuth", CERTD_PURPOSE_SERVER},
    {GNUTLS_KP_TLS_WWW_CLIENT, "clientAuth", CERTD_PURPOSE_CLIENT},
    {GNUTLS_KP_CODE_SIGNING, "codeSigning", 0},
    {GNUTLS_KP_EMAIL_PROTECTION, "emailProtection", 0},
    {GNUTLS_KP_TIME_STAMPING, "timeStamping", 0},
    {GNUTLS_KP_OCSP_SIGNING, "OCSPSigning", 0},
    {GNUTLS_KP_ANY, "anyExtendedKeyUsage", 0},
};

static gboolean read_purpose(CertdReadRequestResult *result, const CertdDerItem *item,
                             GError **error)
{
    g_autofree char *oid = certd_der_item_oid(item);
    const char *name = oid != NULL ? oid : "an unreadable one";

    for (size_t i = 0; i < G_N_ELEMENTS(purpose_rows); i++) {
        if (!certd_der_item_is_oid(item, purpose_rows[i].oid))
            continue;
        name = purpose_rows[i].name;
        result->purposes |= purpose_rows[i].purpose;
        if (purpose_rows[i].purpose != 0)
            return TRUE;
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                "The request asks for the extended key usage %s, which is not issued; ask for "
                "serverAuth, clientAuth or both",
                name);
    return FALSE;
}

static gboolean read_purposes(CertdReadRequestResult *result, const CertdDerItem *value,
                              GError **error)
{
    CertdDer der = certd_der_inside(value);
    CertdDerItem item;

    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &der))
        return malformed("extendedKeyUsage", error);
    while (!certd_der_at_end(&der)) {
        if (!certd_der_expect(&der, CERTD_DER_OID, &item))
            return malformed("extendedKeyUsage", error);
        if (!read_purpose(result, &item, error))
            return FALSE;
    }
    return TRUE;
}

static const struct {
    const char *oid;
    gboolean (*read)(CertdReadRequestResult *result, const CertdDerItem *value, GError **error);
} extension_rows[] = {
    {"2.5.29.15", read_key_usage},
    {"2.5.29.17", read_names},
    {"2.5.29.19", read_basic_constraints},
    {"2.5.29.37", read_purposes},
};

/* What has no row is left out, unless it has to be understood (RFC 5280 4.2). */
static gboolean read_extension(CertdReadRequestResult *result, const char *oid, gboolean critical,
                               const CertdDerItem *value, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(extension_rows); i++) {
        if (g_str_equal(extension_rows[i].oid, oid))
            return extension_rows[i].read(result, value, error);
    }
    if (!critical)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                "The request asks for the critical extension %s, which is not issued; make it "
                "again without that",
                oid);
    return FALSE;
}

/* @seen: the extensions so far; each may be there once (RFC 5280 4.2). */
static gboolean read_next_extension(CertdReadRequestResult *result, CertdDer extension,
                                    GHashTable *seen, GError **error)
{
    CertdDerItem type, flag, value;
    gboolean critical = FALSE;

    if (!certd_der_expect(&extension, CERTD_DER_OID, &type))
        return malformed("extensions", error);
    if (certd_der_expect(&extension, CERTD_DER_BOOLEAN, &flag))
        critical = flag.size != 1 || flag.value[0] != 0;
    if (!certd_der_expect(&extension, CERTD_DER_OCTET_STRING, &value) ||
        !certd_der_at_end(&extension))
        return malformed("extensions", error);
    g_autofree char *oid = certd_der_item_oid(&type);
    if (oid == NULL || !g_hash_table_add(seen, g_strdup(oid)))
        return malformed("list of extensions", error);
    return read_extension(result, oid, critical, &value, error);
}

static gboolean read_attribute(CertdReadRequestResult *result, CertdDer attribute, GHashTable *seen,
                               GError **error)
{
    CertdDerItem type;
    CertdDer list, extension;

    if (!certd_der_expect(&attribute, CERTD_DER_OID, &type) ||
        !certd_der_enter(&attribute, CERTD_DER_SET, &list))
        return malformed("attributes", error);
    if (!certd_der_item_is_oid(&type, OID_EXTENSION_REQUEST) &&
        !certd_der_item_is_oid(&type, OID_EXTENSION_REQUEST_WINDOWS))
        return TRUE;
    /* RFC 2985 5.4.2: SINGLE VALUE. */
    CertdDer values = list;
    if (!certd_der_enter(&values, CERTD_DER_SEQUENCE, &list) || !certd_der_at_end(&values))
        return malformed("extensions", error);
    while (!certd_der_at_end(&list)) {
        if (!certd_der_enter(&list, CERTD_DER_SEQUENCE, &extension))
            return malformed("extensions", error);
        if (!read_next_extension(result, extension, seen, error))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_request_read_attributes(CertdReadRequestResult *result, CertdDer attributes,
                                       GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    CertdDer attribute;

    result->sans = certd_san_list_new();
    while (!certd_der_at_end(&attributes)) {
        if (!certd_der_enter(&attributes, CERTD_DER_SEQUENCE, &attribute))
            return malformed("attributes", error);
        if (!read_attribute(result, attribute, seen, error))
            return FALSE;
    }
    if (result->purposes == 0)
        result->purposes = CERTD_PURPOSE_SERVER;
    return TRUE;
}
