/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file: GKeyFile, made strict. */

#include "settings-file.h"

#include <string.h>

#include "config.h"
#include "model/error.h"
#include "model/text.h"

#define GROUP "certd"
#define KEY_POLICY "policy"

/* The number of the first line that is the group header or begins with the key @text; GKeyFile does
 * not keep it. */
static guint line_of(const char *contents, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(contents, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *equals = *text != '[' ? strchr(lines[i], '=') : NULL;
        if (equals != NULL)
            *equals = '\0';
        if (g_str_equal(g_strstrip(lines[i]), text))
            return i + 1;
    }
    return 0;
}

static gboolean refuse(const char *file, const char *contents, const char *text, const char *what,
                       GError **error)
{
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "%s, line %u: %s %s", file,
                line_of(contents, text), quoted, what);
    return FALSE;
}

static gboolean check_known(GKeyFile *key_file, const char *file, const char *contents,
                            GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(key_file, NULL);
    for (size_t i = 0; groups[i] != NULL; i++) {
        if (!g_str_equal(groups[i], GROUP)) {
            g_autofree char *header = g_strdup_printf("[%s]", groups[i]);
            return refuse(file, contents, header,
                          "begins a group that is not known; there is "
                          "[" GROUP "]",
                          error);
        }
        g_auto(GStrv) keys = g_key_file_get_keys(key_file, groups[i], NULL, NULL);
        for (size_t j = 0; keys[j] != NULL; j++) {
            if (!g_str_equal(keys[j], KEY_POLICY))
                return refuse(file, contents, keys[j],
                              "is not a key that is known; there is " KEY_POLICY, error);
        }
    }
    return TRUE;
}

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
    g_autoptr(GKeyFile) key_file = g_key_file_new();
    /* Translations are dropped otherwise, and with them keys that are not known. */
    if (!g_key_file_load_from_data(key_file, contents, size, G_KEY_FILE_KEEP_TRANSLATIONS,
                                   &failure)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "%s: %s", path,
                    failure->message);
        return FALSE;
    }
    if (!check_known(key_file, path, contents, error))
        return FALSE;
    g_autofree char *value = g_key_file_get_value(key_file, GROUP, KEY_POLICY, NULL);
    if (value != NULL && !certd_policy_parse(g_strchomp(value), policy))
        return refuse(path, contents, KEY_POLICY, "takes default or legacy", error);
    return TRUE;
}
