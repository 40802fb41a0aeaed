/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the device's names to permitted subtrees. One relation decides everything, whether a subtree
 * lies within another: a name is the smallest subtree that has it, so that what is allowed, what is
 * left out as needless and what a new authority is needed for can't disagree.
 */
#include "model/permitted-private.h"

#include <arpa/inet.h>
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

#define LOCAL_DOMAIN "local"

static const char *const scopes[CERTD_SCOPE_COUNT_] = {
    [CERTD_SCOPE_LOCAL] = "local",
    [CERTD_SCOPE_DEVICE] = "device",
    [CERTD_SCOPE_ANY] = "any",
};

/* What a device of CERTD_SCOPE_LOCAL may always be called: mDNS (RFC 6762 3), and the private and
 * link-local addresses (RFC 1918 3, RFC 3927 2.1, RFC 4193 3.1, RFC 4291 2.5.6). */
static const struct {
    CertdSanType type;
    const char *value;
} always_local[] = {
    {CERTD_SAN_DNS, LOCAL_DOMAIN},    {CERTD_SAN_IP, "10.0.0.0/8"},
    {CERTD_SAN_IP, "172.16.0.0/12"},  {CERTD_SAN_IP, "192.168.0.0/16"},
    {CERTD_SAN_IP, "169.254.0.0/16"}, {CERTD_SAN_IP, "fc00::/7"},
    {CERTD_SAN_IP, "fe80::/10"},
};

/* Each kind that name constraints tell apart, by the bytes of its address and mask, and a value of
 * it that nobody has: "invalid" (RFC 6761 6.4), the unspecified addresses. */
static const struct {
    CertdSanType type;
    size_t bytes;
    const char *nobody;
} kinds[] = {
    {CERTD_SAN_DNS, 0, "invalid"},
    {CERTD_SAN_IP, 8, "0.0.0.0/32"},
    {CERTD_SAN_IP, 32, "::/128"},
};

const char *certd_scope_name(CertdScope scope)
{
    g_return_val_if_fail((unsigned int)scope < CERTD_SCOPE_COUNT_, NULL);

    return scopes[scope];
}

gboolean certd_scope_parse(const char *name, CertdScope *scope, GError **error)
{
    g_autofree char *quoted = certd_text_quote(name);
    g_autoptr(GString) choices = g_string_new(NULL);

    for (size_t i = 0; i < CERTD_SCOPE_COUNT_; i++) {
        if (name && g_str_equal(name, scopes[i])) {
            *scope = (CertdScope)i;
            return TRUE;
        }
        g_string_append_printf(choices, "%s%s", i > 0 ? ", " : "", scopes[i]);
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "Authority scope %s is not known; choose one of %s", quoted, choices->str);
    return FALSE;
}

size_t certd_permitted_address(const CertdPermitted *permitted, guint8 *bytes)
{
    const char *slash = strchr(permitted->value, '/');

    if (permitted->type != CERTD_SAN_IP || !slash)
        return 0;

    g_autofree char *address = g_strndup(permitted->value, (size_t)(slash - permitted->value));
    guint prefix = (guint)g_ascii_strtoull(slash + 1, NULL, 10);
    gboolean is_ipv6 = strchr(address, ':') != NULL;
    size_t size = is_ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

    if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, bytes) != 1)
        return 0;
    for (size_t i = 0; i < size; i++) {
        guint ones = prefix > i * 8 ? MIN(prefix - (guint)i * 8, 8) : 0;

        bytes[size + i] = (guint8)(0xff00u >> ones);
    }
    return 2 * size;
}

/* Whether host name @name is @domain or below it, label by label. */
static gboolean name_is_within(const char *name, const char *domain)
{
    size_t name_length = strlen(name);
    size_t domain_length = strlen(domain);

    if (name_length < domain_length ||
        g_ascii_strcasecmp(name + name_length - domain_length, domain) != 0)
        return FALSE;
    return name_length == domain_length || name[name_length - domain_length - 1] == '.';
}

static gboolean is_within(const CertdPermitted *inner, const CertdPermitted *outer)
{
    guint8 inner_bytes[32];
    guint8 outer_bytes[32];

    if (inner->type != outer->type)
        return FALSE;
    if (inner->type == CERTD_SAN_DNS)
        return name_is_within(inner->value, outer->value);

    size_t size = certd_permitted_address(inner, inner_bytes) / 2;
    if (size == 0 || certd_permitted_address(outer, outer_bytes) / 2 != size)
        return FALSE;
    for (size_t i = 0; i < size; i++) {
        guint8 mask = outer_bytes[size + i];

        if ((inner_bytes[size + i] & mask) != mask || (inner_bytes[i] & mask) != outer_bytes[i])
            return FALSE;
    }
    return TRUE;
}

gboolean certd_permitted_list_has(const GPtrArray *list, const CertdPermitted *permitted)
{
    for (guint i = 0; i < list->len; i++) {
        if (is_within(permitted, g_ptr_array_index(list, i)))
            return TRUE;
    }
    return FALSE;
}

CertdPermitted *certd_permitted_take(CertdSanType type, char *value)
{
    CertdPermitted *permitted = g_new0(CertdPermitted, 1);

    permitted->type = type;
    permitted->value = value;
    return permitted;
}

/* The smallest subtree that has @san, a wildcard's being its parent; NULL for other kinds. */
CertdPermitted *certd_permitted_of_san(const CertdSan *san)
{
    const char *value = san->value;

    if (san->type == CERTD_SAN_DNS)
        return certd_permitted_take(san->type,
                                    g_strdup(g_str_has_prefix(value, "*.") ? value + 2 : value));
    if (san->type == CERTD_SAN_IP)
        return certd_permitted_take(
            san->type, g_strdup_printf("%s/%u", value, strchr(value, ':') ? 128u : 32u));
    return NULL;
}

static void free_element(void *permitted)
{
    certd_permitted_free(permitted);
}

static gboolean has_kind(const GPtrArray *list, size_t kind)
{
    guint8 bytes[32];

    for (guint i = 0; i < list->len; i++) {
        const CertdPermitted *permitted = g_ptr_array_index(list, i);

        if (permitted->type == kinds[kind].type &&
            certd_permitted_address(permitted, bytes) == kinds[kind].bytes)
            return TRUE;
    }
    return FALSE;
}

static guint missing_kinds(const GPtrArray *list)
{
    guint missing = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        missing += !has_kind(list, i);
    return missing;
}

/* Adds @permitted (taken) in the place of all that lies within it, unless something has it already.
 * One for which there is no room is left out: a device with hundreds of addresses still gets an
 * authority, and the names that fit into a certificate come first. */
static void list_add(GPtrArray *list, CertdPermitted *permitted)
{
    if (certd_permitted_list_has(list, permitted)) {
        certd_permitted_free(permitted);
        return;
    }
    for (guint i = list->len; i > 0; i--) {
        if (is_within(g_ptr_array_index(list, i - 1), permitted))
            g_ptr_array_remove_index(list, i - 1);
    }
    g_ptr_array_add(list, permitted);
    if (list->len + missing_kinds(list) > CERTD_LIMIT_PERMITTED)
        g_ptr_array_remove_index(list, list->len - 1);
}

/* What the host name or address @san lends the authority: itself, and its domain where @scope says
 * so and not everybody registers names in it. */
static void add_san(GPtrArray *list, const CertdSan *san, CertdScope scope,
                    CertdIsPublicSuffix is_public_suffix, void *userdata)
{
    CertdPermitted *own = certd_permitted_of_san(san);

    if (!own)
        return;
    if (own->type == CERTD_SAN_IP) {
        list_add(list, own);
        return;
    }

    const char *dot = strchr(own->value, '.');
    g_autofree char *domain = scope == CERTD_SCOPE_LOCAL && dot ? g_strdup(dot + 1) : NULL;
    if (is_public_suffix(userdata, own->value))
        certd_permitted_free(own);
    else
        list_add(list, own);
    if (domain && !is_public_suffix(userdata, domain))
        list_add(list, certd_permitted_take(CERTD_SAN_DNS, g_steal_pointer(&domain)));
}

static int compare(const void *a, const void *b)
{
    const CertdPermitted *left = *(const CertdPermitted *const *)a;
    const CertdPermitted *right = *(const CertdPermitted *const *)b;

    if (left->type != right->type)
        return left->type < right->type ? -1 : 1;
    return strcmp(left->value, right->value);
}

GPtrArray *certd_permitted_new(const GPtrArray *names, CertdScope scope,
                               CertdIsPublicSuffix is_public_suffix, void *userdata)
{
    if (scope == CERTD_SCOPE_ANY)
        return NULL;

    GPtrArray *list = g_ptr_array_new_with_free_func(free_element);
    for (size_t i = 0; scope == CERTD_SCOPE_LOCAL && i < G_N_ELEMENTS(always_local); i++)
        list_add(list, certd_permitted_take(always_local[i].type, g_strdup(always_local[i].value)));
    for (guint i = 0; names && i < names->len; i++)
        add_san(list, g_ptr_array_index(names, i), scope, is_public_suffix, userdata);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!has_kind(list, i))
            list_add(list, certd_permitted_take(kinds[i].type, g_strdup(kinds[i].nobody)));
    }
    g_ptr_array_sort(list, compare);
    return list;
}

gboolean certd_permitted_is_nobody(const CertdPermitted *permitted)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(permitted->value, kinds[i].nobody))
            return TRUE;
    }
    return FALSE;
}

gboolean certd_permitted_covers(const GPtrArray *permitted, const GPtrArray *names,
                                CertdScope scope, CertdIsPublicSuffix is_public_suffix,
                                void *userdata)
{
    g_autoptr(GPtrArray) wanted = certd_permitted_new(names, scope, is_public_suffix, userdata);

    for (guint i = 0; names && i < names->len; i++) {
        const CertdSan *name = g_ptr_array_index(names, i);

        if (certd_permitted_allows(wanted, name) && !certd_permitted_allows(permitted, name))
            return FALSE;
    }
    return TRUE;
}

char *certd_permitted_to_string(const CertdPermitted *permitted)
{
    return g_strdup_printf("%s:%s", certd_san_type_name(permitted->type), permitted->value);
}

void certd_permitted_free(CertdPermitted *permitted)
{
    if (!permitted)
        return;

    g_free(permitted->value);
    g_free(permitted);
}
