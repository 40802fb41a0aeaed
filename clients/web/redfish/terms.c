/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/terms.h"

#include <string.h>

#define PREFIX "TPM_ALG_"
#define PREFIX_NEW "TCG_ALG_"

/* The first row of an algorithm is what it means by itself. Redfish's own examples ask for elliptic keys as ECDH. */
static const struct {
    const char *algorithm;
    gint64 bits;
    const char *curve;
    const char *key_type;
} keys[] = {
    {PREFIX "RSA", 3072, NULL, "rsa:3072"},
    {PREFIX "RSA", 2048, NULL, "rsa:2048"},
    {PREFIX "RSA", 4096, NULL, "rsa:4096"},
    {PREFIX "RSA", 8192, NULL, "rsa:8192"},
    {PREFIX "RSA", 1024, NULL, "rsa:1024"},
    {PREFIX "ECDSA", 256, "TPM_ECC_NIST_P256", "ec:secp256r1"},
    {PREFIX "ECDSA", 384, "TPM_ECC_NIST_P384", "ec:secp384r1"},
    {PREFIX "ECDSA", 521, "TPM_ECC_NIST_P521", "ec:secp521r1"},
    {PREFIX "ECDH", 256, "TPM_ECC_NIST_P256", "ec:secp256r1"},
    {PREFIX "ECDH", 384, "TPM_ECC_NIST_P384", "ec:secp384r1"},
    {PREFIX "ECDH", 521, "TPM_ECC_NIST_P521", "ec:secp521r1"},
    {PREFIX "ECC", 256, "TPM_ECC_NIST_P256", "ec:secp256r1"},
    {PREFIX "ECC", 384, "TPM_ECC_NIST_P384", "ec:secp384r1"},
    {PREFIX "ECC", 521, "TPM_ECC_NIST_P521", "ec:secp521r1"},
    {PREFIX "EDDSA", 256, "TPM_ECC_CURVE_25519", "ed25519"},
};

static gboolean is_algorithm(const char *given, const char *name)
{
    return g_str_equal(given, name) ||
           (g_str_has_prefix(given, PREFIX_NEW) &&
            g_str_equal(given + strlen(PREFIX_NEW), name + strlen(PREFIX)));
}

gboolean certd_term_key_type(const char *algorithm, gint64 bits, const char *curve,
                             const char **key_type, const char **wrong)
{
    gboolean known = FALSE, has_curve = FALSE;

    if (!algorithm && bits == 0 && !curve) {
        *key_type = NULL;
        return TRUE;
    }
    for (size_t i = 0; algorithm && i < G_N_ELEMENTS(keys); i++) {
        if (!is_algorithm(algorithm, keys[i].algorithm))
            continue;
        known = TRUE;
        gboolean same_curve = !curve || g_strcmp0(curve, keys[i].curve) == 0;
        has_curve = has_curve || same_curve;
        if (same_curve && (bits == 0 || bits == keys[i].bits)) {
            *key_type = keys[i].key_type;
            return TRUE;
        }
    }
    *wrong = !known ? "KeyPairAlgorithm" : has_curve ? "KeyBitLength" : "KeyCurveId";
    return FALSE;
}

static void add_once(GPtrArray *values, const char *value)
{
    if (value && !g_ptr_array_find_with_equal_func(values, value, g_str_equal, NULL))
        g_ptr_array_add(values, (gpointer)value);
}

static const char **finish(GPtrArray *values)
{
    g_ptr_array_add(values, NULL);
    return (const char **)g_ptr_array_free(values, FALSE);
}

const char **certd_term_algorithms(void)
{
    GPtrArray *values = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        add_once(values, keys[i].algorithm);
    return finish(values);
}

const char **certd_term_curves(void)
{
    GPtrArray *values = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        add_once(values, keys[i].curve);
    return finish(values);
}

const char **certd_term_bits(void)
{
    GPtrArray *values = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!keys[i].curve)
            add_once(values, strchr(keys[i].key_type, ':') + 1);
    }
    return finish(values);
}

/* certd's requests are for what is requested here: see issue.c of its worker. */
typedef enum {
    REQUESTED_NEVER,
    REQUESTED_WITH_RSA,
    REQUESTED,
} Requested;

static const struct {
    const char *name; /* RFC 5280 sections 4.2.1.3 and 4.2.1.12 */
    const char *term;
    Requested requested;
} usages[] = {
    {"digitalSignature", "DigitalSignature", REQUESTED},
    {"nonRepudiation", "NonRepudiation", REQUESTED_NEVER},
    {"keyEncipherment", "KeyEncipherment", REQUESTED_WITH_RSA},
    {"dataEncipherment", "DataEncipherment", REQUESTED_NEVER},
    {"keyAgreement", "KeyAgreement", REQUESTED_NEVER},
    {"keyCertSign", "KeyCertSign", REQUESTED_NEVER},
    {"cRLSign", "CRLSigning", REQUESTED_NEVER},
    {"encipherOnly", "EncipherOnly", REQUESTED_NEVER},
    {"decipherOnly", "DecipherOnly", REQUESTED_NEVER},
    {"serverAuth", "ServerAuthentication", REQUESTED},
    {"clientAuth", "ClientAuthentication", REQUESTED},
    {"codeSigning", "CodeSigning", REQUESTED_NEVER},
    {"emailProtection", "EmailProtection", REQUESTED_NEVER},
    {"timeStamping", "Timestamping", REQUESTED_NEVER},
    {"OCSPSigning", "OCSPSigning", REQUESTED_NEVER},
};

const char *certd_term_usage(const char *usage)
{
    for (size_t i = 0; i < G_N_ELEMENTS(usages); i++) {
        if (g_str_equal(usage, usages[i].name))
            return usages[i].term;
    }
    return NULL;
}

gboolean certd_term_usage_is_requested(const char *usage, const char *key_type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(usages); i++) {
        if (g_str_equal(usage, usages[i].term))
            return usages[i].requested == REQUESTED || (usages[i].requested == REQUESTED_WITH_RSA &&
                                                        g_str_has_prefix(key_type, "rsa:"));
    }
    return FALSE;
}

/* GnuTLS's names; RFC 3279, 4055, 5758, 8410 and NIST's for DSA. */
static const struct {
    const char *name;
    const char *oid;
} signatures[] = {
    {"RSA-SHA1", "1.2.840.113549.1.1.5"},
    {"RSA-SHA224", "1.2.840.113549.1.1.14"},
    {"RSA-SHA256", "1.2.840.113549.1.1.11"},
    {"RSA-SHA384", "1.2.840.113549.1.1.12"},
    {"RSA-SHA512", "1.2.840.113549.1.1.13"},
    {"RSA-MD5", "1.2.840.113549.1.1.4"},
    {"RSA-PSS-SHA256", "1.2.840.113549.1.1.10"},
    {"RSA-PSS-SHA384", "1.2.840.113549.1.1.10"},
    {"RSA-PSS-SHA512", "1.2.840.113549.1.1.10"},
    {"ECDSA-SHA1", "1.2.840.10045.4.1"},
    {"ECDSA-SHA224", "1.2.840.10045.4.3.1"},
    {"ECDSA-SHA256", "1.2.840.10045.4.3.2"},
    {"ECDSA-SHA384", "1.2.840.10045.4.3.3"},
    {"ECDSA-SHA512", "1.2.840.10045.4.3.4"},
    {"EdDSA-Ed25519", "1.3.101.112"},
    {"EdDSA-Ed448", "1.3.101.113"},
    {"DSA-SHA1", "1.2.840.10040.4.3"},
    {"DSA-SHA256", "2.16.840.1.101.3.4.3.2"},
};

const char *certd_term_signature(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++) {
        if (g_str_equal(name, signatures[i].name))
            return signatures[i].oid;
    }
    return g_ascii_isdigit(*name) ? name : NULL;
}

char *certd_term_octets(const char *hex)
{
    size_t length = strlen(hex);
    GString *text = g_string_sized_new(length + length / 2 + 1);

    gboolean valid = length > 0 && length % 2 == 0;
    for (size_t i = 0; valid && i < length; i++) {
        if (i > 0 && i % 2 == 0)
            g_string_append_c(text, ':');
        g_string_append_c(text, g_ascii_toupper(hex[i]));
        valid = g_ascii_isxdigit(hex[i]);
    }
    return g_string_free(text, !valid);
}
