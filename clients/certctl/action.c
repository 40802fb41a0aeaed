/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb takes what any of its actions does; an option of another one is as wrong as any. */
#include "certctl/action.h"

#include <glib/gi18n-lib.h>

#include "model/text.h"

static const CertctlAction *find(const char *name, const char *verb, const CertctlAction *actions,
                                 size_t n_actions, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (size_t i = 0; i < n_actions; i++) {
        if (g_str_equal(actions[i].name, name))
            return &actions[i];
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", actions[i].name);
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("certctl %s has no action %s; it has %s"), verb, quoted, known->str);
    return NULL;
}

static gboolean check(const CertctlCall *call, const char *verb, const CertctlAction *action,
                      GError **error)
{
    guint64 wrong = certctl_options_given(call->options) & ~action->options;
    for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
        if (!(wrong & G_GUINT64_CONSTANT(1) << option))
            continue;
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                    _("certctl %s %s takes no --%s; certctl(1) lists what it takes"), verb,
                    action->name, certctl_option_name((CertctlOptionId)option));
        return FALSE;
    }
    unsigned int n_arguments = call->n_arguments - 1;
    if (n_arguments >= action->n_min && n_arguments <= action->n_max)
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                n_arguments > action->n_max ? _("That is too much; usage: certctl %s %s%s")
                                            : _("Something is missing; usage: certctl %s %s%s"),
                verb, action->name, action->synopsis);
    return FALSE;
}

gboolean certctl_action_run(const CertctlCall *call, const char *verb, const CertctlAction *actions,
                            size_t n_actions, GError **error)
{
    const CertctlAction *action = find(call->arguments[0], verb, actions, n_actions, error);
    return action && check(call, verb, action, error) && action->run(call, error);
}
