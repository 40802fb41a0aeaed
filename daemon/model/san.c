/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Subject alternative names as values: they are validated and made canonical when they are made,
 * so that equal means the same bytes from then on.
 */
#include "model/san.h"

#include <string.h>

#include "model/error.h"
#include "model/san-validate.h"
#include "model/text.h"

static const char *const type_names[] = {
    [CERTD_SAN_DNS] = "DNS", [CERTD_SAN_IP] = "IP",   [CERTD_SAN_EMAIL] = "email",
    [CERTD_SAN_URI] = "URI", [CERTD_SAN_RID] = "RID", [CERTD_SAN_DIRNAME] = "dirName",
};

const char *certd_san_type_name(CertdSanType type)
{
    g_return_val_if_fail((size_t)type < G_N_ELEMENTS(type_names), NULL);
    return type_names[type];
}

gboolean certd_san_type_parse(const char *name, CertdSanType *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(type_names); i++) {
        if (g_ascii_strcasecmp(type_names[i], name) == 0) {
            *type = (CertdSanType)i;
            return TRUE;
        }
    }
    return FALSE;
}

static CertdSan *san_take(CertdSanType type, char *value)
{
    CertdSan *san = g_new0(CertdSan, 1);
    san->type = type;
    san->value = value;
    return san;
}

CertdSan *certd_san_new(CertdSanType type, const char *value, GError **error)
{
    g_autofree char *problem = NULL;
    char *canonical = certd_san_canonicalize(type, value, &problem);
    if (canonical != NULL)
        return san_take(type, canonical);

    g_autofree char *quoted = certd_text_quote(value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                "Subject alternative name %s of type %s is not valid: %s", quoted,
                certd_san_type_name(type), problem);
    return NULL;
}

CertdSan *certd_san_new_named(const char *type, const char *value, GError **error)
{
    CertdSanType parsed;
    if (certd_san_type_parse(type, &parsed))
        return certd_san_new(parsed, value, error);

    g_autofree char *quoted = certd_text_quote(type);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                "Subject alternative name type %s is not known; there are DNS, IP, email, URI, "
                "RID and dirName",
                quoted);
    return NULL;
}

CertdSan *certd_san_parse(const char *text, GError **error)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL) {
        g_autofree char *quoted = certd_text_quote(text);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                    "Subject alternative name %s has no type; write \"TYPE:VALUE\", such as "
                    "\"DNS:www.example.org\"",
                    quoted);
        return NULL;
    }
    g_autofree char *type = g_strndup(text, (size_t)(colon - text));
    return certd_san_new_named(type, colon + 1, error);
}

CertdSan *certd_san_from_common_name(const char *common_name)
{
    static const CertdSanType candidates[] = {CERTD_SAN_IP, CERTD_SAN_DNS};

    if (common_name == NULL)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        g_autofree char *problem = NULL;
        char *canonical = certd_san_canonicalize(candidates[i], common_name, &problem);
        if (canonical != NULL)
            return san_take(candidates[i], canonical);
    }
    return NULL;
}

CertdSan *certd_san_copy(const CertdSan *san)
{
    return san_take(san->type, g_strdup(san->value));
}

void certd_san_free(CertdSan *san)
{
    if (san == NULL)
        return;
    g_free(san->value);
    g_free(san);
}

gboolean certd_san_equal(const CertdSan *a, const CertdSan *b)
{
    return a->type == b->type && strcmp(a->value, b->value) == 0;
}

char *certd_san_print(const CertdSan *san)
{
    return g_strdup_printf("%s:%s", certd_san_type_name(san->type), san->value);
}

gboolean certd_san_matches(const CertdSan *san, const CertdSan *name)
{
    if (certd_san_equal(san, name))
        return TRUE;
    if (san->type != CERTD_SAN_DNS || name->type != CERTD_SAN_DNS ||
        !g_str_has_prefix(san->value, "*."))
        return FALSE;
    const char *parent = strchr(name->value, '.');
    return parent != NULL && strcmp(parent, san->value + strlen("*")) == 0;
}
