/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What names the device's own authority may speak for: the permitted subtrees of its name
 * constraints (RFC 5280 4.2.1.10), so that whoever trusts it lends it nothing else. A DNS subtree
 * also stands for the mail addresses and URIs of its hosts, in the certificate too.
 */
#pragma once

#include "model/san.h"

G_BEGIN_DECLS

/* The setting `authority-scope`. */
typedef enum {
    CERTD_SCOPE_LOCAL,  /* the device's host names and their domain, "local", its public addresses,
                         * and the private and link-local ranges */
    CERTD_SCOPE_DEVICE, /* the device's host names and addresses, no more */
    CERTD_SCOPE_ANY,    /* no constraints */
    CERTD_SCOPE_COUNT_,
} CertdScope;

/* "local", "device", "any"; static. */
const char *certd_scope_name(CertdScope scope);
/* CERTD_ERROR_INVALID_OPTION, which lists what there is. */
gboolean certd_scope_parse(const char *name, CertdScope *scope, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* One subtree. */
typedef struct {
    CertdSanType type; /* CERTD_SAN_DNS or CERTD_SAN_IP */
    char *value;       /* "example.org", which permits what is below it too; "192.168.0.0/16" */
} CertdPermitted;

/* Whether everybody registers names below @name ("com", "co.uk"); the device's part, see
 * CertdDevice. */
typedef gboolean (*CertdIsPublicSuffix)(void *userdata, const char *name);

/* The subtrees for a device called @names (CertdSan) in @scope; NULL for CERTD_SCOPE_ANY. Never
 * empty in DNS, IPv4 or IPv6, which would permit all of that kind: a kind that the device has no
 * name of gets a value that nobody has ("invalid", "0.0.0.0/32", "::/128"). Host names and domains
 * that are public suffixes are left out. Sorted, each once. Caller unrefs; of CertdPermitted. */
GPtrArray *certd_permitted_new(const GPtrArray *names, CertdScope scope,
                               CertdIsPublicSuffix is_public_suffix, void *userdata);
/* Whether @san is within @permitted (NULL permits all). A wildcard is where its parent is. A mail
 * address or URI is where its host is; one without a host name that all verifiers find, such as
 * "urn:uuid:…", one with an address or with user information, never is, for they can't hold it
 * against constraints (RFC 5280 4.2.1.10). Registered IDs and directory names always
 * are: they are not constrained, since no verifier identifies anyone by them. */
gboolean certd_permitted_allows(const GPtrArray *permitted, const CertdSan *san);
/* Whether all of @sans are, and the common name @common_name (nullable), as far as it reads as a host
 * name or an address; else CERTD_ERROR_POLICY_FORBIDS, which names the first that isn't and tells of
 * authority-scope. */
gboolean certd_permitted_check(const GPtrArray *permitted, const GPtrArray *sans,
                               const char *common_name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether each device name in @names that certd_permitted_new() would have found a place for in
 * @scope is allowed by @permitted: FALSE asks for a new authority certificate. */
gboolean certd_permitted_covers(const GPtrArray *permitted, const GPtrArray *names,
                                CertdScope scope, CertdIsPublicSuffix is_public_suffix,
                                void *userdata);

/* The address and mask of an IP subtree, as a name constraint has them: 8 or 32 bytes into
 * @bytes (32 at least); the number of bytes. */
size_t certd_permitted_address(const CertdPermitted *permitted, guint8 *bytes);

/* "DNS:example.org", "IP:192.168.0.0/16". Caller frees. */
char *certd_permitted_to_string(const CertdPermitted *permitted);
/* To a floating `as`, and from one; NULL with CERTD_ERROR_MALFORMED for what is no such list or has
 * more than CERTD_LIMIT_PERMITTED. Any is an empty list on the wire, NULL here. */
GVariant *certd_permitted_to_variant(const GPtrArray *permitted);
gboolean certd_permitted_from_variant(GVariant *strings, GPtrArray **permitted, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

void certd_permitted_free(CertdPermitted *permitted);

G_END_DECLS
