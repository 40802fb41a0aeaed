/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option dictionaries as callers send them: settings, lists of names and subjects. */

#include "model/options.h"
#include "fuzz.h"
#include "model/san.h"
#include "model/settings.h"
#include "variants.h"

static void check_settings(GVariant *dict, CertdPolicy policy)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    g_autoptr(CertdSettings) settings = certd_settings_apply(defaults, dict, policy, &error);
    g_assert((settings == NULL) == (error != NULL));
    if (settings == NULL)
        return;
    g_autoptr(GVariant) all = g_variant_ref_sink(certd_settings_to_variant(settings));
    g_autoptr(CertdSettings) again = certd_settings_apply(defaults, all, CERTD_POLICY_LEGACY, NULL);
    g_assert(again != NULL && certd_settings_equal(settings, again));
    if (certd_settings_check_days(settings, CERTD_ISSUER_INTERNAL, NULL))
        g_assert(settings->days <= 397);
}

static void check_reader(GVariant *dict)
{
    g_autoptr(CertdOptions) options = certd_options_new(dict);
    const char *text = NULL;
    const char *const *texts = NULL;
    gboolean boolean = FALSE;
    guint64 number = 0;
    gboolean taken = certd_options_take_string(options, "subject", &text, NULL) &&
                     certd_options_take_boolean(options, "copy-common-name", &boolean, NULL) &&
                     certd_options_take_boolean(options, "reuse-key", &boolean, NULL) &&
                     certd_options_take_unsigned(options, "days", 1, 36500, &number, NULL) &&
                     certd_options_take_strings(options, "accept", &texts, NULL) &&
                     certd_options_finish(options, NULL);
    g_assert(!taken || number <= 36500);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GVariant) dict = fuzz_variant("a{sv}", data, size);
    check_settings(dict, CERTD_POLICY_DEFAULT);
    check_settings(dict, CERTD_POLICY_LEGACY);
    check_reader(dict);
    g_autoptr(GVariant) pairs = fuzz_variant("a(ss)", data, size);
    g_autoptr(GPtrArray) sans = certd_san_list_from_variant(pairs, NULL);
    g_autoptr(CertdSubject) subject = certd_subject_from_variant(pairs, NULL);
    g_assert(sans == NULL || subject == NULL || sans->len == 0);
    return 0;
}
