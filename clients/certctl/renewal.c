/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The origins that certd renews stand in a table; all others are a user's. */
#include "certctl/renewal.h"

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "model/text.h"

static const struct {
    const char *origin;
    const char *verb;
} own[] = {
    {"default", "issue"},
    {"internal", "issue"},
    {"self", "self-sign"},
};

const char *certctl_renewal_verb(const char *origin)
{
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        if (g_str_equal(own[i].origin, origin))
            return own[i].verb;
    }
    return NULL;
}

char *certctl_renewal_origin(const CertctlCall *call, GVariant *properties)
{
    if (!certd_dict_boolean(properties, "Emergency"))
        return g_strdup(certd_dict_string(properties, "Origin"));
    const char *name = certd_dict_string(properties, "Name");
    GVariantDict filter;
    g_variant_dict_init(&filter, NULL);
    g_variant_dict_insert(&filter, "prefix", "s", name);
    g_autoptr(GVariant) rows = NULL;
    g_autofree char *next = NULL;
    /* The name itself comes before all that begin with it. */
    if (!certd_bus_manager_call_list_certificates_sync(
            call->manager, g_variant_dict_end(&filter), "", 1, CERTD_BUS_CALL_FLAGS,
            CERTD_BUS_TIMEOUT, &rows, &next, NULL, NULL) ||
        g_variant_n_children(rows) == 0)
        return g_strdup("");
    const char *found;
    g_autoptr(GVariant) summary = NULL;
    g_variant_get_child(rows, 0, "(&s&o@a{sv})", &found, NULL, &summary);
    return g_strdup(g_str_equal(found, name) ? certd_dict_string(summary, "Origin") : "");
}

char *certctl_renewal_request(const CertctlCall *call, const char *name)
{
    GVariantDict filter;
    g_variant_dict_init(&filter, NULL);
    g_variant_dict_insert(&filter, "certificate", "s", name);
    g_variant_dict_insert(&filter, "state", "s", "ready");
    g_autoptr(GPtrArray) rows = certctl_find_all(call, TRUE, g_variant_dict_end(&filter), NULL);
    const char *id = NULL;
    if (rows && rows->len > 0)
        g_variant_get(rows->pdata[rows->len - 1], "(&s&o@a{sv})", &id, NULL, NULL);
    return id ? certd_text_escape(id) : NULL;
}
