/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dates and extensions that are not what RFC 5280 says. GnuTLS takes some for absent, or reads something
 * else from them than OpenSSL; so whoever trusts one of them judges by what is not there.
 */
#include "x509/certificate.h"
#include "x509/der.h"

#define TAG_UTC_TIME 0x17
#define TAG_GENERALIZED_TIME 0x18

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
static gboolean read_time(CertdDer *der)
{
    CertdDerItem time;

    if (!certd_der_next(der, &time) ||
        (time.tag != TAG_UTC_TIME && time.tag != TAG_GENERALIZED_TIME))
        return FALSE;
    size_t digits = time.tag == TAG_UTC_TIME ? 12 : 14;
    if (time.size != digits + 1 || time.value[digits] != 'Z')
        return FALSE;
    for (size_t i = 0; i < digits; i++)
        if (!g_ascii_isdigit(time.value[i]))
            return FALSE;
    return TRUE;
}

static gboolean has_times(gnutls_x509_crt_t certificate)
{
    g_autoptr(GBytes) bytes = certd_certificate_der(certificate, NULL);
    gsize size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    CertdDer der = certd_der_reader(data, size);

    return certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) &&
           certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) &&
           certd_der_skip_optional(&der, CERTD_DER_CONTEXT_CONSTRUCTED(0)) && /* version */
           certd_der_skip(&der) &&                                            /* serialNumber */
           certd_der_skip(&der) &&                                            /* signature */
           certd_der_skip(&der) &&                                            /* issuer */
           certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) && read_time(&der) && read_time(&der) &&
           certd_der_at_end(&der);
}

static gboolean is_bits(CertdDer der)
{
    CertdDerItem bits;

    return certd_der_expect(&der, CERTD_DER_BIT_STRING, &bits) && bits.size > 0 &&
           bits.value[0] < 8 && certd_der_at_end(&der);
}

static gboolean is_octets(CertdDer der)
{
    CertdDerItem octets;

    return certd_der_expect(&der, CERTD_DER_OCTET_STRING, &octets) && certd_der_at_end(&der);
}

/* Of whatever, but nothing beside it. */
static gboolean is_sequence(CertdDer der)
{
    CertdDer inside;

    if (!certd_der_enter(&der, CERTD_DER_SEQUENCE, &inside) || !certd_der_at_end(&der))
        return FALSE;
    while (!certd_der_at_end(&inside))
        if (!certd_der_skip(&inside))
            return FALSE;
    return TRUE;
}

/* A SEQUENCE SIZE (1..MAX) of elements with the tag @tag. */
static gboolean is_list(CertdDer der, unsigned char tag)
{
    CertdDerItem item;

    if (!is_sequence(der) || !certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) ||
        certd_der_at_end(&der))
        return FALSE;
    while (!certd_der_at_end(&der))
        if (!certd_der_expect(&der, tag, &item))
            return FALSE;
    return TRUE;
}

static gboolean is_purposes(CertdDer der)
{
    return is_list(der, CERTD_DER_OID);
}

static gboolean is_sequences(CertdDer der)
{
    return is_list(der, CERTD_DER_SEQUENCE);
}

static gboolean is_authority_key(CertdDer der)
{
    return is_sequence(der) && certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) &&
           certd_der_skip_optional(&der, CERTD_DER_CONTEXT(0)) &&
           certd_der_skip_optional(&der, CERTD_DER_CONTEXT_CONSTRUCTED(1)) &&
           certd_der_skip_optional(&der, CERTD_DER_CONTEXT(2)) && certd_der_at_end(&der);
}

static gboolean is_basic(CertdDer der)
{
    CertdDerItem length;
    guint64 n;

    return is_sequence(der) && certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) &&
           certd_der_skip_optional(&der, CERTD_DER_BOOLEAN) &&
           (certd_der_at_end(&der) || (certd_der_expect(&der, CERTD_DER_INTEGER, &length) &&
                                       certd_der_item_unsigned(&length, &n))) &&
           certd_der_at_end(&der);
}

static const struct {
    const char *oid;
    gboolean (*is_good)(CertdDer der);
    const char *name;
} FORMS[] = {
    {"2.5.29.14", is_octets, "a subject key identifier"},
    {"2.5.29.15", is_bits, "a key usage"},
    {"2.5.29.17", is_sequence, "a subject alternative name"},
    {"2.5.29.19", is_basic, "a value of basic constraints"},
    {"2.5.29.30", is_sequence, "a value of name constraints"},
    {"2.5.29.31", is_sequences, "a value of CRL distribution points"},
    {"2.5.29.32", is_sequences, "a value of certificate policies"},
    {"2.5.29.35", is_authority_key, "an authority key identifier"},
    {"2.5.29.37", is_purposes, "an extended key usage"},
};

const char *certd_certificate_malformed(gnutls_x509_crt_t certificate)
{
    if (!has_times(certificate))
        return "a validity";
    for (size_t i = 0; i < G_N_ELEMENTS(FORMS); i++) {
        g_autoptr(GBytes) extension = certd_certificate_extension(certificate, FORMS[i].oid);
        gsize size = 0;
        const void *data = extension != NULL ? g_bytes_get_data(extension, &size) : NULL;
        if (extension != NULL && !FORMS[i].is_good(certd_der_reader(data, size)))
            return FORMS[i].name;
    }
    return NULL;
}
