/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the single checks of judge.h share. Each appends what it finds to @list. */
#pragma once

#include "model/finding.h"
#include "x509/chain.h"
#include "x509/judge.h"

G_BEGIN_DECLS

typedef struct {
    const CertdBundle *bundle;
    const CertdJudgeJob *job;
    const CertdChain *chain;
    gnutls_x509_crt_t leaf;
    GPtrArray *list; /* of CertdFinding */
} CertdJudgement;

/* judge.c: with the default severity of @code, and with another; the message is printf's. */
void certd_judgement_add(CertdJudgement *judgement, CertdFindingCode code, const char *remedy,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);
void certd_judgement_add_as(CertdJudgement *judgement, CertdFindingCode code,
                            CertdSeverity severity, const char *remedy, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/* The subject or issuer of @certificate in RFC 4514, escaped, in quotes and cut. Caller frees. */
char *certd_judge_subject(gnutls_x509_crt_t certificate);
char *certd_judge_issuer(gnutls_x509_crt_t certificate);

/* judge-chain.c */
void certd_judge_chain(CertdJudgement *judgement, gboolean leaf_found);
/* judge-keys.c: of the leaf and the intermediates. */
void certd_judge_keys(CertdJudgement *judgement);
void certd_judge_digests(CertdJudgement *judgement);
/* judge-checks.c */
void certd_judge_dates(CertdJudgement *judgement);
void certd_judge_usage(CertdJudgement *judgement);
/* judge-names.c */
gboolean certd_judge_names(CertdJudgement *judgement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
