/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of a certificate as a value, and as the a{sv} it is on the wire and in the
 * keystore. Nothing is applied unless all of it is valid: the old value is never changed.
 */
#include "model/settings.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/options.h"
#include "model/san.h"
#include "model/text.h"

#define PAIRS_TYPE G_VARIANT_TYPE("a(ss)")

static const char *const issuers[CERTD_ISSUER_COUNT_] = {
    [CERTD_ISSUER_EXTERNAL] = "external",
    [CERTD_ISSUER_SELF] = "self",
    [CERTD_ISSUER_INTERNAL] = "internal",
};

const char *certd_issuer_name(CertdIssuer issuer)
{
    g_return_val_if_fail((unsigned int)issuer < CERTD_ISSUER_COUNT_, NULL);

    return issuers[issuer];
}

gboolean certd_issuer_parse(const char *name, CertdIssuer *issuer, GError **error)
{
    g_autofree char *quoted = certd_text_quote(name);
    g_autoptr(GString) choices = g_string_new(NULL);

    for (size_t i = 0; i < CERTD_ISSUER_COUNT_; i++) {
        if (name && g_str_equal(name, issuers[i])) {
            *issuer = (CertdIssuer)i;
            return TRUE;
        }
        g_string_append_printf(choices, "%s%s", i > 0 ? ", " : "", issuers[i]);
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "Issuer %s is not known; choose one of %s", quoted, choices->str);
    return FALSE;
}

CertdSettings *certd_settings_new(void)
{
    CertdSettings *settings = g_new0(CertdSettings, 1);

    settings->subject = certd_subject_new();
    settings->sans = certd_san_list_new();
    settings->key_type = CERTD_KEY_EC_SECP256R1;
    settings->digest = CERTD_DIGEST_SHA256;
    settings->days = CERTD_DEFAULT_DAYS;
    settings->issuer = CERTD_ISSUER_EXTERNAL;
    settings->copy_common_name = TRUE;
    return settings;
}

CertdSettings *certd_settings_copy(const CertdSettings *settings)
{
    CertdSettings *copy = g_new0(CertdSettings, 1);

    *copy = *settings;
    copy->subject = certd_subject_copy(settings->subject);
    copy->sans = certd_san_list_copy(settings->sans);
    return copy;
}

void certd_settings_free(CertdSettings *settings)
{
    if (!settings)
        return;

    certd_subject_free(settings->subject);
    g_ptr_array_unref(settings->sans);
    g_free(settings);
}

gboolean certd_settings_equal(const CertdSettings *a, const CertdSettings *b)
{
    return a->key_type == b->key_type && a->digest == b->digest && a->days == b->days &&
           a->issuer == b->issuer && !a->copy_common_name == !b->copy_common_name &&
           !a->reuse_key == !b->reuse_key && certd_subject_equal(a->subject, b->subject) &&
           certd_san_list_equal(a->sans, b->sans);
}

static gboolean wrong_type(const char *key, const char *wanted, GVariant *value, GError **error)
{
    g_autofree char *type = certd_text_quote(g_variant_get_type_string(value));

    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "Option \"%s\" takes %s, not a value of type %s", key, wanted, type);
    return FALSE;
}

static gboolean apply_subject(CertdSettings *settings, CertdOptions *options, GError **error)
{
    g_autoptr(CertdSubject) subject = NULL;
    GVariant *value = NULL;

    if (!certd_options_take_variant(options, "subject", &value, error))
        return FALSE;
    if (!value)
        return TRUE;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        subject = certd_subject_parse(g_variant_get_string(value, NULL), error);
    else if (g_variant_is_of_type(value, PAIRS_TYPE))
        subject = certd_subject_from_variant(value, error);
    else
        return wrong_type("subject", "an RFC 4514 string (s) or pairs of type and value (a(ss))",
                          value, error);
    if (!subject)
        return FALSE;
    certd_subject_free(settings->subject);
    settings->subject = g_steal_pointer(&subject);
    return TRUE;
}

/* From "TYPE:VALUE" strings. */
static GPtrArray *sans_from_strings(GVariant *strings, GError **error)
{
    g_autoptr(GPtrArray) sans = certd_san_list_new();
    GVariantIter iter;
    const char *text;

    g_variant_iter_init(&iter, strings);
    while (g_variant_iter_next(&iter, "&s", &text)) {
        CertdSan *san = certd_san_parse(text, error);

        if (!san || !certd_san_list_add(sans, san, NULL, error))
            return NULL;
    }
    return g_steal_pointer(&sans);
}

static gboolean apply_sans(CertdSettings *settings, CertdOptions *options, GError **error)
{
    g_autoptr(GPtrArray) sans = NULL;
    GVariant *value = NULL;

    if (!certd_options_take_variant(options, "subject-alt-names", &value, error))
        return FALSE;
    if (!value)
        return TRUE;
    if (g_variant_is_of_type(value, PAIRS_TYPE))
        sans = certd_san_list_from_variant(value, error);
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY))
        sans = sans_from_strings(value, error);
    else
        return wrong_type("subject-alt-names",
                          "pairs of type and value (a(ss)) or TYPE:VALUE strings (as)", value,
                          error);
    if (!sans)
        return FALSE;
    g_ptr_array_unref(settings->sans);
    settings->sans = g_steal_pointer(&sans);
    return TRUE;
}

static gboolean apply_key(CertdSettings *settings, CertdOptions *options, CertdPolicy policy,
                          GError **error)
{
    const char *key_type = NULL;
    const char *digest = NULL;

    if (!certd_options_take_string(options, "key-type", &key_type, error) ||
        !certd_options_take_string(options, "digest", &digest, error))
        return FALSE;
    if (key_type && !certd_key_type_parse(key_type, policy, &settings->key_type, error))
        return FALSE;
    return !digest || certd_digest_parse(digest, policy, &settings->digest, error);
}

static gboolean apply_issue(CertdSettings *settings, CertdOptions *options, GError **error)
{
    guint64 days = settings->days;
    const char *issuer = NULL;

    if (!certd_options_take_unsigned(options, "days", CERTD_LIMIT_DAYS_MIN, CERTD_LIMIT_DAYS_MAX,
                                     &days, error) ||
        !certd_options_take_string(options, "issuer", &issuer, error) ||
        !certd_options_take_boolean(options, "copy-common-name", &settings->copy_common_name,
                                    error) ||
        !certd_options_take_boolean(options, "reuse-key", &settings->reuse_key, error))
        return FALSE;
    settings->days = (guint32)days;
    return !issuer || certd_issuer_parse(issuer, &settings->issuer, error);
}

CertdSettings *certd_settings_apply(const CertdSettings *settings, GVariant *options,
                                    CertdPolicy policy, GError **error)
{
    g_autoptr(CertdSettings) changed = certd_settings_copy(settings);
    g_autoptr(CertdOptions) reader = certd_options_new(options);

    if (!apply_subject(changed, reader, error) || !apply_sans(changed, reader, error) ||
        !apply_key(changed, reader, policy, error) || !apply_issue(changed, reader, error) ||
        !certd_options_finish(reader, error))
        return NULL;
    return g_steal_pointer(&changed);
}

gboolean certd_settings_check_days(const CertdSettings *settings, CertdIssuer issuer,
                                   GError **error)
{
    if (issuer != CERTD_ISSUER_INTERNAL || settings->days <= CERTD_LIMIT_INTERNAL_DAYS)
        return TRUE;

    g_set_error(
        error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
        "Option \"days\" is %u, and the issuer \"internal\" gives at most %u, the most that "
        "browsers take; give 1 to %u, for what it issues is renewed by itself",
        settings->days, CERTD_LIMIT_INTERNAL_DAYS, CERTD_LIMIT_INTERNAL_DAYS);
    return FALSE;
}

GVariant *certd_settings_to_variant(const CertdSettings *settings)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", "subject", certd_subject_to_variant(settings->subject));
    g_variant_builder_add(&builder, "{sv}", "subject-alt-names",
                          certd_san_list_to_variant(settings->sans));
    g_variant_builder_add(&builder, "{sv}", "key-type",
                          g_variant_new_string(certd_key_type_name(settings->key_type)));
    g_variant_builder_add(&builder, "{sv}", "digest",
                          g_variant_new_string(certd_digest_name(settings->digest)));
    g_variant_builder_add(&builder, "{sv}", "days", g_variant_new_uint32(settings->days));
    g_variant_builder_add(&builder, "{sv}", "issuer",
                          g_variant_new_string(certd_issuer_name(settings->issuer)));
    g_variant_builder_add(&builder, "{sv}", "copy-common-name",
                          g_variant_new_boolean(settings->copy_common_name));
    g_variant_builder_add(&builder, "{sv}", "reuse-key",
                          g_variant_new_boolean(settings->reuse_key));
    return g_variant_builder_end(&builder);
}
