/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl inspect FILE|-`: all the checks of an import, and nothing installed (R36). */
#include <glib/gi18n-lib.h>

#include "certctl/input.h"
#include "certctl/print.h"

typedef struct {
    GVariant *details;
    GVariant *findings;
} Inspection;

static gboolean send(const CertctlCall *call, GVariant *data, GVariant *options, GUnixFDList *fds,
                     void *context, GError **error)
{
    Inspection *inspection = context;
    return certd_bus_manager_call_inspect_fd_sync(
        call->manager, data, options, CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, fds,
        &inspection->details, &inspection->findings, NULL, NULL, error);
}

static void report(const CertctlCall *call, GVariant *details, GVariant *findings)
{
    if (call->options->json) {
        GVariantDict dict;
        g_variant_dict_init(&dict, NULL);
        g_variant_dict_insert_value(&dict, "Details", details);
        g_variant_dict_insert_value(&dict, "Findings", findings);
        certctl_print_json(call, g_variant_dict_end(&dict));
        return;
    }
    certctl_print_details(stdout, details);
    printf("%s\n", g_variant_n_children(findings) > 0 ? _("Findings:") : _("No findings."));
    certctl_print_findings(stdout, findings);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    g_autoptr(GBytes) bytes = certctl_input_read(call, call->arguments[0], error);
    if (!bytes)
        return FALSE;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (call->options->certificate)
        g_variant_builder_add(&options, "{sv}", "certificate",
                              g_variant_new_string(call->options->certificate));
    Inspection inspection = {0};
    if (!certctl_input_send(call, bytes, g_variant_builder_end(&options), NULL, send, &inspection,
                            error))
        return FALSE;
    g_autoptr(GVariant) details = inspection.details;
    g_autoptr(GVariant) findings = inspection.findings;
    report(call, details, findings);
    return TRUE;
}

const CertctlVerb certctl_verb_inspect = {
    .name = "inspect",
    .synopsis = "FILE|-",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Look at a certificate file and check it; install nothing"),
    .example = "certctl inspect signed.pem --certificate https",
    .options = CERTCTL_BIT(KEY_FILE) | CERTCTL_BIT(PASSPHRASE_FILE) | CERTCTL_BIT(CERTIFICATE) |
               CERTCTL_BIT(JSON),
    .run = run,
};
