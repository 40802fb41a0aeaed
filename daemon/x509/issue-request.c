/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certification requests: what issue.c writes, and the attributes of PKCS#9 that a certificate has
 * no place for. */
#include <string.h>

#include "x509/der.h"
#include "x509/issue-private.h"

#define OID_UNSTRUCTURED_NAME "1.2.840.113549.1.9.2"
#define OID_CHALLENGE_PASSWORD "1.2.840.113549.1.9.7"

static int set_dn(void *target, const char *oid, const void *der, unsigned int size)
{
    return gnutls_x509_crq_set_dn_by_oid(target, oid, 1, der, size);
}

static int set_key(void *target, gnutls_pubkey_t key)
{
    return gnutls_x509_crq_set_pubkey(target, key);
}

static int set_extension(void *target, const char *oid, void *der, size_t size,
                         unsigned int critical)
{
    return gnutls_x509_crq_set_extension_by_oid(target, oid, der, size, critical);
}

static const CertdIssueTarget request_target = {set_dn, set_key, set_extension};

/* PKCS9String and DirectoryString have in common that plain text may be of a narrow type, which
 * the oldest authorities can read. */
static gboolean issue_attribute(gnutls_x509_crq_t request, const char *oid, unsigned char narrow,
                                gboolean is_narrow, const char *text, GError **error)
{
    g_autoptr(GByteArray) value = g_byte_array_new();

    certd_der_write_text(value, is_narrow ? narrow : CERTD_DER_UTF8_STRING, text);
    return certd_issue_check(
        gnutls_x509_crq_set_attribute_by_oid(request, oid, value->data, value->len),
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

GBytes *certd_issue_request(const CertdIssueJob *job, gnutls_x509_privkey_t key, GError **error)
{
    g_auto(gnutls_x509_crq_t) request = NULL;
    g_auto(gnutls_privkey_t) signer = certd_issue_signer(key, error);
    g_auto(gnutls_pubkey_t) public = signer != NULL ? certd_key_to_public(key, error) : NULL;
    gnutls_datum_t der = {NULL, 0};

    if (public == NULL ||
        !certd_issue_check(gnutls_x509_crq_init(&request), "Making the request", error) ||
        !certd_issue_check(gnutls_x509_crq_set_version(request, 1), "Making the request", error) ||
        !certd_issue_leaf(&request_target, request, job, public, error) ||
        !issue_attributes(request, job, error))
        return NULL;
    if (!certd_issue_check(
            gnutls_x509_crq_privkey_sign(request, signer, certd_issue_digest(job, key), 0),
            "Signing the request", error) ||
        !certd_issue_check(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der),
                           "Encoding the request", error))
        return NULL;
    return certd_issue_take(&der);
}
