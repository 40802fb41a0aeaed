/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Redfish's Certificate calls what certd has names for: key pairs, curves, digests and signatures by the TCG's
 * and IETF's registries, usages by the schema. Tables, both ways. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SHA-256, FingerprintHashAlgorithm. */
#define CERTD_TERM_SHA256 "TPM_ALG_SHA256"

/* The key type that @algorithm ("TPM_ALG_ECDSA"; "TCG_ALG_" is the registry's new prefix), @bits (0: not given) and
 * @curve (NULL: not given) mean, static, into @key_type: NULL where none of them is given. FALSE with @wrong, the name of
 * the parameter that can't be. */
gboolean certd_term_key_type(const char *algorithm, gint64 bits, const char *curve,
                             const char **key_type, const char **wrong) G_GNUC_WARN_UNUSED_RESULT;
/* The values of KeyPairAlgorithm, KeyCurveId and KeyBitLength that stand for a key type that certd makes, the number
 * as text; NULL-terminated. The vector is the caller's, its strings are static. */
const char **certd_term_algorithms(void);
const char **certd_term_curves(void);
const char **certd_term_bits(void);

/* "KeyCertSign" for "keyCertSign"; NULL where the schema has no word for it. Static. */
const char *certd_term_usage(const char *usage);
/* Whether what certd requests with a key of @key_type is for @usage, a word of the schema. */
gboolean certd_term_usage_is_requested(const char *usage, const char *key_type);

/* The object identifier of the signature algorithm that certd's details call @name: "1.2.840.10045.4.3.2" for
 * "ECDSA-SHA256", an identifier is one already; NULL where it has none. Static, or @name. */
const char *certd_term_signature(const char *name);

/* "AB:CD" for "abcd", lower or upper case; NULL where @hex is no octets. Caller frees. */
char *certd_term_octets(const char *hex);

G_END_DECLS
