/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Permitted subtrees as strings, between daemon and worker, in the keystore and on the bus. What is
 * read is made canonical as names are, and a subtree has no bits beyond its prefix, so that no two
 * readers can take it for different ranges.
 */
#include "model/permitted.h"

#include <string.h>

#include "model/error.h"
#include "model/host-name.h"
#include "model/limits.h"
#include "model/text.h"

#define DNS_PREFIX "DNS:"
#define IP_PREFIX "IP:"
/* "128". */
#define PREFIX_LENGTH_DIGITS 3u

static void free_element(void *permitted)
{
    certd_permitted_free(permitted);
}

/* Whether no bit of the address is set where the mask has none. */
static gboolean is_masked(const CertdPermitted *permitted)
{
    guint8 bytes[32];
    size_t size = certd_permitted_address(permitted, bytes) / 2;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] & ~bytes[size + i])
            return FALSE;
    }
    return size > 0;
}

/* "192.168.0.0/16" in canonical form; NULL for what is none. */
static char *canonical_range(const char *text)
{
    const char *slash = strchr(text, '/');
    size_t digits = slash ? strspn(slash + 1, "0123456789") : 0;

    if (digits == 0 || digits > PREFIX_LENGTH_DIGITS || slash[1 + digits] != '\0' ||
        (digits > 1 && slash[1] == '0'))
        return NULL;

    g_autofree char *address = g_strndup(text, (size_t)(slash - text));
    g_autoptr(CertdSan) san = certd_san_new(CERTD_SAN_IP, address, NULL);
    guint64 length = g_ascii_strtoull(slash + 1, NULL, 10);
    if (!san || length > (strchr(address, ':') ? 128u : 32u))
        return NULL;

    g_autofree char *range = g_strdup_printf("%s%s", san->value, slash);
    const CertdPermitted permitted = {.type = CERTD_SAN_IP, .value = range};
    return is_masked(&permitted) ? g_steal_pointer(&range) : NULL;
}

static CertdPermitted *permitted_from_string(const char *text, GError **error)
{
    char *value = NULL;
    gboolean is_ip = g_str_has_prefix(text, IP_PREFIX);

    if (is_ip)
        value = canonical_range(text + strlen(IP_PREFIX));
    else if (g_str_has_prefix(text, DNS_PREFIX) &&
             certd_host_name_is_valid(text + strlen(DNS_PREFIX)))
        value = g_ascii_strdown(text + strlen(DNS_PREFIX), -1);
    if (!value) {
        g_autofree char *quoted = certd_text_quote(text);

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "Permitted subtree %s is not valid; write \"DNS:example.org\" or "
                    "\"IP:192.168.0.0/16\", without bits beyond the prefix",
                    quoted);
        return NULL;
    }

    CertdPermitted *permitted = g_new0(CertdPermitted, 1);
    permitted->type = is_ip ? CERTD_SAN_IP : CERTD_SAN_DNS;
    permitted->value = value;
    return permitted;
}

GVariant *certd_permitted_to_variant(const GPtrArray *permitted)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; permitted && i < permitted->len; i++) {
        g_variant_builder_add_value(&builder, g_variant_new_take_string(certd_permitted_to_string(
                                                  g_ptr_array_index(permitted, i))));
    }
    return g_variant_builder_end(&builder);
}

static gboolean check_list(GVariant *strings, GError **error)
{
    if (!g_variant_is_of_type(strings, G_VARIANT_TYPE_STRING_ARRAY)) {
        g_autofree char *type = certd_text_quote(g_variant_get_type_string(strings));

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "Permitted subtrees of D-Bus type %s are not valid; use \"as\"", type);
        return FALSE;
    }
    if (g_variant_n_children(strings) > CERTD_LIMIT_PERMITTED) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "%" G_GSIZE_FORMAT " permitted subtrees are too many; there may be %u",
                    g_variant_n_children(strings), CERTD_LIMIT_PERMITTED);
        return FALSE;
    }
    return TRUE;
}

gboolean certd_permitted_from_variant(GVariant *strings, GPtrArray **permitted, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_element);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GVariantIter iter;
    const char *text;

    if (!check_list(strings, error))
        return FALSE;

    g_variant_iter_init(&iter, strings);
    while (g_variant_iter_next(&iter, "&s", &text)) {
        CertdPermitted *one = permitted_from_string(text, error);

        if (!one)
            return FALSE;
        g_ptr_array_add(list, one);
        /* No host name has a slash, and every range has: values of two kinds are never the same. */
        if (!g_hash_table_add(seen, one->value)) {
            g_autofree char *quoted = certd_text_quote(text);

            g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                        "Permitted subtree %s stands twice; leave it out once", quoted);
            return FALSE;
        }
    }
    *permitted = list->len > 0 ? g_steal_pointer(&list) : NULL;
    return TRUE;
}
