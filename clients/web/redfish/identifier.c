/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text is taken apart by RFC 4514's rules alone: what a foreign authority has put into a name is shown, not judged.
 */
#include "web/redfish/identifier.h"

#include <string.h>

/* The place of the first @c1 or @c2 from @from that no backslash hides, or the end. */
static const char *find_plain(const char *from, char c1, char c2)
{
    const char *c = from;
    while (*c != '\0' && *c != c1 && *c != c2)
        c += *c == '\\' && c[1] != '\0' ? 2 : 1;
    return c;
}

/* RFC 4514 section 2.4, the other way round; what isn't text then is made so. */
static char *unescape(const char *text, size_t length)
{
    g_autoptr(GString) out = g_string_sized_new(length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 2 < length && g_ascii_isxdigit(text[i + 1]) &&
            g_ascii_isxdigit(text[i + 2])) {
            g_string_append_c(out, (char)(g_ascii_xdigit_value(text[i + 1]) * 16 +
                                          g_ascii_xdigit_value(text[i + 2])));
            i += 2;
        } else {
            i += text[i] == '\\' && i + 1 < length;
            g_string_append_c(out, text[i]);
        }
    }
    return g_utf8_make_valid(out->str, (gssize)out->len);
}

static void add_attribute(GPtrArray *pairs, const char *start, const char *end)
{
    const char *equals = memchr(start, '=', (size_t)(end - start));
    if (!equals)
        return;
    g_autofree char *type = g_strndup(start, (size_t)(equals - start));
    g_autofree char *value = unescape(equals + 1, (size_t)(end - equals - 1));
    g_ptr_array_add(pairs, g_variant_ref_sink(g_variant_new("(ss)", type, value)));
}

GVariant *certd_identifier_split(const char *dn)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    const char *start = dn;
    while (*start != '\0') {
        const char *end = find_plain(start, ',', '+');
        add_attribute(pairs, start, end);
        start = *end != '\0' ? end + 1 : end;
    }
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ss)"));
    for (guint i = pairs->len; i > 0; i--)
        g_variant_builder_add_value(&builder, g_ptr_array_index(pairs, i - 1));
    return g_variant_builder_end(&builder);
}

/* The first value is @member, the others are in @more; what has only a list is there from the first on. */
static const struct {
    const char *type;
    const char *member;
    const char *more;
} rows[] = {
    {"CN", "CommonName", "AdditionalCommonNames"},
    {"OU", "OrganizationalUnit", "AdditionalOrganizationalUnits"},
    {"O", "Organization", NULL},
    {"L", "City", NULL},
    {"ST", "State", NULL},
    {"C", "Country", NULL},
    {"emailAddress", "Email", NULL},
    {"DC", NULL, "DomainComponents"},
};

static void add_value(JsonObject *identifier, size_t row, const char *value)
{
    if (rows[row].member && !json_object_has_member(identifier, rows[row].member)) {
        json_object_set_string_member(identifier, rows[row].member, value);
        return;
    }
    if (!rows[row].more)
        return;
    if (!json_object_has_member(identifier, rows[row].more))
        json_object_set_array_member(identifier, rows[row].more, json_array_new());
    json_array_add_string_element(json_object_get_array_member(identifier, rows[row].more), value);
}

static void add_names(JsonObject *identifier, GVariant *sans)
{
    JsonArray *names = json_array_new();
    GVariantIter iter;
    const char *type, *value;

    g_variant_iter_init(&iter, sans);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        g_autofree char *name = g_strconcat(type, ":", value, NULL);
        json_array_add_string_element(names, name);
    }
    json_object_set_array_member(identifier, "AlternativeNames", names);
}

JsonObject *certd_identifier_new(const char *dn, GVariant *sans)
{
    JsonObject *identifier = json_object_new();
    g_autoptr(GVariant) pairs = g_variant_ref_sink(certd_identifier_split(dn));
    GVariantIter iter;
    const char *type, *value;

    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            if (g_str_equal(type, rows[i].type))
                add_value(identifier, i, value);
        }
    }
    json_object_set_string_member(identifier, "DisplayString", dn);
    if (sans && g_variant_n_children(sans) > 0)
        add_names(identifier, sans);
    return identifier;
}
