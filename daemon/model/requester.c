/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requesters: what a file says of one, and what that permits. What it does not name is not permitted. */
#include "model/requester.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/permitted.h"
#include "model/san.h"
#include "model/text.h"

#define KEY_UNIT "unit"
#define KEY_USER "user"
#define KEY_CERTIFICATES "certificates"
#define KEY_NAMES "names"
#define WORD_DEVICE "device"
/* Those of the name of a certificate, and the * of a pattern. */
#define PATTERN_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789._-*"
#define PATTERN_BYTES_MAX 64u

const char *const certd_requester_keys[] = {KEY_UNIT, KEY_USER, KEY_CERTIFICATES, KEY_NAMES, NULL};

/* Attributes of a subject that say something of whoever has a name, and are none. */
static const char *const descriptive[] = {"C", "ST", "L", "O", "OU", "title", NULL};

static void free_san(void *san)
{
    certd_san_free(san);
}

CertdRequester *certd_requester_new(void)
{
    CertdRequester *requester = g_new0(CertdRequester, 1);
    requester->certificates = g_ptr_array_new_with_free_func(g_free);
    requester->names = g_ptr_array_new_with_free_func(free_san);
    return requester;
}

void certd_requester_free(CertdRequester *requester)
{
    if (requester == NULL)
        return;
    certd_consumer_free(requester->consumer);
    g_ptr_array_unref(requester->certificates);
    g_ptr_array_unref(requester->names);
    g_clear_pointer(&requester->ranges, g_ptr_array_unref);
    g_free(requester);
}

static gboolean refuse(GError **error, const char *value, const char *remedy)
{
    g_autofree char *quoted = certd_text_quote(value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "%s %s", quoted, remedy);
    return FALSE;
}

static gboolean set_consumer(CertdRequester *requester, const char *kind, const char *value,
                             GError **error)
{
    if (requester->consumer != NULL)
        return refuse(error, value,
                      "is the second that the file is about; write a file for each unit and user");
    requester->consumer =
        certd_consumer_new(kind, value, certd_consumer_action_name(CERTD_CONSUMER_NONE), error);
    return requester->consumer != NULL;
}

static gboolean add_certificate(CertdRequester *requester, const char *pattern, GError **error)
{
    if (strspn(pattern, PATTERN_CHARACTERS) != strlen(pattern) ||
        strlen(pattern) > PATTERN_BYTES_MAX)
        return refuse(error, pattern,
                      "can't be the name of a certificate; write for example mqtt or mqtt-*");
    g_ptr_array_add(requester->certificates, g_strdup(pattern));
    return TRUE;
}

static gboolean add_range(CertdRequester *requester, const char *text, GError **error)
{
    const char *const one[] = {text, NULL};
    g_autoptr(GVariant) strings = g_variant_ref_sink(g_variant_new_strv(one, 1));
    GPtrArray *range = NULL;
    if (!certd_permitted_from_variant(strings, &range, NULL))
        return refuse(error, text,
                      "is no range of addresses; write for example IP:192.0.2.0/24, without bits "
                      "beyond the prefix");
    if (requester->ranges == NULL)
        requester->ranges = range;
    else
        g_ptr_array_extend_and_steal(requester->ranges, range);
    return TRUE;
}

static gboolean add_name(CertdRequester *requester, const char *text, GError **error)
{
    if (g_str_equal(text, WORD_DEVICE)) {
        requester->device = TRUE;
        return TRUE;
    }
    if (g_str_has_prefix(text, "IP:") && strchr(text, '/') != NULL)
        return add_range(requester, text, error);
    CertdSan *san = certd_san_parse(text, error);
    if (san == NULL)
        return FALSE;
    g_ptr_array_add(requester->names, san);
    return TRUE;
}

/* Has @add take each part of @value, which a ";" may end. */
static gboolean add_parts(CertdRequester *requester, const char *value,
                          gboolean (*add)(CertdRequester *requester, const char *part,
                                          GError **error),
                          GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, ";", -1);
    guint count = g_strv_length(parts);
    if (count > 1 && *g_strstrip(parts[count - 1]) == '\0')
        count--;
    if (count > CERTD_LIMIT_REQUESTER_PATTERNS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There are %u patterns and the limit is %u; use * for several", count,
                    CERTD_LIMIT_REQUESTER_PATTERNS);
        return FALSE;
    }
    for (guint i = 0; i < count; i++) {
        const char *part = g_strstrip(parts[i]);
        if (*part == '\0')
            return refuse(error, value, "has nothing before a \";\"; write one thing there");
        if (!add(requester, part, error))
            return FALSE;
    }
    return count > 0 || refuse(error, value, "is no list; name one thing at least");
}

gboolean certd_requester_set(CertdRequester *requester, const char *key, const char *value,
                             GError **error)
{
    if (g_str_equal(key, KEY_CERTIFICATES))
        return add_parts(requester, value, add_certificate, error);
    if (g_str_equal(key, KEY_NAMES))
        return add_parts(requester, value, add_name, error);
    return set_consumer(requester, key, value, error);
}

static gboolean permits_certificate(const CertdRequester *requester, const char *name)
{
    for (guint i = 0; i < requester->certificates->len; i++) {
        if (g_pattern_match_simple(g_ptr_array_index(requester->certificates, i), name))
            return TRUE;
    }
    return FALSE;
}

static gboolean permits_name(const CertdRequester *requester, const CertdSan *san,
                             const GPtrArray *device_names)
{
    for (guint i = 0; i < requester->names->len; i++) {
        if (certd_san_matches(g_ptr_array_index(requester->names, i), san))
            return TRUE;
    }
    if (san->type == CERTD_SAN_IP && requester->ranges != NULL &&
        certd_permitted_allows(requester->ranges, san))
        return TRUE;
    return requester->device && device_names != NULL && certd_san_list_contains(device_names, san);
}

static gboolean permits_attribute(const CertdRequester *requester, const CertdAttribute *attribute,
                                  const GPtrArray *device_names)
{
    const char *type = attribute->type->name;
    if (g_strv_contains(descriptive, type))
        return TRUE;
    g_autoptr(CertdSan) san = NULL;
    if (g_str_equal(type, "CN"))
        san = certd_san_from_common_name(attribute->value);
    else if (g_str_equal(type, "emailAddress"))
        san = certd_san_new(CERTD_SAN_EMAIL, attribute->value, NULL);
    return san != NULL && permits_name(requester, san, device_names);
}

gboolean certd_requester_permits(const CertdRequester *requester, const char *name,
                                 const CertdSettings *settings, const GPtrArray *device_names)
{
    if (settings->issuer != CERTD_ISSUER_INTERNAL || !permits_certificate(requester, name) ||
        (certd_settings_follow_device(settings) && !requester->device))
        return FALSE;
    for (size_t i = 0; i < certd_subject_length(settings->subject); i++) {
        if (!permits_attribute(requester, certd_subject_get(settings->subject, i), device_names))
            return FALSE;
    }
    for (guint i = 0; i < settings->sans->len; i++) {
        if (!permits_name(requester, g_ptr_array_index(settings->sans, i), device_names))
            return FALSE;
    }
    return TRUE;
}
