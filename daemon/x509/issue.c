/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request and a certificate carry the same names and extensions, but GnuTLS has a function of its
 * own for each of the two: a table of both sides keeps what goes in written down once. */
#include "x509/issue.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "model/error.h"
#include "x509/der.h"
#include "x509/distinguished-name.h"
#include "x509/san-extension.h"

#define OID_SUBJECT_ALT_NAME "2.5.29.17"
#define OID_UNSTRUCTURED_NAME "1.2.840.113549.1.9.2"
#define OID_CHALLENGE_PASSWORD "1.2.840.113549.1.9.7"

#define SERIAL_BYTES 16
#define SECONDS_PER_DAY 86400
/* Clocks of those who look may be a little behind ours. */
#define BACKDATE_SECONDS 3600
/* 9999-12-31 23:59:59, the last that GeneralizedTime can say. */
#define LAST_SECOND G_GINT64_CONSTANT(253402300799)
/* 9998-12-31 23:59:59: GnuTLS takes all of the last year for "never". */
#define LAST_NOW G_GINT64_CONSTANT(253370764799)

/* What a request or a certificate is given its fields through. */
typedef struct {
    int (*set_dn)(void *target, const char *oid, const void *der, unsigned int size);
    int (*set_key)(void *target, gnutls_x509_privkey_t key);
    int (*set_extension)(void *target, const char *oid, void *der, size_t size,
                         unsigned int critical);
} IssueTarget;

static int request_set_dn(void *target, const char *oid, const void *der, unsigned int size)
{
    return gnutls_x509_crq_set_dn_by_oid(target, oid, 1, der, size);
}

static int request_set_key(void *target, gnutls_x509_privkey_t key)
{
    return gnutls_x509_crq_set_key(target, key);
}

static int request_set_extension(void *target, const char *oid, void *der, size_t size,
                                 unsigned int critical)
{
    return gnutls_x509_crq_set_extension_by_oid(target, oid, der, size, critical);
}

static const IssueTarget request_target = {request_set_dn, request_set_key, request_set_extension};

/* Self-signed: the issuer is the subject, to the byte. */
static int certificate_set_dn(void *target, const char *oid, const void *der, unsigned int size)
{
    int code = gnutls_x509_crt_set_dn_by_oid(target, oid, 1, der, size);

    return code < 0 ? code : gnutls_x509_crt_set_issuer_dn_by_oid(target, oid, 1, der, size);
}

static int certificate_set_key(void *target, gnutls_x509_privkey_t key)
{
    return gnutls_x509_crt_set_key(target, key);
}

static int certificate_set_extension(void *target, const char *oid, void *der, size_t size,
                                     unsigned int critical)
{
    return gnutls_x509_crt_set_extension_by_oid(target, oid, der, size, critical);
}

static const IssueTarget certificate_target = {certificate_set_dn, certificate_set_key,
                                               certificate_set_extension};

static gboolean check(int code, const char *what, GError **error)
{
    if (code < 0)
        certd_gnutls_error(error, code, what);
    return code >= 0;
}

static gboolean issue_subject(const IssueTarget *with, void *target, const CertdSubject *subject,
                              GError **error)
{
    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        g_autoptr(GByteArray) value = g_byte_array_new();
        certd_attribute_write_value(value, attribute);
        if (!check(with->set_dn(target, attribute->type->oid, value->data, value->len),
                   "Writing the subject", error))
            return FALSE;
    }
    return TRUE;
}

static gboolean issue_sans(const IssueTarget *with, void *target, const CertdIssueJob *job,
                           GError **error)
{
    if (job->sans == NULL || job->sans->len == 0)
        return TRUE;
    g_autoptr(GBytes) names = certd_san_extension_encode(job->sans, error);
    if (names == NULL)
        return FALSE;
    /* RFC 5280 4.2.1.6: critical where the subject says nothing. */
    unsigned int critical = certd_subject_length(job->subject) == 0;
    gsize size;
    void *data = (void *)g_bytes_get_data(names, &size);
    return check(with->set_extension(target, OID_SUBJECT_ALT_NAME, data, size, critical),
                 "Writing the subject alternative names", error);
}

/* The DER of what never changes; GnuTLS marks the purposes of a request critical unasked. */
typedef struct {
    const char *oid;
    unsigned int critical;
    unsigned char der[12];
    size_t size;
} FixedExtension;

/* RFC 5280 4.2.1.9: SEQUENCE {}, for cA is FALSE by default. */
static const FixedExtension no_authority = {"2.5.29.19", TRUE, {0x30, 0x00}, 2};
/* 4.2.1.12: SEQUENCE { id-kp-serverAuth }. */
static const FixedExtension for_servers = {
    "2.5.29.37",
    FALSE,
    {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01},
    12};
/* 4.2.1.3: BIT STRINGs. Only RSA can encipher a key (TLS 1.2 without forward secrecy). */
static const FixedExtension signs = {"2.5.29.15", TRUE, {0x03, 0x02, 0x07, 0x80}, 4};
static const FixedExtension signs_and_enciphers = {"2.5.29.15", TRUE, {0x03, 0x02, 0x05, 0xa0}, 4};

static gboolean issue_fixed(const IssueTarget *with, void *target, const FixedExtension *extension,
                            GError **error)
{
    return check(with->set_extension(target, extension->oid, (void *)extension->der,
                                     extension->size, extension->critical),
                 "Writing the extensions", error);
}

static gboolean issue_names_and_extensions(const IssueTarget *with, void *target,
                                           const CertdIssueJob *job, gnutls_x509_privkey_t key,
                                           GError **error)
{
    gboolean rsa = gnutls_x509_privkey_get_pk_algorithm(key) == GNUTLS_PK_RSA;

    return check(with->set_key(target, key), "Writing the public key", error) &&
           issue_subject(with, target, job->subject, error) &&
           issue_sans(with, target, job, error) &&
           issue_fixed(with, target, &no_authority, error) &&
           issue_fixed(with, target, rsa ? &signs_and_enciphers : &signs, error) &&
           issue_fixed(with, target, &for_servers, error);
}

/* PKCS9String and DirectoryString have in common that plain text may be of a narrow type, which
 * the oldest authorities can read. */
static gboolean issue_attribute(gnutls_x509_crq_t request, const char *oid, unsigned char narrow,
                                gboolean is_narrow, const char *text, GError **error)
{
    g_autoptr(GByteArray) value = g_byte_array_new();

    certd_der_write_text(value, is_narrow ? narrow : CERTD_DER_UTF8_STRING, text);
    return check(gnutls_x509_crq_set_attribute_by_oid(request, oid, value->data, value->len),
                 "Writing the request's attributes", error);
}

/* X.680 41.4, table 10. */
static gboolean is_printable(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr(" '()+,-./:=?", *c) == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean issue_attributes(gnutls_x509_crq_t request, const CertdIssueJob *job,
                                 GError **error)
{
    const char *password = job->challenge_password;
    const char *name = job->unstructured_name;

    if (password != NULL && password[0] != '\0' &&
        !issue_attribute(request, OID_CHALLENGE_PASSWORD, CERTD_DER_PRINTABLE_STRING,
                         is_printable(password), password, error))
        return FALSE;
    return name == NULL || name[0] == '\0' ||
           issue_attribute(request, OID_UNSTRUCTURED_NAME, CERTD_DER_IA5_STRING,
                           g_str_is_ascii(name), name, error);
}

static const gnutls_digest_algorithm_t digests[CERTD_DIGEST_COUNT_] = {
    [CERTD_DIGEST_SHA1] = GNUTLS_DIG_SHA1,
    [CERTD_DIGEST_SHA256] = GNUTLS_DIG_SHA256,
    [CERTD_DIGEST_SHA384] = GNUTLS_DIG_SHA384,
    [CERTD_DIGEST_SHA512] = GNUTLS_DIG_SHA512,
};

/* Ed25519 has its digest built in (RFC 8032 5.1). */
static gnutls_digest_algorithm_t issue_digest(const CertdIssueJob *job, gnutls_x509_privkey_t key)
{
    if (gnutls_x509_privkey_get_pk_algorithm(key) == GNUTLS_PK_EDDSA_ED25519)
        return GNUTLS_DIG_SHA512;
    return digests[job->digest];
}

static gnutls_privkey_t issue_signer(gnutls_x509_privkey_t key, GError **error)
{
    g_auto(gnutls_privkey_t) signer = NULL;

    int code = gnutls_privkey_init(&signer);
    if (code >= 0)
        code = gnutls_privkey_import_x509(signer, key, 0);
    return check(code, "Preparing the key", error) ? g_steal_pointer(&signer) : NULL;
}

static GBytes *take_datum(gnutls_datum_t *datum)
{
    GBytes *bytes = g_bytes_new(datum->data, datum->size);

    gnutls_free(datum->data);
    return bytes;
}

GBytes *certd_issue_request(const CertdIssueJob *job, gnutls_x509_privkey_t key, GError **error)
{
    g_auto(gnutls_x509_crq_t) request = NULL;
    g_auto(gnutls_privkey_t) signer = issue_signer(key, error);
    gnutls_datum_t der = {NULL, 0};

    if (signer == NULL || !check(gnutls_x509_crq_init(&request), "Making the request", error) ||
        !check(gnutls_x509_crq_set_version(request, 1), "Making the request", error) ||
        !issue_names_and_extensions(&request_target, request, job, key, error) ||
        !issue_attributes(request, job, error))
        return NULL;
    if (!check(gnutls_x509_crq_privkey_sign(request, signer, issue_digest(job, key), 0),
               "Signing the request", error) ||
        !check(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der), "Encoding the request",
               error))
        return NULL;
    return take_datum(&der);
}

/* A positive INTEGER of exactly 127 bits, so that DER neither pads nor shortens it. */
static gboolean issue_serial(gnutls_x509_crt_t certificate, GError **error)
{
    unsigned char serial[SERIAL_BYTES];

    if (!check(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial), "Drawing a serial number",
               error))
        return FALSE;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
    return check(gnutls_x509_crt_set_serial(certificate, serial, sizeof serial),
                 "Writing the serial number", error);
}

static gboolean issue_validity(gnutls_x509_crt_t certificate, const CertdIssueJob *job,
                               GError **error)
{
    if (job->now < 0 || job->now > LAST_NOW) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CLOCK_UNTRUSTED,
                    "The time %" G_GINT64_FORMAT " is outside the years 1970 to 9998; "
                    "set the clock",
                    job->now);
        return FALSE;
    }
    gint64 not_before = MAX(job->now - BACKDATE_SECONDS, 0);
    gint64 not_after = MIN(not_before + (gint64)job->days * SECONDS_PER_DAY, LAST_SECOND);
    /* GnuTLS takes this one second in 2106 for "never". */
    if (not_after == GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION)
        not_after--;
    return check(gnutls_x509_crt_set_activation_time(certificate, (time_t)not_before),
                 "Writing the validity", error) &&
           check(gnutls_x509_crt_set_expiration_time(certificate, (time_t)not_after),
                 "Writing the validity", error);
}

/* RFC 7093 2, method 4: the hash of SubjectPublicKeyInfo, by which certd knows the key anyway. */
static gboolean issue_key_identifiers(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key,
                                      GError **error)
{
    g_autoptr(GBytes) hash = certd_key_public_hash(key, error);
    gsize size;

    if (hash == NULL)
        return FALSE;
    const void *data = g_bytes_get_data(hash, &size);
    return check(gnutls_x509_crt_set_subject_key_id(certificate, data, size),
                 "Writing the subject key identifier", error) &&
           check(gnutls_x509_crt_set_authority_key_id(certificate, data, size),
                 "Writing the authority key identifier", error);
}

GBytes *certd_issue_self_signed(const CertdIssueJob *job, gnutls_x509_privkey_t key, GError **error)
{
    g_auto(gnutls_x509_crt_t) certificate = NULL;
    g_auto(gnutls_privkey_t) signer = issue_signer(key, error);
    gnutls_datum_t der = {NULL, 0};

    if (signer == NULL ||
        !check(gnutls_x509_crt_init(&certificate), "Making the certificate", error) ||
        !check(gnutls_x509_crt_set_version(certificate, 3), "Making the certificate", error) ||
        !issue_serial(certificate, error) || !issue_validity(certificate, job, error) ||
        !issue_names_and_extensions(&certificate_target, certificate, job, key, error) ||
        !issue_key_identifiers(certificate, key, error))
        return NULL;
    if (!check(gnutls_x509_crt_privkey_sign(certificate, certificate, signer,
                                            issue_digest(job, key), 0),
               "Signing the certificate", error) ||
        !check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der),
               "Encoding the certificate", error))
        return NULL;
    return take_datum(&der);
}
