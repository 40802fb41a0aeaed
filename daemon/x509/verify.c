/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads chain and anchors, has the paths between them tried, and keeps what was found on the best. */
#include "x509/verify.h"

#include "model/error.h"
#include "x509/certificate.h"
#include "x509/judge-private.h"
#include "x509/verify-private.h"

typedef struct {
    const CertdVerifyJob *job;
    CertdIssuers issuers;
    GPtrArray *anchors;  /* of gnutls_x509_crt_t */
    GPtrArray *links;    /* of CertdLink: anchors first */
    GPtrArray *given;    /* those of them that were given, in that order; one or more */
    CertdLink *leaf;     /* one of those */
    GHashTable *known;   /* links by fingerprint */
    GPtrArray *named;    /* what the name is found to be, once it was judged */
    size_t comparisons;  /* of names with name constraints */
    GPtrArray *findings; /* of the best path so far, or NULL */
    size_t reached;      /* how far that got; with an anchor beyond all others */
    size_t n_errors;     /* in it */
} Verification;

static void link_free(CertdLink *link)
{
    g_bytes_unref(link->subject);
    g_bytes_unref(link->issuer);
    g_free(link->description);
    g_free(link->weak_key);
    g_free(link->weak_digest);
    g_free(link->unknown_extension);
    g_free(link);
}

static void verification_clear(Verification *verification)
{
    certd_issuers_clear(&verification->issuers);
    g_clear_pointer(&verification->known, g_hash_table_unref);
    g_clear_pointer(&verification->given, g_ptr_array_unref);
    g_clear_pointer(&verification->links, g_ptr_array_unref);
    g_clear_pointer(&verification->anchors, g_ptr_array_unref);
    g_clear_pointer(&verification->named, g_ptr_array_unref);
    g_clear_pointer(&verification->findings, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verification, verification_clear)

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

/* Another anchor with the name of @anchor: of two, GnuTLS may take the wrong one. */
static CertdLink *find_namesake(const Verification *verification, const CertdLink *anchor)
{
    for (guint i = 0; i < verification->links->len; i++) {
        CertdLink *link = g_ptr_array_index(verification->links, i);
        if (link->anchor && link != anchor && g_bytes_equal(link->subject, anchor->subject))
            return link;
    }
    return NULL;
}

static void add_disputed(const Verification *verification, const CertdLink *anchor, const char *why,
                         GPtrArray *findings)
{
    const char *what = certd_verify_describe(verification->leaf);
    const CertdLink *namesake = find_namesake(verification, anchor);

    if (namesake == NULL) {
        certd_verify_add(findings, CERTD_FINDING_DISPUTED,
                         "Leave out what doesn't belong to the chain, or have it issued in a way "
                         "that OpenSSL and GnuTLS both accept",
                         "%s is good by RFC 5280, but GnuTLS refuses its chain: %s", what, why);
        return;
    }
    g_autofree char *subject = certd_judge_subject(anchor->certificate);
    g_autofree char *fingerprint = certd_certificate_fingerprint(anchor->certificate);
    g_autofree char *other = certd_certificate_fingerprint(namesake->certificate);
    certd_verify_add(
        findings, CERTD_FINDING_DISPUTED,
        "Remove the other trust anchor of that name, or leave out what doesn't belong "
        "to the chain",
        "%s is good by RFC 5280, but GnuTLS refuses its chain: %s. The trust anchor %s "
        "(SHA-256 %s) has the same name as another one (SHA-256 %s)",
        what, why, subject, fingerprint, other);
}

/* The second opinion, on the chain as a peer would send it: the leaf first. */
static void ask_gnutls(const Verification *verification, const CertdLink *anchor,
                       GPtrArray *findings)
{
    const CertdVerifyJob *job = verification->job;
    gnutls_x509_crt_t chain[CERTD_LIMIT_INPUT_CERTIFICATES];
    size_t n = 0;

    chain[n++] = verification->leaf->certificate;
    for (guint i = 0; i < verification->given->len; i++) {
        const CertdLink *link = g_ptr_array_index(verification->given, i);
        if (link != verification->leaf)
            chain[n++] = link->certificate;
    }
    g_autofree char *why =
        certd_verify_ask_gnutls(chain, n, (gnutls_x509_crt_t *)verification->anchors->pdata,
                                verification->anchors->len, job->purpose, job->policy);
    if (why != NULL)
        add_disputed(verification, anchor, why, findings);
}

/* Whoever shows a chain has proved to have the key of the certificate that came first, and of no other:
 * a path without that one says nothing of them. */
static void judge_first(const Verification *verification, const CertdPath *path,
                        GPtrArray *findings)
{
    CertdLink *first = g_ptr_array_index(verification->given, 0);

    for (size_t i = 0; i < path->length; i++)
        if (path->links[i] == first)
            return;
    certd_verify_add(findings, CERTD_FINDING_UNTRUSTED,
                     "Give the certificate itself first, and leave out what doesn't belong to it",
                     "%s came first, but is no part of the chain to a trust anchor",
                     certd_verify_describe(first));
}

/* It is the same leaf on each path. */
static void judge_name(Verification *verification, GPtrArray *findings)
{
    if (verification->named == NULL) {
        verification->named = certd_finding_list_new();
        certd_verify_judge_name(verification->leaf, verification->job->name, verification->named);
    }
    for (guint i = 0; i < verification->named->len; i++) {
        const CertdFinding *finding = g_ptr_array_index(verification->named, i);
        certd_finding_list_add(findings, finding->code, finding->severity, finding->message,
                               finding->remedy);
    }
}

static void add_trusted(const Verification *verification, const CertdLink *anchor,
                        GPtrArray *findings)
{
    g_autofree char *subject = certd_judge_subject(anchor->certificate);
    g_autofree char *fingerprint = certd_certificate_fingerprint(anchor->certificate);
    g_autofree char *leaf = certd_judge_subject(verification->leaf->certificate);

    certd_verify_add(findings, CERTD_FINDING_TRUSTED,
                     "Nothing has to be done: remove that trust anchor to trust it no more",
                     "The trust anchor %s (SHA-256 %s) vouches for the certificate %s", subject,
                     fingerprint, leaf);
}

static gboolean on_ended(const CertdPath *path, void *userdata)
{
    Verification *verification = userdata;
    const CertdLink *anchor = path->links[path->length - 1];
    GPtrArray *findings = certd_finding_list_new();

    judge_first(verification, path, findings);
    certd_verify_judge(path, verification->job, &verification->comparisons, findings);
    judge_name(verification, findings);
    if (count_errors(findings) == 0)
        ask_gnutls(verification, anchor, findings);
    gboolean good = count_errors(findings) == 0;
    if (good)
        add_trusted(verification, anchor, findings);
    keep(verification, G_MAXSIZE, findings);
    return good;
}

static void add_unknown_issuer(const Verification *verification, const CertdLink *last,
                               GPtrArray *findings)
{
    const char *whom = certd_verify_name_purpose(verification->job->purpose);
    g_autofree char *subject = certd_judge_subject(last->certificate);
    g_autofree char *issuer = certd_judge_issuer(last->certificate);
    g_autofree char *remedy =
        g_strdup_printf("Have the missing certificate come with the chain, or add the root of that "
                        "authority to the trust store for %s",
                        whom);

    certd_verify_add(findings, CERTD_FINDING_UNTRUSTED, remedy,
                     "No trust anchor for %s issued the certificate %s, whose issuer is %s", whom,
                     subject, issuer);
}

static void add_self_signed(const Verification *verification, const CertdLink *last,
                            GPtrArray *findings)
{
    const char *whom = certd_verify_name_purpose(verification->job->purpose);
    g_autofree char *subject = certd_judge_subject(last->certificate);
    g_autofree char *remedy =
        g_strdup_printf("Add it to the trust store for %s, if you know whose it is", whom);

    certd_verify_add(findings, CERTD_FINDING_UNTRUSTED, remedy,
                     "The certificate %s is self-signed, and not one of those that are trusted for "
                     "%s",
                     subject, whom);
}

static void on_stuck(const CertdPath *path, gboolean by_name, void *userdata)
{
    Verification *verification = userdata;
    CertdLink *last = path->links[path->length - 1];
    /* Where there are many ways, most end like this: only one that got further is looked at. */
    if (verification->findings != NULL && path->length <= verification->reached)
        return;
    GPtrArray *findings = certd_finding_list_new();

    if (certd_issuers_ask(&verification->issuers, last, last))
        add_self_signed(verification, last, findings);
    else if (by_name)
        certd_verify_add(findings, CERTD_FINDING_BAD_SIGNATURE,
                         "Get it from the authority again, with the authority's current chain",
                         "%s was not signed by the key of that name that is here",
                         certd_verify_describe(last));
    else
        add_unknown_issuer(verification, last, findings);
    keep(verification, path->length, findings);
}

/* What was found on the way is kept where it is of a whole path: others may be no better. */
static void add_too_many(Verification *verification)
{
    if (verification->findings == NULL || verification->reached != G_MAXSIZE) {
        g_clear_pointer(&verification->findings, g_ptr_array_unref);
        verification->findings = certd_finding_list_new();
    }
    certd_verify_add(verification->findings, CERTD_FINDING_UNTRUSTED,
                     "Leave out what doesn't belong to the chain, and remove trust anchors that "
                     "have the same name as another one",
                     "%s may have been issued in too many ways to try all of them",
                     certd_verify_describe(verification->leaf));
}

static void find_best(Verification *verification, const CertdBundle *bundle)
{
    const CertdPathListener listener = {on_ended, on_stuck, verification};

    for (size_t i = 0; i < certd_bundle_length(bundle); i++)
        g_ptr_array_add(verification->given,
                        add_link(verification, certd_bundle_get(bundle, i), FALSE));
    verification->leaf = certd_issuers_find_leaf(&verification->issuers, verification->given);
    if (verification->issuers.exceeded ||
        !certd_verify_search(verification->links, verification->leaf, &verification->issuers,
                             &listener))
        add_too_many(verification);
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
    certd_issuers_init(&verification.issuers);
    verification.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    verification.given = g_ptr_array_new();
    verification.anchors = g_ptr_array_new_with_free_func((GDestroyNotify)gnutls_x509_crt_deinit);
    verification.links = g_ptr_array_new_with_free_func((GDestroyNotify)link_free);
    if (!read_anchors(&verification, error))
        return NULL;
    find_best(&verification, bundle);
    if (!job->clock_trusted)
        certd_verify_add(verification.findings, CERTD_FINDING_CLOCK_UNTRUSTED,
                         "Set the clock, then verify it again",
                         "The device's clock is not to be trusted, so the dates were not checked");
    return g_steal_pointer(&verification.findings);
}
