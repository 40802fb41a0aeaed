/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl san NAME list|add|remove|clear`: the alternative names of the settings (R6). */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "model/text.h"

typedef gboolean (*ChangeOne)(CertdBusCertificate *proxy, const char *type, const char *value,
                              GDBusCallFlags flags, int timeout, GCancellable *cancellable,
                              GError **error);

typedef struct {
    const char *name;
    ChangeOne change; /* called for each TYPE:VALUE; NULL where it takes none */
    gboolean clears;
} Action;

static const Action actions[] = {
    {"list", NULL, FALSE},
    {"add", certd_bus_certificate_call_add_subject_alt_name_sync, FALSE},
    {"remove", certd_bus_certificate_call_remove_subject_alt_name_sync, FALSE},
    {"clear", NULL, TRUE},
};

static const Action *find_action(const char *name, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_str_equal(actions[i].name, name))
            return &actions[i];
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s is nothing that can be done with names; it is list, add, remove or clear"),
                quoted);
    return NULL;
}

/* All names are looked at before the first is sent. */
static gboolean check_names(const Action *action, char **names, GError **error)
{
    if (!action->change == !*names) {
        for (; *names; names++) {
            if (g_utf8_validate(*names, -1, NULL) && strchr(*names, ':'))
                continue;
            g_autofree char *quoted = certd_text_quote(*names);
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        _("%s is no TYPE:VALUE; write for example DNS:www.example.org or "
                          "IP:192.0.2.1"),
                        quoted);
            return FALSE;
        }
        return TRUE;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                action->change ? _("certctl san NAME %s needs TYPE:VALUE, once or more")
                               : _("certctl san NAME %s takes no TYPE:VALUE"),
                action->name);
    return FALSE;
}

static gboolean change(CertdBusCertificate *certificate, const Action *action, char **names,
                       GError **error)
{
    if (action->clears)
        return certd_bus_certificate_call_set_subject_alt_names_sync(
            certificate, g_variant_new("a(ss)", NULL), CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT,
            NULL, error);
    for (; *names; names++) {
        g_auto(GStrv) parts = g_strsplit(*names, ":", 2);
        if (!action->change(certificate, parts[0], parts[1], CERTD_BUS_CALL_FLAGS,
                            CERTD_BUS_TIMEOUT, NULL, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    char **names = call->arguments + 2;
    const Action *action = find_action(call->arguments[1], error);
    if (!action || !check_names(action, names, error))
        return FALSE;
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    if (!certificate || !change(certificate, action, names, error))
        return FALSE;
    return certctl_find_and_print(call, name, "SubjectAltNames", "a(ss)", certctl_print_names,
                                  error);
}

const CertctlVerb certctl_verb_san = {
    .name = "san",
    .synopsis = "NAME list|add|remove|clear [TYPE:VALUE…]",
    .n_min = 2,
    .n_max = CERTCTL_ARGUMENTS_ANY,
    .summary = N_("List or change the alternative names in the settings"),
    .example = "certctl san https add DNS:www.example.org IP:192.0.2.1",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
