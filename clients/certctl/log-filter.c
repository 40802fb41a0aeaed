/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which rows of the log are wanted: times, users and objects as people write them. */
#include "certctl/log.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <pwd.h>
#include <string.h>

#include "certctl/print.h"
#include "model/text.h"

static gboolean bad_time(const char *text, GError **error)
{
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(
        error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        _("%s is no time; give 2026-11-21, 2026-11-21T10:30:00Z, or how long ago: 90s, 30m, "
          "2h, 3d, 1w"),
        quoted);
    return FALSE;
}

/* "3d" and the like. */
static gboolean parse_distance(const char *text, guint64 now, guint64 *seconds)
{
    static const struct {
        char unit;
        guint64 seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    size_t digits = strspn(text, "0123456789");
    guint64 count;
    g_autofree char *number = g_strndup(text, digits);
    if (strlen(text) != digits + 1 ||
        !g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT32, &count, NULL))
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (units[i].unit != text[digits])
            continue;
        guint64 distance = count * units[i].seconds;
        *seconds = now > distance ? now - distance : 0;
        return TRUE;
    }
    return FALSE;
}

gboolean certctl_log_parse_time(const char *text, guint64 now, guint64 *seconds, GError **error)
{
    if (parse_distance(text, now, seconds))
        return TRUE;
    g_autofree char *whole =
        strpbrk(text, "T ") ? g_strdup(text) : g_strconcat(text, "T00:00:00", NULL);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, utc);
    gint64 value = time ? g_date_time_to_unix(time) : -1;
    if (value < 0)
        return bad_time(text, error);
    *seconds = (guint64)value;
    return TRUE;
}

static gboolean parse_user(const char *text, guint32 *uid, GError **error)
{
    guint64 number;
    gboolean self = g_str_equal(text, CERTCTL_LOG_SELF);
    if (self || g_str_equal(text, CERTCTL_LOG_UNKNOWN)) {
        *uid = self ? CERTCTL_LOG_SELF_UID : CERTCTL_LOG_UNKNOWN_UID;
        return TRUE;
    }
    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL)) {
        *uid = (guint32)number;
        return TRUE;
    }
    const struct passwd *entry = getpwnam(text);
    if (entry) {
        *uid = entry->pw_uid;
        return TRUE;
    }
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("There is no user %s; give a user's name or number, certd for what it does by "
                  "itself, or unknown for callers who had gone"),
                quoted);
    return FALSE;
}

/* A word without a slash is a certificate's name, and one that ends with it a kind. */
static char *object_of(const char *text)
{
    size_t length = strlen(text);
    if (length > 1 && text[length - 1] == '/')
        return g_strndup(text, length - 1);
    return strchr(text, '/') ? g_strdup(text) : g_strconcat("certificate/", text, NULL);
}

static gboolean add_time(GVariantDict *filter, const char *key, const char *text, guint64 now,
                         GError **error)
{
    guint64 seconds;
    if (!text)
        return TRUE;
    if (!certctl_log_parse_time(text, now, &seconds, error))
        return FALSE;
    g_variant_dict_insert(filter, key, "t", MAX(seconds, 1));
    return TRUE;
}

GVariant *certctl_log_filter(const CertctlOptions *options, guint64 now, GError **error)
{
    g_auto(GVariantDict) filter = G_VARIANT_DICT_INIT(NULL);
    guint32 uid;
    if (!add_time(&filter, "since", options->since, now, error) ||
        !add_time(&filter, "until", options->until, now, error) ||
        (options->user && !parse_user(options->user, &uid, error)))
        return NULL;
    if (options->user)
        g_variant_dict_insert(&filter, "uid", "u", uid);
    if (options->action)
        g_variant_dict_insert(&filter, "action", "s", options->action);
    if (options->failed)
        g_variant_dict_insert(&filter, "outcome", "s", "failed");
    if (options->object) {
        g_autofree char *object = object_of(options->object);
        g_variant_dict_insert(&filter, "object", "s", object);
    }
    return g_variant_ref_sink(g_variant_dict_end(&filter));
}
