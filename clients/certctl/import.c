/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl import NAME FILE|-`: installs a certificate, with its key where it brings one. */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/input.h"
#include "certctl/print.h"
#include "certctl/trial.h"
#include "model/error.h"
#include "model/finding.h"

typedef struct {
    CertdBusCertificate *certificate;
    GVariant *findings;
} Import;

static gboolean send(const CertctlCall *call, GVariant *data, GVariant *options, GUnixFDList *fds,
                     void *context, GError **error)
{
    Import *import = context;
    return certd_bus_certificate_call_import_fd_sync(import->certificate, data, options,
                                                     CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, fds,
                                                     &import->findings, NULL, NULL, error);
}

static GVariant *make_options(const CertctlOptions *options)
{
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (options->accept)
        g_variant_builder_add(&dict, "{sv}", "accept",
                              g_variant_new_strv((const char *const *)options->accept, -1));
    if (options->exportable)
        g_variant_builder_add(&dict, "{sv}", "exportable", g_variant_new_boolean(TRUE));
    if (options->dry_run)
        g_variant_builder_add(&dict, "{sv}", "dry-run", g_variant_new_boolean(TRUE));
    certctl_options_add_trial(options, &dict);
    return g_variant_builder_end(&dict);
}

/* A dry run answers with the findings, whatever they are: whether they would stop an import is the
 * same decision as the daemon's. */
static gboolean judge_dry_run(const CertctlCall *call, GVariant *findings, GError **error)
{
    g_autoptr(GPtrArray) list = certd_finding_list_from_variant(findings);
    if (!list) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            _("certd found what this certctl doesn't know; use the certctl that "
                              "came with it"));
        return FALSE;
    }
    if (!certd_finding_list_passes(list, (const char *const *)call->options->accept, error))
        return FALSE;
    fprintf(stderr, _("An import would succeed. Nothing was installed.\n"));
    return TRUE;
}

static void print_json(const CertctlCall *call, GVariant *findings, GVariant *properties)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert_value(&dict, "Findings", findings);
    if (properties)
        g_variant_dict_insert_value(&dict, "Certificate", properties);
    certctl_print_json(call, g_variant_dict_end(&dict));
}

static gboolean report(const CertctlCall *call, GVariant *findings, GError **error)
{
    certctl_print_findings(stderr, findings);
    g_autoptr(GVariant) properties = NULL;
    if (!call->options->dry_run) {
        properties = certctl_find_properties(call, call->arguments[0], error);
        if (!properties)
            return FALSE;
        certctl_print_active(properties);
        (void)certctl_trial_say(properties);
    }
    if (call->options->json)
        print_json(call, findings, properties);
    return !call->options->dry_run || judge_dry_run(call, findings, error);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    g_autoptr(GBytes) bytes = certctl_input_read(call, call->arguments[1], error);
    if (!bytes)
        return FALSE;
    g_autoptr(CertdBusCertificate) certificate =
        certctl_find_certificate(call, call->arguments[0], error);
    if (!certificate)
        return FALSE;
    Import import = {.certificate = certificate};
    if (!certctl_input_send(call, bytes, make_options(call->options), NULL, send, &import, error))
        return FALSE;
    g_autoptr(GVariant) findings = import.findings;
    return report(call, findings, error);
}

const CertctlVerb certctl_verb_import = {
    .name = "import",
    .synopsis = "NAME FILE|-",
    .n_min = 2,
    .n_max = 2,
    .summary = N_("Install a certificate, in any format, with or without its key"),
    .example = "certctl import https signed.pem",
    .options = CERTCTL_BIT(KEY_FILE) | CERTCTL_BIT(PASSPHRASE_FILE) | CERTCTL_BIT(ACCEPT) |
               CERTCTL_BIT(EXPORTABLE) | CERTCTL_BIT(DRY_RUN) | CERTCTL_BIT(TRIAL) |
               CERTCTL_BIT(JSON),
    .run = run,
};
