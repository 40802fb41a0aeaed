/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Subject alternative names (RFC 5280 4.2.1.6): the six types certd issues, as text. Values are
 * kept in one canonical form, so that two that mean the same are equal.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_SAN_DNS,
    CERTD_SAN_IP,
    CERTD_SAN_EMAIL,
    CERTD_SAN_URI,
    CERTD_SAN_RID,
    CERTD_SAN_DIRNAME,
} CertdSanType;

typedef struct {
    CertdSanType type;
    char *value; /* canonical: DNS in lower case without a final dot, IP as inet_ntop() prints it
                  * (RFC 5952), dirName as certd_subject_print() */
} CertdSan;

/* "DNS", "IP", "email", "URI", "RID", "dirName"; static. */
const char *certd_san_type_name(CertdSanType type);
/* The type named @name, in any case; FALSE where there is none. */
gboolean certd_san_type_parse(const char *name, CertdSanType *type);

/* Validates and canonicalizes.
 * DNS: RFC 1123 host names of A-labels, up to 253 bytes, labels up to 63; "*" only as the whole
 * leftmost label above at least two more; no IP address. A name in U-labels is refused with the
 * hint to write it as A-labels (xn--). IP: IPv4 or IPv6 without zone or prefix. email: RFC 5321
 * Mailbox in ASCII. URI: absolute, with a scheme (RFC 3986), in ASCII, with a host where the
 * scheme has an authority. RID: a dotted OID, first arc 0 to 2, second below 40 under 0 and 1,
 * arcs below 2^32, at most 20. dirName: RFC 4514, not empty.
 * CERTD_ERROR_INVALID_SUBJECT_ALT_NAME otherwise. */
CertdSan *certd_san_new(CertdSanType type, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CertdSan *certd_san_new_named(const char *type, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Parses "TYPE:VALUE", as certctl takes it. */
CertdSan *certd_san_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What @common_name is as a SAN: an IP address, a host name (wildcards too), or NULL for anything
 * else (R7). */
CertdSan *certd_san_from_common_name(const char *common_name);
CertdSan *certd_san_copy(const CertdSan *san);
void certd_san_free(CertdSan *san);
gboolean certd_san_equal(const CertdSan *a, const CertdSan *b);
/* "DNS:www.example.org". Caller frees. */
char *certd_san_print(const CertdSan *san);

/* Whether @san of a certificate answers for @name, which is DNS or IP: equal, or a wildcard that
 * covers it (RFC 6125 6.4.3: the leftmost label only). */
gboolean certd_san_matches(const CertdSan *san, const CertdSan *name);

/* Lists are GPtrArrays of CertdSan* that free their elements, without duplicates. */
GPtrArray *certd_san_list_new(void);
GPtrArray *certd_san_list_copy(const GPtrArray *list);
/* Appends @san (taken, also on failure) unless it is there. CERTD_ERROR_LIMIT_EXCEEDED beyond
 * CERTD_LIMIT_SANS_OWN. @added (nullable) tells whether it was new. */
gboolean certd_san_list_add(GPtrArray *list, CertdSan *san, gboolean *added, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Removes the equal one; FALSE where there is none. */
gboolean certd_san_list_remove(GPtrArray *list, const CertdSan *san);
gboolean certd_san_list_contains(const GPtrArray *list, const CertdSan *san);
gboolean certd_san_list_equal(const GPtrArray *a, const GPtrArray *b);
/* From and to a GVariant a(ss) of (type, value). Duplicates are dropped. */
GPtrArray *certd_san_list_from_variant(GVariant *pairs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant *certd_san_list_to_variant(const GPtrArray *list); /* floating */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSan, certd_san_free)

G_END_DECLS
