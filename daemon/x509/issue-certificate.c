/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates: what issue.c writes, and what a request leaves to its signer: serial number,
 * validity, issuer and key identifiers. */
#include <gnutls/crypto.h>

#include "model/error.h"
#include "x509/issue-private.h"

#define SERIAL_BYTES 16
/* RFC 7093 gives 32 bytes, other authorities have 20; what is longer is none of ours. */
#define KEY_IDENTIFIER_BYTES_MAX 64

/* Whose name and key sign. */
typedef struct {
    gnutls_x509_crt_t certificate; /* NULL: the one that is made */
    gnutls_x509_privkey_t key;
} Signer;

static int set_dn(void *target, const char *oid, const void *der, unsigned int size)
{
    return gnutls_x509_crt_set_dn_by_oid(target, oid, 1, der, size);
}

static int set_key(void *target, gnutls_pubkey_t key)
{
    return gnutls_x509_crt_set_pubkey(target, key);
}

static int set_extension(void *target, const char *oid, void *der, size_t size,
                         unsigned int critical)
{
    return gnutls_x509_crt_set_extension_by_oid(target, oid, der, size, critical);
}

static const CertdIssueTarget certificate_target = {set_dn, set_key, set_extension};

/* A positive INTEGER of exactly 127 bits, so that DER neither pads nor shortens it. */
static gboolean issue_serial(gnutls_x509_crt_t certificate, GError **error)
{
    unsigned char serial[SERIAL_BYTES];

    if (!certd_issue_check(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial),
                           "Drawing a serial number", error))
        return FALSE;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
    return certd_issue_check(gnutls_x509_crt_set_serial(certificate, serial, sizeof serial),
                             "Writing the serial number", error);
}

static gboolean issue_validity(gnutls_x509_crt_t certificate, const CertdValidity *validity,
                               GError **error)
{
    gint64 not_after = validity->not_after;

    /* GnuTLS takes this one second in 2106 for "never". */
    if (not_after == GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION)
        not_after--;
    return certd_issue_check(
               gnutls_x509_crt_set_activation_time(certificate, (time_t)validity->not_before),
               "Writing the validity", error) &&
           certd_issue_check(gnutls_x509_crt_set_expiration_time(certificate, (time_t)not_after),
                             "Writing the validity", error);
}

/* The subjectKeyIdentifier of the signer's certificate, as it stands there (RFC 5280 4.2.1.1). */
static gboolean copy_signer_identifier(gnutls_x509_crt_t certificate, gnutls_x509_crt_t signer,
                                       GError **error)
{
    unsigned char id[KEY_IDENTIFIER_BYTES_MAX];
    size_t size = sizeof id;

    return certd_issue_check(gnutls_x509_crt_get_subject_key_id(signer, id, &size, NULL),
                             "Reading the signer's subject key identifier", error) &&
           certd_issue_check(gnutls_x509_crt_set_authority_key_id(certificate, id, size),
                             "Writing the authority key identifier", error);
}

/* RFC 7093 2, method 4: the hash of SubjectPublicKeyInfo, by which certd knows the key anyway. */
static gboolean issue_key_identifiers(gnutls_x509_crt_t certificate, gnutls_pubkey_t key,
                                      const Signer *signer, GError **error)
{
    g_autoptr(GBytes) hash = certd_public_key_hash(key, error);
    gsize size;

    if (hash == NULL)
        return FALSE;
    const void *data = g_bytes_get_data(hash, &size);
    if (!certd_issue_check(gnutls_x509_crt_set_subject_key_id(certificate, data, size),
                           "Writing the subject key identifier", error))
        return FALSE;
    if (signer->certificate != NULL)
        return copy_signer_identifier(certificate, signer->certificate, error);
    return certd_issue_check(gnutls_x509_crt_set_authority_key_id(certificate, data, size),
                             "Writing the authority key identifier", error);
}

/* Nothing is signed with a key that isn't the signer's, or in the name of who may not sign. */
static gboolean check_signer(const Signer *signer, GError **error)
{
    g_autoptr(GBytes) named = certd_certificate_public(signer->certificate, error);
    g_autoptr(GBytes) held = named != NULL ? certd_key_public(signer->key, error) : NULL;
    unsigned int usage = 0;

    if (held == NULL)
        return FALSE;
    if (!g_bytes_equal(named, held)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_MISMATCH,
                    "The authority's certificate is not of the key that signs; "
                    "make the authority again (certctl ca regenerate)");
        return FALSE;
    }
    if (gnutls_x509_crt_get_ca_status(signer->certificate, NULL) > 0 &&
        gnutls_x509_crt_get_key_usage(signer->certificate, &usage, NULL) >= 0 &&
        (usage & GNUTLS_KEY_KEY_CERT_SIGN) != 0)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED,
                "The signer's certificate is not one of an authority that may sign certificates; "
                "make the authority again (certctl ca regenerate)");
    return FALSE;
}

static gboolean load_signer(const CertdIssueJob *job, Signer *signer, GError **error)
{
    gnutls_datum_t der;
    gsize size;

    if (job->kind != CERTD_ISSUE_SIGNED)
        return TRUE;
    der.data = (unsigned char *)g_bytes_get_data(job->signer->certificate, &size);
    der.size = (unsigned int)size;
    int code = gnutls_x509_crt_init(&signer->certificate);
    if (code >= 0)
        code = gnutls_x509_crt_import(signer->certificate, &der, GNUTLS_X509_FMT_DER);
    return certd_issue_check(code, "Reading the authority's certificate", error) &&
           (job->signer->known || check_signer(signer, error));
}

static gboolean issue_fields(gnutls_x509_crt_t certificate, const CertdIssueJob *job,
                             gnutls_pubkey_t key, const Signer *signer, GError **error)
{
    gboolean authority = job->kind == CERTD_ISSUE_AUTHORITY;

    return certd_issue_check(gnutls_x509_crt_set_version(certificate, 3), "Making the certificate",
                             error) &&
           issue_serial(certificate, error) && issue_validity(certificate, &job->validity, error) &&
           (authority ? certd_issue_authority(&certificate_target, certificate, job, key, error)
                      : certd_issue_leaf(&certificate_target, certificate, job, key, error)) &&
           issue_key_identifiers(certificate, key, signer, error);
}

static GBytes *sign(gnutls_x509_crt_t certificate, const CertdIssueJob *job, const Signer *signer,
                    GError **error)
{
    g_auto(gnutls_privkey_t) key = certd_issue_signer(signer->key, error);
    gnutls_datum_t der = {NULL, 0};

    if (key == NULL)
        return NULL;
    /* This copies the issuer's name from the subject of the second, without encoding it anew. */
    if (!certd_issue_check(gnutls_x509_crt_privkey_sign(
                               certificate,
                               signer->certificate != NULL ? signer->certificate : certificate, key,
                               certd_issue_digest(job, signer->key), 0),
                           "Signing the certificate", error) ||
        !certd_issue_check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der),
                           "Encoding the certificate", error))
        return NULL;
    return certd_issue_take(&der);
}

GBytes *certd_issue_certificate(const CertdIssueJob *job, gnutls_pubkey_t subject_key,
                                gnutls_x509_privkey_t signing_key, GError **error)
{
    g_auto(gnutls_x509_crt_t) certificate = NULL;
    Signer signer = {NULL, signing_key};
    GBytes *der = NULL;

    if (certd_issue_check(gnutls_x509_crt_init(&certificate), "Making the certificate", error) &&
        load_signer(job, &signer, error) &&
        issue_fields(certificate, job, subject_key, &signer, error))
        der = sign(certificate, job, &signer, error);
    if (signer.certificate != NULL)
        gnutls_x509_crt_deinit(signer.certificate);
    return der;
}
