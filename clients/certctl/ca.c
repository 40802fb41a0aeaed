/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl ca show|export|regenerate|sign`: the device's own authority (R22, R26 to R28). */
#include "certctl/ca.h"

#include <glib/gi18n-lib.h>

#include "model/error.h"
#include "model/names.h"
#include "model/text.h"

typedef struct {
    const char *name;
    const char *synopsis; /* what follows the name */
    unsigned int n_arguments;
    guint64 options;
    gboolean (*run)(const CertctlCall *call, GError **error);
} Action;

static const Action actions[] = {
    {"show", "", 0, CERTCTL_BIT(JSON), certctl_ca_show},
    {"export", "", 0, CERTCTL_BIT(FORMAT) | CERTCTL_BIT(OUT), certctl_ca_export},
    {"regenerate", "", 0,
     CERTCTL_BIT(SUBJECT) | CERTCTL_BIT(DAYS) | CERTCTL_BIT(SCOPE) | CERTCTL_BIT(REUSE_KEY) |
         CERTCTL_BIT(YES) | CERTCTL_BIT(JSON),
     certctl_ca_regenerate},
    {"sign", " FILE|-", 1,
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

static const Action *find(const char *name, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_str_equal(actions[i].name, name))
            return &actions[i];
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s is nothing that can be done with the authority; it is show, export, "
                  "regenerate or sign"),
                quoted);
    return NULL;
}

/* The verb takes what any of its actions does; an option of another one is as wrong as any. */
static gboolean check(const CertctlCall *call, const Action *action, GError **error)
{
    guint64 wrong = certctl_options_given(call->options) & ~action->options;
    for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
        if (!(wrong & G_GUINT64_CONSTANT(1) << option))
            continue;
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                    _("certctl ca %s takes no --%s; certctl(1) lists what it takes"), action->name,
                    certctl_option_name((CertctlOptionId)option));
        return FALSE;
    }
    if (call->n_arguments == action->n_arguments + 1)
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                call->n_arguments > action->n_arguments + 1
                    ? _("That is too much; usage: certctl ca %s%s")
                    : _("Something is missing; usage: certctl ca %s%s"),
                action->name, action->synopsis);
    return FALSE;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const Action *action = find(call->arguments[0], error);
    return action && check(call, action, error) && action->run(call, error);
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
