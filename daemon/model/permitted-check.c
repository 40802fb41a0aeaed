/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether names lie within permitted subtrees, as verifiers judge them. */
#include "model/permitted-private.h"

#include <string.h>

#include "model/error.h"
#include "model/host-name.h"
#include "model/mailbox.h"
#include "model/text.h"

/* Subtrees that a message lists before it says how many there are beside. */
#define LISTED_MAX 12u

/* The host of the URI @uri, up to its port or path; NULL where a reader in a hurry finds another: with
 * user information, or where OpenSSL goes on to a later ":" or "/". */
static char *host_of_uri(const char *uri)
{
    const char *colon = strchr(uri, ':');

    if (!colon || !g_str_has_prefix(colon, "://"))
        return NULL;

    const char *authority = colon + strlen("://");
    size_t length = strcspn(authority, ":/?#");
    if (memchr(authority, '@', strcspn(authority, "/?#")) ||
        strcspn(authority, strchr(authority, ':') ? ":" : "/") != length)
        return NULL;
    return g_strndup(authority, length);
}

/* The host by which verifiers judge a mail address or URI (RFC 5280 4.2.1.10); NULL where that is no
 * host name. */
static char *host_of(const CertdSan *san)
{
    g_autofree char *host = san->type == CERTD_SAN_EMAIL
                                ? g_strdup(certd_mailbox_at(san->value) + 1)
                                : host_of_uri(san->value);

    return host && certd_host_name_is_valid(host) ? g_steal_pointer(&host) : NULL;
}

/* Whether verifiers judge @san by a host within it. */
static gboolean has_host(const CertdSan *san)
{
    return san->type == CERTD_SAN_EMAIL || san->type == CERTD_SAN_URI;
}

gboolean certd_permitted_allows(const GPtrArray *permitted, const CertdSan *san)
{
    CertdPermitted *wanted = NULL;

    if (permitted && has_host(san)) {
        char *host = host_of(san);

        if (!host)
            return FALSE;
        wanted = certd_permitted_take(CERTD_SAN_DNS, host);
    } else if (permitted) {
        wanted = certd_permitted_of_san(san);
    }

    gboolean allowed = !wanted || certd_permitted_list_has(permitted, wanted);
    certd_permitted_free(wanted);
    return allowed;
}

static char *list_to_text(const GPtrArray *permitted)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint listed = 0;

    for (guint i = 0; i < permitted->len; i++) {
        const CertdPermitted *one = g_ptr_array_index(permitted, i);
        g_autofree char *printed = certd_permitted_to_string(one);

        if (!certd_permitted_is_nobody(one) && listed++ < LISTED_MAX)
            g_string_append_printf(text, "%s%s", listed > 1 ? ", " : "", printed);
    }
    if (listed > LISTED_MAX)
        g_string_append_printf(text, " and %u more", listed - LISTED_MAX);
    if (listed == 0)
        g_string_append(text, "none");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean check_name(const GPtrArray *permitted, const CertdSan *san, GError **error)
{
    if (certd_permitted_allows(permitted, san))
        return TRUE;

    g_autofree char *printed = certd_san_print(san);
    g_autofree char *quoted = certd_text_quote(printed);
    g_autofree char *host = has_host(san) ? host_of(san) : NULL;
    if (has_host(san) && !host) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "%s has no host name that all verifiers hold against what the device's "
                    "authority may speak for; leave it out, or lift the constraints: \"certctl ca "
                    "regenerate --scope any\"",
                    quoted);
        return FALSE;
    }
    g_autofree char *choices = list_to_text(permitted);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                "The device's authority may not speak for %s%s%s; it may for %s. \"certctl ca "
                "regenerate\" with another --scope changes that",
                quoted, host ? ", whose host is " : "", host ? host : "", choices);
    return FALSE;
}

gboolean certd_permitted_check(const GPtrArray *permitted, const GPtrArray *sans,
                               const char *common_name, GError **error)
{
    g_autoptr(CertdSan) common = certd_san_from_common_name(common_name);

    for (guint i = 0; sans && i < sans->len; i++) {
        if (!check_name(permitted, g_ptr_array_index(sans, i), error))
            return FALSE;
    }
    return !common || check_name(permitted, common, error);
}
