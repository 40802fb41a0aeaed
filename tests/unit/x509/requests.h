/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign certification requests, made by openssl and by GnuTLS. */
#pragma once

#include "model/error.h"
#include "outside.h"
#include "x509/key.h"
#include "x509/request-read.h"

#define REQUEST_EC "-newkey ec -pkeyopt ec_paramgen_curve:P-256"

/* The DER of what openssl makes of @words, which name a key and what is asked for. */
static inline GBytes *request_make(const char *words)
{
    char *directory = outside_directory();
    g_autofree char *path = g_build_filename(directory, "r.der", NULL);

    outside_do("openssl req -new -nodes -keyout %s/r.key -outform DER -out %s %s", directory, path,
               words);
    GBytes *der = outside_read(path);
    outside_remove(directory);
    return der;
}

/* The DER of a request for CN=a.example.org with the extension of @size bytes at @value, as they
 * are; signed with @key. */
static inline GBytes *request_make_raw(gnutls_x509_privkey_t key, const char *oid,
                                       const void *value, size_t size)
{
    g_auto(gnutls_x509_crq_t) request = NULL;
    g_auto(gnutls_privkey_t) signer = NULL;
    gnutls_datum_t der = {NULL, 0};

    g_assert_cmpint(gnutls_x509_crq_init(&request), ==, 0);
    g_assert_cmpint(gnutls_privkey_init(&signer), ==, 0);
    g_assert_cmpint(gnutls_privkey_import_x509(signer, key, 0), ==, 0);
    g_assert_cmpint(gnutls_x509_crq_set_version(request, 1), ==, 0);
    g_assert_cmpint(gnutls_x509_crq_set_key(request, key), ==, 0);
    g_assert_cmpint(
        gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, "a.example.org", 13),
        ==, 0);
    if (oid != NULL)
        g_assert_cmpint(
            gnutls_x509_crq_set_extension_by_oid(request, oid, (void *)value, size, FALSE), ==, 0);
    g_assert_cmpint(gnutls_x509_crq_privkey_sign(request, signer, GNUTLS_DIG_SHA256, 0), ==, 0);
    g_assert_cmpint(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der), ==, 0);
    GBytes *bytes = g_bytes_new(der.data, der.size);
    gnutls_free(der.data);
    return bytes;
}

/* Reads @request, which has to be taken. */
static inline CertdReadRequestResult *request_read(GBytes *request, CertdPolicy policy)
{
    g_autoptr(GError) error = NULL;
    CertdReadRequestResult *result = certd_request_read(request, policy, &error);

    g_assert_no_error(error);
    g_assert_nonnull(result);
    return result;
}

/* @request has to be refused with @code and a message that contains @says. */
static inline void request_assert_refused(GBytes *request, CertdPolicy policy, CertdError code,
                                          const char *says)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(certd_request_read(request, policy, &error));
    g_assert_error(error, CERTD_ERROR, (int)code);
    outside_assert_contains(error->message, says);
}
