/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Distinguished names (RFC 5280 4.1.2.4) in DER: ours written with the string types that RFC 5280
 * asks for (GnuTLS chooses its own), and anyone's printed in time linear in their length. */
#pragma once

#include "model/subject.h"
#include "x509/der.h"

G_BEGIN_DECLS

/* Appends the value of @attribute in the string type of its attribute type: 13 02 44 45 for C=DE. */
void certd_attribute_write_value(GByteArray *out, const CertdAttribute *attribute);
/* Appends the Name: RDNs of one attribute each, in the order of @subject. */
gboolean certd_distinguished_name_write(GByteArray *out, const CertdSubject *subject,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The RFC 4514 string of the DER Name at @der. Attribute types of the table in model/subject.h go
 * by their short names, others by their OID; values that are no text are #hex; foreign text is made
 * valid UTF-8, but not cleaned. "" for an empty name, NULL for what is no Name. Caller frees. */
char *certd_distinguished_name_print(const void *der, size_t size);

/* The DER Name at @der as a subject that we would issue: each RDN one attribute of a type of the
 * table in model/subject.h, each value text that certd_subject_append() takes.
 * CERTD_ERROR_INVALID_SUBJECT, which names the attribute, CERTD_ERROR_LIMIT_EXCEEDED beyond
 * CERTD_LIMIT_RDNS, or CERTD_ERROR_MALFORMED for what is no Name. */
CertdSubject *certd_distinguished_name_read(const void *der, size_t size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* @size bytes at @data as text in lower-case hex. Caller frees. */
char *certd_hex(const void *data, size_t size);

G_END_DECLS
