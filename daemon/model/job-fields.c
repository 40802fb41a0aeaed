/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One check a type of field, so that the files of the jobs are lists of fields. This is a
 * trust boundary: a worker that foreign bytes have taken over answers through it.
 */
#include "model/job-fields.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"
#include "model/text.h"

/* 9999-12-31T23:59:59Z, the last second that X.509 can write (RFC 5280 4.1.2.5). */
#define TIME_MAX G_GINT64_CONSTANT(253402300799)

#define BYTES_LIST_TYPE G_VARIANT_TYPE("aay")

static const struct {
    CertdPurposes purpose;
    const char *name;
} purpose_names[] = {
    {CERTD_PURPOSE_SERVER, "server"},
    {CERTD_PURPOSE_CLIENT, "client"},
};

/* What fails below is the other process's doing, whatever the parser that refused it calls it. */
static gboolean fail_as_malformed(GError **error, const char *key, GError *cause)
{
    gboolean failed = certd_fields_fail(error, key, cause->message);

    g_error_free(cause);
    return failed;
}

gboolean certd_fields_fail(GError **error, const char *key, const char *problem)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "Field \"%s\" between certd and its worker is wrong: %s", key, problem);
    return FALSE;
}

CertdOptions *certd_fields_new(GVariant *dict, GError **error)
{
    if (!g_variant_is_of_type(dict, G_VARIANT_TYPE_VARDICT) || !g_variant_is_normal_form(dict)) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            "A message between certd and its worker is no a{sv} in normal form");
        return NULL;
    }
    return certd_options_new(dict);
}

gboolean certd_fields_finish(CertdOptions *fields, GError **error)
{
    GError *cause = NULL;

    if (certd_options_finish(fields, &cause))
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "A message between certd and its worker is wrong: %s", cause->message);
    g_error_free(cause);
    return FALSE;
}

gboolean certd_fields_take(CertdOptions *fields, const char *key, const GVariantType *type,
                           CertdFieldPresence presence, GVariant **value, GError **error)
{
    GVariant *taken = NULL;
    GError *cause = NULL;

    if (!certd_options_take_variant(fields, key, &taken, &cause))
        return fail_as_malformed(error, key, cause);
    if (!taken)
        return presence == CERTD_FIELD_OPTIONAL || certd_fields_fail(error, key, "it is missing");
    if (!g_variant_is_of_type(taken, type)) {
        g_autofree char *found = certd_text_quote(g_variant_get_type_string(taken));
        g_autofree char *wanted = g_variant_type_dup_string(type);
        g_autofree char *problem =
            g_strdup_printf("it is of type %s and has to be \"%s\"", found, wanted);

        return certd_fields_fail(error, key, problem);
    }
    *value = taken;
    return TRUE;
}

gboolean certd_fields_take_boolean(CertdOptions *fields, const char *key, gboolean *value,
                                   GError **error)
{
    GVariant *taken = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE_BOOLEAN, CERTD_FIELD_REQUIRED, &taken,
                           error))
        return FALSE;
    *value = g_variant_get_boolean(taken);
    return TRUE;
}

gboolean certd_fields_take_time(CertdOptions *fields, const char *key, gint64 *value,
                                GError **error)
{
    GVariant *taken = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE_INT64, CERTD_FIELD_REQUIRED, &taken, error))
        return FALSE;

    gint64 seconds = g_variant_get_int64(taken);
    if (seconds < 0 || seconds > TIME_MAX)
        return certd_fields_fail(error, key, "it is no time from 1970 to 9999");
    *value = seconds;
    return TRUE;
}

gboolean certd_fields_take_text(CertdOptions *fields, const char *key, size_t characters,
                                CertdFieldPresence presence, char **value, GError **error)
{
    GVariant *taken = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE_STRING, presence, &taken, error))
        return FALSE;
    if (!taken)
        return TRUE;

    const char *text = g_variant_get_string(taken, NULL);
    if (!*text || (size_t)g_utf8_strlen(text, -1) > characters || !certd_text_is_clean(text))
        return certd_fields_fail(error, key, "it is empty, too long or has control characters");
    *value = g_strdup(text);
    return TRUE;
}

/* A copy, lest one small field keep the whole message alive. NULL for a wrong size. */
static GBytes *bytes_within(GVariant *value, size_t min, size_t max)
{
    size_t size = 0;
    const void *data = g_variant_get_fixed_array(value, &size, 1);

    if (size < min || size > max)
        return NULL;
    return g_bytes_new(data, size);
}

static gboolean fail_size(GError **error, const char *key, size_t size, size_t min, size_t max)
{
    g_autofree char *problem =
        g_strdup_printf("it has %zu bytes and has to have %zu to %zu", size, min, max);

    return certd_fields_fail(error, key, problem);
}

gboolean certd_fields_take_bytes(CertdOptions *fields, const char *key, size_t min, size_t max,
                                 CertdFieldPresence presence, GBytes **value, GError **error)
{
    GVariant *taken = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE_BYTESTRING, presence, &taken, error))
        return FALSE;
    if (!taken)
        return TRUE;

    GBytes *bytes = bytes_within(taken, min, max);
    if (!bytes)
        return fail_size(error, key, g_variant_n_children(taken), min, max);
    *value = bytes;
    return TRUE;
}

gboolean certd_fields_take_bytes_list(CertdOptions *fields, const char *key, size_t min_items,
                                      size_t max_items, size_t min, size_t max, GPtrArray **value,
                                      GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    GVariant *taken = NULL;

    if (!certd_fields_take(fields, key, BYTES_LIST_TYPE, CERTD_FIELD_REQUIRED, &taken, error))
        return FALSE;

    size_t items = g_variant_n_children(taken);
    if (items < min_items || items > max_items) {
        g_autofree char *problem = g_strdup_printf("it has %zu items and has to have %zu to %zu",
                                                   items, min_items, max_items);
        return certd_fields_fail(error, key, problem);
    }
    for (size_t i = 0; i < items; i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(taken, i);
        GBytes *bytes = bytes_within(item, min, max);

        if (!bytes)
            return fail_size(error, key, g_variant_n_children(item), min, max);
        g_ptr_array_add(list, bytes);
    }
    *value = g_steal_pointer(&list);
    return TRUE;
}

/* A key that stands twice could be checked by one reader and shown by another. */
static gboolean has_unique_keys(GVariant *dict)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GVariantIter iter;
    const char *key;

    g_variant_iter_init(&iter, dict);
    while (g_variant_iter_next(&iter, "{&sv}", &key, NULL)) {
        if (!g_hash_table_add(seen, (char *)key))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_fields_take_details(CertdOptions *fields, const char *key,
                                   CertdFieldPresence presence, GVariant **value, GError **error)
{
    GVariant *taken = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE_VARDICT, presence, &taken, error))
        return FALSE;
    if (!taken)
        return TRUE;
    if (g_variant_get_size(taken) > CERTD_LIMIT_DETAILS_BYTES)
        return fail_size(error, key, g_variant_get_size(taken), 0, CERTD_LIMIT_DETAILS_BYTES);
    if (!has_unique_keys(taken))
        return certd_fields_fail(error, key, "a key stands twice");
    *value = g_variant_ref(taken);
    return TRUE;
}

gboolean certd_fields_take_sans(CertdOptions *fields, const char *key, GPtrArray **value,
                                GError **error)
{
    GVariant *taken = NULL;
    GError *cause = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE("a(ss)"), CERTD_FIELD_REQUIRED, &taken,
                           error))
        return FALSE;

    GPtrArray *sans = certd_san_list_from_variant(taken, &cause);
    if (!sans)
        return fail_as_malformed(error, key, cause);
    *value = sans;
    return TRUE;
}

gboolean certd_fields_take_subject(CertdOptions *fields, const char *key, CertdSubject **value,
                                   GError **error)
{
    GVariant *taken = NULL;
    GError *cause = NULL;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE("a(ss)"), CERTD_FIELD_REQUIRED, &taken,
                           error))
        return FALSE;

    CertdSubject *subject = certd_subject_from_variant(taken, &cause);
    if (!subject)
        return fail_as_malformed(error, key, cause);
    *value = subject;
    return TRUE;
}

/* The purpose called @name; 0 where there is none. */
static unsigned int find_purpose(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(purpose_names); i++) {
        if (g_str_equal(purpose_names[i].name, name))
            return purpose_names[i].purpose;
    }
    return 0;
}

gboolean certd_fields_take_purposes(CertdOptions *fields, const char *key, CertdPurposes *value,
                                    GError **error)
{
    GVariant *taken = NULL;
    unsigned int purposes = 0;
    GVariantIter iter;
    const char *name;

    if (!certd_fields_take(fields, key, G_VARIANT_TYPE_STRING_ARRAY, CERTD_FIELD_REQUIRED, &taken,
                           error))
        return FALSE;
    g_variant_iter_init(&iter, taken);
    while (g_variant_iter_next(&iter, "&s", &name)) {
        unsigned int purpose = find_purpose(name);

        if (purpose == 0 || purposes & purpose)
            return certd_fields_fail(error, key, "a purpose is not known or stands twice");
        purposes |= purpose;
    }
    *value = (CertdPurposes)purposes;
    return TRUE;
}

void certd_fields_add_bytes(GVariantBuilder *builder, const char *key, GBytes *value)
{
    if (!value)
        return;
    g_variant_builder_add(builder, "{sv}", key,
                          g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, value, TRUE));
}

void certd_fields_add_text(GVariantBuilder *builder, const char *key, const char *value)
{
    if (value)
        g_variant_builder_add(builder, "{sv}", key, g_variant_new_string(value));
}

void certd_fields_add_boolean(GVariantBuilder *builder, const char *key, gboolean value)
{
    g_variant_builder_add(builder, "{sv}", key, g_variant_new_boolean(value));
}

void certd_fields_add_bytes_list(GVariantBuilder *builder, const char *key, const GPtrArray *list)
{
    GVariantBuilder items;

    g_variant_builder_init(&items, BYTES_LIST_TYPE);
    for (guint i = 0; list && i < list->len; i++) {
        g_variant_builder_add_value(
            &items,
            g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, g_ptr_array_index(list, i), TRUE));
    }
    g_variant_builder_add(builder, "{sv}", key, g_variant_builder_end(&items));
}

void certd_fields_add_purposes(GVariantBuilder *builder, const char *key, CertdPurposes purposes)
{
    GVariantBuilder names;

    g_variant_builder_init(&names, G_VARIANT_TYPE_STRING_ARRAY);
    for (size_t i = 0; i < G_N_ELEMENTS(purpose_names); i++) {
        if (purposes & purpose_names[i].purpose)
            g_variant_builder_add(&names, "s", purpose_names[i].name);
    }
    g_variant_builder_add(builder, "{sv}", key, g_variant_builder_end(&names));
}
