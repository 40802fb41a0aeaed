/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Subject alternative names: there, a wildcard, and one that is a name of the device (RFC 6125;
 * the common name doesn't count any more, CA/Browser Forum BR 7.1.4.2). */
#include <string.h>

#include "model/san.h"
#include "model/text.h"
#include "x509/judge-private.h"
#include "x509/san-extension.h"

/* Names that a message lists. */
#define SHOWN 5

static void list_name(GString *text, size_t index, const char *type, const char *value)
{
    if (index > SHOWN)
        return;
    if (index == SHOWN) {
        g_string_append(text, ", …");
        return;
    }
    g_autofree char *escaped = certd_text_escape(value);
    g_string_append_printf(text, "%s%s:%s", index > 0 ? ", " : "", type, escaped);
}

static gboolean matches_any(const CertdSan *san, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++)
        if (certd_san_matches(san, g_ptr_array_index(names, i)))
            return TRUE;
    return FALSE;
}

/* Whether one of @pairs is one of @names. What doesn't parse is no name of ours. */
static gboolean is_ours(GVariant *pairs, const GPtrArray *names)
{
    GVariantIter iter;
    const char *type, *value;
    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        g_autoptr(CertdSan) san = certd_san_new_named(type, value, NULL);
        if (san != NULL && matches_any(san, names))
            return TRUE;
    }
    return FALSE;
}

static void judge_match(CertdJudgement *judgement, GVariant *pairs)
{
    const GPtrArray *names = judgement->job->names;
    GVariantIter iter;
    const char *type, *value;
    if (names == NULL || names->len == 0 || is_ours(pairs, names))
        return;
    GString *theirs = g_string_new(NULL), *ours = g_string_new(NULL);
    g_variant_iter_init(&iter, pairs);
    for (size_t i = 0; g_variant_iter_next(&iter, "(&s&s)", &type, &value); i++)
        list_name(theirs, i, type, value);
    for (guint i = 0; i < names->len; i++) {
        const CertdSan *san = g_ptr_array_index(names, i);
        list_name(ours, i, certd_san_type_name(san->type), san->value);
    }
    certd_judgement_add(judgement, CERTD_FINDING_SAN_MISMATCH,
                        "Have it issued for a name of this device, or accept this if clients reach "
                        "it by another name",
                        "The certificate is for %s, but this device is %s", theirs->str, ours->str);
    g_string_free(theirs, TRUE);
    g_string_free(ours, TRUE);
}

static void judge_wildcard(CertdJudgement *judgement, GVariant *pairs)
{
    GVariantIter iter;
    const char *type, *value;
    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        if (strcmp(type, "DNS") != 0 || !g_str_has_prefix(value, "*."))
            continue;
        g_autofree char *quoted = certd_text_quote(value);
        certd_judgement_add(judgement, CERTD_FINDING_WILDCARD,
                            "Use a certificate of its own where other devices share this key",
                            "The certificate is for the wildcard %s", quoted);
        return;
    }
}

gboolean certd_judge_names(CertdJudgement *judgement, GError **error)
{
    GVariant *decoded = certd_san_extension_decode(judgement->leaf, error);
    if (decoded == NULL)
        return FALSE;
    g_autoptr(GVariant) pairs = g_variant_ref_sink(decoded);
    if (g_variant_n_children(pairs) == 0) {
        certd_judgement_add(judgement, CERTD_FINDING_NO_SAN,
                            "Have it issued with the host name as subject alternative name",
                            "The certificate has no subject alternative name, so that browsers "
                            "refuse it");
        return TRUE;
    }
    judge_match(judgement, pairs);
    judge_wildcard(judgement, pairs);
    return TRUE;
}
