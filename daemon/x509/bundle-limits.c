/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disarms bombs before GnuTLS sees them (DESIGN 5): long lists, deep nesting, huge RSA numbers and
 * key-derivation iterations are found by walking the DER alone, which costs linear time.
 */
#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

#define OID_SCRYPT "1.3.6.1.4.1.11591.4.11"

/* Algorithms whose parameters are a SEQUENCE with the iteration count as its first INTEGER:
 * RFC 8018 A.2 and A.3, RFC 7292 appendix C. */
static const char *const ITERATING_OIDS[] = {
    "1.2.840.113549.1.5.12",   /* PBKDF2 */
    "1.2.840.113549.1.5.1",    /* pbeWithMD2AndDES-CBC */
    "1.2.840.113549.1.5.3",    /* pbeWithMD5AndDES-CBC */
    "1.2.840.113549.1.5.4",    /* pbeWithMD2AndRC2-CBC */
    "1.2.840.113549.1.5.6",    /* pbeWithMD5AndRC2-CBC */
    "1.2.840.113549.1.5.10",   /* pbeWithSHA1AndDES-CBC */
    "1.2.840.113549.1.5.11",   /* pbeWithSHA1AndRC2-CBC */
    "1.2.840.113549.1.12.1.1", /* pbeWithSHAAnd128BitRC4 */
    "1.2.840.113549.1.12.1.2", /* pbeWithSHAAnd40BitRC4 */
    "1.2.840.113549.1.12.1.3", /* pbeWithSHAAnd3-KeyTripleDES-CBC */
    "1.2.840.113549.1.12.1.4", /* pbeWithSHAAnd2-KeyTripleDES-CBC */
    "1.2.840.113549.1.12.1.5", /* pbeWithSHAAnd128BitRC2-CBC */
    "1.2.840.113549.1.12.1.6", /* pbeWithSHAAnd40BitRC2-CBC */
};

typedef struct {
    const char *where;
    guint64 *iterations;
} Walk;

static gboolean exceeded(const char *where, unsigned int limit, const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                "%s has more than %u %s; have it issued with fewer", where, limit, what);
    return FALSE;
}

static gboolean malformed(const char *where, const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "%s is damaged: %s; export or copy it again", where, what);
    return FALSE;
}

gboolean certd_limits_add_iterations(const char *where, const CertdDerItem *integer,
                                     guint64 *iterations, GError **error)
{
    guint64 value;
    if (integer->size > 0 && integer->value[0] >= 0x80)
        return malformed(where, "its key-derivation iterations are negative", error);
    if (certd_der_item_unsigned(integer, &value) && value <= CERTD_LIMIT_KDF_ITERATIONS &&
        *iterations + value <= CERTD_LIMIT_KDF_ITERATIONS) {
        *iterations += value;
        return TRUE;
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                "%s asks for more than %u key-derivation iterations in all; export it with fewer "
                "(openssl: -iter 600000)",
                where, CERTD_LIMIT_KDF_ITERATIONS);
    return FALSE;
}

static gboolean is_iterating(const CertdDerItem *oid)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ITERATING_OIDS); i++)
        if (certd_der_item_is_oid(oid, ITERATING_OIDS[i]))
            return TRUE;
    return FALSE;
}

/* @inside: the contents of a SEQUENCE, which may be an AlgorithmIdentifier. */
static gboolean check_algorithm(Walk *walk, CertdDer inside, GError **error)
{
    CertdDerItem oid, item;
    CertdDer parameters;
    if (!certd_der_expect(&inside, CERTD_DER_OID, &oid))
        return TRUE;
    if (certd_der_item_is_oid(&oid, OID_SCRYPT)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is encrypted with scrypt, which is not supported; write it with PBKDF2 "
                    "(openssl pkcs8 -topk8 -v2 aes-256-cbc)",
                    walk->where);
        return FALSE;
    }
    if (!is_iterating(&oid) || !certd_der_enter(&inside, CERTD_DER_SEQUENCE, &parameters))
        return TRUE;
    while (certd_der_next(&parameters, &item))
        if (item.tag == CERTD_DER_INTEGER)
            return certd_limits_add_iterations(walk->where, &item, walk->iterations, error);
    return malformed(walk->where, "its encryption lacks the iterations", error);
}

static gboolean walk_contents(Walk *walk, CertdDer der, size_t depth, GError **error);

/* What lies in an OCTET STRING is walked as far as it is readable: most hold no DER. PKCS#12 may
 * hold BER there, which GnuTLS would follow too. */
static gboolean walk_octets(Walk *walk, const CertdDerItem *item, size_t depth, GError **error)
{
    if (item->size < 2 || (item->value[0] != CERTD_DER_SEQUENCE && item->value[0] != CERTD_DER_SET))
        return TRUE;
    CertdDer ber = certd_der_inside(item);
    if (item->value[1] != 0x80)
        return walk_contents(walk, ber, depth + 1, error);
    g_autoptr(GByteArray) definite = certd_ber_next(&ber, walk->where, error);
    if (definite == NULL)
        return FALSE;
    return walk_contents(walk, certd_der_reader(definite->data, definite->len), depth + 1, error);
}

static gboolean walk_item(Walk *walk, const CertdDerItem *item, size_t depth, GError **error)
{
    CertdDer inside = certd_der_inside(item);
    if (item->tag == CERTD_DER_OCTET_STRING)
        return walk_octets(walk, item, depth, error);
    if (item->tag == CERTD_DER_SEQUENCE && !check_algorithm(walk, inside, error))
        return FALSE;
    return (item->tag & 0x20) == 0 || walk_contents(walk, inside, depth + 1, error);
}

static gboolean walk_contents(Walk *walk, CertdDer der, size_t depth, GError **error)
{
    CertdDerItem item;
    if (depth > CERTD_LIMIT_DER_DEPTH)
        return exceeded(walk->where, CERTD_LIMIT_DER_DEPTH, "levels of nesting", error);
    for (size_t n = 1; certd_der_next(&der, &item); n++) {
        if (n > CERTD_LIMIT_DER_ELEMENTS)
            return exceeded(walk->where, CERTD_LIMIT_DER_ELEMENTS, "elements in one list", error);
        if (!walk_item(walk, &item, depth, error))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_limits_check(const char *where, CertdDer der, guint64 *iterations, GError **error)
{
    Walk walk = {where, iterations};
    return walk_contents(&walk, der, 0, error);
}

/* The significant octets of a positive INTEGER; NULL for zero, negative and empty ones. */
static const unsigned char *significant(const CertdDerItem *integer, size_t *size)
{
    const unsigned char *value = integer->value;
    *size = integer->size;
    if (*size == 0 || value[0] >= 0x80)
        return NULL;
    while (*size > 0 && value[0] == 0) {
        value++;
        (*size)--;
    }
    return *size > 0 ? value : NULL;
}

gboolean certd_limits_check_rsa(const char *where, CertdDer integers, GError **error)
{
    CertdDerItem modulus, exponent;
    size_t modulus_size, exponent_size;
    if (!certd_der_expect(&integers, CERTD_DER_INTEGER, &modulus) ||
        !certd_der_expect(&integers, CERTD_DER_INTEGER, &exponent) ||
        significant(&modulus, &modulus_size) == NULL ||
        significant(&exponent, &exponent_size) == NULL)
        return malformed(where, "its RSA key has no modulus or exponent", error);
    if (modulus_size > CERTD_LIMIT_RSA_BITS_MAX / 8) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "%s has an RSA key of about %zu bits; at most %u are read", where,
                    modulus_size * 8, CERTD_LIMIT_RSA_BITS_MAX);
        return FALSE;
    }
    if (exponent_size > 4) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "%s has an RSA key with a public exponent of %zu octets; it has to be below "
                    "2^32, and 65537 is the usual one",
                    where, exponent_size);
        return FALSE;
    }
    return TRUE;
}
