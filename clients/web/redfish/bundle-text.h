/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates as they are in JSON: PEM, or base64 of what is no text. Only the wrapping is looked at: what is in it is
 * certd's business. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The schema's CertificateType. */
typedef enum {
    CERTD_BUNDLE_PEM,    /* one certificate, with or without its key */
    CERTD_BUNDLE_CHAIN,  /* "PEMchain": one or more */
    CERTD_BUNDLE_PKCS7,  /* PEM */
    CERTD_BUNDLE_PKCS12, /* base64 */
    CERTD_BUNDLE_TYPE_COUNT_,
} CertdBundleType;

/* FALSE where @name is no type. */
gboolean certd_bundle_type_parse(const char *name, CertdBundleType *type);

/* The bytes that @text of the type @type stands for, wiped when freed; NULL where it is not of that type. @with_key: whether
 * a private key may be in it. */
GBytes *certd_bundle_text_decode(CertdBundleType type, const char *text, gboolean *with_key);
/* The same of any type: text with PEM in it is taken as it is, what else is base64 is decoded. */
GBytes *certd_bundle_text_decode_any(const char *text, gboolean *with_key);

G_END_DECLS
