/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A distinguished name of ours: an ordered list of attributes, each an RDN of its own, in the
 * order of the encoded RDNSequence (RFC 5280 4.1.2.4: the most general first, C before CN). Its
 * text is RFC 4514, which is the other way round.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An attribute type that we issue: short name (RFC 4514, X.520), dotted OID, upper bound in
 * characters (X.520 annex, RFC 5280 appendix A), and how DER spells it. */
typedef enum {
    CERTD_ATTRIBUTE_UTF8,
    CERTD_ATTRIBUTE_PRINTABLE,
    CERTD_ATTRIBUTE_IA5,
} CertdAttributeEncoding;

typedef struct {
    const char *name;
    const char *oid;
    size_t upper_bound;
    CertdAttributeEncoding encoding;
} CertdAttributeType;

typedef struct {
    const CertdAttributeType *type; /* static */
    char *value;                    /* UTF-8, owned */
} CertdAttribute;

typedef struct CertdSubject CertdSubject;

/* The table of attribute types: C, ST, L, O, OU, CN, emailAddress, serialNumber, DC, name,
 * title, givenName, surname, initials. @n_types is set. Static. */
const CertdAttributeType *certd_attribute_types(size_t *n_types);
/* The type named @name (short name in any case, an alias E, S, GN, SN, or a dotted OID), or NULL. */
const CertdAttributeType *certd_attribute_type_find(const char *name);

/* An empty name. */
CertdSubject *certd_subject_new(void);
CertdSubject *certd_subject_copy(const CertdSubject *subject);
void certd_subject_free(CertdSubject *subject);

/* Appends an attribute after validating it: known type, upper bound, country (ISO 3166-1; "UK" is
 * refused with a hint to "GB"), emailAddress, PrintableString and IA5String alphabets, clean text,
 * at most CERTD_LIMIT_RDNS. CERTD_ERROR_INVALID_SUBJECT or CERTD_ERROR_LIMIT_EXCEEDED; nothing is
 * appended then. */
gboolean certd_subject_append(CertdSubject *subject, const char *type, const char *value,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

size_t certd_subject_length(const CertdSubject *subject);
const CertdAttribute *certd_subject_get(const CertdSubject *subject, size_t index);
/* The value of the last CN (the most specific), or NULL. */
const char *certd_subject_common_name(const CertdSubject *subject);
gboolean certd_subject_equal(const CertdSubject *a, const CertdSubject *b);

/* Parses an RFC 4514 string, most specific first: "CN=dev1,OU=Timing,O=Example,C=DE". Escapes and
 * #hex values of section 2.4 are understood; multi-valued RDNs ("+") are refused. */
CertdSubject *certd_subject_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The RFC 4514 string. Caller frees. */
char *certd_subject_print(const CertdSubject *subject);

/* From and to a GVariant a(ss) of (type, value) in the encoded order. */
CertdSubject *certd_subject_from_variant(GVariant *pairs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant *certd_subject_to_variant(const CertdSubject *subject); /* floating */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSubject, certd_subject_free)

G_END_DECLS
