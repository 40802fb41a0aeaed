/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the verification share; see verify.h for the whole. */
#pragma once

#include "model/finding.h"
#include "model/limits.h"
#include "x509/verify.h"

G_BEGIN_DECLS

/* A certificate that a path may go through. */
typedef struct {
    gnutls_x509_crt_t certificate; /* borrowed */
    gboolean anchor;
    GBytes *subject, *issuer; /* DER names */
    char *description;        /* see certd_verify_describe(); NULL before */
    gboolean judged;
    char *weak_key, *weak_digest; /* once it was judged: what is wrong with it, or NULL */
    gboolean key_legacy, digest_legacy;
    const char *malformed;   /* likewise, static */
    char *unknown_extension; /* likewise */
} CertdLink;

/* From the leaf to an anchor, or as far as it goes. */
typedef struct {
    CertdLink *links[CERTD_LIMIT_INPUT_CERTIFICATES + 1];
    size_t length;
} CertdPath;

/* verify-issuers.c: who issued whom, as far as it was asked. */
typedef struct {
    GHashTable *known; /* of (certificate, issuer), 1 + whether */
    unsigned int n_signatures;
    gboolean
        exceeded; /* CERTD_LIMIT_VERIFIED_SIGNATURES: what is answered with "no" may be wrong */
} CertdIssuers;

void certd_issuers_init(CertdIssuers *issuers);
void certd_issuers_clear(CertdIssuers *issuers);
/* Whether @issuer issued @link, by name, identifiers and signature. */
gboolean certd_issuers_ask(CertdIssuers *issuers, const CertdLink *link, const CertdLink *issuer);
/* The one of @links (CertdLink; one or more) that issued no other, rather one that is no authority. */
CertdLink *certd_issuers_find_leaf(CertdIssuers *issuers, const GPtrArray *links);

/* verify-path.c: what a search tells. @ended returns whether to stop. */
typedef struct {
    gboolean (*ended)(const CertdPath *path, void *userdata); /* at an anchor */
    /* at a certificate that none of the others and no anchor issued; @by_name: one has its issuer's
     * name, but did not sign it. */
    void (*stuck)(const CertdPath *path, gboolean by_name, void *userdata);
    void *userdata;
} CertdPathListener;

/* Tries the paths from @leaf, one of @links (CertdLink), the anchors first at each step. FALSE where
 * there are more than may be tried, and none of those that were was taken. */
gboolean certd_verify_search(const GPtrArray *links, CertdLink *leaf, CertdIssuers *issuers,
                             const CertdPathListener *listener) G_GNUC_WARN_UNUSED_RESULT;

/* verify-findings.c: appends a finding with its usual severity, or @severity; the message is printf's. */
void certd_verify_add(GPtrArray *findings, CertdFindingCode code, const char *remedy,
                      const char *format, ...) G_GNUC_PRINTF(4, 5);
void certd_verify_add_as(GPtrArray *findings, CertdFindingCode code, CertdSeverity severity,
                         const char *remedy, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* "The certificate "CN=a", issued by "CN=b","; made once, because names can be long. */
const char *certd_verify_describe(CertdLink *link);
/* "servers" or "clients". */
const char *certd_verify_name_purpose(CertdPurposes purpose);

/* verify-checks.c: all but the name; @comparisons as below. */
void certd_verify_judge(const CertdPath *path, const CertdVerifyJob *job, size_t *comparisons,
                        GPtrArray *findings);
/* verify-purpose.c */
void certd_verify_judge_purpose(const CertdPath *path, CertdPurposes purpose, GPtrArray *findings);
/* verify-constraints.c: @comparisons counts up to CERTD_LIMIT_NAME_COMPARISONS. */
void certd_verify_judge_constraints(const CertdPath *path, size_t *comparisons,
                                    GPtrArray *findings);
/* verify-name.c: @name may be NULL. */
void certd_verify_judge_name(CertdLink *leaf, const CertdSan *name, GPtrArray *findings);

/* verify-gnutls.c: why GnuTLS doesn't trust the @n certificates of @chain, leaf first, for @purpose (0:
 * any) by @anchors, or NULL where it does. Dates are left out. Caller frees. */
char *certd_verify_ask_gnutls(gnutls_x509_crt_t *chain, size_t n, gnutls_x509_crt_t *anchors,
                              size_t n_anchors, CertdPurposes purpose, CertdPolicy policy);

G_END_DECLS
