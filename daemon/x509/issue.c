/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request and a certificate carry the same names and extensions: a table of the setters of each
 * (CertdIssueTarget) keeps what goes in written down once. */
#include "x509/issue-private.h"

#include "model/error.h"
#include "x509/der.h"
#include "x509/distinguished-name.h"
#include "x509/name-constraints.h"
#include "x509/san-extension.h"

#define OID_KEY_USAGE "2.5.29.15"
#define OID_SUBJECT_ALT_NAME "2.5.29.17"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_NAME_CONSTRAINTS "2.5.29.30"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"

gboolean certd_issue_check(int code, const char *what, GError **error)
{
    if (code < 0)
        certd_gnutls_error(error, code, what);
    return code >= 0;
}

static gboolean issue_extension(const CertdIssueTarget *with, void *target, const char *oid,
                                GBytes *der, unsigned int critical, GError **error)
{
    gsize size;
    void *data = (void *)g_bytes_get_data(der, &size);

    return certd_issue_check(with->set_extension(target, oid, data, size, critical),
                             "Writing the extensions", error);
}

static gboolean issue_subject(const CertdIssueTarget *with, void *target,
                              const CertdSubject *subject, GError **error)
{
    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        g_autoptr(GByteArray) value = g_byte_array_new();
        certd_attribute_write_value(value, attribute);
        if (!certd_issue_check(with->set_dn(target, attribute->type->oid, value->data, value->len),
                               "Writing the subject", error))
            return FALSE;
    }
    return TRUE;
}

static gboolean issue_sans(const CertdIssueTarget *with, void *target, const CertdIssueJob *job,
                           GError **error)
{
    if (job->sans == NULL || job->sans->len == 0)
        return TRUE;
    g_autoptr(GBytes) names = certd_san_extension_encode(job->sans, error);
    if (names == NULL)
        return FALSE;
    /* RFC 5280 4.2.1.6: critical where the subject says nothing. */
    unsigned int critical = certd_subject_length(job->subject) == 0;
    return issue_extension(with, target, OID_SUBJECT_ALT_NAME, names, critical, error);
}

/* The DER of what never changes; GnuTLS marks the purposes of a request critical unasked. */
typedef struct {
    const char *oid;
    unsigned char der[8];
    size_t size;
} FixedExtension;

/* RFC 5280 4.2.1.9: SEQUENCE {}, for cA is FALSE by default; SEQUENCE { TRUE, INTEGER 0 }. */
static const FixedExtension no_authority = {OID_BASIC_CONSTRAINTS, {0x30, 0x00}, 2};
static const FixedExtension authority = {
    OID_BASIC_CONSTRAINTS, {0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00}, 8};
/* 4.2.1.3: BIT STRINGs. Only RSA can encipher a key (TLS 1.2 without forward secrecy). */
static const FixedExtension signs = {OID_KEY_USAGE, {0x03, 0x02, 0x07, 0x80}, 4};
static const FixedExtension signs_and_enciphers = {OID_KEY_USAGE, {0x03, 0x02, 0x05, 0xa0}, 4};
static const FixedExtension signs_certificates = {OID_KEY_USAGE, {0x03, 0x02, 0x01, 0x06}, 4};

/* All of them are critical. */
static gboolean issue_fixed(const CertdIssueTarget *with, void *target,
                            const FixedExtension *extension, GError **error)
{
    return certd_issue_check(
        with->set_extension(target, extension->oid, (void *)extension->der, extension->size, TRUE),
        "Writing the extensions", error);
}

/* RFC 5280 4.2.1.12. Without the extension a certificate would be for everything. */
static gboolean issue_purposes(const CertdIssueTarget *with, void *target, CertdPurposes purposes,
                               GError **error)
{
    static const struct {
        CertdPurposes purpose;
        const char *oid;
    } rows[] = {
        {CERTD_PURPOSE_SERVER, GNUTLS_KP_TLS_WWW_SERVER},
        {CERTD_PURPOSE_CLIENT, GNUTLS_KP_TLS_WWW_CLIENT},
    };
    GByteArray *out = g_byte_array_new();
    size_t list = certd_der_begin(out, CERTD_DER_SEQUENCE);
    gboolean any = FALSE;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((purposes & rows[i].purpose) != 0 &&
            certd_der_write_oid(out, CERTD_DER_OID, rows[i].oid))
            any = TRUE;
    }
    certd_der_end(out, list);
    g_autoptr(GBytes) der = certd_der_finish(out);
    if (any)
        return issue_extension(with, target, OID_EXTENDED_KEY_USAGE, der, FALSE, error);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "No purpose was given for the certificate; it has to be for servers or clients");
    return FALSE;
}

gboolean certd_issue_leaf(const CertdIssueTarget *with, void *target, const CertdIssueJob *job,
                          gnutls_pubkey_t key, GError **error)
{
    gboolean rsa = gnutls_pubkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_RSA;

    return certd_issue_check(with->set_key(target, key), "Writing the public key", error) &&
           issue_subject(with, target, job->subject, error) &&
           issue_sans(with, target, job, error) &&
           issue_fixed(with, target, &no_authority, error) &&
           issue_fixed(with, target, rsa ? &signs_and_enciphers : &signs, error) &&
           issue_purposes(with, target, job->purposes, error);
}

static gboolean issue_constraints(const CertdIssueTarget *with, void *target,
                                  const GPtrArray *permitted, GError **error)
{
    if (permitted == NULL)
        return TRUE;
    g_autoptr(GBytes) der = certd_name_constraints_encode(permitted);
    return issue_extension(with, target, OID_NAME_CONSTRAINTS, der, TRUE, error);
}

gboolean certd_issue_authority(const CertdIssueTarget *with, void *target, const CertdIssueJob *job,
                               gnutls_pubkey_t key, GError **error)
{
    /* RFC 5280 4.1.2.6: what it issues couldn't say by whom. */
    if (certd_subject_length(job->subject) == 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                    "The subject of an authority can't be empty; give it a CN at least");
        return FALSE;
    }
    return certd_issue_check(with->set_key(target, key), "Writing the public key", error) &&
           issue_subject(with, target, job->subject, error) &&
           issue_fixed(with, target, &authority, error) &&
           issue_fixed(with, target, &signs_certificates, error) &&
           issue_purposes(with, target, CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT, error) &&
           issue_constraints(with, target, job->permitted, error);
}

static const gnutls_digest_algorithm_t digests[CERTD_DIGEST_COUNT_] = {
    [CERTD_DIGEST_SHA1] = GNUTLS_DIG_SHA1,
    [CERTD_DIGEST_SHA256] = GNUTLS_DIG_SHA256,
    [CERTD_DIGEST_SHA384] = GNUTLS_DIG_SHA384,
    [CERTD_DIGEST_SHA512] = GNUTLS_DIG_SHA512,
};

/* Ed25519 has its digest built in (RFC 8032 5.1). */
gnutls_digest_algorithm_t certd_issue_digest(const CertdIssueJob *job, gnutls_x509_privkey_t key)
{
    if (gnutls_x509_privkey_get_pk_algorithm(key) == GNUTLS_PK_EDDSA_ED25519)
        return GNUTLS_DIG_SHA512;
    return digests[job->digest];
}

gnutls_privkey_t certd_issue_signer(gnutls_x509_privkey_t key, GError **error)
{
    g_auto(gnutls_privkey_t) signer = NULL;

    int code = gnutls_privkey_init(&signer);
    if (code >= 0)
        code = gnutls_privkey_import_x509(signer, key, 0);
    return certd_issue_check(code, "Preparing the key", error) ? g_steal_pointer(&signer) : NULL;
}

GBytes *certd_issue_take(gnutls_datum_t *datum)
{
    GBytes *bytes = g_bytes_new(datum->data, datum->size);

    gnutls_free(datum->data);
    return bytes;
}
