/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the leaf answers for a name (RFC 9525), by the same matching as everywhere in certd: a
 * wildcard is the whole leftmost label. With neither a host name nor an address among them, the common name still counts, with a
 * warning, because OpenSSL and GnuTLS both have it count.
 */
#include <string.h>

#include "model/text.h"
#include "x509/judge-private.h"
#include "x509/san-extension.h"
#include "x509/verify-private.h"

#define SHOWN 5u

/* What of @pairs matches; @has_host tells whether one is a host name or
 * an address. */
static gboolean matches(GVariant *pairs, const CertdSan *name, gboolean *has_host)
{
    GVariantIter iter;
    const char *type, *value;
    gboolean found = FALSE;

    *has_host = FALSE;
    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        g_autoptr(CertdSan) san = certd_san_new_named(type, value, NULL);
        *has_host = *has_host || strcmp(type, "DNS") == 0 || strcmp(type, "IP") == 0;
        /* RFC 5280 4.2.1.6 has no name with the root's dot; constraints would be held against that. */
        if (strcmp(type, "DNS") == 0 && g_str_has_suffix(value, "."))
            continue;
        found = found || (san != NULL && certd_san_matches(san, name));
    }
    return found;
}

/* Whether the one common name is @name; with more than one, GnuTLS takes none. */
static gboolean common_name_matches(gnutls_x509_crt_t leaf, const CertdSan *name)
{
    char text[256] = "", other[256];
    size_t size = sizeof text, other_size = sizeof other;

    if (name->type != CERTD_SAN_DNS ||
        gnutls_x509_crt_get_dn_by_oid(leaf, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &size) < 0 ||
        strlen(text) != size ||
        gnutls_x509_crt_get_dn_by_oid(leaf, GNUTLS_OID_X520_COMMON_NAME, 1, 0, other,
                                      &other_size) != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return FALSE;
    g_autoptr(CertdSan) san = g_str_has_suffix(text, ".") ? NULL : certd_san_from_common_name(text);
    return san != NULL && certd_san_matches(san, name);
}

static char *list_names(GVariant *pairs)
{
    GString *text = g_string_new(NULL);
    GVariantIter iter;
    const char *type, *value;

    g_variant_iter_init(&iter, pairs);
    for (size_t i = 0; i < SHOWN && g_variant_iter_next(&iter, "(&s&s)", &type, &value); i++) {
        g_autofree char *escaped = certd_text_escape(value);
        g_string_append_printf(text, "%s%s:%s", i > 0 ? ", " : "", type, escaped);
    }
    if (g_variant_n_children(pairs) > SHOWN)
        g_string_append(text, ", …");
    if (text->len == 0)
        g_string_append(text, "no name");
    return g_string_free(text, FALSE);
}

void certd_verify_judge_name(CertdLink *link, const CertdSan *name, GPtrArray *findings)
{
    gnutls_x509_crt_t leaf = link->certificate;
    gboolean has_host;

    if (name == NULL)
        return;
    GVariant *decoded = certd_san_extension_decode(leaf, NULL);
    g_autoptr(GVariant) pairs = g_variant_ref_sink(
        decoded != NULL ? decoded : g_variant_new_array(G_VARIANT_TYPE("(ss)"), NULL, 0));
    if (matches(pairs, name, &has_host))
        return;
    /* What can't be read could be any name. */
    if (decoded != NULL && !has_host && common_name_matches(leaf, name)) {
        certd_verify_add(findings, CERTD_FINDING_NO_SAN,
                         "Have it issued with the host name as subject alternative name",
                         "%s has the host name as common name alone, so that browsers refuse it",
                         certd_verify_describe(link));
        return;
    }
    g_autofree char *shown = certd_san_print(name);
    g_autofree char *theirs = list_names(pairs);
    certd_verify_add_as(findings, CERTD_FINDING_SAN_MISMATCH, CERTD_SEVERITY_ERROR,
                        "Reach it by one of its names, or have it issued for this one",
                        "%s is for %s, but not for %s", certd_verify_describe(link), theirs, shown);
}
