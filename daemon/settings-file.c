/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file: what its keys may say. */

#include "settings-file.h"

#include "config.h"
#include "key-file.h"

#define GROUP "certd"
#define KEY_POLICY "policy"

static const char *const keys[] = {KEY_POLICY, NULL};

gboolean certd_settings_file_read(const char *file, CertdPolicy *policy, GError **error)
{
    const char *path = file != NULL ? file : CERTD_CONFIG_FILE;
    g_autofree char *contents = NULL;
    g_autoptr(GError) failure = NULL;
    size_t size;
    if (!g_file_get_contents(path, &contents, &size, &failure)) {
        if (file == NULL && g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    g_autoptr(CertdKeyFile) key_file = certd_key_file_new(path, contents, size, GROUP, keys, error);
    if (key_file == NULL)
        return FALSE;
    const char *value = certd_key_file_get(key_file, KEY_POLICY);
    if (value != NULL && !certd_policy_parse(value, policy))
        return certd_key_file_refuse(key_file, KEY_POLICY, "takes default or legacy", error);
    return TRUE;
}
