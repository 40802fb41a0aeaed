/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `certctl systemd-dropin NAME UNIT`: the drop-in by which a unit has the key of a certificate, for an
 * administrator to read and to put in place. systemd 252 reads credentials only when it starts a unit, so
 * that one which reloads reads the export directory instead.
 */
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "certctl/verb.h"
#include "config.h"
#include "model/consumer.h"
#include "model/error.h"
#include "model/name.h"
#include "model/names.h"
#include "model/text.h"

#define SOCKET CERTD_RUNTIME_DIRECTORY "/" CERTD_CREDENTIAL_SOCKET
#define EXPORT CERTD_RUNTIME_DIRECTORY "/" CERTD_EXPORT_DIRECTORY

static gboolean check(const char *name, const char *unit, GError **error)
{
    if (!certd_name_validate(name, error))
        return FALSE;
    if (certd_consumer_is_unit(unit))
        return TRUE;
    g_autofree char *quoted = certd_text_quote(unit);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                _("%s is not the name of a service; give it with its suffix, as nginx.service"),
                quoted);
    return FALSE;
}

/* @unit as a word of the shell: what systemd takes in a name has no quote and no blank. */
static char *shell_word(const char *unit)
{
    return strchr(unit, '\\') != NULL ? g_strdup_printf("'%s'", unit) : g_strdup(unit);
}

/* Where it belongs, and what makes the unit a consumer; all as comments of a unit file. */
static void print_steps(const char *name, const char *unit, gboolean reloads)
{
    const char *action =
        certd_consumer_action_name(reloads ? CERTD_CONSUMER_RELOAD : CERTD_CONSUMER_RESTART);
    const char *option = reloads ? "--reload " : "";
    g_autofree char *word = shell_word(unit);
    printf("# %s\n#\n", _("Run these as root:"));
    printf("#     certctl consumers %s add unit:%s:%s\n", name, word, action);
    printf("#     mkdir -p /etc/systemd/system/%s.d\n", word);
    printf("#     certctl systemd-dropin %s%s %s > /etc/systemd/system/%s.d/certd.conf\n", option,
           name, word, word);
    printf("#     systemctl daemon-reload\n#     systemctl restart %s\n#\n", word);
}

static void print_files(const char *name)
{
    printf("# %s\n#\n",
           _("The service reads these files, and reads them again when it is reloaded:"));
    printf("#     " EXPORT "/%s/tls.key\n#     " EXPORT "/%s/fullchain.pem\n#\n", name, name);
    printf("# %s\n",
           _("(tls.crt is the certificate alone, ca.pem what the chain ends in.) Only root and"));
    printf(
        "# %s\n#\n",
        _("consumers can read them: where the service runs as another user, add that one, too:"));
    printf("#     certctl consumers %s add user:USER\n\n", name);
    printf("[Unit]\nWants=certd.service\nAfter=certd.service\n");
}

static void print_credentials(const char *name, const char *unit)
{
    g_autofree char *word = shell_word(unit);
    printf("# %s\n#\n",
           _("The service finds these files, in memory and for it alone, when it is started:"));
    printf("#     ${CREDENTIALS_DIRECTORY}/%s.key        %%d/%s.key\n", name, name);
    printf("#     ${CREDENTIALS_DIRECTORY}/%s.fullchain  %%d/%s.fullchain\n#\n", name, name);
    printf("# %s\n",
           _("by the variable in its environment, by %d in the lines of its unit. There are also"));
    printf("# %s\n", _(".crt (the certificate alone), .chain, .pem (key and full chain) and .ca."));
    printf("# %s\n#\n", _("Where a configuration file takes no variable, they are"));
    printf("#     /run/credentials/%s/%s.key\n", unit, name);
    printf("#     /run/credentials/%s/%s.fullchain\n#\n", unit, name);
    printf("# %s\n",
           _("The files belong to the User= of the unit. A service that is started as root and"));
    printf("# %s\n#\n",
           _("becomes another user by itself can't read them then; it takes the files of"));
    printf("#     certctl systemd-dropin --reload %s %s\n\n", name, word);
    printf("[Unit]\nWants=certd.socket\nAfter=certd.socket\n\n[Service]\n");
    printf("LoadCredential=%s.key:" SOCKET "\n", name);
    printf("LoadCredential=%s.fullchain:" SOCKET "\n", name);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    const char *unit = call->arguments[1];
    gboolean reloads = call->options->reload;
    if (!check(name, unit, error))
        return FALSE;
    printf("# %s %s: %s\n#\n", _("Made by certd for"), unit, name);
    print_steps(name, unit, reloads);
    if (reloads)
        print_files(name);
    else
        print_credentials(name, unit);
    return TRUE;
}

const CertctlVerb certctl_verb_systemd_dropin = {
    .name = "systemd-dropin",
    .synopsis = "NAME UNIT",
    .n_min = 2,
    .n_max = 2,
    .summary = N_("Print the drop-in by which a unit of systemd gets the key of a certificate"),
    .example = "certctl systemd-dropin mqtt broker.service",
    .options = CERTCTL_BIT(RELOAD),
    .is_offline = TRUE,
    .run = run,
};
