/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The checks before use (R33, R35): picks the leaf, orders the chain by signature, leaves out the
 * root and what doesn't belong, and says what it found. See model/finding.h for codes and
 * severities.
 */
#pragma once

#include "x509/bundle.h"

G_BEGIN_DECLS

/* Judges @bundle as @job says. A bundle without certificates is CERTD_ERROR_UNSUPPORTED_FORMAT;
 * everything else that is wrong with it is a finding. */
CertdJudgeResult *certd_judge(const CertdBundle *bundle, const CertdJudgeJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
