/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GenerateCSR and Rekey ask for, as the options of certd's CreateRequest. */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

#define CERTD_ACTION_GENERATE_CSR "CertificateService.GenerateCSR"

/* All parameters of GenerateCSR (CertificateService.v1_2_2), ends with a NULL name. */
extern const CertdField certd_csr_fields[];
/* The subject's among them: 0 to n - 1, the most general first; the short name of the attribute in @type (nullable). NULL
 * from n on. */
const char *certd_csr_subject_parameter(guint index, const char **type);

/* The options a{sv}, floating, that @body asks for, which has passed certd_fields_check(); @key_type is the certificate's,
 * for a body that names none. What is empty counts for absent. NULL with the answer filled: a value that certd does not
 * have, of the parameter and of action @action. */
GVariant *certd_csr_options(JsonObject *body, const char *key_type, CertdAnswer *answer)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds "key-type" for KeyPairAlgorithm, KeyBitLength and KeyCurveId of @body to @options, and "challenge-password" for
 * ChallengePassword; FALSE with the answer filled. @key_type (nullable) is what was asked for, NULL where nothing is. */
gboolean certd_csr_add_key(JsonObject *body, const char *action, GVariantBuilder *options,
                           const char **key_type, CertdAnswer *answer) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
