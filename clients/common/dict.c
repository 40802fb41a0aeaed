/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dict.h"

const char *certd_dict_string(GVariant *dict, const char *key)
{
    const char *value = "";
    (void)g_variant_lookup(dict, key, "&s", &value);
    return value;
}

guint64 certd_dict_number(GVariant *dict, const char *key)
{
    guint64 value = 0;
    guint32 small = 0;
    if (g_variant_lookup(dict, key, "t", &value))
        return value;
    (void)g_variant_lookup(dict, key, "u", &small);
    return small;
}

gboolean certd_dict_boolean(GVariant *dict, const char *key)
{
    gboolean value = FALSE;
    (void)g_variant_lookup(dict, key, "b", &value);
    return value;
}

GVariant *certd_dict_array(GVariant *dict, const char *key, const char *type)
{
    GVariant *value = g_variant_lookup_value(dict, key, G_VARIANT_TYPE(type));
    return value ? value : g_variant_ref_sink(g_variant_new(type, NULL));
}
