/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust remove FINGERPRINT...`: anchors, one after another (R70). */
#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "certctl/trust.h"
#include "model/text.h"

static void print_json(const CertctlCall *call)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert_value(&dict, "Removed",
                                g_variant_new_strv((const char *const *)call->arguments + 1, -1));
    certctl_print_json(call, g_variant_dict_end(&dict));
}

gboolean certctl_trust_remove(const CertctlCall *call, GError **error)
{
    g_autoptr(CertdBusTrustStore) store = certd_bus_open_trust_store(call->connection, error);
    if (!store)
        return FALSE;
    for (unsigned int i = 1; i < call->n_arguments; i++) {
        const char *fingerprint = call->arguments[i];
        if (!certd_bus_trust_store_call_remove_sync(store, fingerprint, CERTD_BUS_CALL_FLAGS,
                                                    CERTD_BUS_TIMEOUT, NULL, error))
            return FALSE;
        g_autofree char *clean = certd_text_escape(fingerprint);
        fprintf(stderr, _("%s is not trusted any more\n"), clean);
    }
    if (call->options->json)
        print_json(call);
    return TRUE;
}
