/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl ca show|export|regenerate|sign`: the device's own authority (R22, R26 to R28). */
#include "certctl/ca.h"

#include <glib/gi18n-lib.h>

#include "certctl/action.h"
#include "model/error.h"
#include "model/names.h"

static const CertctlAction actions[] = {
    {"show", "", 0, 0, CERTCTL_BIT(JSON), certctl_ca_show},
    {"export", "", 0, 0, CERTCTL_BIT(FORMAT) | CERTCTL_BIT(OUT), certctl_ca_export},
    {"regenerate", "", 0, 0,
     CERTCTL_BIT(SUBJECT) | CERTCTL_BIT(DAYS) | CERTCTL_BIT(SCOPE) | CERTCTL_BIT(REUSE_KEY) |
         CERTCTL_BIT(YES) | CERTCTL_BIT(JSON),
     certctl_ca_regenerate},
    {"sign", " FILE|-", 1, 1,
     CERTCTL_BIT(DAYS) | CERTCTL_BIT(SAN) | CERTCTL_BIT(COPY_CN) | CERTCTL_BIT(NO_COPY_CN) |
         CERTCTL_BIT(OUT) | CERTCTL_BIT(JSON),
     certctl_ca_sign},
};

GVariant *certctl_ca_properties(const CertctlCall *call, GError **error)
{
    g_autoptr(GVariant) properties =
        certd_bus_get_all(call->connection, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, error);
    const char *certificate = "";
    if (!properties)
        return NULL;
    (void)g_variant_lookup(properties, "Certificate", "&s", &certificate);
    if (*certificate != '\0')
        return g_steal_pointer(&properties);
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                        _("This device has no authority; certctl status says why, and certctl ca "
                          "regenerate makes one"));
    return NULL;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    return certctl_action_run(call, "ca", actions, G_N_ELEMENTS(actions), error);
}

const CertctlVerb certctl_verb_ca = {
    .name = "ca",
    .synopsis = "show|export|regenerate|sign [FILE|-]",
    .n_min = 1,
    .n_max = 2,
    .summary = N_("Look at the device's own authority, hand it out, renew it or sign with it"),
    .example = "certctl ca export --out ca.crt",
    .options = CERTCTL_BIT(SUBJECT) | CERTCTL_BIT(SAN) | CERTCTL_BIT(DAYS) | CERTCTL_BIT(COPY_CN) |
               CERTCTL_BIT(NO_COPY_CN) | CERTCTL_BIT(REUSE_KEY) | CERTCTL_BIT(SCOPE) |
               CERTCTL_BIT(OUT) | CERTCTL_BIT(FORMAT) | CERTCTL_BIT(YES) | CERTCTL_BIT(JSON),
    .run = run,
};
