/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl self-sign NAME`: a certificate at once, which no authority vouches for (R20). */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "certctl/find.h"
#include "certctl/issue.h"
#include "certctl/output.h"
#include "certctl/print.h"
#include "certctl/wait.h"

static const CertctlFormat pem = {"pem", ".pem", FALSE, 0644};

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    g_autofree char *path = certctl_issue_start(call, CERTCTL_ISSUE_SELF, error);
    if (!path)
        return FALSE;
    if (call->options->no_wait)
        return certctl_issue_say_started(call, path, error);
    if (!certctl_wait(call, path, error))
        return FALSE;
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    certctl_print_active(properties);
    const char *chain = certctl_get_string(properties, "Chain");
    g_autoptr(GBytes) bytes = g_bytes_new(chain, strlen(chain));
    if (call->options->json)
        certctl_print_json(call, properties);
    return certctl_output_write(call, bytes, &pem, name, call->options->json != CERTCTL_JSON_NONE,
                                error);
}

const CertctlVerb certctl_verb_self_sign = {
    .name = "self-sign",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Make a self-signed certificate, use it and print it"),
    .example = "certctl self-sign https --days 3650",
    .options = CERTCTL_SETTINGS | CERTCTL_BIT(REUSE_KEY) | CERTCTL_BIT(NO_WAIT) | CERTCTL_BIT(OUT) |
               CERTCTL_BIT(JSON),
    .run = run,
};
