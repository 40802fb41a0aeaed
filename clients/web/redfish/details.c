/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/details.h"

#include "web/redfish/resource.h"

typedef enum {
    KIND_PLAIN, /* as certd_json_of() has it: texts, numbers, booleans, lists of texts, bytes as base64 */
    KIND_TIME,
    KIND_NAMES,
    KIND_LENGTH, /* left out below 0 */
    KIND_OTHERS,
} Kind;

static const struct {
    const char *key;
    const char *member;
    Kind kind;
} rows[] = {
    {"format", "Format", KIND_PLAIN},
    {"has-key", "HasKey", KIND_PLAIN},
    {"version", "Version", KIND_PLAIN},
    {"serial-number", "SerialNumber", KIND_PLAIN},
    {"subject", "Subject", KIND_PLAIN},
    {"issuer", "Issuer", KIND_PLAIN},
    {"self-signed", "SelfSigned", KIND_PLAIN},
    {"signature-algorithm", "SignatureAlgorithm", KIND_PLAIN},
    {"not-before", "NotBefore", KIND_TIME},
    {"not-after", "NotAfter", KIND_TIME},
    {"subject-alt-names", "SubjectAltNames", KIND_NAMES},
    {"key-type", "KeyType", KIND_PLAIN},
    {"public-key", "PublicKey", KIND_PLAIN},
    {"public-key-hash", "PublicKeySha256", KIND_PLAIN},
    {"key-usage", "KeyUsage", KIND_PLAIN},
    {"extended-key-usage", "ExtendedKeyUsage", KIND_PLAIN},
    {"is-ca", "IsAuthority", KIND_PLAIN},
    {"path-length", "PathLength", KIND_LENGTH},
    {"permitted-names", "PermittedNames", KIND_PLAIN},
    {"subject-key-identifier", "SubjectKeyIdentifier", KIND_PLAIN},
    {"authority-key-identifier", "AuthorityKeyIdentifier", KIND_PLAIN},
    {"fingerprint-sha1", "FingerprintSha1", KIND_PLAIN},
    {"fingerprint-sha256", "FingerprintSha256", KIND_PLAIN},
    {"chain", "Chain", KIND_OTHERS},
};

JsonArray *certd_details_pairs(GVariant *pairs, char separator)
{
    JsonArray *array = json_array_new();
    GVariantIter iter;
    const char *type, *value;

    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        g_autofree char *text = g_strdup_printf("%s%c%s", type, separator, value);
        json_array_add_string_element(array, text);
    }
    return array;
}

static void set_chain(JsonObject *object, const char *member, GVariant *value)
{
    JsonArray *array = json_array_new();
    for (gsize i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(value, i);
        json_array_add_object_element(array, certd_details_object(one));
    }
    json_object_set_array_member(object, member, array);
}

static void set_row(JsonObject *object, const char *member, Kind kind, GVariant *value)
{
    switch (kind) {
    case KIND_TIME:
        if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
            certd_set_time(object, member, (gint64)g_variant_get_uint64(value));
        return;
    case KIND_NAMES:
        if (g_variant_is_of_type(value, G_VARIANT_TYPE("a(ss)")))
            json_object_set_array_member(object, member, certd_details_pairs(value, ':'));
        return;
    case KIND_LENGTH:
        if (!g_variant_is_of_type(value, G_VARIANT_TYPE_INT32) || g_variant_get_int32(value) < 0)
            return;
        break;
    case KIND_OTHERS:
        if (g_variant_is_of_type(value, G_VARIANT_TYPE("aa{sv}")))
            set_chain(object, member, value);
        return;
    case KIND_PLAIN:
        break;
    }
    json_object_set_member(object, member, certd_json_of(value));
}

JsonObject *certd_details_object(GVariant *details)
{
    JsonObject *object = json_object_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(details, rows[i].key, NULL);
        if (value)
            set_row(object, rows[i].member, rows[i].kind, value);
    }
    return object;
}
