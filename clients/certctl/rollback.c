/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl rollback NAME`: back to the previous certificate and its key (R39). */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/dict.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    if (!certificate || !certd_bus_certificate_call_rollback_sync(certificate, CERTD_BUS_CALL_FLAGS,
                                                                  CERTD_BUS_TIMEOUT, NULL, error))
        return FALSE;
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    /* Only a trial can have begun with nothing. */
    fprintf(stderr, *certd_dict_string(properties, "Fingerprint") == '\0'
                        ? _("The trial is over; nothing was there before\n")
                        : _("What was active before is active again\n"));
    certctl_print_active(properties);
    if (call->options->json)
        certctl_print_json(call, properties);
    return TRUE;
}

const CertctlVerb certctl_verb_rollback = {
    .name = "rollback",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Go back to the previous certificate"),
    .example = "certctl rollback https",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
