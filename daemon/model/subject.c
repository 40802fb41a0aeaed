/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A distinguished name: an array of attributes that were all judged when they came in, so that
 * whoever encodes one need not judge again. Its RFC 4514 text is in subject-parse.c.
 */
#include "model/subject.h"

#include <string.h>

#include "model/country.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/mailbox.h"
#include "model/text.h"

struct CertdSubject {
    GPtrArray *attributes; /* of CertdAttribute */
};

static void attribute_free(void *data)
{
    CertdAttribute *attribute = data;
    g_free(attribute->value);
    g_free(attribute);
}

CertdSubject *certd_subject_new(void)
{
    CertdSubject *subject = g_new0(CertdSubject, 1);
    subject->attributes = g_ptr_array_new_with_free_func(attribute_free);
    return subject;
}

static void add_attribute(CertdSubject *subject, const CertdAttributeType *type, const char *value)
{
    CertdAttribute *attribute = g_new0(CertdAttribute, 1);
    attribute->type = type;
    attribute->value = g_strdup(value);
    g_ptr_array_add(subject->attributes, attribute);
}

CertdSubject *certd_subject_copy(const CertdSubject *subject)
{
    CertdSubject *copy = certd_subject_new();
    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        add_attribute(copy, attribute->type, attribute->value);
    }
    return copy;
}

void certd_subject_free(CertdSubject *subject)
{
    if (subject == NULL)
        return;
    g_ptr_array_unref(subject->attributes);
    g_free(subject);
}

size_t certd_subject_length(const CertdSubject *subject)
{
    return subject->attributes->len;
}

const CertdAttribute *certd_subject_get(const CertdSubject *subject, size_t index)
{
    g_return_val_if_fail(index < subject->attributes->len, NULL);
    return g_ptr_array_index(subject->attributes, index);
}

const char *certd_subject_common_name(const CertdSubject *subject)
{
    for (size_t i = certd_subject_length(subject); i > 0; i--) {
        const CertdAttribute *attribute = certd_subject_get(subject, i - 1);
        if (strcmp(attribute->type->name, "CN") == 0)
            return attribute->value;
    }
    return NULL;
}

gboolean certd_subject_equal(const CertdSubject *a, const CertdSubject *b)
{
    if (certd_subject_length(a) != certd_subject_length(b))
        return FALSE;
    for (size_t i = 0; i < certd_subject_length(a); i++) {
        const CertdAttribute *left = certd_subject_get(a, i);
        const CertdAttribute *right = certd_subject_get(b, i);
        if (left->type != right->type || strcmp(left->value, right->value) != 0)
            return FALSE;
    }
    return TRUE;
}

/* FALSE with CERTD_ERROR_INVALID_SUBJECT: the @type of subject, its @value, and the @problem. */
static gboolean refuse(const CertdAttributeType *type, const char *value, const char *problem,
                       GError **error)
{
    g_autofree char *quoted = certd_text_quote(value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT, "%s %s is not valid: %s",
                type->name, quoted, problem);
    return FALSE;
}

/* What @value has that @encoding can't spell, as a sentence with its remedy; NULL for nothing. */
static const char *alphabet_problem(CertdAttributeEncoding encoding, const char *value)
{
    /* X.680 41.4. */
    static const char *printable_marks = " '()+,-./:=?";
    switch (encoding) {
    case CERTD_ATTRIBUTE_UTF8:
        return NULL;
    case CERTD_ATTRIBUTE_PRINTABLE:
        for (const char *c = value; *c != '\0'; c++) {
            if (!g_ascii_isalnum(*c) && strchr(printable_marks, *c) == NULL)
                return "use letters and digits of ASCII, spaces and '()+,-./:=? only";
        }
        return NULL;
    case CERTD_ATTRIBUTE_IA5:
        return g_str_is_ascii(value) ? NULL : "use characters of ASCII only";
    }
    g_return_val_if_reached("unknown encoding");
}

static gboolean validate_value(const CertdAttributeType *type, const char *value, GError **error)
{
    if (*value == '\0')
        return refuse(type, value, "it is empty; leave the attribute out instead", error);
    if (!certd_text_is_clean(value))
        return refuse(type, value,
                      "leave out control, invisible and text-direction characters, and write UTF-8",
                      error);
    /* First, because its hints say more than that a country name is too long. */
    if (strcmp(type->name, "C") == 0 && !certd_country_validate(value, error))
        return FALSE;
    size_t length = (size_t)g_utf8_strlen(value, -1);
    if (length > type->upper_bound) {
        g_autofree char *problem = g_strdup_printf(
            "it has %zu characters; at most %zu are allowed (X.520)", length, type->upper_bound);
        return refuse(type, value, problem, error);
    }
    const char *problem = alphabet_problem(type->encoding, value);
    if (problem == NULL && strcmp(type->name, "emailAddress") == 0)
        problem = certd_mailbox_problem(value);
    return problem == NULL || refuse(type, value, problem, error);
}

static gboolean refuse_type(const char *type, GError **error)
{
    size_t n_types;
    const CertdAttributeType *types = certd_attribute_types(&n_types);
    g_autoptr(GString) known = g_string_new(NULL);
    for (size_t i = 0; i < n_types; i++)
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", types[i].name);
    g_autofree char *quoted = certd_text_quote(type);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                "Attribute type %s is not known; there are %s", quoted, known->str);
    return FALSE;
}

gboolean certd_subject_append(CertdSubject *subject, const char *type, const char *value,
                              GError **error)
{
    const CertdAttributeType *found = certd_attribute_type_find(type);
    if (found == NULL)
        return refuse_type(type, error);
    if (!validate_value(found, value, error))
        return FALSE;
    if (certd_subject_length(subject) >= CERTD_LIMIT_RDNS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "The subject would have more than %u attributes; leave some out",
                    CERTD_LIMIT_RDNS);
        return FALSE;
    }
    add_attribute(subject, found, value);
    return TRUE;
}

CertdSubject *certd_subject_from_variant(GVariant *pairs, GError **error)
{
    if (!g_variant_is_of_type(pairs, G_VARIANT_TYPE("a(ss)"))) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                    "A subject of D-Bus type \"%s\" is not valid; use \"a(ss)\", pairs of "
                    "attribute type and value",
                    g_variant_get_type_string(pairs));
        return NULL;
    }
    g_autoptr(CertdSubject) subject = certd_subject_new();
    GVariantIter iter;
    g_variant_iter_init(&iter, pairs);
    const char *type;
    const char *value;
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        if (!certd_subject_append(subject, type, value, error))
            return NULL;
    }
    return g_steal_pointer(&subject);
}

GVariant *certd_subject_to_variant(const CertdSubject *subject)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        g_variant_builder_add(&builder, "(ss)", attribute->type->name, attribute->value);
    }
    return g_variant_builder_end(&builder);
}
