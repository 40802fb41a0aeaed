/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From settings to the names of a request: what was set, the common name among the SANs (browsers
 * look nowhere else, RFC 9525), and the device's own names where nothing was set. What certd issues
 * itself has them beside an organisation's values too (R24, R26); somebody else's authority is asked
 * for no name that nobody gave.
 */
#include "model/settings.h"

#include "model/limits.h"
#include "model/san.h"

/* What a device without a usable host name is called. */
#define FALLBACK_COMMON_NAME "localhost"

/* Adds CN=@host_name. A host name may be longer than a CN or no text at all; a certificate must be
 * had all the same. */
static gboolean add_host(CertdSubject *subject, const char *host_name, GError **error)
{
    return (host_name && *host_name && certd_subject_append(subject, "CN", host_name, NULL)) ||
           certd_subject_append(subject, "CN", FALLBACK_COMMON_NAME, error);
}

static gboolean add_common_name(GPtrArray *sans, const CertdSubject *subject, GError **error)
{
    const char *common_name = certd_subject_common_name(subject);
    CertdSan *san = common_name ? certd_san_from_common_name(common_name) : NULL;

    return !san || certd_san_list_add(sans, san, NULL, error);
}

/* As many as there is room for: a device with hundreds of addresses still gets a certificate. */
static gboolean add_device_names(GPtrArray *sans, const GPtrArray *device_names, GError **error)
{
    for (guint i = 0; device_names && i < device_names->len; i++) {
        if (sans->len >= CERTD_LIMIT_SANS_OWN)
            break;
        if (!certd_san_list_add(sans, certd_san_copy(g_ptr_array_index(device_names, i)), NULL,
                                error))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_settings_follow_device(const CertdSettings *settings)
{
    return !certd_subject_common_name(settings->subject) && settings->sans->len == 0;
}

gboolean certd_settings_effective_names(const CertdSettings *settings, const char *host_name,
                                        const GPtrArray *device_names, CertdSubject **subject,
                                        GPtrArray **sans, GError **error)
{
    gboolean follows =
        certd_settings_follow_device(settings) &&
        (settings->issuer != CERTD_ISSUER_EXTERNAL || certd_subject_length(settings->subject) == 0);
    g_autoptr(CertdSubject) name = certd_subject_copy(settings->subject);
    g_autoptr(GPtrArray) alt_names = certd_san_list_copy(settings->sans);

    if (follows && !add_host(name, host_name, error))
        return FALSE;
    /* The common name first, lest the limit cut it off behind the device's names. */
    if (settings->copy_common_name && !add_common_name(alt_names, name, error))
        return FALSE;
    if (follows && !add_device_names(alt_names, device_names, error))
        return FALSE;
    *subject = g_steal_pointer(&name);
    *sans = g_steal_pointer(&alt_names);
    return TRUE;
}
