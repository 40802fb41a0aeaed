/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl cancel ID`: gives a request up and destroys its key. */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "model/names.h"
#include "model/text.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    g_autofree char *path = certctl_find_request(call, call->arguments[0], NULL, error);
    if (!path)
        return FALSE;
    g_autoptr(CertdBusRequest) request = certd_bus_open_request(call->connection, path, error);
    if (!request || !certd_bus_request_call_cancel_sync(request, CERTD_BUS_CALL_FLAGS,
                                                        CERTD_BUS_TIMEOUT, NULL, error))
        return FALSE;
    if (!call->options->json) {
        g_autofree char *id = certd_text_escape(call->arguments[0]);
        fprintf(stderr, _("Request %s is cancelled and its key destroyed\n"), id);
        return TRUE;
    }
    g_autoptr(GVariant) properties =
        certd_bus_get_all(call->connection, path, CERTD_INTERFACE_REQUEST, error);
    if (!properties)
        return FALSE;
    certctl_print_json(call, certctl_find_request_to_object(properties, path));
    return TRUE;
}

const CertctlVerb certctl_verb_cancel = {
    .name = "cancel",
    .synopsis = "ID",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Give a request up and destroy its key"),
    .example = "certctl cancel 7",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
