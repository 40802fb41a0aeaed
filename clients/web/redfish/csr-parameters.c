/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/csr-parameters.h"

#include "model/key-type.h"
#include "web/redfish/names.h"
#include "web/redfish/terms.h"

const CertdField certd_csr_fields[] = {
    {"AlternativeNames", CERTD_FIELD_STRINGS, FALSE},
    {"CertificateCollection", CERTD_FIELD_LINK, TRUE},
    {"ChallengePassword", CERTD_FIELD_STRING, FALSE},
    {"City", CERTD_FIELD_STRING, FALSE},
    {"CommonName", CERTD_FIELD_STRING, FALSE},
    {"ContactPerson", CERTD_FIELD_STRING, FALSE},
    {"Country", CERTD_FIELD_STRING, FALSE},
    {"Email", CERTD_FIELD_STRING, FALSE},
    {"GivenName", CERTD_FIELD_STRING, FALSE},
    {"Initials", CERTD_FIELD_STRING, FALSE},
    {"KeyBitLength", CERTD_FIELD_INTEGER, FALSE},
    {"KeyCurveId", CERTD_FIELD_STRING, FALSE},
    {"KeyPairAlgorithm", CERTD_FIELD_STRING, FALSE},
    {"KeyUsage", CERTD_FIELD_STRINGS, FALSE},
    {"Organization", CERTD_FIELD_STRING, FALSE},
    {"OrganizationalUnit", CERTD_FIELD_STRING, FALSE},
    {"State", CERTD_FIELD_STRING, FALSE},
    {"Surname", CERTD_FIELD_STRING, FALSE},
    {"UnstructuredName", CERTD_FIELD_STRING, FALSE},
    {0},
};

static const struct {
    const char *parameter;
    const char *type;
} subject_rows[] = {
    {"Country", "C"},
    {"State", "ST"},
    {"City", "L"},
    {"Organization", "O"},
    {"OrganizationalUnit", "OU"},
    {"ContactPerson", "name"},
    {"Surname", "surname"},
    {"GivenName", "givenName"},
    {"Initials", "initials"},
    {"CommonName", "CN"},
    {"Email", "emailAddress"},
};

const char *certd_csr_subject_parameter(guint index, const char **type)
{
    if (index >= G_N_ELEMENTS(subject_rows))
        return NULL;
    if (type)
        *type = subject_rows[index].type;
    return subject_rows[index].parameter;
}

/* NULL where it is absent or empty. */
static const char *get_text(JsonObject *body, const char *name)
{
    const char *text = certd_field_string(body, name);
    return text && *text != '\0' ? text : NULL;
}

static void add_subject(JsonObject *body, GVariantBuilder *options)
{
    g_auto(GVariantBuilder) pairs = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ss)"));
    gboolean any = FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(subject_rows); i++) {
        const char *value = get_text(body, subject_rows[i].parameter);
        if (!value)
            continue;
        g_variant_builder_add(&pairs, "(ss)", subject_rows[i].type, value);
        any = TRUE;
    }
    if (any)
        g_variant_builder_add(options, "{sv}", "subject", g_variant_builder_end(&pairs));
}

/* The action is whole in itself: what is left out is not what some request before it had. */
static void add_names(JsonObject *body, GVariantBuilder *options)
{
    static const char *const none[] = {NULL};
    g_auto(GStrv) names = certd_field_strings(body, "AlternativeNames");
    for (guint i = 0; names && names[i]; i++) {
        char *typed = certd_names_type(names[i]);
        g_free(names[i]);
        names[i] = typed;
    }
    g_variant_builder_add(options, "{sv}", "subject-alt-names",
                          g_variant_new_strv(names ? (const char *const *)names : none, -1));
}

gboolean certd_csr_add_key(JsonObject *body, const char *action, GVariantBuilder *options,
                           const char **key_type, CertdAnswer *answer)
{
    const char *password = get_text(body, "ChallengePassword");
    const char *algorithm = get_text(body, "KeyPairAlgorithm");
    const char *curve = get_text(body, "KeyCurveId");
    gint64 bits = certd_field_integer(body, "KeyBitLength", 0);
    const char *found = NULL, *wrong = NULL;

    if (!certd_term_key_type(algorithm, bits, curve, &found, &wrong)) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, bits);
        gboolean is_curve = g_str_equal(wrong, "KeyCurveId");
        const char *value = is_curve ? curve : number;
        g_autofree char *pointer = g_strconcat("/", wrong, NULL);
        if (g_str_equal(wrong, "KeyPairAlgorithm") && !algorithm)
            certd_answer_property(answer, pointer, CERTD_MESSAGE_ACTION_PARAMETER_MISSING, action,
                                  wrong);
        else
            certd_answer_property(answer, pointer, CERTD_MESSAGE_ACTION_PARAMETER_VALUE_NOT_IN_LIST,
                                  g_str_equal(wrong, "KeyPairAlgorithm") ? algorithm : value, wrong,
                                  action);
        return FALSE;
    }
    if (found)
        g_variant_builder_add(options, "{sv}", "key-type", g_variant_new_string(found));
    if (password)
        g_variant_builder_add(options, "{sv}", "challenge-password",
                              g_variant_new_string(password));
    if (key_type)
        *key_type = found;
    return TRUE;
}

/* What a request is for follows from its key; a client may say so, but nothing else. */
static gboolean check_usages(JsonObject *body, const char *key_type, CertdAnswer *answer)
{
    g_auto(GStrv) usages = certd_field_strings(body, "KeyUsage");
    for (guint i = 0; usages && usages[i]; i++) {
        if (certd_term_usage_is_requested(usages[i], key_type))
            continue;
        g_autofree char *pointer = g_strdup_printf("/KeyUsage/%u", i);
        certd_answer_property(answer, pointer, CERTD_MESSAGE_ACTION_PARAMETER_VALUE_NOT_IN_LIST,
                              usages[i], "KeyUsage", CERTD_ACTION_GENERATE_CSR);
        return FALSE;
    }
    return TRUE;
}

GVariant *certd_csr_options(JsonObject *body, const char *key_type, CertdAnswer *answer)
{
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    const char *unstructured = get_text(body, "UnstructuredName");
    const char *asked = NULL;

    if (!certd_csr_add_key(body, CERTD_ACTION_GENERATE_CSR, &options, &asked, answer) ||
        !check_usages(body, asked ? asked : key_type, answer))
        return NULL;
    if (!asked)
        g_variant_builder_add(&options, "{sv}", "key-type",
                              g_variant_new_string(certd_key_type_name(CERTD_KEY_EC_SECP256R1)));
    add_subject(body, &options);
    add_names(body, &options);
    if (unstructured)
        g_variant_builder_add(&options, "{sv}", "unstructured-name",
                              g_variant_new_string(unstructured));
    return g_variant_builder_end(&options);
}
