/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust list|add|remove|verify|export`: what this device trusts (R70, R71). */
#include "certctl/trust.h"

#include <glib/gi18n-lib.h>

#include "certctl/action.h"
#include "model/limits.h"
#include "model/text.h"

static const CertctlAction actions[] = {
    {"list", "", 0, 0, CERTCTL_BIT(JSON), certctl_trust_list},
    {"add", " FILE|-", 1, 1,
     CERTCTL_BIT(PURPOSE) | CERTCTL_BIT(PASSPHRASE_FILE) | CERTCTL_BIT(JSON), certctl_trust_add},
    {"remove", " FINGERPRINT…", 1, CERTCTL_ARGUMENTS_ANY, CERTCTL_BIT(JSON), certctl_trust_remove},
    {"verify", " FILE|-", 1, 1, CERTCTL_BIT(NAME) | CERTCTL_BIT(PURPOSE) | CERTCTL_BIT(JSON),
     certctl_trust_verify},
    {"export", "", 0, 0, CERTCTL_BIT(FORMAT) | CERTCTL_BIT(PURPOSE) | CERTCTL_BIT(OUT),
     certctl_trust_export},
};

GPtrArray *certctl_trust_all(const CertctlCall *call, GError **error)
{
    g_autoptr(CertdBusTrustStore) store = certd_bus_open_trust_store(call->connection, error);
    if (!store)
        return NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autofree char *cursor = g_strdup("");
    do {
        g_autoptr(GVariant) page = NULL;
        g_autofree char *next = NULL;
        if (!certd_bus_trust_store_call_list_sync(store, cursor, CERTD_LIMIT_PAGE,
                                                  CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, &page,
                                                  &next, NULL, error))
            return NULL;
        for (size_t i = 0; i < g_variant_n_children(page); i++)
            g_ptr_array_add(rows, g_variant_get_child_value(page, i));
        /* A cursor that stands still would keep us here for ever. */
        if (g_str_equal(next, cursor))
            break;
        g_free(cursor);
        cursor = g_steal_pointer(&next);
    } while (*cursor != '\0');
    return g_steal_pointer(&rows);
}

const char *certctl_trust_purpose(const CertctlCall *call, GError **error)
{
    static const char *const known[] = {"server", "client", NULL};
    char *const *given = call->options->purposes;
    if (!given)
        return known[0];
    if (given[1]) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("Give --purpose once here: server or client"));
        return NULL;
    }
    if (g_strv_contains(known, given[0]))
        return given[0];
    g_autofree char *quoted = certd_text_quote(given[0]);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("There is no purpose %s; give --purpose server or --purpose client"), quoted);
    return NULL;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    return certctl_action_run(call, "trust", actions, G_N_ELEMENTS(actions), error);
}

const CertctlVerb certctl_verb_trust = {
    .name = "trust",
    .synopsis = "list|add|remove|verify|export [FILE|-|FINGERPRINT…]",
    .n_min = 1,
    .n_max = CERTCTL_ARGUMENTS_ANY,
    .summary = N_("List or change what this device trusts, hand it out or check a chain by it"),
    .example = "certctl trust verify chain.pem --name www.example.org",
    .options = CERTCTL_BIT(NAME) | CERTCTL_BIT(PURPOSE) | CERTCTL_BIT(PASSPHRASE_FILE) |
               CERTCTL_BIT(FORMAT) | CERTCTL_BIT(OUT) | CERTCTL_BIT(JSON),
    .run = run,
};
