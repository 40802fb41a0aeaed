/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Picks the leaf, has the chain ordered, asks every check, and packs the answer. The checks are
 * independent, so that a user learns everything that is wrong in one go.
 */
#include "x509/judge.h"

#include "model/error.h"
#include "model/text.h"
#include "x509/certificate.h"
#include "x509/details.h"
#include "x509/judge-private.h"

/* Characters of a name that are shown in a finding. */
#define NAME_SHOWN 200

void certd_judgement_add_as(CertdJudgement *judgement, CertdFindingCode code,
                            CertdSeverity severity, const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    certd_finding_list_add(judgement->list, code, severity, message, remedy);
}

void certd_judgement_add(CertdJudgement *judgement, CertdFindingCode code, const char *remedy,
                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    certd_finding_list_add(judgement->list, code, certd_finding_default_severity(code), message,
                           remedy);
}

static char *show_name(gnutls_x509_crt_t certificate,
                       int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned int))
{
    gnutls_datum_t name = {NULL, 0};
    if (get(certificate, &name, 0) < 0 || name.size == 0) {
        gnutls_free(name.data);
        return g_strdup("(no name)");
    }
    g_autofree char *text = g_strndup((const char *)name.data, name.size);
    gnutls_free(name.data);
    g_autofree char *escaped = certd_text_escape(text);
    if (g_utf8_strlen(escaped, -1) <= NAME_SHOWN)
        return g_strdup_printf("\"%s\"", escaped);
    *g_utf8_offset_to_pointer(escaped, NAME_SHOWN) = '\0';
    return g_strdup_printf("\"%s…\"", escaped);
}

char *certd_judge_subject(gnutls_x509_crt_t certificate)
{
    return show_name(certificate, gnutls_x509_crt_get_dn3);
}

char *certd_judge_issuer(gnutls_x509_crt_t certificate)
{
    return show_name(certificate, gnutls_x509_crt_get_issuer_dn3);
}

/* The leaf's key is nowhere, or a key came along that isn't its key. */
static gboolean judge_key(CertdJudgement *judgement, GError **error)
{
    g_autoptr(GBytes) hash = certd_certificate_public_hash(judgement->leaf, error);
    if (hash == NULL)
        return FALSE;
    gnutls_x509_privkey_t key = certd_bundle_key(judgement->bundle);
    gboolean missing = !judgement->job->key_known, other = FALSE;
    if (key != NULL && judgement->job->want_key) {
        g_autoptr(GBytes) key_hash = certd_key_public_hash(key, error);
        if (key_hash == NULL)
            return FALSE;
        other = !g_bytes_equal(hash, key_hash);
    }
    if (!missing && !other)
        return TRUE;
    GString *hex = g_string_new(NULL);
    size_t size;
    const unsigned char *bytes = g_bytes_get_data(hash, &size);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    g_autofree char *subject = certd_judge_subject(judgement->leaf);
    certd_judgement_add(judgement, CERTD_FINDING_KEY_MISMATCH,
                        "Import it together with its private key, or make a request on this device "
                        "and have that signed",
                        other ? "The private key that came along doesn't belong to the certificate "
                                "%s (public-key hash %s)"
                              : "The private key of the certificate %s is not on this device "
                                "(public-key hash %s)",
                        subject, hex->str);
    g_string_free(hex, TRUE);
    return TRUE;
}

static gboolean fill_result(CertdJudgeResult *result, const CertdJudgement *judgement,
                            GError **error)
{
    const GArray *served = judgement->chain->served;
    g_autofree gnutls_x509_crt_t *above = g_new0(gnutls_x509_crt_t, served->len);
    result->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < served->len; i++) {
        gnutls_x509_crt_t certificate =
            certd_bundle_get(judgement->bundle, g_array_index(served, size_t, i));
        GBytes *der = certd_certificate_der(certificate, error);
        if (der == NULL)
            return FALSE;
        g_ptr_array_add(result->chain, der);
        if (i > 0)
            above[i - 1] = certificate;
    }
    result->details =
        g_variant_ref_sink(certd_details_new(judgement->leaf, above, served->len - 1));
    return TRUE;
}

CertdJudgeResult *certd_judge(const CertdBundle *bundle, const CertdJudgeJob *job, GError **error)
{
    if (certd_bundle_length(bundle) == 0) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                            "This holds a private key but no certificate; import the certificate, "
                            "or both together");
        return NULL;
    }
    gboolean leaf_found;
    size_t leaf = certd_chain_find_leaf(bundle, job->leaf_hash, &leaf_found);
    g_autoptr(CertdChain) chain = certd_chain_order(bundle, leaf);
    g_autoptr(CertdJudgeResult) result = g_new0(CertdJudgeResult, 1);
    result->findings = certd_finding_list_new();
    CertdJudgement judgement = {bundle, job, chain, certd_bundle_get(bundle, leaf),
                                result->findings};
    if (!judge_key(&judgement, error))
        return NULL;
    certd_judge_dates(&judgement);
    if (!certd_judge_names(&judgement, error))
        return NULL;
    certd_judge_keys(&judgement);
    certd_judge_digests(&judgement);
    certd_judge_usage(&judgement);
    certd_judge_chain(&judgement, leaf_found);
    if (!fill_result(result, &judgement, error))
        return NULL;
    return g_steal_pointer(&result);
}
