/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each detail has a row: its key, and the function that finds its value. Nothing here fails: what
 * a broken certificate doesn't tell is left empty, so that a person sees the rest. */
#include "x509/details.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include "x509/chain.h"
#include "x509/der.h"
#include "x509/distinguished-name.h"
#include "x509/key.h"
#include "x509/name-constraints.h"
#include "x509/san-extension.h"

#define LAST_SECOND G_GINT64_CONSTANT(253402300799)

static GVariant *hex_variant(const void *data, size_t size)
{
    return g_variant_new_take_string(certd_hex(data, size));
}

static GVariant *detail_version(gnutls_x509_crt_t certificate)
{
    int version = gnutls_x509_crt_get_version(certificate);

    return g_variant_new_uint32(version > 0 ? (guint32)version : 0);
}

static GVariant *detail_serial(gnutls_x509_crt_t certificate)
{
    g_autofree unsigned char *serial = NULL;
    size_t size = 0;

    /* RFC 5280 4.1.2.2 allows 20 octets; foreign ones may be longer. */
    if (gnutls_x509_crt_get_serial(certificate, NULL, &size) == GNUTLS_E_SHORT_MEMORY_BUFFER)
        serial = g_malloc0(size);
    if (serial == NULL || gnutls_x509_crt_get_serial(certificate, serial, &size) < 0)
        return g_variant_new_string("");
    return hex_variant(serial, size);
}

static GVariant *name_variant(int (*get)(gnutls_x509_crt_t, gnutls_datum_t *),
                              gnutls_x509_crt_t certificate)
{
    gnutls_datum_t der = {NULL, 0};

    if (get(certificate, &der) < 0)
        return g_variant_new_string("");
    char *text = certd_distinguished_name_print(der.data, der.size);
    gnutls_free(der.data);
    return text != NULL ? g_variant_new_take_string(text) : g_variant_new_string("");
}

static GVariant *detail_subject(gnutls_x509_crt_t certificate)
{
    return name_variant(gnutls_x509_crt_get_raw_dn, certificate);
}

static GVariant *detail_issuer(gnutls_x509_crt_t certificate)
{
    return name_variant(gnutls_x509_crt_get_raw_issuer_dn, certificate);
}

static GVariant *detail_signature_algorithm(gnutls_x509_crt_t certificate)
{
    int algorithm = gnutls_x509_crt_get_signature_algorithm(certificate);
    const char *name =
        algorithm > 0 ? gnutls_sign_get_name((gnutls_sign_algorithm_t)algorithm) : NULL;
    char oid[128];
    size_t size = sizeof oid;

    if (name == NULL && gnutls_x509_crt_get_signature_oid(certificate, oid, &size) >= 0)
        name = oid;
    return g_variant_new_string(name != NULL ? name : "");
}

/* GnuTLS says "9999-12-31" with a second in 2106, and a failure with -1. */
static GVariant *time_variant(time_t seconds)
{
    if (seconds == GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION)
        return g_variant_new_uint64((guint64)LAST_SECOND);
    return g_variant_new_uint64(seconds > 0 ? (guint64)seconds : 0);
}

static GVariant *detail_not_before(gnutls_x509_crt_t certificate)
{
    return time_variant(gnutls_x509_crt_get_activation_time(certificate));
}

static GVariant *detail_not_after(gnutls_x509_crt_t certificate)
{
    return time_variant(gnutls_x509_crt_get_expiration_time(certificate));
}

static GVariant *bytes_variant(GBytes *bytes)
{
    gsize size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;

    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, data, size, 1);
}

/* What is told of the key: read once for all three. */
static void add_key(GVariantBuilder *builder, gnutls_x509_crt_t certificate)
{
    g_auto(gnutls_pubkey_t) key = NULL;
    gboolean read =
        gnutls_pubkey_init(&key) >= 0 && gnutls_pubkey_import_x509(key, certificate, 0) >= 0;
    g_autofree char *type = read ? certd_key_type_describe(key) : g_strdup("other");
    g_autoptr(GBytes) public = read ? certd_public_key_encode(key, NULL) : NULL;

    if (public == NULL)
    public = certd_certificate_public(certificate, NULL);
    g_autofree char *hash =
        public != NULL ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, public) : g_strdup("");
    g_variant_builder_add(builder, "{sv}", "key-type", g_variant_new_string(type));
    g_variant_builder_add(builder, "{sv}", "public-key", bytes_variant(public));
    g_variant_builder_add(builder, "{sv}", "public-key-hash", g_variant_new_string(hash));
}

static GVariant *detail_sans(gnutls_x509_crt_t certificate)
{
    GVariant *names = certd_san_extension_decode(certificate, NULL);

    return names != NULL ? names : g_variant_new_array(G_VARIANT_TYPE("(ss)"), NULL, 0);
}

/* RFC 5280 4.2.1.3, in the order of the bits. */
static const struct {
    unsigned int bit;
    const char *name;
} usage_rows[] = {
    {GNUTLS_KEY_DIGITAL_SIGNATURE, "digitalSignature"},
    {GNUTLS_KEY_NON_REPUDIATION, "nonRepudiation"},
    {GNUTLS_KEY_KEY_ENCIPHERMENT, "keyEncipherment"},
    {GNUTLS_KEY_DATA_ENCIPHERMENT, "dataEncipherment"},
    {GNUTLS_KEY_KEY_AGREEMENT, "keyAgreement"},
    {GNUTLS_KEY_KEY_CERT_SIGN, "keyCertSign"},
    {GNUTLS_KEY_CRL_SIGN, "cRLSign"},
    {GNUTLS_KEY_ENCIPHER_ONLY, "encipherOnly"},
    {GNUTLS_KEY_DECIPHER_ONLY, "decipherOnly"},
};

static GVariant *detail_key_usage(gnutls_x509_crt_t certificate)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_STRING_ARRAY);
    unsigned int usage = 0;

    if (gnutls_x509_crt_get_key_usage(certificate, &usage, NULL) < 0)
        usage = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(usage_rows); i++) {
        if ((usage & usage_rows[i].bit) != 0)
            g_variant_builder_add(&builder, "s", usage_rows[i].name);
    }
    return g_variant_builder_end(&builder);
}

/* RFC 5280 4.2.1.12. */
static const struct {
    const char *oid;
    const char *name;
} purpose_rows[] = {
    {GNUTLS_KP_TLS_WWW_SERVER, "serverAuth"},  {GNUTLS_KP_TLS_WWW_CLIENT, "clientAuth"},
    {GNUTLS_KP_CODE_SIGNING, "codeSigning"},   {GNUTLS_KP_EMAIL_PROTECTION, "emailProtection"},
    {GNUTLS_KP_TIME_STAMPING, "timeStamping"}, {GNUTLS_KP_OCSP_SIGNING, "OCSPSigning"},
    {GNUTLS_KP_ANY, "anyExtendedKeyUsage"},
};

static const char *purpose_name(const char *oid)
{
    for (size_t i = 0; i < G_N_ELEMENTS(purpose_rows); i++) {
        if (g_str_equal(purpose_rows[i].oid, oid))
            return purpose_rows[i].name;
    }
    return oid;
}

/* From the DER, because GnuTLS reads the whole extension anew for each purpose. */
static GVariant *detail_extended_key_usage(gnutls_x509_crt_t certificate)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_STRING_ARRAY);
    gnutls_datum_t der = {NULL, 0};
    CertdDerItem item;

    if (gnutls_x509_crt_get_extension_by_oid2(certificate, "2.5.29.37", 0, &der, NULL) < 0)
        return g_variant_builder_end(&builder);
    CertdDer purposes = certd_der_reader(der.data, der.size);
    gboolean more = certd_der_enter(&purposes, CERTD_DER_SEQUENCE, &purposes);
    while (more && certd_der_expect(&purposes, CERTD_DER_OID, &item)) {
        g_autofree char *oid = certd_der_item_oid(&item);
        if (oid != NULL)
            g_variant_builder_add(&builder, "s", purpose_name(oid));
    }
    gnutls_free(der.data);
    return g_variant_builder_end(&builder);
}

static GVariant *detail_is_ca(gnutls_x509_crt_t certificate)
{
    unsigned int ca = 0;

    return g_variant_new_boolean(
        gnutls_x509_crt_get_basic_constraints(certificate, NULL, &ca, NULL) >= 0 && ca != 0);
}

static GVariant *detail_path_length(gnutls_x509_crt_t certificate)
{
    unsigned int ca = 0;
    int length = -1;

    if (gnutls_x509_crt_get_basic_constraints(certificate, NULL, &ca, &length) < 0)
        length = -1;
    return g_variant_new_int32(length);
}

static GVariant *detail_subject_key_identifier(gnutls_x509_crt_t certificate)
{
    unsigned char id[128];
    size_t size = sizeof id;

    if (gnutls_x509_crt_get_subject_key_id(certificate, id, &size, NULL) < 0)
        size = 0;
    return hex_variant(id, size);
}

static GVariant *detail_authority_key_identifier(gnutls_x509_crt_t certificate)
{
    unsigned char id[128];
    size_t size = sizeof id;

    if (gnutls_x509_crt_get_authority_key_id(certificate, id, &size, NULL) < 0)
        size = 0;
    return hex_variant(id, size);
}

static GVariant *fingerprint(gnutls_x509_crt_t certificate, gnutls_digest_algorithm_t digest)
{
    unsigned char hash[64];
    size_t size = gnutls_hash_get_len(digest);
    gnutls_datum_t der = {NULL, 0};

    /* The DER as it was read; gnutls_x509_crt_get_fingerprint() would encode it anew, twice. */
    if (gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der) < 0 ||
        gnutls_hash_fast(digest, der.data, der.size, hash) < 0)
        size = 0;
    gnutls_free(der.data);
    return hex_variant(hash, size);
}

static GVariant *detail_fingerprint_sha1(gnutls_x509_crt_t certificate)
{
    return fingerprint(certificate, GNUTLS_DIG_SHA1);
}

static GVariant *detail_fingerprint_sha256(gnutls_x509_crt_t certificate)
{
    return fingerprint(certificate, GNUTLS_DIG_SHA256);
}

static GVariant *detail_self_signed(gnutls_x509_crt_t certificate)
{
    return g_variant_new_boolean(certd_chain_issued(certificate, certificate));
}

static const struct {
    const char *key;
    GVariant *(*find)(gnutls_x509_crt_t certificate);
} detail_rows[] = {
    {"version", detail_version},
    {"serial-number", detail_serial},
    {"subject", detail_subject},
    {"issuer", detail_issuer},
    {"signature-algorithm", detail_signature_algorithm},
    {"not-before", detail_not_before},
    {"not-after", detail_not_after},
    {"subject-alt-names", detail_sans},
    {"key-usage", detail_key_usage},
    {"extended-key-usage", detail_extended_key_usage},
    {"is-ca", detail_is_ca},
    {"path-length", detail_path_length},
    {"permitted-names", certd_name_constraints_decode},
    {"subject-key-identifier", detail_subject_key_identifier},
    {"authority-key-identifier", detail_authority_key_identifier},
    {"fingerprint-sha1", detail_fingerprint_sha1},
    {"fingerprint-sha256", detail_fingerprint_sha256},
    {"self-signed", detail_self_signed},
};

static void add_details(GVariantBuilder *builder, gnutls_x509_crt_t certificate)
{
    for (size_t i = 0; i < G_N_ELEMENTS(detail_rows); i++)
        g_variant_builder_add(builder, "{sv}", detail_rows[i].key,
                              detail_rows[i].find(certificate));
    add_key(builder, certificate);
}

GVariant *certd_details_new(gnutls_x509_crt_t certificate, gnutls_x509_crt_t *chain, size_t n_chain)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    g_auto(GVariantBuilder) above = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));

    add_details(&builder, certificate);
    for (size_t i = 0; i < n_chain; i++) {
        g_variant_builder_open(&above, G_VARIANT_TYPE_VARDICT);
        add_details(&above, chain[i]);
        g_variant_builder_close(&above);
    }
    g_variant_builder_add(&builder, "{sv}", "chain", g_variant_builder_end(&above));
    return g_variant_builder_end(&builder);
}
