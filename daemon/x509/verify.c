/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads chain and anchors, has the paths between them tried, and keeps what was found on the best. */
#include "x509/verify.h"

#include "model/error.h"
#include "x509/certificate.h"
#include "x509/chain.h"
#include "x509/judge-private.h"
#include "x509/verify-private.h"

typedef struct {
    const CertdVerifyJob *job;
    const CertdBundle *bundle;
    size_t leaf;         /* in it */
    GPtrArray *anchors;  /* of gnutls_x509_crt_t */
    GPtrArray *links;    /* of CertdLink: anchors first */
    GHashTable *known;   /* of them by fingerprint */
    GPtrArray *findings; /* of the best path so far, or NULL */
    size_t reached;      /* how far that got; with an anchor beyond all others */
    size_t n_errors;     /* in it */
} Verification;

static void link_free(CertdLink *link)
{
    g_bytes_unref(link->subject);
    g_bytes_unref(link->issuer);
    g_free(link->weak_key);
    g_free(link);
}

static void verification_clear(Verification *verification)
{
    g_clear_pointer(&verification->known, g_hash_table_unref);
    g_clear_pointer(&verification->links, g_ptr_array_unref);
    g_clear_pointer(&verification->anchors, g_ptr_array_unref);
    g_clear_pointer(&verification->findings, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verification, verification_clear)

void certd_verify_add_as(GPtrArray *findings, CertdFindingCode code, CertdSeverity severity,
                         const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    certd_finding_list_add(findings, code, severity, message, remedy);
}

void certd_verify_add(GPtrArray *findings, CertdFindingCode code, const char *remedy,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    certd_finding_list_add(findings, code, certd_finding_default_severity(code), message, remedy);
}

char *certd_verify_describe(gnutls_x509_crt_t certificate)
{
    g_autofree char *subject = certd_judge_subject(certificate);
    g_autofree char *issuer = certd_judge_issuer(certificate);

    return g_strdup_printf("The certificate %s, issued by %s,", subject, issuer);
}

static GBytes *read_name(gnutls_x509_crt_t certificate,
                         int (*get)(gnutls_x509_crt_t, gnutls_datum_t *))
{
    gnutls_datum_t name = {NULL, 0};

    if (get(certificate, &name) < 0)
        return g_bytes_new(NULL, 0);
    GBytes *bytes = g_bytes_new(name.data, name.size);
    gnutls_free(name.data);
    return bytes;
}

/* The link of @certificate; the anchor, where it is one. */
static CertdLink *add_link(Verification *verification, gnutls_x509_crt_t certificate,
                           gboolean anchor)
{
    g_autofree char *fingerprint = certd_certificate_fingerprint(certificate);
    CertdLink *link = g_hash_table_lookup(verification->known, fingerprint);

    if (link != NULL)
        return link;
    link = g_new0(CertdLink, 1);
    link->certificate = certificate;
    link->anchor = anchor;
    link->subject = read_name(certificate, gnutls_x509_crt_get_raw_dn);
    link->issuer = read_name(certificate, gnutls_x509_crt_get_raw_issuer_dn);
    g_ptr_array_add(verification->links, link);
    g_hash_table_insert(verification->known, g_steal_pointer(&fingerprint), link);
    return link;
}

static gboolean read_anchors(Verification *verification, GError **error)
{
    const GPtrArray *anchors = verification->job->anchors;

    for (guint i = 0; i < anchors->len; i++) {
        gsize size;
        const void *data = g_bytes_get_data(g_ptr_array_index(anchors, i), &size);
        gnutls_datum_t der = {(unsigned char *)data, (unsigned int)size};
        gnutls_x509_crt_t certificate = NULL;
        int r = gnutls_x509_crt_init(&certificate);
        if (r >= 0) {
            g_ptr_array_add(verification->anchors, certificate);
            r = gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER);
        }
        if (r < 0) {
            certd_gnutls_error(error, r, "Reading a trust anchor");
            return FALSE;
        }
        add_link(verification, certificate, TRUE);
    }
    return TRUE;
}

static size_t count_errors(const GPtrArray *findings)
{
    size_t n = 0;

    for (guint i = 0; i < findings->len; i++)
        n += ((const CertdFinding *)g_ptr_array_index(findings, i))->severity ==
             CERTD_SEVERITY_ERROR;
    return n;
}

/* Keeps @findings (taken) where they are of a path that got further, or as far with fewer errors. */
static void keep(Verification *verification, size_t reached, GPtrArray *findings)
{
    size_t n_errors = count_errors(findings);

    if (verification->findings != NULL &&
        (reached < verification->reached ||
         (reached == verification->reached && n_errors >= verification->n_errors))) {
        g_ptr_array_unref(findings);
        return;
    }
    g_clear_pointer(&verification->findings, g_ptr_array_unref);
    verification->findings = findings;
    verification->reached = reached;
    verification->n_errors = n_errors;
}

/* The second opinion, on the chain as a peer would send it: the leaf first. */
static void ask_gnutls(const Verification *verification, GPtrArray *findings)
{
    const CertdVerifyJob *job = verification->job;
    gnutls_x509_crt_t chain[CERTD_LIMIT_INPUT_CERTIFICATES];
    size_t n = 0;

    chain[n++] = certd_bundle_get(verification->bundle, verification->leaf);
    for (size_t i = 0; i < certd_bundle_length(verification->bundle); i++)
        if (i != verification->leaf)
            chain[n++] = certd_bundle_get(verification->bundle, i);
    g_autofree char *why =
        certd_verify_ask_gnutls(chain, n, (gnutls_x509_crt_t *)verification->anchors->pdata,
                                verification->anchors->len, job->purpose, job->policy);
    if (why == NULL)
        return;
    g_autofree char *what = certd_verify_describe(chain[0]);
    certd_verify_add(findings, CERTD_FINDING_DISPUTED,
                     "Leave out what doesn't belong to the chain, or have it issued in a way that "
                     "OpenSSL and GnuTLS both accept",
                     "%s is good by RFC 5280, but GnuTLS refuses its chain: %s", what, why);
}

static gboolean on_ended(const CertdPath *path, void *userdata)
{
    Verification *verification = userdata;
    const CertdVerifyJob *job = verification->job;
    gnutls_x509_crt_t anchor = path->links[path->length - 1]->certificate;
    GPtrArray *findings = certd_finding_list_new();

    certd_verify_judge(path, job, findings);
    certd_verify_judge_name(path->links[0]->certificate, job->name, findings);
    if (count_errors(findings) == 0)
        ask_gnutls(verification, findings);
    gboolean good = count_errors(findings) == 0;
    if (good) {
        g_autofree char *subject = certd_judge_subject(anchor);
        g_autofree char *fingerprint = certd_certificate_fingerprint(anchor);
        certd_verify_add(findings, CERTD_FINDING_TRUSTED,
                         "Nothing has to be done: remove that trust anchor to trust it no more",
                         "The trust anchor %s (SHA-256 %s) vouches for it", subject, fingerprint);
    }
    keep(verification, G_MAXSIZE, findings);
    return good;
}

static void on_stuck(const CertdPath *path, gboolean by_name, void *userdata)
{
    Verification *verification = userdata;
    gnutls_x509_crt_t last = path->links[path->length - 1]->certificate;
    /* Where there are many ways, most end like this: only one that got further is looked at. */
    if (verification->findings != NULL && path->length <= verification->reached)
        return;
    GPtrArray *findings = certd_finding_list_new();
    g_autofree char *what = certd_verify_describe(last);
    g_autofree char *subject = certd_judge_subject(last);
    g_autofree char *issuer = certd_judge_issuer(last);

    if (certd_chain_issued(last, last))
        certd_verify_add(findings, CERTD_FINDING_UNTRUSTED,
                         "Add it to the trust store for this purpose, if you know whose it is",
                         "The certificate %s is self-signed, and not one of those that are trusted "
                         "for this purpose",
                         subject);
    else if (by_name)
        certd_verify_add(findings, CERTD_FINDING_BAD_SIGNATURE,
                         "Get it from the authority again, with the authority's current chain",
                         "%s was not signed by the key of that name that is here", what);
    else
        certd_verify_add(
            findings, CERTD_FINDING_UNTRUSTED,
            "Have the missing certificate come with the chain, or add the root of that "
            "authority to the trust store for this purpose",
            "No trust anchor issued the certificate %s, whose issuer is %s", subject, issuer);
    keep(verification, path->length, findings);
}

static void find_best(Verification *verification)
{
    const CertdBundle *bundle = verification->bundle;
    CertdLink *first = NULL;
    const CertdPathListener listener = {on_ended, on_stuck, verification};

    for (size_t i = 0; i < certd_bundle_length(bundle); i++) {
        CertdLink *link = add_link(verification, certd_bundle_get(bundle, i), FALSE);
        if (i == verification->leaf)
            first = link;
    }
    certd_verify_search(verification->links, first, &listener);
}

GPtrArray *certd_verify(GBytes *data, const CertdVerifyJob *job, GError **error)
{
    g_autoptr(CertdBundle) bundle = certd_bundle_read(data, NULL, error);
    g_auto(Verification) verification = {.job = job};

    if (bundle == NULL)
        return NULL;
    if (certd_bundle_length(bundle) == 0) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                            "This holds a private key but no certificate; give the certificate, "
                            "and those of the authorities between it and the root");
        return NULL;
    }
    verification.bundle = bundle;
    verification.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    verification.leaf = certd_chain_find_leaf(bundle, NULL, NULL);
    verification.anchors = g_ptr_array_new_with_free_func((GDestroyNotify)gnutls_x509_crt_deinit);
    verification.links = g_ptr_array_new_with_free_func((GDestroyNotify)link_free);
    if (!read_anchors(&verification, error))
        return NULL;
    find_best(&verification);
    if (!job->clock_trusted)
        certd_verify_add(verification.findings, CERTD_FINDING_CLOCK_UNTRUSTED,
                         "Set the clock, then verify it again",
                         "The device's clock is not to be trusted, so the dates were not checked");
    return g_steal_pointer(&verification.findings);
}
