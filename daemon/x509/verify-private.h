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
    gboolean key_judged;
    char *weak_key; /* once it was judged: what is wrong with it, or NULL */
    gboolean weak_legacy;
} CertdLink;

/* From the leaf to an anchor, or as far as it goes. */
typedef struct {
    CertdLink *links[CERTD_LIMIT_INPUT_CERTIFICATES + 1];
    size_t length;
} CertdPath;

/* verify-path.c: what a search tells. @ended returns whether to stop. */
typedef struct {
    gboolean (*ended)(const CertdPath *path, void *userdata); /* at an anchor */
    /* at a certificate that none of the others and no anchor issued; @by_name: one has its issuer's
     * name, but did not sign it. */
    void (*stuck)(const CertdPath *path, gboolean by_name, void *userdata);
    void *userdata;
} CertdPathListener;

/* Tries the paths from @leaf, one of @links (CertdLink), the anchors first at each step, and no more of
 * them than is reasonable. */
void certd_verify_search(const GPtrArray *links, CertdLink *leaf,
                         const CertdPathListener *listener);

/* Appends a finding with its usual severity, or @severity; the message is printf's. */
void certd_verify_add(GPtrArray *findings, CertdFindingCode code, const char *remedy,
                      const char *format, ...) G_GNUC_PRINTF(4, 5);
void certd_verify_add_as(GPtrArray *findings, CertdFindingCode code, CertdSeverity severity,
                         const char *remedy, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* "The certificate "CN=a", issued by "CN=b",". Caller frees. */
char *certd_verify_describe(gnutls_x509_crt_t certificate);

/* verify-checks.c: all but the name. */
void certd_verify_judge(const CertdPath *path, const CertdVerifyJob *job, GPtrArray *findings);
/* verify-purpose.c */
void certd_verify_judge_purpose(const CertdPath *path, CertdPurposes purpose, GPtrArray *findings);
/* verify-constraints.c */
void certd_verify_judge_constraints(const CertdPath *path, GPtrArray *findings);
/* verify-name.c: @name may be NULL. */
void certd_verify_judge_name(gnutls_x509_crt_t leaf, const CertdSan *name, GPtrArray *findings);

/* verify-gnutls.c: why GnuTLS doesn't trust the @n certificates of @chain, leaf first, for @purpose (0:
 * any) by @anchors, or NULL where it does. Dates are left out. Caller frees. */
char *certd_verify_ask_gnutls(gnutls_x509_crt_t *chain, size_t n, gnutls_x509_crt_t *anchors,
                              size_t n_anchors, CertdPurposes purpose, CertdPolicy policy);

G_END_DECLS
