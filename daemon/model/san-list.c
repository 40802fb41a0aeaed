/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of subject alternative names: a plain array, searched from its start, because it never
 * holds more than CERTD_LIMIT_SANS_OWN.
 */
#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"

static void free_element(void *san)
{
    certd_san_free(san);
}

GPtrArray *certd_san_list_new(void)
{
    return g_ptr_array_new_with_free_func(free_element);
}

GPtrArray *certd_san_list_copy(const GPtrArray *list)
{
    GPtrArray *copy = certd_san_list_new();
    for (size_t i = 0; i < list->len; i++)
        g_ptr_array_add(copy, certd_san_copy(g_ptr_array_index(list, i)));
    return copy;
}

/* Where the equal of @san is, into @index. */
static gboolean find(const GPtrArray *list, const CertdSan *san, unsigned int *index)
{
    for (unsigned int i = 0; i < list->len; i++) {
        if (certd_san_equal(g_ptr_array_index(list, i), san)) {
            *index = i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean certd_san_list_add(GPtrArray *list, CertdSan *san, gboolean *added, GError **error)
{
    g_autoptr(CertdSan) owned = san;
    gboolean is_new = !certd_san_list_contains(list, owned);
    if (is_new && list->len >= CERTD_LIMIT_SANS_OWN) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There are %u subject alternative names already, which is the limit; remove "
                    "one first",
                    CERTD_LIMIT_SANS_OWN);
        return FALSE;
    }
    if (is_new)
        g_ptr_array_add(list, g_steal_pointer(&owned));
    if (added != NULL)
        *added = is_new;
    return TRUE;
}

gboolean certd_san_list_remove(GPtrArray *list, const CertdSan *san)
{
    unsigned int index;
    if (!find(list, san, &index))
        return FALSE;
    g_ptr_array_remove_index(list, index);
    return TRUE;
}

gboolean certd_san_list_contains(const GPtrArray *list, const CertdSan *san)
{
    unsigned int index;
    return find(list, san, &index);
}

gboolean certd_san_list_equal(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (size_t i = 0; i < a->len; i++) {
        if (!certd_san_equal(g_ptr_array_index(a, i), g_ptr_array_index(b, i)))
            return FALSE;
    }
    return TRUE;
}

GPtrArray *certd_san_list_from_variant(GVariant *pairs, GError **error)
{
    if (!g_variant_is_of_type(pairs, G_VARIANT_TYPE("a(ss)"))) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                    "Subject alternative names of D-Bus type \"%s\" are not valid; use \"a(ss)\", "
                    "pairs of type and value",
                    g_variant_get_type_string(pairs));
        return NULL;
    }
    g_autoptr(GPtrArray) list = certd_san_list_new();
    GVariantIter iter;
    g_variant_iter_init(&iter, pairs);
    const char *type;
    const char *value;
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        CertdSan *san = certd_san_new_named(type, value, error);
        if (san == NULL || !certd_san_list_add(list, san, NULL, error))
            return NULL;
    }
    return g_steal_pointer(&list);
}

GVariant *certd_san_list_to_variant(const GPtrArray *list)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
    for (size_t i = 0; i < list->len; i++) {
        const CertdSan *san = g_ptr_array_index(list, i);
        g_variant_builder_add(&builder, "(ss)", certd_san_type_name(san->type), san->value);
    }
    return g_variant_builder_end(&builder);
}
